"""Steps that every chat channel takes with what it received."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection

from care.gateway.accept import Accepted, Incoming, Refused, check_text, do_find_place
from care.gateway.gateway import Gateway
from care.gateway.rating import do_comment, do_rate, find_rating_button
from care.record.conversations import access_conversation, current_conversation
from care.record.deliveries import delivered_as, do_queue_delivery
from care.record.ids import Author, ConversationId, FeedbackId, MessageId
from care.record.messages import (
    Draft,
    access_message,
    do_add_message,
    do_delete_message,
    do_edit_message,
    find_external,
)
from care.record.reach import do_mark_reachable
from care.settings import Settings
from care.texts import text

EXPLAINED = ("too_long", "too_fast", "bad_text")


class Press(StrEnum):
    """What a pressed button did."""

    TAKEN = "choice_taken"
    RATED = "rating_taken"
    RATED_BEFORE = "rating_again"
    UNKNOWN = "refused_unknown_button"


@dataclass(frozen=True, slots=True)
class Pressed:
    """The outcome of a press; `conversation_id` where there is one to look at."""

    press: Press
    conversation_id: ConversationId | None = None


def clean(raw: str) -> str:
    """The text without the control signs that platforms let through."""
    kept = (s for s in raw if s in "\n\t" or unicodedata.category(s) not in ("Cc", "Cs"))
    return "".join(kept).strip()


async def take(gateway: Gateway, incoming: Incoming) -> Accepted | None:
    """Accept a message; where it is refused, tell the customer why on the channel. None then."""
    try:
        accepted = await gateway.accept(incoming)
    except Refused as refused:
        if refused.code in EXPLAINED:
            await explain(gateway, incoming, f"refused_{refused.code}")
        return None
    await reachable(gateway, incoming.sender)
    return accepted


async def explain(gateway: Gateway, incoming: Incoming, sentence: str) -> None:
    """Say one of our sentences to the customer instead of taking a message, once a minute."""
    conversation_id = await gateway.record.write(_do_explain, incoming, sentence, gateway.settings)
    if conversation_id is not None:
        await gateway.changed(conversation_id)


async def press(gateway: Gateway, incoming: Incoming) -> Pressed:
    """A button was pressed: a rating is kept, anything else is a message. Once a button."""
    token = clean(incoming.button or "")
    if await gateway.record.read(find_rating_button, token, incoming.sender):
        rated = await gateway.record.write(do_rate, token)
        found = await gateway.record.read(current_conversation, incoming.sender)
        if found is not None:
            await gateway.changed(found.id)
        return Pressed(
            Press.RATED_BEFORE if rated.again else Press.RATED, found.id if found else None
        )
    try:
        accepted = await gateway.accept(
            replace(incoming, button=token, external_id=f"press:{token}")
        )
    except Refused:
        return Pressed(Press.UNKNOWN)
    await reachable(gateway, incoming.sender)
    return Pressed(Press.TAKEN, accepted.conversation_id)


async def comment(gateway: Gateway, incoming: Incoming, answered: str) -> bool:
    """Keep a reply to our question for a comment; False where it was a reply to something else.

    `answered` is the platform's name of the message that was replied to.
    """

    def keep(connection: Connection) -> ConversationId | None:
        asked = delivered_as(connection, incoming.sender, answered)
        if asked is None:
            return None
        question = access_message(connection, asked)
        wanted = question.payload.get("comment_for")
        if wanted is None:
            return None
        words = check_text(incoming.text, gateway.settings.message_max_chars)
        do_comment(connection, FeedbackId(wanted), words, incoming.external_id)
        return question.conversation_id

    try:
        conversation_id = await gateway.record.write(keep)
    except Refused:
        return False
    if conversation_id is not None:
        await gateway.changed(conversation_id)
    return conversation_id is not None


async def edited(gateway: Gateway, channel: str, external_id: str, words: str) -> None:
    """The author changed a message on the channel."""
    await _update(gateway, channel, external_id, words)


async def deleted(gateway: Gateway, channel: str, external_id: str) -> None:
    """The author took a message back on the channel."""
    await _update(gateway, channel, external_id, None)


async def reachable(gateway: Gateway, sender: str) -> None:
    """The customer writes or let us in again: send what waits."""
    for conversation_id in await gateway.record.write(do_mark_reachable, sender):
        await gateway.changed(conversation_id)


async def _update(gateway: Gateway, channel: str, external_id: str, words: str | None) -> None:
    def change(connection: Connection) -> ConversationId | None:
        found = find_external(connection, channel, external_id)
        if found is None or found.author is not Author.CUSTOMER:
            return None
        if words is None:
            do_delete_message(connection, found.id)
        else:
            do_edit_message(connection, found.id, words[: gateway.settings.message_max_chars])
        return found.conversation_id

    conversation_id = await gateway.record.write(change)
    if conversation_id is not None:
        await gateway.changed(conversation_id)


def do_notice(
    connection: Connection, conversation_id: ConversationId, words: str, key: str
) -> MessageId | None:
    """A notice of the system to the customer, once per `key` on the channel."""
    conversation = access_conversation(connection, conversation_id)
    if find_external(connection, conversation.channel, key) is not None:
        return None
    draft = Draft(author=Author.SYSTEM, kind="notice", text=words, external_id=key)
    message_id, _ = do_add_message(connection, conversation_id, conversation.channel, draft)
    do_queue_delivery(connection, conversation_id, message_id, conversation.channel)
    return message_id


def _do_explain(
    connection: Connection, incoming: Incoming, sentence: str, settings: Settings
) -> ConversationId | None:
    minute = f"{datetime.now(UTC):%Y%m%d%H%M}"
    key = f"refused:{sentence}:{incoming.sender}:{minute}"
    if find_external(connection, incoming.channel, key) is not None:
        return None
    conversation = do_find_place(connection, incoming, settings)
    language = conversation.language or incoming.context.get("locale")
    words = text(sentence, language).format(megabytes=settings.chat_file_max_mb)
    do_notice(connection, conversation.id, words, key)
    return conversation.id
