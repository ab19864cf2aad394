"""The queue: who waits, in which order, and how long it usually takes."""

from datetime import timedelta
from statistics import median

from sqlalchemy import Connection, case, select

from care.record.ids import ConversationId, Owner, Status
from care.record.record import now
from care.record.schema import conversations, handoffs

PRIORITIES = ("urgent", "high", "normal", "low")


def waiting(connection: Connection) -> list[ConversationId]:
    """Conversations that wait for an agent: by priority, then by who has waited longest."""
    rank = case(
        {name: index for index, name in enumerate(PRIORITIES)}, value=conversations.c.priority
    )
    query = (
        select(conversations.c.id)
        .where(conversations.c.owner == Owner.QUEUE, conversations.c.status == Status.OPEN)
        .order_by(rank, conversations.c.waiting_since, conversations.c.id)
    )
    return [ConversationId(row.id) for row in connection.execute(query)]


def usual_wait(connection: Connection, days: int = 7) -> float | None:
    """Median seconds from handoff to claim over the last `days`; None with fewer than 5 claims."""
    query = select(handoffs.c.requested_at, handoffs.c.claimed_at).where(
        handoffs.c.claimed_at.is_not(None),
        handoffs.c.requested_at > now() - timedelta(days=days),
    )
    waits = [
        (row.claimed_at - row.requested_at).total_seconds() for row in connection.execute(query)
    ]
    return median(waits) if len(waits) >= 5 else None


def place(connection: Connection, conversation_id: ConversationId) -> tuple[int, float | None]:
    """Position in the queue (from 1; 0: not in it) and the usual wait in seconds, if known."""
    ids = waiting(connection)
    position = ids.index(conversation_id) + 1 if conversation_id in ids else 0
    return position, usual_wait(connection)
