"""Slack as a channel of the gateway: its parts put together."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from starlette.routing import BaseRoute

from care.bus import Bus
from care.files import Files
from care.gateway.channels.fetching import Fetching
from care.gateway.channels.slack.agents.room import AgentRoom
from care.gateway.channels.slack.client import NETWORK, TIMEOUT, Client
from care.gateway.channels.slack.entrance import make_app
from care.gateway.channels.slack.events import Events
from care.gateway.channels.slack.faults import outcome_of
from care.gateway.channels.slack.interactions import Interactions
from care.gateway.channels.slack.names import CHANNEL
from care.gateway.channels.slack.people import People
from care.gateway.channels.slack.sending import SlackSender
from care.gateway.channels.slack.socket import Socket
from care.gateway.channels.slack.webhook import Webhook
from care.gateway.gateway import Gateway
from care.gateway.outbox import Later, Rejected
from care.record.record import Record
from care.settings import Settings

CHUNK = 64 * 1024


def make(settings: Settings, record: Record, bus: Bus, gateway: Gateway) -> "SlackChannel":
    """The channel, not started."""
    return SlackChannel(settings, record, bus, gateway)


class SlackChannel:
    """Events in by Socket Mode or webhook, messages out, files, and the agents' room."""

    name = CHANNEL

    def __init__(self, settings: Settings, record: Record, bus: Bus, gateway: Gateway) -> None:
        self.client = Client(settings)
        self.people = People(self.client)
        largest = settings.chat_file_max_mb * 1_000_000
        files = Files(settings.var_dir / "files", record, largest, recordings=True)
        source = SlackFiles(self.client)
        self.fetching = Fetching(CHANNEL, gateway, files, source)
        self.sender = SlackSender(record, self.client, files)
        self.agents: AgentRoom | None = None
        if settings.slack_support_channel:
            self.agents = AgentRoom(
                settings, gateway, bus, self.client, self.people, self.sender, files, source
            )
        self.events = Events(gateway, self.client, self.people, self.fetching, self.agents)
        interactions = Interactions(gateway, self.client, self.people, self.agents)
        app = make_app(self.client, self.events, interactions)
        self.entrance: Socket | Webhook
        if settings.slack_mode == "webhook":
            self.entrance = Webhook(settings.slack_signing_secret, self.client, app)
        else:
            self.entrance = Socket(settings.slack_app_token, record, self.client, app)

    @property
    def routes(self) -> list[BaseRoute]:
        """The webhook's address, in webhook mode."""
        return self.entrance.routes

    @property
    def troubles(self) -> list[str]:
        """Why news do not come or messages do not go, if so."""
        parts = (self.entrance, self.events, self.sender, self.agents)
        found = [part.trouble for part in parts if part is not None and part.trouble]
        return [f"slack: {trouble}" for trouble in dict.fromkeys(found)]

    async def start(self) -> None:
        """Begin; Slack is reached in the background."""
        await self.entrance.start()
        await self.fetching.start()
        if self.agents is not None:
            await self.agents.start()

    async def stop(self) -> None:
        """Stop all parts."""
        await self.entrance.stop()
        if self.agents is not None:
            await self.agents.stop()
        await asyncio.gather(self.fetching.stop(), self.people.stop())
        await self.client.stop()


class SlackFiles:
    """Slack's store of files."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def open(self, ref: dict[str, Any]) -> AsyncIterator[bytes]:
        """The bytes of a file. Raises Later or Rejected."""
        url = await self._address(str(ref["file_id"]))
        headers = {"Authorization": f"Bearer {self.client.token}"}
        timeout = aiohttp.ClientTimeout(total=120, sock_connect=TIMEOUT)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(url, headers=headers, allow_redirects=False) as response,
            ):
                if response.status in (429, 500, 502, 503, 504):
                    raise Later(f"status {response.status}")
                if response.status != 200:
                    raise Rejected(f"status {response.status}")
                async for chunk in response.content.iter_chunked(CHUNK):
                    yield chunk
        except NETWORK as error:
            raise Later(type(error).__name__) from error

    async def _address(self, file_id: str) -> str:
        """Asked anew each time: the address of an event is only believed where Slack confirms it."""
        try:
            found = (await self.client.web.files_info(file=file_id)).get("file") or {}
        except SlackApiError as error:
            outcome = outcome_of(error)
            raise (outcome if isinstance(outcome, Later) else Rejected(str(outcome))) from error
        except NETWORK as error:
            raise Later(type(error).__name__) from error
        url = str(found.get("url_private_download") or found.get("url_private") or "")
        if not self.client.trusted(url):
            raise Rejected("the file is not with Slack")
        return url
