"""Handoffs: each stretch in which people, not the bot, look after a conversation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from care.record.events import do_add_event
from care.record.ids import AgentId, ConversationId, HandoffId, HandoffReason
from care.record.record import now
from care.record.schema import handoffs


@dataclass(frozen=True, slots=True)
class Handoff:
    """Why people were asked, what they were told, who took it and how it ended."""

    id: HandoffId
    conversation_id: ConversationId
    reason: HandoffReason
    summary: str
    slots: dict[str, Any]
    outcome: str | None
    agent_id: AgentId | None
    requested_at: datetime
    claimed_at: datetime | None
    first_reply_at: datetime | None
    ended_at: datetime | None


def handoffs_of(connection: Connection, conversation_id: ConversationId) -> list[Handoff]:
    """All handoffs of a conversation, oldest first."""
    query = select(handoffs).where(handoffs.c.conversation_id == conversation_id)
    rows = connection.execute(query.order_by(handoffs.c.id))
    return [Handoff(**{**row._mapping, "reason": HandoffReason(row.reason)}) for row in rows]


def open_handoff(connection: Connection, conversation_id: ConversationId) -> Handoff | None:
    """The handoff that has not ended."""
    found = [item for item in handoffs_of(connection, conversation_id) if item.ended_at is None]
    return found[-1] if found else None


def do_open_handoff(
    connection: Connection,
    conversation_id: ConversationId,
    reason: HandoffReason,
    summary: str = "",
    slots: dict[str, Any] | None = None,
) -> HandoffId:
    """Record that people are asked to take over."""
    added = insert(handoffs).values(
        conversation_id=conversation_id,
        reason=reason,
        summary=summary,
        slots=slots or {},
        requested_at=now(),
    )
    new = HandoffId(connection.execute(added.returning(handoffs.c.id)).scalar_one())
    data = {"handoff_id": new, "reason": reason}
    do_add_event(connection, "handoff.requested", conversation_id, data, public=False)
    return new


def do_claim_handoff(
    connection: Connection, conversation_id: ConversationId, agent_id: AgentId
) -> None:
    """Record who took the open handoff; the first claim's time stays."""
    found = open_handoff(connection, conversation_id)
    if found is None:
        return
    change = update(handoffs).where(handoffs.c.id == found.id)
    connection.execute(change.values(agent_id=agent_id, claimed_at=found.claimed_at or now()))
    data = {"handoff_id": found.id, "agent_id": agent_id}
    do_add_event(connection, "handoff.claimed", conversation_id, data, public=False)


def do_mark_first_reply(connection: Connection, conversation_id: ConversationId) -> None:
    """Keep the time of a person's first answer in the open handoff."""
    connection.execute(
        update(handoffs)
        .where(
            handoffs.c.conversation_id == conversation_id,
            handoffs.c.ended_at.is_(None),
            handoffs.c.first_reply_at.is_(None),
        )
        .values(first_reply_at=now())
    )


def do_end_handoff(connection: Connection, conversation_id: ConversationId, outcome: str) -> None:
    """End the open handoff: `handed_back`, `resolved` or `abandoned`."""
    found = open_handoff(connection, conversation_id)
    if found is None:
        return
    change = update(handoffs).where(handoffs.c.id == found.id)
    connection.execute(change.values(ended_at=now(), outcome=outcome))
    data = {"handoff_id": found.id, "outcome": outcome}
    do_add_event(connection, "handoff.ended", conversation_id, data, public=False)
