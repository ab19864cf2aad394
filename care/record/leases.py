"""Leases: one worker at a time looks after a conversation, also with many processes."""

import time

from sqlalchemy import Connection, or_, select, update

from care.record.ids import ConversationId
from care.record.schema import conversations, messages


def do_take_lease(
    connection: Connection, conversation_id: ConversationId, worker: str, seconds: float
) -> bool:
    """Take or prolong the lease; False where another worker holds it."""
    present = time.time()
    free = or_(
        conversations.c.lease_by.is_(None),
        conversations.c.lease_by == worker,
        conversations.c.lease_until < present,
    )
    step = update(conversations).where(conversations.c.id == conversation_id, free)
    values = {"lease_by": worker, "lease_until": present + seconds}
    return connection.execute(step.values(**values)).rowcount == 1


def do_drop_lease(connection: Connection, conversation_id: ConversationId, worker: str) -> None:
    """Give the lease up, if `worker` still holds it."""
    mine = (conversations.c.id == conversation_id) & (conversations.c.lease_by == worker)
    connection.execute(update(conversations).where(mine).values(lease_by=None, lease_until=None))


def do_drop_leases_of(connection: Connection, worker: str) -> None:
    """Give up everything that `worker` holds, so that others may go on at once."""
    mine = conversations.c.lease_by == worker
    connection.execute(update(conversations).where(mine).values(lease_by=None, lease_until=None))


def do_drop_all_leases(connection: Connection) -> None:
    """Forget leases of a process that is gone; only right where this is the only process."""
    connection.execute(update(conversations).values(lease_by=None, lease_until=None))


def conversations_with_work(connection: Connection, limit: int = 500) -> list[ConversationId]:
    """Conversations with accepted messages that nobody holds a live lease on, oldest first."""
    free = or_(conversations.c.lease_until.is_(None), conversations.c.lease_until < time.time())
    query = (
        select(messages.c.conversation_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.state == "accepted", free)
        .distinct()
        .limit(limit)
    )
    return [ConversationId(row.conversation_id) for row in connection.execute(query)]
