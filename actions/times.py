"""Points in time as customers read them."""

from datetime import datetime


def local_words(moment: str, language: str = "en") -> str:
    """An ISO 8601 time with its offset as 'Monday 23 November, 08:00' of that place, in figures
    ('23.11.2026, 08:00') for readers of other languages than English; '' if unreadable."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return ""
    if found.tzinfo is None:
        return ""
    return found.strftime("%A %-d %B, %H:%M" if language == "en" else "%d.%m.%Y, %H:%M")
