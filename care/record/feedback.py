"""Feedback: ratings, thumbs, complaints and suggestions, as customers gave them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from care.record.conversations import access_conversation
from care.record.events import do_add_event
from care.record.ids import (
    AgentId,
    ConversationId,
    CustomerId,
    FeedbackId,
    FeedbackKind,
    MessageId,
)
from care.record.record import now
from care.record.schema import feedback

SCORES = {
    FeedbackKind.CSAT: range(1, 6),
    FeedbackKind.CES: range(1, 6),
    FeedbackKind.NPS: range(11),
    FeedbackKind.THUMB: range(2),
}


@dataclass(frozen=True, slots=True)
class Feedback:
    """One piece of feedback. `agent_id`: the person it is about; None: the bot."""

    id: FeedbackId
    conversation_id: ConversationId
    customer_id: CustomerId
    message_id: MessageId | None
    agent_id: AgentId | None
    kind: FeedbackKind
    score: int | None
    comment: str | None
    created_at: datetime


def check_score(kind: FeedbackKind, score: int | None) -> None:
    """Raise ValueError where `score` is not on the scale of `kind`."""
    scale = SCORES.get(kind)
    if scale is None:
        return
    if score is None or score not in scale:
        raise ValueError(f"a {kind} score is a whole number from {scale[0]} to {scale[-1]}")


def feedback_of(connection: Connection, conversation_id: ConversationId) -> list[Feedback]:
    """All feedback in a conversation, oldest first."""
    query = select(feedback).where(feedback.c.conversation_id == conversation_id)
    rows = connection.execute(query.order_by(feedback.c.id))
    return [Feedback(**{**row._mapping, "kind": FeedbackKind(row.kind)}) for row in rows]


def find_feedback(
    connection: Connection,
    conversation_id: ConversationId,
    kind: FeedbackKind,
    message_id: MessageId,
) -> FeedbackId | None:
    """What was said before about the same message, in the same way."""
    query = select(feedback.c.id).where(
        feedback.c.conversation_id == conversation_id,
        feedback.c.kind == kind,
        feedback.c.message_id == message_id,
    )
    found = connection.execute(query.order_by(feedback.c.id.desc()).limit(1)).scalar()
    return None if found is None else FeedbackId(found)


def do_amend_feedback(
    connection: Connection, feedback_id: FeedbackId, score: int | None, comment: str | None
) -> None:
    """Change a score or add a comment, and record the event. Raises ValueError."""
    row = connection.execute(select(feedback).where(feedback.c.id == feedback_id)).one()
    kind = FeedbackKind(row.kind)
    kept = row.score if score is None else score
    check_score(kind, kept)
    change = update(feedback).where(feedback.c.id == feedback_id)
    connection.execute(change.values(score=kept, comment=comment or row.comment))
    data = {"feedback_id": feedback_id, "kind": kind, "score": kept}
    do_add_event(connection, "feedback.received", row.conversation_id, data, public=False)


def do_add_feedback(
    connection: Connection,
    conversation_id: ConversationId,
    kind: FeedbackKind,
    score: int | None = None,
    comment: str | None = None,
    message_id: MessageId | None = None,
) -> FeedbackId:
    """Record feedback and its event. Raises ValueError for a score off the scale."""
    check_score(kind, score)
    conversation = access_conversation(connection, conversation_id)
    added = insert(feedback).values(
        conversation_id=conversation_id,
        customer_id=conversation.customer_id,
        message_id=message_id,
        agent_id=conversation.agent_id,
        kind=kind,
        score=score,
        comment=comment,
        created_at=now(),
    )
    new = FeedbackId(connection.execute(added.returning(feedback.c.id)).scalar_one())
    data = {"feedback_id": new, "kind": kind, "score": score}
    do_add_event(connection, "feedback.received", conversation_id, data, public=False)
    return new
