"""Numbered events: what changed, in the order in which it was committed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from care.record.ids import ConversationId, Seq
from care.record.record import now
from care.record.schema import counters, events


@dataclass(frozen=True, slots=True)
class Event:
    """One change. `public` events may be shown to the customer."""

    seq: Seq
    conversation_id: ConversationId | None
    kind: str
    public: bool
    data: dict[str, Any]
    created_at: datetime


def do_add_event(
    connection: Connection,
    kind: str,
    conversation_id: ConversationId | None,
    data: dict[str, Any],
    *,
    public: bool,
) -> Seq:
    """Number and keep an event.

    The counter row is locked until the transaction ends, so numbers have no gaps and follow the
    order of commits: a reader that has seen N will never later find a smaller number.
    """
    step = update(counters).where(counters.c.name == "events").values(value=counters.c.value + 1)
    seq = Seq(connection.execute(step.returning(counters.c.value)).scalar_one())
    row = {"seq": seq, "conversation_id": conversation_id, "kind": kind, "public": public}
    connection.execute(insert(events).values(**row, data=data, created_at=now()))
    return seq


def last_seq(connection: Connection, conversation_id: ConversationId | None = None) -> Seq:
    """Number of the newest event, of one conversation or of all; 0 where there is none."""
    if conversation_id is None:
        return Seq(
            connection.execute(
                select(counters.c.value).where(counters.c.name == "events")
            ).scalar_one()
        )
    newest = select(func.max(events.c.seq)).where(events.c.conversation_id == conversation_id)
    return Seq(connection.execute(newest).scalar() or 0)


def events_after(
    connection: Connection,
    after: int,
    *,
    conversation_id: ConversationId | None = None,
    public_only: bool = False,
    limit: int = 500,
) -> list[Event]:
    """Events with a number above `after`, oldest first, `limit` at the most."""
    query = select(events).where(events.c.seq > after).order_by(events.c.seq).limit(limit)
    if conversation_id is not None:
        query = query.where(events.c.conversation_id == conversation_id)
    if public_only:
        query = query.where(events.c.public)
    return [Event(**row._mapping) for row in connection.execute(query)]
