"""Whether people are there now: within opening hours, or because somebody is at the desk anyway.

How to call it: `people_there(connection, hours)`; the answer is what customers read on the website
and what the assistant tells them when it hands over.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from care.handoff.assignment import online
from care.handoff.hours import Hours
from care.record.record import now


@dataclass(frozen=True, slots=True)
class Opening:
    """`next_opening`: when the hours begin again (in the shop's zone), None if never."""

    open: bool
    next_opening: datetime | None

    def as_json(self) -> dict[str, bool | str | None]:
        """`{open, next_opening}`, the time as ISO 8601 with the shop's offset."""
        moment = self.next_opening
        return {"open": self.open, "next_opening": moment.isoformat() if moment else None}


def people_there(connection: Connection, hours: Hours) -> Opening:
    """Open within the hours, and outside them while an agent is online at the desk."""
    at = now()
    begins = hours.next_opening(at)
    there = hours.is_open(at) or bool(online(connection))
    return Opening(there, begins.astimezone(hours.zone) if begins else None)
