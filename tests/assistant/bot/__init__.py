"""A small bot whose dialogue touches every part of the engine."""
