"""The widget in a real browser, on pages of another origin, in front of a running care server."""
