"""How Slack's people, threads and messages are called in the record.

A direct message is `sl:TEAM:USER`, a thread of a channel `sl:TEAM:CHANNEL:THREAD`. Whoever joins
somebody else's thread has a thread of their own there: `sl:TEAM:CHANNEL:THREAD:USER`.
"""

import re
from dataclasses import dataclass

CHANNEL = "slack"
USER = re.compile(r"[UW][A-Z0-9]{2,24}")
ROOM = re.compile(r"[CGD][A-Z0-9]{2,24}")
STAMP = re.compile(r"\d{1,12}\.\d{1,10}")


@dataclass(frozen=True, slots=True)
class Target:
    """Where messages go: a room (or a user, for a direct message) and a thread of it."""

    room: str
    thread: str | None


def direct(team: str, user: str) -> str:
    """The thread of a person's direct messages."""
    return f"sl:{team}:{user}"


def in_channel(team: str, room: str, thread: str) -> str:
    """A thread of a channel."""
    return f"sl:{team}:{room}:{thread}"


def identity_of(team: str, user: str) -> str:
    """The person, whatever channel they write in."""
    return f"{team}:{user}"


def target_of(sender: str) -> Target:
    """Where a thread's messages go."""
    parts = sender.split(":")
    return Target(parts[2], parts[3] if len(parts) > 3 else None)


def external_id(room: str, stamp: str) -> str:
    """A message's name in the record: Slack's stamps are unique within a room."""
    return f"{room}:{stamp}"
