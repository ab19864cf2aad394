"""Telegram as a channel of the gateway: its parts put together."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from aiogram.exceptions import AiogramError, TelegramBadRequest
from starlette.routing import BaseRoute

from care.bus import Bus
from care.files import Files
from care.gateway.channels.fetching import Fetching
from care.gateway.channels.telegram.client import Client
from care.gateway.channels.telegram.faults import outcome_of
from care.gateway.channels.telegram.names import CHANNEL, target_of
from care.gateway.channels.telegram.polling import Polling
from care.gateway.channels.telegram.sending import TelegramSender
from care.gateway.channels.telegram.updates import Updates
from care.gateway.channels.telegram.webhook import Webhook
from care.gateway.channels.typing import Typing
from care.gateway.gateway import Gateway
from care.gateway.outbox import Rejected
from care.record.record import Record
from care.settings import Settings


def make(settings: Settings, record: Record, bus: Bus, gateway: Gateway) -> "TelegramChannel":
    """The channel, not started."""
    return TelegramChannel(settings, record, bus, gateway)


class TelegramChannel:
    """Updates in by polling or webhook, messages out, files and typing signs."""

    name = CHANNEL

    def __init__(self, settings: Settings, record: Record, bus: Bus, gateway: Gateway) -> None:
        self.client = Client(settings)
        largest = settings.chat_file_max_mb * 1_000_000
        files = Files(settings.var_dir / "files", record, largest, recordings=True)
        self.fetching = Fetching(CHANNEL, gateway, files, TelegramFiles(self.client))
        self.updates = Updates(gateway, self.client, self.fetching)
        self.sender = TelegramSender(record, self.client, files)
        self.typing = Typing(CHANNEL, record, bus, self._show_typing)
        self.entrance: Polling | Webhook
        if settings.telegram_mode == "webhook":
            self.entrance = Webhook(settings, self.client, self.updates)
        else:
            self.entrance = Polling(record, self.client, self.updates)

    @property
    def routes(self) -> list[BaseRoute]:
        """The webhook's address, in webhook mode."""
        return self.entrance.routes if isinstance(self.entrance, Webhook) else []

    @property
    def troubles(self) -> list[str]:
        """Why updates do not come, if so."""
        return [f"telegram: {self.entrance.trouble}"] if self.entrance.trouble else []

    async def start(self) -> None:
        """Begin; Telegram is reached in the background."""
        await self.entrance.start()
        await self.fetching.start()
        await self.typing.start()

    async def stop(self) -> None:
        """Stop all parts."""
        await self.entrance.stop()
        await asyncio.gather(self.fetching.stop(), self.typing.stop())
        await self.client.stop()

    def _show_typing(self, sender: str) -> None:
        self.client.courtesy(self.client.bot.send_chat_action(target_of(sender).chat, "typing"))


class TelegramFiles:
    """Telegram's store of files."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def open(self, ref: dict[str, Any]) -> AsyncIterator[bytes]:
        """The bytes of a file. Raises Later or Rejected."""
        try:
            file = await self.client.bot.get_file(ref["file_id"])
            if not file.file_path:
                raise Rejected("Telegram has the file no longer")
            session = self.client.bot.session
            url = session.api.file_url(self.client.bot.token, file.file_path)
            async for chunk in session.stream_content(url, timeout=60):
                yield chunk
        except TelegramBadRequest as refused:
            raise Rejected(refused.message) from refused
        except AiogramError as error:
            raise outcome_of(error) from error
