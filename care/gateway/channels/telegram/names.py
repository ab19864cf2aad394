"""How Telegram's chats and messages are called in the record.

A private chat is `tg:CHAT`; a member's thread in a group is `tg:CHAT:MEMBER`, since a member is
not the group: neither sees the other's orders, ratings or handoffs.
"""

from dataclasses import dataclass

from aiogram.enums import ChatType
from aiogram.types import Chat, InaccessibleMessage, Message

CHANNEL = "telegram"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a thread's messages go. `member`: whom to answer in a group."""

    chat: int
    member: int | None

    @property
    def group(self) -> bool:
        """Whether others read along."""
        return self.member is not None


def sender_of(chat: Chat, member: int) -> str:
    """The thread of a person in a chat."""
    return f"tg:{chat.id}" if chat.type == ChatType.PRIVATE else f"tg:{chat.id}:{member}"


def target_of(sender: str) -> Target:
    """The chat behind a thread's name."""
    _, chat, *member = sender.split(":")
    return Target(int(chat), int(member[0]) if member else None)


def external_id(message: Message | InaccessibleMessage) -> str:
    """The message's name in the record: message ids are only unique within a chat."""
    return f"{message.chat.id}:{message.message_id}"
