"""Talking to the gateway from a test, without any channel."""

import asyncio
import itertools
from collections.abc import Callable

from sqlalchemy import Connection, insert

from care.care import Care
from care.gateway.accept import Accepted, Incoming
from care.record.conversations import Conversation, access_conversation
from care.record.ids import AgentId, Author, ConversationId
from care.record.messages import Message, messages_of
from care.record.record import now
from care.record.schema import agents

_numbers = itertools.count(1)


async def write(care: Care, text: str | None, sender: str = "web:ana", **more: str) -> Accepted:
    """Send a customer's message through the gateway."""
    key = more.pop("key", f"{sender}:{next(_numbers)}")
    incoming = Incoming("web", sender, sender.partition(":")[2], key, text=text, **more)  # type: ignore[arg-type]
    return await care.gateway.accept(incoming)


async def said(care: Care, conversation_id: ConversationId) -> list[Message]:
    """All messages of the conversation."""
    return await care.record.read(messages_of, conversation_id)


async def until(
    care: Care,
    conversation_id: ConversationId,
    true: Callable[[list[Message]], bool],
    seconds: float = 60,
) -> list[Message]:
    """Wait until the messages are as wanted, and all accepted ones are dealt with."""
    for _ in range(int(seconds / 0.05)):
        found = await said(care, conversation_id)
        if true(found) and all(message.state == "done" for message in found):
            return found
        await asyncio.sleep(0.05)
    found = await said(care, conversation_id)
    raise AssertionError([(message.author, message.text, message.state) for message in found])


def by(author: Author, messages: list[Message]) -> list[str]:
    """What one side said."""
    return [message.text for message in messages if message.author is author]


async def conversation(care: Care, conversation_id: ConversationId) -> Conversation:
    """The conversation as it stands."""
    return await care.record.read(access_conversation, conversation_id)


async def add_agent(care: Care, name: str, role: str = "agent") -> AgentId:
    """An agent in the record."""

    def add(connection: Connection) -> AgentId:
        row = insert(agents).values(
            email=f"{name.lower().replace(' ', '.')}@example.com",
            name=name,
            role=role,
            active=True,
            capacity=6,
            settings={},
            created_at=now(),
        )
        return AgentId(connection.execute(row.returning(agents.c.id)).scalar_one())

    return await care.record.write(add)
