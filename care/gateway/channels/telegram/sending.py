"""Sending a message to a Telegram chat, part by part."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramMigrateToChat
from aiogram.types import (
    ForceReply,
    FSInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    ReplyParameters,
)
from aiogram.types import Message as Sent

from care.files import Files
from care.gateway.channels.envelope import Envelope, do_fill_envelope
from care.gateway.channels.telegram.client import Client
from care.gateway.channels.telegram.faults import outcome_of
from care.gateway.channels.telegram.html import change_text, delete, or_plainly
from care.gateway.channels.telegram.names import Target, target_of
from care.gateway.moving import do_move_chat
from care.gateway.outbox import UNCHANGED, Rejected
from care.gateway.pace import Pacer, Rate
from care.gateway.rendering.telegram_html import telegram_parts
from care.record.deliveries import Delivery, do_record_part
from care.record.messages import Message
from care.record.record import Record

CHAT = Rate(burst=3, per_second=1)
GROUP = Rate(burst=3, per_second=20 / 60)
TOTAL = Rate(burst=30, per_second=30)
"""Telegram's limits: about one message a second a chat, 20 a minute a group, 30 a second in all."""
ROW_WIDTH = 28
"""Signs that fit beside each other in a row of buttons on a telephone."""
PICTURES = ("image/png", "image/jpeg", "image/webp")


@dataclass(frozen=True, slots=True)
class Part:
    """One call of the API. `kind`: text, image (an address) or file."""

    kind: str
    text: str = ""
    file: dict[str, Any] | None = None
    last: bool = False


class TelegramSender:
    """The outbox's way to Telegram."""

    def __init__(self, record: Record, client: Client, files: Files) -> None:
        self.record = record
        self.client = client
        self.files = files
        self.pacer = Pacer(CHAT, TOTAL, GROUP)

    async def send(self, delivery: Delivery, message: Message) -> None:
        """Send what has not been sent. Raises Later, Rejected or Unreachable."""
        envelope = await self.record.write(do_fill_envelope, message)
        parts = parts_of(envelope)
        target = target_of(envelope.conversation.sender)
        if delivery.parts_sent and (message.edited_at or message.deleted_at):
            await self._amend(target, envelope, parts, delivery)
        if message.deleted_at is not None:
            return
        if not parts:
            raise Rejected("the message has nothing that Telegram can show")
        for part in parts[delivery.parts_sent :]:
            await self.pacer.turn(str(target.chat), group=target.group)
            sent = await self._call(target, envelope, part)
            name = f"{target.chat}:{sent.message_id}"
            await self.record.write(do_record_part, delivery.id, name)

    async def _amend(
        self, target: Target, envelope: Envelope, parts: list[Part], delivery: Delivery
    ) -> None:
        """Change or delete what the chat has already. Raises Later, Rejected or Unreachable."""
        numbers = [int(str(name).rpartition(":")[2]) for name in delivery.external_ids]
        words = [part for part in parts if part.kind == "text"]
        shown = numbers[: len(numbers) - len(envelope.files)]
        if envelope.message.deleted_at is not None:
            words, shown = [], numbers
        elif envelope.files and len(words) > len(shown):
            raise Rejected(f"{UNCHANGED}: the new words are too long")
        try:
            for number, part in zip(shown, words, strict=False):
                await self.pacer.turn(str(target.chat), group=target.group)
                await change_text(self.client.bot, target.chat, number, part.text)
            for number in shown[len(words) :]:
                await delete(self.client.bot, target.chat, number)
        except TelegramBadRequest as refused:
            raise Rejected(f"{UNCHANGED}: {refused.message}") from refused
        except AiogramError as error:
            raise outcome_of(error) from error

    async def _call(self, target: Target, envelope: Envelope, part: Part) -> Sent:
        send = {"text": self._text, "image": self._image, "file": self._file}[part.kind]
        try:
            return await send(target, envelope, part)
        except TelegramMigrateToChat as moved:
            await self.record.write(do_move_chat, target.chat, moved.migrate_to_chat_id)
            raise outcome_of(moved) from moved
        except AiogramError as error:
            raise outcome_of(error) from error

    async def _text(self, target: Target, envelope: Envelope, part: Part) -> Sent:
        common = _common(target, envelope, part)

        def say(text: str, mode: str | None) -> Awaitable[Sent]:
            return self.client.bot.send_message(
                target.chat, text, parse_mode=mode, link_preview_options=None, **common
            )

        return await or_plainly(say, part.text)

    async def _image(self, target: Target, envelope: Envelope, part: Part) -> Sent:
        try:
            return await self.client.bot.send_photo(
                target.chat, part.text, **_common(target, envelope, part)
            )
        except TelegramBadRequest as refused:
            if "chat not found" in refused.message.lower():
                raise
            # Telegram could not load the picture: the address at least.
            return await self.client.bot.send_message(
                target.chat, part.text, **_common(target, envelope, part)
            )

    async def _file(self, target: Target, envelope: Envelope, part: Part) -> Sent:
        file = part.file or {}
        path = self.files.path(str(file["id"]))
        if not path.exists():
            raise Rejected("the file is no longer there")
        content = FSInputFile(path, filename=str(file.get("name") or "file"))
        common = _common(target, envelope, part)
        if file.get("type") in PICTURES:
            return await self.client.bot.send_photo(target.chat, content, **common)
        return await self.client.bot.send_document(target.chat, content, **common)


def parts_of(envelope: Envelope) -> list[Part]:
    """The calls that a message needs, the same ones at every try; buttons are under the last."""
    parts = [Part("image", text=envelope.image)] if envelope.image else []
    parts += [Part("text", text=html) for html in telegram_parts(envelope.text)]
    parts += [Part("file", file=file) for file in envelope.files]
    if not parts:
        return []
    last = parts[-1]
    return [*parts[:-1], Part(last.kind, last.text, last.file, last=True)]


def keyboard_of(envelope: Envelope) -> InlineKeyboardMarkup | None:
    """Quick replies, as many beside each other as are legible."""
    rows: list[list[InlineKeyboardButton]] = []
    width = 0
    for choice in envelope.choices:
        button = InlineKeyboardButton(text=choice.title, callback_data=choice.token)
        width += len(choice.title) + 4
        if rows and width <= ROW_WIDTH:
            rows[-1].append(button)
        else:
            rows.append([button])
            width = len(choice.title) + 4
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _common(target: Target, envelope: Envelope, part: Part) -> dict[str, Any]:
    """What every call has: where in the chat, in reply to what, with which buttons."""
    found: dict[str, Any] = {}
    asked = envelope.asked
    if asked is not None and asked.payload.get("topic"):
        found["message_thread_id"] = int(asked.payload["topic"])
    if target.group and asked is not None and asked.external_id:
        chat, _, number = asked.external_id.rpartition(":")
        if chat == str(target.chat) and number.isdigit():
            found["reply_parameters"] = ReplyParameters(
                message_id=int(number), allow_sending_without_reply=True
            )
    if part.last and envelope.choices:
        found["reply_markup"] = keyboard_of(envelope)
    elif part.last and envelope.comment_for is not None:
        found["reply_markup"] = ForceReply(selective=True)
    return found
