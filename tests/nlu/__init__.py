"""Held-out messages for the assistant's understanding, and what derives harder variants from them.

Nothing in this room may reach `data/`: a sentence that is trained on here measures nothing.
"""
