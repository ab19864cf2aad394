"""The queue: who waits, in which order, and how long it usually takes."""

from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from care.record.ids import ConversationId, Owner, Status
from care.record.record import now
from care.record.schema import conversations, handoffs

PRIORITIES = ("urgent", "high", "normal", "low")
TOLD = 100
"""Places that are told again whenever somebody in front leaves; who is further back asks."""
CLAIMS = 200
"""The newest claims that the usual wait is taken from."""

_rank = case(
    {name: index for index, name in enumerate(PRIORITIES)}, value=conversations.c.priority, else_=9
)
_since = func.coalesce(
    conversations.c.waiting_since,
    conversations.c.opened_at,
    type_=conversations.c.waiting_since.type,
)
_waits = and_(conversations.c.owner == Owner.QUEUE, conversations.c.status == Status.OPEN)


def waiting(connection: Connection, limit: int | None = None) -> list[ConversationId]:
    """Conversations that wait for an agent: by priority, then by who has waited longest."""
    query = select(conversations.c.id).where(_waits).order_by(_rank, _since, conversations.c.id)
    return [ConversationId(row.id) for row in connection.execute(query.limit(limit))]


def count_waiting(connection: Connection) -> int:
    """How many conversations wait for an agent."""
    return int(connection.execute(select(func.count()).where(_waits)).scalar_one())


def usual_wait(connection: Connection, days: int = 7) -> float | None:
    """Median seconds from handoff to claim, of the newest claims of the last `days`.

    None with fewer than 5 claims.
    """
    query = (
        select(handoffs.c.requested_at, handoffs.c.claimed_at)
        .where(
            handoffs.c.claimed_at.is_not(None),
            handoffs.c.requested_at > now() - timedelta(days=days),
        )
        .order_by(handoffs.c.id.desc())
        .limit(CLAIMS)
    )
    waits = [
        (row.claimed_at - row.requested_at).total_seconds() for row in connection.execute(query)
    ]
    return median(waits) if len(waits) >= 5 else None


def place(connection: Connection, conversation_id: ConversationId) -> tuple[int, float | None]:
    """Position in the queue (from 1; 0: not in it) and the usual wait in seconds, if known."""
    query = select(_rank.label("rank"), _since.label("since")).where(
        _waits, conversations.c.id == conversation_id
    )
    mine = connection.execute(query).first()
    if mine is None:
        return 0, usual_wait(connection)
    ahead = select(func.count()).where(_waits, _before(mine.rank, mine.since, conversation_id))
    return connection.execute(ahead).scalar_one() + 1, usual_wait(connection)


def places(
    connection: Connection, limit: int | None = TOLD
) -> tuple[list[tuple[ConversationId, int]], float | None]:
    """The first `limit` conversations of the queue (None: all) with their positions, and the
    usual wait."""
    first = waiting(connection, limit)
    return [(one, number) for number, one in enumerate(first, start=1)], usual_wait(connection)


def _before(rank: int, since: Any, conversation_id: int) -> ColumnElement[bool]:
    """The condition of standing in front of somebody, in the order of `waiting`."""
    longer = or_(_since < since, and_(_since == since, conversations.c.id < conversation_id))
    return or_(_rank < rank, and_(_rank == rank, longer))
