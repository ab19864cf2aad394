"""What every action on one conversation has in common: may it be seen, who hears of it, the answer."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from care.desk.guard import Call, reply
from care.desk.rows import rows_by_id
from care.desk.visibility import access_visible
from care.record.audit import of_conversation
from care.record.conversations import Conversation
from care.record.ids import ConversationId

ONE = "/conversations/{id}"
"""The address of a conversation."""


async def access(call: Call) -> Conversation:
    """The conversation of this call, if the agent may see it."""
    return await call.read(access_visible, call.agent, call.id())


def target(call: Call) -> str:
    """What the audit log calls the conversation of this call."""
    return of_conversation(call.id())


async def done(call: Call, **more: object) -> Response:
    """Wake everyone concerned and answer with the conversation's row as it is now."""
    await call.care.gateway.changed(ConversationId(call.id()))
    rows = await call.read(rows_by_id, [call.id()])
    return reply({"row": rows.get(call.id()), **more})


async def act(
    call: Call,
    action: str,
    work: Callable[..., Any],
    *args: Any,
    data: dict[str, Any] | None = None,
) -> Response:
    """Do `work(connection, conversation_id, *args)` with its audit row, and answer with the row."""
    conversation = await access(call)
    await call.change(action, target(call), work, conversation.id, *args, data=data)
    return await done(call)
