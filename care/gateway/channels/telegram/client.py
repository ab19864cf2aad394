"""The bot's side of Telegram's API: what must arrive, and small courtesies that need not."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import AiogramError
from aiogram.methods import TelegramMethod
from aiogram.types import BotCommand

from care.background import end
from care.gateway.channels.telegram.groups import Me
from care.settings import Settings
from care.texts import text

log = logging.getLogger(__name__)
TIMEOUT = 20.0
"""Seconds for one call, except the long poll."""
COURTESIES = 200
"""Small calls under way at the most; more are left out."""


class RawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates without reading the updates: one that the library does not know must not block
    all others behind it."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int = 0
    allowed_updates: list[str] | None = None


class Client:
    """A Bot, the tasks of its courtesies, and what it knows of itself."""

    def __init__(self, settings: Settings) -> None:
        api = TelegramAPIServer.from_base(settings.telegram_api.rstrip("/"))
        self.bot = Bot(settings.telegram_token, AiohttpSession(api=api, timeout=TIMEOUT))
        self.me = Me(self.bot.id)
        self._tasks: set[asyncio.Task[None]] = set()

    async def introduce(self) -> None:
        """Learn the bot's own name and show customers the commands. Raises AiogramError."""
        found = await self.bot.get_me()
        self.me = Me(found.id, found.username)
        commands = [
            BotCommand(command=name, description=text(f"command_{name}"))
            for name in ("start", "help", "human")
        ]
        self.courtesy(self.bot.set_my_commands(commands))

    def courtesy(self, call: Awaitable[Any]) -> None:
        """Make a call whose failure changes nothing: an answered press, a typing sign."""
        if len(self._tasks) >= COURTESIES:
            close = getattr(call, "close", None)
            if close is not None:
                close()
            return
        task = asyncio.create_task(_quietly(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Leave courtesies, close the connections."""
        await end(self._tasks)
        await self.bot.session.close()


async def _quietly(call: Awaitable[Any]) -> None:
    try:
        await call
    except AiogramError as error:
        log.debug("a courtesy was refused: %s", type(error).__name__)
