"""The whole product, all processes real, in a real browser."""
