"""Notices kept for an agent: mentions, transfers, what was decided about theirs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from care.record.ids import AgentId, ConversationId, MessageId
from care.record.record import now
from care.record.schema import agents
from care.record.schema_desk import notifications


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. `kind`: mention, transfer, accepted, declined. `by`: a colleague's name."""

    id: int
    kind: str
    conversation_id: ConversationId | None
    message_id: MessageId | None
    by: str | None
    text: str
    at: datetime
    read: bool

    def as_json(self) -> dict[str, Any]:
        """As the desk reads it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "conversation_id": self.conversation_id,
            "message_id": self.message_id,
            "by": self.by,
            "text": self.text,
            "at": self.at.isoformat(),
            "read": self.read,
        }


def notices_of(connection: Connection, agent_id: AgentId, limit: int = 60) -> list[Notice]:
    """The newest notices of an agent, newest first."""
    return _notices(connection, notifications.c.agent_id == agent_id, limit)


def do_notify(
    connection: Connection,
    agent_id: AgentId,
    kind: str,
    by: AgentId | None,
    conversation_id: ConversationId,
    text: str = "",
    message_id: MessageId | None = None,
) -> Notice:
    """Keep a notice for an agent and return it, to be shown at once."""
    added = insert(notifications).values(
        agent_id=agent_id,
        kind=kind,
        conversation_id=conversation_id,
        message_id=message_id,
        by_agent_id=by,
        text=text[:300],
        created_at=now(),
    )
    new = connection.execute(added.returning(notifications.c.id)).scalar_one()
    return _notices(connection, notifications.c.id == new, 1)[0]


def do_read_notices(connection: Connection, agent_id: AgentId, ids: list[int] | None) -> None:
    """The agent has read these notices (None: all)."""
    change = update(notifications).where(
        notifications.c.agent_id == agent_id, notifications.c.read_at.is_(None)
    )
    if ids is not None:
        change = change.where(notifications.c.id.in_(ids))
    connection.execute(change.values(read_at=now()))


def _notices(connection: Connection, which: Any, limit: int) -> list[Notice]:
    query = (
        select(notifications, agents.c.name)
        .outerjoin(agents, agents.c.id == notifications.c.by_agent_id)
        .where(which)
        .order_by(notifications.c.id.desc())
        .limit(limit)
    )
    return [
        Notice(
            row.id,
            row.kind,
            row.conversation_id,
            row.message_id,
            row.name,
            row.text,
            row.created_at,
            row.read_at is not None,
        )
        for row in connection.execute(query)
    ]
