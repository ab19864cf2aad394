"""Asking customers how it went, and acting on what they say."""
