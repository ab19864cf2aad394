"""The interaction log: every run of an action, with its outcome and duration."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from care.record.ids import ConversationId, MessageId
from care.record.record import now
from care.record.schema import interactions

OUTCOMES = ("ok", "refused", "failed")


@dataclass(frozen=True, slots=True)
class Interaction:
    """One run of an action. `duration_ms` is wall time in milliseconds."""

    id: int
    conversation_id: ConversationId
    message_id: MessageId | None
    action: str
    outcome: str
    duration_ms: float
    error: str | None
    created_at: datetime


def interactions_of(connection: Connection, conversation_id: ConversationId) -> list[Interaction]:
    """The interaction log of a conversation, oldest first."""
    query = select(interactions).where(interactions.c.conversation_id == conversation_id)
    return [Interaction(**row._mapping) for row in connection.execute(query.order_by("id"))]


def do_log_interaction(
    connection: Connection,
    conversation_id: ConversationId,
    message_id: MessageId | None,
    action: str,
    outcome: str,
    duration_ms: float,
    error: str | None = None,
) -> None:
    """Add one row. Raises ValueError for an outcome that is not in OUTCOMES."""
    if outcome not in OUTCOMES:
        raise ValueError(f"an outcome is one of {', '.join(OUTCOMES)}")
    connection.execute(
        insert(interactions).values(
            conversation_id=conversation_id,
            message_id=message_id,
            action=action[:80],
            outcome=outcome,
            duration_ms=duration_ms,
            error=error[:200] if error else None,
            created_at=now(),
        )
    )
