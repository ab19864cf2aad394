"""Points in time as customers read them."""

from datetime import datetime
from zoneinfo import ZoneInfo

# The shop's own time; the answers about opening hours use it as well.
SHOP_ZONE = ZoneInfo("Europe/Berlin")


def local_words(moment: str) -> str:
    """An ISO 8601 time with zone in the shop's time, as '2026-11-23, 08:00'; '' if unreadable."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return ""
    if found.tzinfo is None:
        return ""
    return found.astimezone(SHOP_ZONE).strftime("%Y-%m-%d, %H:%M")
