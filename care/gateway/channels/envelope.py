"""A message with all that a chat channel needs to send it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from care.gateway.rating import do_rating_buttons
from care.handoff.ownership import agent_name
from care.record.conversations import Conversation, access_conversation
from care.record.ids import Author, MessageId
from care.record.messages import Message, access_message
from care.record.schema import buttons
from care.record.schema import messages as messages_table


@dataclass(frozen=True, slots=True)
class Choice:
    """A quick reply: what it says, and the opaque token that stands for it."""

    title: str
    token: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message and its surroundings. `asked`: the customer's message that it follows."""

    message: Message
    conversation: Conversation
    text: str
    choices: list[Choice]
    asked: Message | None

    @property
    def files(self) -> list[dict[str, Any]]:
        """Files that the message carries, as `{id, name, type, size}`."""
        return [item for item in self.message.payload.get("files") or [] if item.get("id")]

    @property
    def image(self) -> str | None:
        """Address of a picture on the web."""
        image = self.message.payload.get("image")
        return (
            image if isinstance(image, str) and image.startswith(("https://", "http://")) else None
        )

    @property
    def comment_for(self) -> int | None:
        """The feedback for which this message asks a comment."""
        return self.message.payload.get("comment_for")


def do_fill_envelope(connection: Connection, message: Message) -> Envelope:
    """The envelope of a message; a rating gets the buttons that it needs on a chat channel."""
    conversation = access_conversation(connection, message.conversation_id)
    if message.payload.get("rating"):
        do_rating_buttons(connection, message, conversation.language)
    offered = select(buttons).where(buttons.c.message_id == message.id)
    choices = [
        Choice(row.title, row.token)
        for row in connection.execute(offered.order_by(buttons.c.position))
    ]
    text = message.text
    if text and message.author is Author.AGENT and message.agent_id is not None:
        text = f"**{agent_name(connection, message.agent_id).split()[0]}:** {text}"
    asked = _asked(connection, message)
    return Envelope(message, conversation, text, choices, asked)


def _asked(connection: Connection, message: Message) -> Message | None:
    if message.reply_to is not None:
        return access_message(connection, message.reply_to)
    before = (
        select(messages_table.c.id)
        .where(
            messages_table.c.conversation_id == message.conversation_id,
            messages_table.c.author == Author.CUSTOMER,
            messages_table.c.id < message.id,
        )
        .order_by(messages_table.c.id.desc())
        .limit(1)
    )
    found = connection.execute(before).scalar()
    return None if found is None else access_message(connection, MessageId(found))
