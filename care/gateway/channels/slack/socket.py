"""Socket Mode: Slack's news over a connection that we open; the default, needs no public address."""

import asyncio
import contextlib
import json
import logging
import secrets

from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from starlette.routing import BaseRoute

from care.background import Background
from care.gateway.channels.slack.client import NETWORK, Client
from care.gateway.channels.slack.entrance import dispatch
from care.gateway.channels.slack.faults import reason_of
from care.record.holders import do_hold, do_let_go
from care.record.record import Record, RecordDown

log = logging.getLogger(__name__)
NAME = "slack:socket"
LOOK = 5.0
HOLD = 20.0
"""Seconds after which another process takes over from one that is gone; Slack sends again what
nobody acknowledged, after a minute at the latest."""
LONGEST_PAUSE = 60.0
PING = 5.0


class Socket:
    """Keeps a connection to Slack, one process at a time.

    Slack would share its news out among several; then those of one room would overtake each other.
    """

    def __init__(self, app_token: str, record: Record, client: Client, app: AsyncApp) -> None:
        self.record = record
        self.client = client
        self.app = app
        self.trouble: str | None = None
        self._token = app_token
        self._holder = secrets.token_hex(8)
        self._socket: SocketModeClient | None = None
        self._work = Background(self._run)

    @property
    def routes(self) -> list[BaseRoute]:
        """Slack does not call us."""
        return []

    async def start(self) -> None:
        """Begin to connect, in the background."""
        self._work.start()

    async def stop(self) -> None:
        """Close the connection and let another process take over at once; what was not
        acknowledged comes again."""
        await self._work.stop()
        await self._disconnect()
        with contextlib.suppress(RecordDown):
            await self.record.write(do_let_go, self._holder)

    async def _run(self) -> None:
        faults = 0
        while True:
            try:
                if self.client.user is None:
                    await self.client.introduce()
                if await self.record.write(do_hold, NAME, self._holder, HOLD):
                    await self._connect()
                else:
                    await self._disconnect()
                faults, self.trouble = 0, None
                await asyncio.sleep(LOOK)
                continue
            except RecordDown:  # what comes meanwhile is not acknowledged, so Slack keeps it
                self.trouble = "the care record does not answer"
            except SlackApiError as error:
                self.trouble = f"Slack refuses the connection ({reason_of(error)})"
            except NETWORK as error:
                self.trouble = f"Slack cannot be reached ({type(error).__name__})"
            faults += 1
            if faults == 1:
                log.warning("slack: %s; trying again", self.trouble)
            await asyncio.sleep(min(2.0 ** (faults - 1), LONGEST_PAUSE))

    async def _connect(self) -> None:
        """Connect, or find that we are; the library reconnects by itself in between."""
        if self._socket is None:
            self._socket = SocketModeClient(
                self._token,
                web_client=self.client.web,
                ping_interval=PING,
                logger=logging.getLogger("care.slack.socket"),
            )
            self._socket.socket_mode_request_listeners.append(self._receive)
        if not await self._socket.is_connected():
            await self._socket.connect_to_new_endpoint()

    async def _disconnect(self) -> None:
        if self._socket is not None:
            self._socket.auto_reconnect_enabled = False
            await self._socket.close()  # type: ignore[no-untyped-call]
            self._socket = None

    async def _receive(self, socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Act, then acknowledge; without acknowledgement Slack sends it again."""
        bolt_request = AsyncBoltRequest(
            mode="socket_mode", body=request.payload, headers=build_headers(request)
        )
        response = await dispatch(self.app, bolt_request)
        if response.status != 200:
            return
        kind = response.headers.get("content-type", [""])[0]
        payload: dict[str, object] | None = None
        if response.body:
            said = response.body
            payload = json.loads(said) if kind.startswith("application/json") else {"text": said}
        await socket.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))
