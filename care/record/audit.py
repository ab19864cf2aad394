"""The audit log: who did what to what, and when. Rows are only ever added."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from care.record.ids import AgentId
from care.record.record import now
from care.record.schema import agents, audit


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One action. `target` is `noun:id`; `data` never holds what customers wrote."""

    id: int
    agent_id: AgentId | None
    agent_name: str | None
    action: str
    target: str
    data: dict[str, Any]
    created_at: datetime


def of_conversation(conversation_id: int) -> str:
    """What the log calls a conversation."""
    return f"conversation:{conversation_id}"


def do_audit(
    connection: Connection,
    agent_id: AgentId | None,
    action: str,
    target: str,
    data: dict[str, Any] | None = None,
) -> None:
    """Keep one action of an agent (None: of somebody who is not signed in)."""
    connection.execute(
        insert(audit).values(
            agent_id=agent_id, action=action, target=target, data=data or {}, created_at=now()
        )
    )


def audit_rows(
    connection: Connection,
    *,
    target: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditRow]:
    """The newest rows, of one target or of all, with ids below `before`."""
    query = (
        select(audit, agents.c.name.label("agent_name"))
        .outerjoin(agents, agents.c.id == audit.c.agent_id)
        .order_by(audit.c.id.desc())
        .limit(limit)
    )
    if target is not None:
        query = query.where(audit.c.target == target)
    if before is not None:
        query = query.where(audit.c.id < before)
    return [AuditRow(**row._mapping) for row in connection.execute(query)]
