"""Corrections: what agents say that a customer meant, and questions that had no answer.

They wait for a supervisor, who accepts, edits or rejects them. Texts are kept without personal data.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from care.privacy.redaction import EXAMPLES, redact
from care.record.conversations import access_conversation
from care.record.customers import access_customer
from care.record.events import do_add_event
from care.record.ids import AgentId, ConversationId, MessageId
from care.record.messages import Message
from care.record.record import now
from care.record.schema import agents
from care.record.schema_desk import corrections

STATES = ("open", "accepted", "rejected")


@dataclass(frozen=True, slots=True)
class Correction:
    """One text and what it means. `kind`: correction or unanswered; `intent` None: none of ours."""

    id: int
    kind: str
    conversation_id: ConversationId | None
    message_id: MessageId | None
    text: str
    language: str | None
    was_intent: str | None
    confidence: int | None
    intent: str | None
    state: str
    agent_id: AgentId | None
    reviewed_by: AgentId | None
    created_at: datetime
    reviewed_at: datetime | None


def corrections_in(
    connection: Connection, state: str, before: int | None = None, limit: int = 50
) -> list[tuple[Correction, str | None, str | None]]:
    """Corrections in a state, newest first, each with the names of agent and reviewer."""
    reviewer = agents.alias("reviewer")
    query = (
        select(corrections, agents.c.name.label("by_name"), reviewer.c.name.label("reviewer_name"))
        .outerjoin(agents, agents.c.id == corrections.c.agent_id)
        .outerjoin(reviewer, reviewer.c.id == corrections.c.reviewed_by)
        .where(corrections.c.state == state)
        .order_by(corrections.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(corrections.c.id < before)
    return [
        (_correction_of(row), row.by_name, row.reviewer_name) for row in connection.execute(query)
    ]


def access_correction(connection: Connection, correction_id: int) -> Correction:
    """The correction; raises LookupError where there is none."""
    row = connection.execute(select(corrections).where(corrections.c.id == correction_id)).first()
    if row is None:
        raise LookupError(f"correction {correction_id}")
    return _correction_of(row)


def count_open(connection: Connection) -> int:
    """How many wait for review."""
    query = select(func.count()).where(corrections.c.state == "open")
    return int(connection.execute(query).scalar_one())


def do_correct(
    connection: Connection, message: Message, intent: str | None, agent_id: AgentId
) -> int:
    """An agent says what a message meant; a later word of any agent replaces an open one."""
    values = {"intent": intent, "agent_id": agent_id, "state": "open", "kind": "correction"}
    return _keep(connection, message, values)


def do_keep_unanswered(connection: Connection, message: Message) -> int:
    """Remember a question that the assistant could not answer, once."""
    return _keep(connection, message, {"kind": "unanswered", "state": "open"}, replace=False)


def do_review(
    connection: Connection,
    correction_id: int,
    state: str,
    reviewer: AgentId,
    text: str | None = None,
    intent: str | None = None,
) -> Correction:
    """Accept (with the text and intent that shall be learnt) or reject a correction."""
    if state not in STATES:
        raise ValueError(state)
    values: dict[str, Any] = {"state": state, "reviewed_by": reviewer, "reviewed_at": now()}
    if state == "accepted":
        values |= {"text": text, "intent": intent}
    change = update(corrections).where(corrections.c.id == correction_id)
    if connection.execute(change.values(**values)).rowcount == 0:
        raise LookupError(f"correction {correction_id}")
    done = access_correction(connection, correction_id)
    data = {"correction_id": done.id, "state": state}
    do_add_event(connection, "correction.reviewed", done.conversation_id, data, public=False)
    return done


def _keep(
    connection: Connection, message: Message, values: dict[str, Any], *, replace: bool = True
) -> int:
    known = connection.execute(
        select(corrections.c.id, corrections.c.state).where(corrections.c.message_id == message.id)
    ).first()
    if known is not None and (not replace or known.state != "open"):
        return int(known.id)
    conversation = access_conversation(connection, message.conversation_id)
    customer = access_customer(connection, conversation.customer_id)
    row = {
        "conversation_id": conversation.id,
        "text": redact(message.text, [customer.name or ""], EXAMPLES)[:500],
        "language": conversation.language,
        "was_intent": message.intent,
        "confidence": None if message.confidence is None else round(message.confidence * 100),
        "created_at": now(),
        **values,
    }
    if known is not None:
        correction_id = int(known.id)
        connection.execute(
            update(corrections).where(corrections.c.id == correction_id).values(**row)
        )
    else:
        added = insert(corrections).values(message_id=message.id, **row)
        correction_id = int(connection.execute(added.returning(corrections.c.id)).scalar_one())
    data = {"correction_id": correction_id, "message_id": message.id}
    do_add_event(connection, "message.corrected", conversation.id, data, public=False)
    return correction_id


def _correction_of(row: Any) -> Correction:
    values = row._mapping
    return Correction(**{name: values[name] for name in Correction.__slots__})
