"""Small commands for people who work on the product. Nothing here runs in production."""
