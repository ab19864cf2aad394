"""What agents see of one conversation: messages with their understanding, and all around them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from care.desk.rows import rows_by_id
from care.desk.visibility import visible
from care.handoff.transfers import Transfer, offered_transfer
from care.record.agents import Agent
from care.record.conversations import Conversation
from care.record.customers import access_customer
from care.record.events import last_seq
from care.record.feedback import Feedback, feedback_of
from care.record.handoffs import Handoff, handoffs_of
from care.record.messages import Message, message_of
from care.record.schema import (
    agents,
    conversations,
    deliveries,
    events,
    feedback,
    identities,
    messages,
)
from care.record.schema_desk import corrections, desk_states

PAGE = 100
PAST_LIMIT = 20


def message_view(
    message: Message, name: str | None, delivery: Any = None, fix: Any = None
) -> dict[str, Any]:
    """A message, note or mark for the desk. `fix`: what an agent said that it meant."""
    deleted, payload = message.deleted_at is not None, message.payload
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "author": message.author,
        "agent_id": message.agent_id,
        "name": name,
        "kind": message.kind,
        "public": message.public,
        "text": message.text,
        "at": message.created_at.isoformat(),
        "edited": message.edited_at is not None,
        "deleted": deleted,
        "intent": message.intent,
        "confidence": message.confidence,
        "understanding": message.understanding,
        "files": payload.get("files", []),
        "image": payload.get("image"),
        "card": payload.get("custom"),
        "rating": payload.get("rating"),
        "response": payload.get("response"),
        "mentions": payload.get("mentions", []),
        "reply_to": message.reply_to,
        "key": message.external_id.rpartition(":")[2] if message.external_id else None,
        "delivery": None
        if delivery is None
        else {"state": delivery.state, "error": delivery.error, "attempts": delivery.attempts},
        "fix": None if fix is None else {"intent": fix.intent, "state": fix.state, "id": fix.id},
    }


def message_views(connection: Connection, found: Iterable[Message]) -> list[dict[str, Any]]:
    """Views of several messages, read together."""
    found = list(found)
    ids = [message.id for message in found]
    names = _names(connection, {message.agent_id for message in found if message.agent_id})
    sent = select(deliveries).where(deliveries.c.message_id.in_(ids))
    states = {row.message_id: row for row in connection.execute(sent)}
    fixed = select(corrections).where(
        corrections.c.message_id.in_(ids), corrections.c.kind == "correction"
    )
    fixes = {row.message_id: row for row in connection.execute(fixed)}
    return [
        message_view(
            message,
            names.get(message.agent_id or 0),
            states.get(message.id),
            fixes.get(message.id),
        )
        for message in found
    ]


def messages_page(
    connection: Connection, conversation_id: int, before: int | None = None
) -> dict[str, Any]:
    """The newest PAGE messages with an id below `before`, oldest first: `{messages, more}`."""
    query = select(messages).where(messages.c.conversation_id == conversation_id)
    if before is not None:
        query = query.where(messages.c.id < before)
    rows = connection.execute(query.order_by(messages.c.id.desc()).limit(PAGE + 1)).all()
    shown = [message_of(row._mapping) for row in reversed(rows[:PAGE])]
    views = message_views(connection, shown)
    numbers = _message_seqs(connection, conversation_id)
    for view in views:
        view["seq"] = numbers.get(view["id"], 0)
    return {"messages": views, "more": len(rows) > PAGE}


def whole(connection: Connection, conversation: Conversation, agent: Agent) -> dict[str, Any]:
    """Everything that the desk shows the agent when they open a conversation."""
    row = rows_by_id(connection, [conversation.id])[conversation.id]
    return {
        "row": row,
        "conversation": {"id": conversation.id, "context": conversation.context},
        "customer": _customer(connection, conversation),
        **messages_page(connection, conversation.id),
        "handoffs": [handoff_view(item) for item in handoffs_of(connection, conversation.id)],
        "feedback": [feedback_view(item) for item in feedback_of(connection, conversation.id)],
        "transfer": transfer_view(offered_transfer(connection, conversation.id)),
        "slots": _slots(connection, conversation.id),
        "past": _past(connection, conversation, agent),
        "seen": customer_seen(connection, conversation.id),
        "last_seq": last_seq(connection),
    }


def handoff_view(handoff: Handoff) -> dict[str, Any]:
    """Why people were asked, and how that went."""
    return {
        "id": handoff.id,
        "reason": handoff.reason,
        "summary": handoff.summary,
        "slots": handoff.slots,
        "outcome": handoff.outcome,
        "agent_id": handoff.agent_id,
        "requested_at": handoff.requested_at.isoformat(),
        "claimed_at": handoff.claimed_at and handoff.claimed_at.isoformat(),
        "ended_at": handoff.ended_at and handoff.ended_at.isoformat(),
    }


def feedback_view(feedback: Feedback) -> dict[str, Any]:
    """One rating or remark."""
    return {
        "id": feedback.id,
        "kind": feedback.kind,
        "score": feedback.score,
        "comment": feedback.comment,
        "agent_id": feedback.agent_id,
        "at": feedback.created_at.isoformat(),
    }


def transfer_view(offer: Transfer | None) -> dict[str, Any] | None:
    """The transfer that waits for an answer."""
    if offer is None:
        return None
    return {
        "id": offer.id,
        "from_agent_id": offer.from_agent_id,
        "to_agent_id": offer.to_agent_id,
        "comment": offer.comment,
        "at": offer.created_at.isoformat(),
    }


def customer_seen(connection: Connection, conversation_id: int) -> dict[str, Any] | None:
    """Up to which event number the customer has seen the conversation, and when."""
    query = (
        select(events.c.data, events.c.created_at)
        .where(events.c.conversation_id == conversation_id, events.c.kind == "message.seen")
        .order_by(events.c.seq.desc())
        .limit(20)
    )
    for row in connection.execute(query):
        if row.data.get("by") == "customer":
            return {"seq": row.data.get("seq", 0), "at": row.created_at.isoformat()}
    return None


def _message_seqs(connection: Connection, conversation_id: int) -> dict[int, int]:
    query = (
        select(events.c.seq, events.c.data)
        .where(events.c.conversation_id == conversation_id, events.c.kind == "message.created")
        .order_by(events.c.seq.desc())
        .limit(5 * PAGE)
    )
    return {row.data["message_id"]: row.seq for row in connection.execute(query)}


def _customer(connection: Connection, conversation: Conversation) -> dict[str, Any]:
    customer = access_customer(connection, conversation.customer_id)
    known = select(identities.c.channel, identities.c.verified_at).where(
        identities.c.customer_id == customer.id
    )
    return {
        "id": customer.id,
        "name": customer.name,
        "email": customer.email,
        "language": customer.language or conversation.language,
        "verified": customer.verified,
        "attributes": customer.attributes,
        "since": customer.created_at.isoformat(),
        "identities": [
            {"channel": row.channel, "verified": row.verified_at is not None}
            for row in connection.execute(known)
        ],
    }


def _past(connection: Connection, conversation: Conversation, agent: Agent) -> list[dict[str, Any]]:
    """The customer's other conversations that the agent may see, the newest first."""
    query = (
        select(conversations.c.id)
        .select_from(conversations.outerjoin(desk_states))
        .where(
            conversations.c.customer_id == conversation.customer_id,
            conversations.c.id != conversation.id,
            visible(agent),
        )
        .order_by(conversations.c.id.desc())
        .limit(PAST_LIMIT)
    )
    ids = list(connection.execute(query).scalars())
    rows, given = rows_by_id(connection, ids), _ratings(connection, ids)
    return [
        {
            **{name: rows[one][name] for name in ("id", "opened_at", "status", "channel", "last")},
            "ratings": given.get(one, []),
        }
        for one in ids
    ]


def _ratings(connection: Connection, ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The scores that were given in each of these conversations."""
    query = (
        select(feedback.c.conversation_id, feedback.c.kind, feedback.c.score)
        .where(feedback.c.conversation_id.in_(ids), feedback.c.score.is_not(None))
        .order_by(feedback.c.id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(query):
        given = {"kind": row.kind, "score": row.score}
        found.setdefault(row.conversation_id, []).append(given)
    return found


def _slots(connection: Connection, conversation_id: int) -> dict[str, Any]:
    """What the assistant remembered after the newest turn that it understood."""
    query = (
        select(messages.c.understanding)
        .where(messages.c.conversation_id == conversation_id, messages.c.understanding.is_not(None))
        .order_by(messages.c.id.desc())
        .limit(5)
    )
    for (understanding,) in connection.execute(query):
        if understanding and understanding.get("slots"):
            slots: dict[str, Any] = understanding["slots"]
            return {name: value for name, value in slots.items() if value not in (None, "", [])}
    return {}


def _names(connection: Connection, ids: set[Any]) -> dict[int, str]:
    if not ids:
        return {}
    query = select(agents.c.id, agents.c.name).where(agents.c.id.in_(ids))
    return {row.id: row.name for row in connection.execute(query)}
