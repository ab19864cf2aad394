"""What a thread of the support channel is told: the transcript so far, then each event."""

from typing import Any

from sqlalchemy import Connection

from care.gateway.rendering.markdown import runs_of
from care.gateway.rendering.slack_blocks import escape, mrkdwn_of, short
from care.handoff.ownership import agent_name
from care.record.conversations import access_conversation
from care.record.customers import access_customer
from care.record.events import Event
from care.record.ids import Author, ConversationId, MessageId, Owner
from care.record.messages import Message, access_message, messages_of
from care.texts import text

HERE = ":slack-"
"""In the key of what was written in the thread itself."""
LINE = 1400
TRANSCRIPT = 20


def transcript(connection: Connection, conversation_id: ConversationId) -> list[str]:
    """The newest messages, as lines; the first says that there were more."""
    found = messages_of(connection, conversation_id, limit=TRANSCRIPT + 1)
    shown = [line for message in found[-TRANSCRIPT:] if (line := _said(connection, message))]
    more = [text("slack_earlier")] if len(found) > TRANSCRIPT else []
    return [*more, *shown]


def line_of(connection: Connection, event: Event) -> str | None:
    """An event as a line of the thread; None for what its readers know or need not know."""
    data = event.data
    if event.kind == "message.created":
        message = access_message(connection, MessageId(data["message_id"]))
        if message.external_id and HERE in message.external_id:
            return None
        return _said(connection, message)
    if event.kind == "message.updated":
        return _updated(connection, data)
    if event.kind == "conversation.owner_changed":
        return _owner(data)
    if event.kind == "conversation.status_changed" and data.get("status") == "resolved":
        return f"_{text('slack_now_resolved')}_"
    if event.kind == "delivery.changed" and data.get("state") in ("failed", "unreachable"):
        why = escape(str(data.get("error") or data["state"]))
        return f"_{text('slack_undelivered')}: {why}_"
    if event.kind == "customer.reachable":
        key = "slack_reachable" if data.get("reachable") else "slack_unreachable"
        return f"_{text(key)}_"
    return None


def _updated(connection: Connection, data: dict[str, Any]) -> str | None:
    message = access_message(connection, MessageId(data["message_id"]))
    if message.author is not Author.CUSTOMER:
        return None
    if data.get("how") == "deleted":
        return f"_{text('slack_deleted')}_"
    if data.get("how") == "edited":
        return f"{_name(connection, message)} _({text('slack_edited')})_ {_words(message)}"
    return None


def _owner(data: dict[str, Any]) -> str | None:
    if data.get("owner") == Owner.AGENT and data.get("agent_name"):
        words = text("slack_claimed").format(name=data["agent_name"])
        return f"_{escape(words)}_"
    if data.get("owner") == Owner.BOT:
        return f"_{text('slack_with_bot')}_"
    return f"_{text('slack_waiting')}_" if data.get("reason") == "released" else None


def _said(connection: Connection, message: Message) -> str | None:
    if message.kind in ("hand_back", "rating") or message.deleted_at is not None:
        return None
    words = _words(message)
    return f"{_name(connection, message)} {words}" if words else None


def _words(message: Message) -> str:
    words = mrkdwn_of(runs_of(short(message.text, LINE)))
    names = [str(file.get("name")) for file in message.payload.get("files") or []]
    return "\n".join(filter(None, [words, *(f"[{escape(name)}]" for name in names)]))


def _name(connection: Connection, message: Message) -> str:
    if message.author is Author.AGENT and message.agent_id is not None:
        name = agent_name(connection, message.agent_id)
        key = "slack_agent_note" if not message.public else "slack_agent_said"
        return f"*{escape(text(key).format(name=name))}:*"
    if message.author is Author.CUSTOMER:
        conversation = access_conversation(connection, message.conversation_id)
        writer = access_customer(connection, conversation.customer_id).name
        return f"*{escape(writer or text('slack_customer'))}:*"
    key = "slack_assistant" if message.author is Author.BOT else "slack_notice"
    return f"*{text(key)}:*"
