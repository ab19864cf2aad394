"""Typed ids of the stored things, and the words that a column may hold."""

from enum import StrEnum
from typing import NewType

CustomerId = NewType("CustomerId", int)
ConversationId = NewType("ConversationId", int)
MessageId = NewType("MessageId", int)
AgentId = NewType("AgentId", int)
TeamId = NewType("TeamId", int)
HandoffId = NewType("HandoffId", int)
FeedbackId = NewType("FeedbackId", int)
DeliveryId = NewType("DeliveryId", int)
Seq = NewType("Seq", int)

BIGGEST = 2**31 - 1
"""The largest number that a row can have: PostgreSQL keeps them in four bytes."""


def number_of(raw: str) -> int | None:
    """The number of a row as an address or a form names it; None for what cannot be one."""
    if not raw.isascii() or not raw.isdigit() or len(raw) > len(str(BIGGEST)):
        return None
    return int(raw) if int(raw) <= BIGGEST else None


class Author(StrEnum):
    """Who said something."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Owner(StrEnum):
    """Who answers the customer."""

    BOT = "bot"
    QUEUE = "queue"
    AGENT = "agent"


class Status(StrEnum):
    """Where a conversation stands."""

    OPEN = "open"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class HandoffReason(StrEnum):
    """Why people took over."""

    CUSTOMER_ASKED = "customer_asked"
    NOT_UNDERSTOOD = "not_understood"
    NOT_HELPFUL = "not_helpful"
    COMPLAINT = "complaint"
    FRUSTRATED = "frustrated"
    ACTION_FAILED = "action_failed"
    ASSISTANT_DOWN = "assistant_down"
    POLICY = "policy"
    AGENT_TOOK = "agent_took"
    REOPENED = "reopened"


class FeedbackKind(StrEnum):
    """What was asked or given. Scores: csat and ces 1-5, nps 0-10, thumb 0 or 1."""

    CSAT = "csat"
    CES = "ces"
    NPS = "nps"
    THUMB = "thumb"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"


class DeliveryState(StrEnum):
    """How far a message to the customer got."""

    PENDING = "pending"
    SENT = "sent"
    SEEN = "seen"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
