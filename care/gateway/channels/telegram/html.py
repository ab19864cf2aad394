"""Words in Telegram's HTML: sent, changed, taken back."""

import re
from collections.abc import Awaitable, Callable
from html import unescape
from typing import TypeVar

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest

T = TypeVar("T")
TAG = re.compile(r"</?[a-z]+(?: [^>]*)?>")
SAME = "message is not modified"
GONE = "message to delete not found"


async def or_plainly(say: Callable[[str, str | None], Awaitable[T]], html: str) -> T:
    """Send HTML; should Telegram not be able to read it, the words without style."""
    try:
        return await say(html, "HTML")
    except TelegramBadRequest as refused:
        if "parse entities" not in refused.message.lower():
            raise
        return await say(unescape(TAG.sub("", html)), None)


async def change_text(bot: Bot, chat: int, number: int, html: str) -> None:
    """Replace the words of a message. Raises TelegramBadRequest where that is not allowed."""

    def change(text: str, mode: str | None) -> Awaitable[object]:
        return bot.edit_message_text(
            text, chat_id=chat, message_id=number, parse_mode=mode, link_preview_options=None
        )

    try:
        await or_plainly(change, html)
    except TelegramBadRequest as refused:
        if SAME not in refused.message.lower():
            raise


async def delete(bot: Bot, chat: int, number: int) -> None:
    """Take a message back. Raises TelegramBadRequest where that is not allowed (after 48 hours)."""
    try:
        await bot.delete_message(chat, number)
    except TelegramBadRequest as refused:
        if GONE not in refused.message.lower():
            raise
