"""Groups: the bot answers only when it is spoken to, and then the member, not the group."""

import re
from dataclasses import dataclass

from aiogram.enums import ChatType, MessageEntityType
from aiogram.types import Message


@dataclass(frozen=True, slots=True)
class Me:
    """The bot itself. Its name is only known once Telegram has been asked."""

    id: int
    username: str | None = None


def addressed(message: Message, me: Me) -> bool:
    """Whether a message is for us: everything in a private chat; in a group only what names us."""
    if message.chat.type == ChatType.PRIVATE:
        return True
    if message.chat.type == ChatType.CHANNEL:
        return False
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None and replied.from_user.id == me.id:
        return True
    return any(_names(message, entity, me) for entity in _entities(message))


def without_mention(text: str, me: Me) -> str:
    """The words without the bot's name."""
    if not me.username:
        return text
    return re.sub(rf"@{re.escape(me.username)}\b[,:]?", "", text, flags=re.IGNORECASE).strip()


def _entities(message: Message) -> list[tuple[str, str, int | None]]:
    """Type, text and user of each entity of the text or caption."""
    text = message.text or message.caption or ""
    found = message.entities or message.caption_entities or []
    return [
        (entity.type, entity.extract_from(text), entity.user.id if entity.user else None)
        for entity in found
    ]


def _names(message: Message, entity: tuple[str, str, int | None], me: Me) -> bool:
    kind, text, user = entity
    if kind == MessageEntityType.TEXT_MENTION:
        return user == me.id
    if not me.username:
        return False
    name = f"@{me.username}".lower()
    if kind == MessageEntityType.MENTION:
        return text.lower() == name
    return kind == MessageEntityType.BOT_COMMAND and text.lower().endswith(name)
