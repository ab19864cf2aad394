"""Telegram: updates in (asked for, or by webhook), messages out. Knows the Bot API; stores nothing.

One file a step: reading an update, acting on it, getting updates, sending, telling faults apart.
"""
