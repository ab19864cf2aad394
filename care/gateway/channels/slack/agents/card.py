"""The card of a handoff: who asks, why, who has it, and what can be done."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from care.gateway.channels.slack.sending import button
from care.gateway.rendering.slack_blocks import escape, section, short
from care.handoff.ownership import agent_name
from care.record.conversations import Conversation, access_conversation
from care.record.customers import access_customer
from care.record.handoffs import handoffs_of
from care.record.ids import ConversationId, HandoffId, Owner, Status
from care.texts import text

CLAIM = "careline_claim"
RESOLVE = "careline_resolve"


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows at one moment. `closed`: nobody needs to do anything any more."""

    words: str
    blocks: list[dict[str, Any]]
    closed: bool

    @property
    def mark(self) -> str:
        """A short hash of all that it shows."""
        body = json.dumps([self.words, self.blocks], sort_keys=True)
        return hashlib.sha256(body.encode()).hexdigest()[:32]


def card_of(connection: Connection, handoff_id: HandoffId, conversation_id: ConversationId) -> Card:
    """The card of a handoff as things stand."""
    conversation = access_conversation(connection, conversation_id)
    customer = access_customer(connection, conversation.customer_id)
    handoff = next(h for h in handoffs_of(connection, conversation_id) if h.id == handoff_id)
    name = customer.name or text("slack_customer")
    title = f"*{escape(name)}* \u00b7 {conversation.channel} \u00b7 #{conversation.id}"
    why = text(f"reason_{handoff.reason}")
    lines = [title, f"{text('slack_why')}: {why}"]
    if conversation.priority != "normal":
        lines.append(f"{text('slack_priority')}: {conversation.priority}")
    if conversation.language:
        lines.append(f"{text('slack_language')}: {conversation.language}")
    lines.append(f"{text('slack_since')}: {_moment(handoff.requested_at)}")
    blocks = [section("\n".join(lines))]
    if handoff.summary:
        blocks.append(section(f"> {escape(short(handoff.summary, 1500)).replace(chr(10), ' ')}"))
    state, closed = _state(connection, conversation, handoff.ended_at is not None)
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": escape(state)}]})
    if not closed:
        blocks.append(_actions(conversation))
    return Card(escape(f"{name}: {why}. {state}"), blocks, closed)


def _state(connection: Connection, conversation: Conversation, ended: bool) -> tuple[str, bool]:
    who = None
    if conversation.agent_id is not None:
        who = agent_name(connection, conversation.agent_id)
    if conversation.status is Status.RESOLVED:
        return text("slack_resolved").format(name=who or text("slack_assistant")), True
    if conversation.owner is Owner.BOT:
        return text("slack_with_bot"), True
    if ended:  # a later handoff has a card of its own
        return text("slack_closed"), True
    if conversation.owner is Owner.AGENT and who:
        return text("slack_claimed").format(name=who), False
    return text("slack_waiting"), False


def _actions(conversation: Conversation) -> dict[str, Any]:
    value = str(conversation.id)
    elements = []
    if conversation.owner is Owner.QUEUE:
        elements.append(button(CLAIM, text("slack_claim"), value, "primary"))
    elements.append(button(RESOLVE, text("slack_resolve"), value))
    return {"type": "actions", "elements": elements}


def _moment(at: datetime) -> str:
    """A time that Slack shows in each reader's own zone."""
    fallback = at.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"
