"""Ratings by buttons, on channels where a rating is a row of buttons under a question."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from care.gateway.answer import do_say_as_system
from care.record.conversations import access_conversation
from care.record.events import do_add_event
from care.record.feedback import SCORES, do_add_feedback
from care.record.ids import Author, FeedbackId, FeedbackKind, MessageId
from care.record.messages import (
    Draft,
    Message,
    access_message,
    do_add_button,
    do_add_message,
    do_change_payload,
    find_external,
)
from care.record.record import now
from care.record.schema import buttons, conversations, feedback
from care.texts import text

RATE = "careline:rate:"


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating as it was taken. `again`: this question had been answered before."""

    feedback_id: FeedbackId
    again: bool


def do_rating_buttons(connection: Connection, message: Message, language: str | None) -> None:
    """Give a rating question one button a step of its scale, once."""
    offered = select(buttons.c.token).where(buttons.c.message_id == message.id)
    if connection.execute(offered).first() is not None:
        return
    kind = FeedbackKind(message.payload["rating"]["kind"])
    for score in SCORES[kind]:
        do_add_button(
            connection,
            message.id,
            message.conversation_id,
            score,
            step_name(kind, score, language),
            f"{RATE}{score}",
        )


def step_name(kind: FeedbackKind, score: int, language: str | None) -> str:
    """A step of a scale: its number, and words where the scale has them."""
    if kind is FeedbackKind.NPS:
        return str(score)
    words = text(f"{kind}_{score}", language)
    return words if kind is FeedbackKind.THUMB else f"{score} {words}"


def find_rating_button(connection: Connection, token: str, sender: str) -> bool:
    """Whether the token is a step of a rating that was put to `sender`."""
    query = (
        select(buttons.c.payload)
        .join(conversations, conversations.c.id == buttons.c.conversation_id)
        .where(buttons.c.token == token, conversations.c.sender == sender)
    )
    return str(connection.execute(query).scalar() or "").startswith(RATE)


def do_rate(connection: Connection, token: str) -> Rated:
    """Record the score behind a rating button, thank, and ask for a comment; once a question."""
    row = connection.execute(select(buttons).where(buttons.c.token == token)).one()
    question = access_message(connection, MessageId(row.message_id))
    if "rated" in question.payload:
        return Rated(FeedbackId(question.payload["rated"]), again=True)
    kind = FeedbackKind(question.payload["rating"]["kind"])
    score = int(row.payload.removeprefix(RATE))
    given = do_add_feedback(connection, question.conversation_id, kind, score)
    used = update(buttons).where(buttons.c.token == token)
    connection.execute(used.values(used_at=now()))
    do_change_payload(connection, question.id, rated=given)
    conversation = access_conversation(connection, question.conversation_id)
    words = text("ask_comment", conversation.language)
    do_say_as_system(connection, conversation.id, "notice", words, {"comment_for": given})
    return Rated(given, again=False)


def do_comment(
    connection: Connection,
    feedback_id: FeedbackId,
    words: str,
    external_id: str,
    payload: dict[str, Any] | None = None,
) -> bool:
    """Keep what the customer adds to a rating; False where it is here already.

    The words are in the transcript too, but do not reopen the conversation.
    """
    given = connection.execute(select(feedback).where(feedback.c.id == feedback_id)).one()
    conversation = access_conversation(connection, given.conversation_id)
    if find_external(connection, conversation.channel, external_id) is not None:
        return False
    whole = f"{given.comment}\n{words}" if given.comment else words
    change = update(feedback).where(feedback.c.id == feedback_id)
    connection.execute(change.values(comment=whole))
    draft = Draft(
        author=Author.CUSTOMER,
        kind="comment",
        text=words,
        external_id=external_id,
        payload={**(payload or {}), "feedback_id": feedback_id},
    )
    do_add_message(connection, conversation.id, conversation.channel, draft)
    data = {"feedback_id": feedback_id}
    do_add_event(connection, "feedback.commented", conversation.id, data, public=False)
    thanks = text("comment_thanks", conversation.language)
    do_say_as_system(connection, conversation.id, "notice", thanks, {})
    return True
