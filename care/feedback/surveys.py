"""Which question a customer may be asked, and when. One at a time, never twice for the same need.

How to call it: `survey_for(connection, conversation_id)` at the end of a need gives the question to
ask (None: none); `may_ask(connection, conversation_id, kind)` says whether a wished one may be asked;
`nps_due(connection, conversation_id)` after a rating was given.

CSAT after a resolved need; CES instead where the customer did a task in it; NPS for a sample of the
customers, after a rating, each at most once in 90 days. A need begins when the conversation is
opened or reopened, or when people are asked. Colleagues (audience `internal`) are never asked for
NPS.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from care.record.conversations import access_conversation
from care.record.ids import ConversationId, CustomerId, FeedbackKind, Status
from care.record.record import now
from care.record.schema import conversations, events, feedback, handoffs, interactions, messages

NPS_DAYS = 90
NPS_SHARE = 0.2
"""Share of the customers who are in the NPS sample of a quarter."""
TASKS = ("action_order_task", "action_request_callback")
ASKED = (FeedbackKind.CSAT, FeedbackKind.CES)


def survey_for(connection: Connection, conversation_id: ConversationId) -> FeedbackKind | None:
    """What to ask now that the need is met; None where it was asked already."""
    wanted = FeedbackKind.CES if _did_task(connection, conversation_id) else FeedbackKind.CSAT
    return wanted if may_ask(connection, conversation_id, wanted) else None


def may_ask(connection: Connection, conversation_id: ConversationId, kind: FeedbackKind) -> bool:
    """Whether this question may be put to the customer of the conversation now."""
    if kind is FeedbackKind.NPS:
        return _may_ask_nps(connection, conversation_id, now())
    since = need_began(connection, conversation_id)
    asked = _asked_kinds(connection, conversation_id, since)
    given = select(feedback.c.id).where(
        feedback.c.conversation_id == conversation_id,
        feedback.c.kind.in_(ASKED),
        feedback.c.created_at >= since,
    )
    return asked.isdisjoint(ASKED) and connection.execute(given.limit(1)).first() is None


def nps_due(connection: Connection, conversation_id: ConversationId) -> bool:
    """Whether the customer, who just gave a rating, is asked for a recommendation too."""
    conversation = access_conversation(connection, conversation_id)
    return in_sample(conversation.customer_id, now()) and _may_ask_nps(
        connection, conversation_id, now()
    )


def in_sample(customer_id: CustomerId, at: datetime, share: float = NPS_SHARE) -> bool:
    """Whether a customer is in this quarter's sample: by hash, the same answer all quarter."""
    quarter = f"{at.year}-{(at.month - 1) // 3}"
    digest = hashlib.sha256(f"nps:{quarter}:{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < share


def need_began(connection: Connection, conversation_id: ConversationId) -> datetime:
    """When the present need began: the opening, the last reopening or the last handoff."""
    conversation = access_conversation(connection, conversation_id)
    handoff = select(func.max(handoffs.c.requested_at)).where(
        handoffs.c.conversation_id == conversation_id
    )
    began: datetime = connection.execute(handoff).scalar() or conversation.opened_at
    query = (
        select(events.c.created_at, events.c.data)
        .where(
            events.c.conversation_id == conversation_id,
            events.c.kind == "conversation.status_changed",
        )
        .order_by(events.c.seq.desc())
    )
    for row in connection.execute(query):
        if row.data.get("status") == Status.OPEN and row.data.get("was") == Status.RESOLVED:
            reopened: datetime = row.created_at
            return max(began, reopened)
    return max(began, conversation.opened_at)


def _may_ask_nps(connection: Connection, conversation_id: ConversationId, at: datetime) -> bool:
    conversation = access_conversation(connection, conversation_id)
    if conversation.audience == "internal":
        return False
    since = at - timedelta(days=NPS_DAYS)
    theirs = select(conversations.c.id).where(
        conversations.c.customer_id == conversation.customer_id
    )
    for other in connection.execute(theirs).scalars():
        if FeedbackKind.NPS in _asked_kinds(connection, other, since):
            return False
    given = select(feedback.c.id).where(
        feedback.c.customer_id == conversation.customer_id,
        feedback.c.kind == FeedbackKind.NPS,
        feedback.c.created_at >= since,
    )
    return connection.execute(given.limit(1)).first() is None


def _asked_kinds(
    connection: Connection, conversation_id: ConversationId, since: datetime
) -> set[str]:
    """The kinds of rating that the conversation was shown since a time."""
    query = select(messages.c.payload).where(
        messages.c.conversation_id == conversation_id,
        messages.c.kind == "rating",
        messages.c.created_at >= since,
    )
    return {
        str((payload.get("rating") or {}).get("kind"))
        for payload in connection.execute(query).scalars()
    }


def _did_task(connection: Connection, conversation_id: ConversationId) -> bool:
    query = select(interactions.c.id).where(
        interactions.c.conversation_id == conversation_id,
        interactions.c.action.in_(TASKS),
        interactions.c.outcome == "ok",
        interactions.c.created_at >= need_began(connection, conversation_id),
    )
    return connection.execute(query.limit(1)).first() is not None
