"""Reactions to an answer: a thumb is feedback on it, like the thumbs of the website."""

from sqlalchemy import Connection, select

from care.record.customers import is_customer
from care.record.deliveries import delivered_as
from care.record.events import do_add_event
from care.record.feedback import do_add_feedback
from care.record.ids import Author, ConversationId, FeedbackKind
from care.record.messages import access_message
from care.record.schema import feedback

UP = {"\U0001f44d", "+1", "thumbsup", "\u2764", "heart", "white_check_mark"}
DOWN = {"\U0001f44e", "-1", "thumbsdown"}


def do_react(
    connection: Connection,
    sender: str,
    external_id: str,
    signs: list[str],
    identity: tuple[str, str] | None = None,
) -> ConversationId | None:
    """Keep a reaction to one of our messages; a thumb is feedback once. None: not ours.

    With an `identity` (channel and person), only the conversation's own customer counts.
    """
    message_id = delivered_as(connection, sender, external_id)
    if message_id is None:
        return None
    message = access_message(connection, message_id)
    if identity is not None and not is_customer(connection, message.conversation_id, identity):
        return None
    data = {"message_id": message_id, "signs": signs[:10]}
    do_add_event(connection, "message.reaction", message.conversation_id, data, public=False)
    score = 1 if UP.intersection(signs) else 0 if DOWN.intersection(signs) else None
    given = select(feedback.c.id).where(
        feedback.c.message_id == message_id, feedback.c.kind == FeedbackKind.THUMB
    )
    if (
        score is not None
        and message.author is Author.BOT
        and connection.execute(given).first() is None
    ):
        do_add_feedback(
            connection, message.conversation_id, FeedbackKind.THUMB, score, None, message_id
        )
    return message.conversation_id
