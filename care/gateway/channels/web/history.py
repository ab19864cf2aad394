"""What a website customer may see of their thread: events in order, as the widget draws them."""

from typing import Any

from sqlalchemy import Connection, Select, func, select

from care.gateway.views import customer_event
from care.handoff.ownership import agent_name
from care.handoff.queue import place
from care.record.conversations import current_conversation
from care.record.customers import CustomerSession, access_customer
from care.record.events import Event
from care.record.ids import Owner
from care.record.schema import conversations, events

SHOWN = 200
"""Newest events that a session begins with."""
LONGEST = 5000
"""About as many events a transcript holds at most."""
REPLAY_LIMIT = 500
"""Above this, what was missed is told as a snapshot."""
KINDS = ("message.created", "conversation.owner_changed", "conversation.status_changed")


def session_view(connection: Connection, session: CustomerSession) -> dict[str, Any]:
    """Everything that the widget needs to draw the chat from nothing."""
    customer = access_customer(connection, session.customer_id)
    last = last_public_seq(connection, session.sender)
    history, earlier = history_before(connection, session.sender)
    return {
        "conversation": _conversation(connection, session.sender),
        "customer": {
            "name": customer.name,
            "email": customer.email,
            "verified": customer.verified,
        },
        "history": [*history, *_seen_by_people(connection, session.sender)],
        "earlier": earlier,
        "last_seq": last,
    }


def events_since(connection: Connection, sender: str, after: int) -> list[dict[str, Any]] | None:
    """Frames of what happened after number `after`; None where that is more than 500 events."""
    query = _public(sender).where(events.c.seq > after).order_by(events.c.seq)
    found = [Event(**row._mapping) for row in connection.execute(query.limit(REPLAY_LIMIT + 1))]
    if len(found) > REPLAY_LIMIT:
        return None
    return _shown(connection, found)


def last_public_seq(connection: Connection, sender: str) -> int:
    """Number of the newest event of the thread that the customer may see; 0: none."""
    newest = (
        select(func.max(events.c.seq))
        .join(conversations, conversations.c.id == events.c.conversation_id)
        .where(conversations.c.sender == sender, events.c.public)
    )
    return int(connection.execute(newest).scalar() or 0)


def queue_frame(connection: Connection, sender: str) -> dict[str, Any] | None:
    """Where the thread stands in the queue; None where it is not in it."""
    found = current_conversation(connection, sender)
    if found is None or found.owner is not Owner.QUEUE:
        return None
    position, wait = place(connection, found.id)
    return {"type": "queue", "position": position, "wait_seconds": wait}


def _conversation(connection: Connection, sender: str) -> dict[str, Any] | None:
    found = current_conversation(connection, sender)
    if found is None:
        return None
    name = None
    if found.owner is Owner.AGENT and found.agent_id is not None:
        name = agent_name(connection, found.agent_id).split()[0]
    return {
        "id": found.id,
        "owner": found.owner,
        "status": found.status,
        "agent": name,
        "queue": queue_frame(connection, sender),
    }


def history_before(
    connection: Connection, sender: str, before: int | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """The newest events (before number `before`), oldest first, and whether there are older ones."""
    query = _public(sender).where(events.c.kind.in_(KINDS)).order_by(events.c.seq.desc())
    if before is not None:
        query = query.where(events.c.seq < before)
    found = [Event(**row._mapping) for row in connection.execute(query.limit(SHOWN + 1))]
    return _shown(connection, found[:SHOWN][::-1]), len(found) > SHOWN


def whole_history(connection: Connection, sender: str) -> list[dict[str, Any]]:
    """Everything that was said in the thread, oldest first; of a very long one, the newest part."""
    found, more = history_before(connection, sender)
    while more and len(found) < LONGEST:
        older, more = history_before(connection, sender, found[0]["seq"])
        found = [*older, *found]
    return found


def _seen_by_people(connection: Connection, sender: str) -> list[dict[str, Any]]:
    """The newest event that says how far people have read, if it is among the newest looks."""
    query = _public(sender).where(events.c.kind == "message.seen").order_by(events.c.seq.desc())
    looks = (Event(**row._mapping) for row in connection.execute(query.limit(20)))
    return _shown(connection, [one for one in looks if one.data.get("by") != "customer"][:1])


def _public(sender: str) -> Select[Any]:
    return (
        select(events)
        .join(conversations, conversations.c.id == events.c.conversation_id)
        .where(conversations.c.sender == sender, events.c.public)
    )


def _shown(connection: Connection, found: list[Event]) -> list[dict[str, Any]]:
    frames = (customer_event(connection, event) for event in found)
    return [frame for frame in frames if frame is not None]
