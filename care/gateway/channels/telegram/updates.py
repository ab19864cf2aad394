"""What to do with each kind of Telegram update. Returns once all that matters is committed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.types import (
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    Message,
    MessageReactionUpdated,
    ReactionTypeEmoji,
    Update,
    User,
)
from pydantic import ValidationError

from care.gateway.accept import Incoming
from care.gateway.channels import steps
from care.gateway.channels.fetching import Fetching
from care.gateway.channels.locks import Locks
from care.gateway.channels.telegram.client import Client
from care.gateway.channels.telegram.groups import addressed, without_mention
from care.gateway.channels.telegram.names import CHANNEL, external_id, sender_of
from care.gateway.channels.telegram.reading import command_of, context_of, read_message
from care.gateway.gateway import Gateway
from care.gateway.moving import do_move_chat
from care.gateway.reacting import do_react
from care.record.reach import do_mark_unreachable
from care.texts import text

log = logging.getLogger(__name__)
WANTED = [
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "message_reaction",
]
"""Kinds of update that we ask Telegram for; every other kind is acknowledged and left."""
UNREADABLE = {"story", "paid_media", "game", "checklist", "invoice", "unknown"}
BLOCKED = (ChatMemberStatus.KICKED, ChatMemberStatus.LEFT)


class Updates:
    """Acts on updates, those of one chat one after the other."""

    def __init__(self, gateway: Gateway, client: Client, fetching: Fetching) -> None:
        self.gateway = gateway
        self.client = client
        self.fetching = fetching
        self._locks = Locks()
        self._acts: dict[str, Callable[[Any], Awaitable[None]]] = {
            "message": self._message,
            "edited_message": self._edited,
            "callback_query": self._pressed,
            "my_chat_member": self._membership,
            "message_reaction": self._reaction,
        }

    async def handle(self, raw: dict[str, Any]) -> None:
        """Act on one update. Raises RecordDown: then Telegram must send it again."""
        try:
            update = Update.model_validate(raw, context={"bot": self.client.bot})
        except ValidationError as error:
            log.warning("an update cannot be read: %d problems", error.error_count())
            return
        for kind, act in self._acts.items():
            found = getattr(update, kind)
            if found is not None:
                async with self._lock_of(found):
                    await act(found)
                return

    def _lock_of(self, found: Any) -> asyncio.Lock:
        message = found.message if isinstance(found, CallbackQuery) else found
        return self._locks.of(message.chat.id if message is not None else None)

    async def _message(self, message: Message) -> None:
        if message.migrate_to_chat_id is not None:
            await self.gateway.record.write(
                do_move_chat, message.chat.id, message.migrate_to_chat_id
            )
            return
        user = message.from_user
        if user is None or user.is_bot or not addressed(message, self.client.me):
            return
        read = read_message(message, user)
        if read is None:
            await self._unreadable(message, user)
            return
        incoming, refs = read
        incoming = self._commanded(incoming)
        if await self._comment(message, incoming):
            return
        accepted = await steps.take(self.gateway, incoming)
        if accepted is not None and refs:
            await self.fetching.want(accepted.message_id, CHANNEL, refs)

    def _commanded(self, incoming: Incoming) -> Incoming:
        """The message with what its command asks for, and without our own name."""
        words = without_mention(incoming.text or "", self.client.me)
        command = command_of(words, self.client.me.username)
        if command is not None:
            return replace(incoming, text=words, payload={**incoming.payload, **command[1]})
        if incoming.text and not words:  # somebody only called us
            return replace(incoming, payload={**incoming.payload, "command": "/greet"})
        return replace(incoming, text=words or None)

    async def _comment(self, message: Message, incoming: Incoming) -> bool:
        """Whether the message answered our question for a comment on a rating."""
        replied = message.reply_to_message
        if replied is None or not incoming.text:
            return False
        answered = external_id(replied)
        return await steps.comment(self.gateway, incoming, answered)

    async def _unreadable(self, message: Message, user: User) -> None:
        if message.content_type in UNREADABLE:
            incoming = Incoming(
                CHANNEL,
                sender_of(message.chat, user.id),
                str(user.id),
                external_id(message),
                name=steps.clean(user.full_name) or None,
                context=context_of(user),
            )
            await steps.explain(self.gateway, incoming, "unreadable")

    async def _edited(self, message: Message) -> None:
        words = steps.clean(message.text or message.caption or "")
        if words:
            words = without_mention(words, self.client.me)
            await steps.edited(self.gateway, CHANNEL, external_id(message), words)

    async def _pressed(self, query: CallbackQuery) -> None:
        user, message = query.from_user, query.message
        if message is None or not query.data:
            self.client.courtesy(query.answer())
            return
        incoming = Incoming(
            CHANNEL,
            sender_of(message.chat, user.id),
            str(user.id),
            f"press:{query.id}",
            button=query.data[:64],
            name=steps.clean(user.full_name) or None,
            context=context_of(user),
        )
        pressed = await steps.press(self.gateway, incoming)
        unknown = pressed.press is steps.Press.UNKNOWN
        said = "" if pressed.press is steps.Press.TAKEN else text(pressed.press, user.language_code)
        self.client.courtesy(query.answer(text=said or None, show_alert=unknown))
        own = message.chat.type == ChatType.PRIVATE or not unknown
        if own:  # in a group a stranger's press leaves the keyboard to whom it was offered
            call = self.client.bot.edit_message_reply_markup(
                chat_id=message.chat.id, message_id=message.message_id, reply_markup=None
            )
            self.client.courtesy(call)

    async def _membership(self, change: ChatMemberUpdated) -> None:
        address = _address(change.chat)
        if change.new_chat_member.status not in BLOCKED:
            await steps.reachable(self.gateway, address)
            return
        private = change.chat.type == ChatType.PRIVATE
        reason = "the customer blocked the bot" if private else "the bot was removed from the group"
        await self.gateway.record.write(do_mark_unreachable, address, CHANNEL, reason)

    async def _reaction(self, change: MessageReactionUpdated) -> None:
        if change.user is None:
            return
        emojis = [r.emoji for r in change.new_reaction if isinstance(r, ReactionTypeEmoji)]
        sender = sender_of(change.chat, change.user.id)
        name = f"{change.chat.id}:{change.message_id}"
        found = await self.gateway.record.write(do_react, sender, name, emojis)
        if found is not None:
            await self.gateway.bus.wake(found)


def _address(chat: Chat) -> str:
    return f"tg:{chat.id}"
