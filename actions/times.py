"""Points in time as customers read them."""

from datetime import datetime


def local_words(moment: str) -> str:
    """An ISO 8601 time with its offset as 'Monday 23 November, 08:00' of that place; '' if
    unreadable."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return ""
    if found.tzinfo is None:
        return ""
    return found.strftime("%A %-d %B, %H:%M")
