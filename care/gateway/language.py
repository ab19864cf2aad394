"""The customer's language, as far as it is known."""

from care.record.conversations import Conversation


def language_of(conversation: Conversation) -> str | None:
    """What they last wrote in; else what their client is set to, a hint."""
    hint = conversation.context.get("locale")
    return conversation.language or (str(hint) if hint else None)
