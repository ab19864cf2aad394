"""What a chat channel is to the care server, and which ones the settings ask for."""

import importlib
from typing import Protocol

from starlette.routing import BaseRoute

from care.bus import Bus
from care.gateway.gateway import Gateway
from care.gateway.notices import Notices
from care.gateway.outbox import Sender
from care.record.holders import do_let_all_go
from care.record.record import Record
from care.settings import SettingError, Settings


class Channel(Protocol):
    """A platform. Neither making nor starting it may reach the network in the caller's time."""

    name: str

    @property
    def sender(self) -> Sender:
        """Takes messages to customers, for the outbox."""

    @property
    def routes(self) -> list[BaseRoute]:
        """Addresses that the platform calls; none where we ask the platform."""

    @property
    def troubles(self) -> list[str]:
        """What keeps the channel from working, in plain words, for the health page."""

    async def start(self) -> None:
        """Begin to listen, in the background, for as long as it takes."""

    async def stop(self) -> None:
        """Stop; what was accepted is in the record."""


class Channels:
    """The chat channels at work, and what tells their customers who answers."""

    def __init__(self, found: list[Channel], record: Record, notices: Notices) -> None:
        self.found = found
        self._record = record
        self._notices = notices

    @property
    def routes(self) -> list[BaseRoute]:
        """Addresses that platforms call."""
        return [route for channel in self.found for route in channel.routes]

    @property
    def troubles(self) -> list[str]:
        """What keeps channels from working."""
        return [trouble for channel in self.found for trouble in channel.troubles]

    async def start(self) -> None:
        """Start all, if there are any."""
        if self.found:
            if self._record.sqlite:  # no other process: what one held is free
                await self._record.write(do_let_all_go)
            await self._notices.start()
        for channel in self.found:
            await channel.start()

    async def stop(self) -> None:
        """Stop all."""
        for channel in self.found:
            await channel.stop()
        await self._notices.stop()


def configured(settings: Settings, record: Record, bus: Bus, gateway: Gateway) -> Channels:
    """The chat channels that have a token. Raises SettingError for settings that do not fit."""
    found: list[Channel] = []
    check_settings(settings)
    # A platform's library takes a second to load: only those that are used are.
    for token, module in (
        (settings.telegram_token, "care.gateway.channels.telegram.channel"),
        (settings.slack_bot_token, "care.gateway.channels.slack.channel"),
    ):
        if token:
            channel: Channel = importlib.import_module(module).make(settings, record, bus, gateway)
            found.append(channel)
            gateway.outbox.senders[channel.name] = channel.sender
    return Channels(
        found, record, Notices(record, bus, frozenset(channel.name for channel in found))
    )


def check_settings(settings: Settings) -> None:
    """Raise SettingError where a channel lacks what its mode needs."""
    if settings.telegram_token:
        _one_of("CARELINE_TELEGRAM_MODE", settings.telegram_mode, ("polling", "webhook"))
        if not settings.telegram_token.partition(":")[0].isdigit():
            raise SettingError("CARELINE_TELEGRAM_TOKEN must look like 123456:ABC...")
        if settings.telegram_mode == "webhook" and not settings.telegram_webhook_secret:
            raise SettingError("CARELINE_TELEGRAM_WEBHOOK_SECRET is needed for webhooks")
    if settings.slack_bot_token:
        _one_of("CARELINE_SLACK_MODE", settings.slack_mode, ("socket", "webhook"))
        if settings.slack_mode == "socket" and not settings.slack_app_token:
            raise SettingError("CARELINE_SLACK_APP_TOKEN is needed for Socket Mode")
        if settings.slack_mode == "webhook" and not settings.slack_signing_secret:
            raise SettingError("CARELINE_SLACK_SIGNING_SECRET is needed for webhooks")


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SettingError(f"{name} must be {' or '.join(allowed)}, not {value!r}")
