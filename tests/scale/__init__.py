"""What happens under load and when processes are killed."""
