"""Slack's calls to us: signed, fresh, each acted upon once."""

import asyncio
import logging
from collections import OrderedDict
from time import monotonic

from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from care.background import Background
from care.body import TooLong, read_body
from care.gateway.channels.slack.client import NETWORK, Client
from care.gateway.channels.slack.entrance import SHAPE, dispatch
from care.gateway.channels.slack.faults import reason_of, token_refused

log = logging.getLogger(__name__)
PATH = "/webhooks/slack"
LARGEST = 3_000_000
"""Bytes of a request that are read; Slack's stay far below."""
REPLAY = 600.0
"""Seconds for which a signature is remembered: longer than one is valid."""
LONGEST_PAUSE = 60.0


class Webhook:
    """The address that Slack calls for events, presses, forms and commands."""

    def __init__(self, signing_secret: str, client: Client, app: AsyncApp) -> None:
        self.client = client
        self.app = app
        self.trouble: str | None = None
        self._verifier = SignatureVerifier(signing_secret)
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._work = Background(self._introduce)

    @property
    def routes(self) -> list[BaseRoute]:
        """Where Slack reaches us."""
        return [Route(PATH, self.receive, methods=["POST"])]

    async def start(self) -> None:
        """Learn who we are, in the background."""
        self._work.start()

    async def stop(self) -> None:
        """Stop asking."""
        await self._work.stop()

    async def receive(self, request: Request) -> Response:
        """POST /webhooks/slack: 401 without a fresh signature, 400 for no Slack request, else 200.

        The same signed request again is acknowledged and not acted upon.
        """
        try:
            body = await read_body(request, LARGEST)
        except TooLong:
            return Response(status_code=413)
        if not self._signed(body, request):
            return Response(status_code=401)
        signature = request.headers["x-slack-signature"]
        if self._replayed(signature):
            return Response(status_code=200)
        try:
            bolt_request = AsyncBoltRequest(
                body=body.decode(),
                query=dict(request.query_params),
                headers=dict(request.headers),
            )
        except Exception as fault:  # Bolt reads deep into shapes that no Slack request has
            log.warning("a signed request cannot be read: %s", type(fault).__name__)
            return Response(status_code=400)
        try:
            response = await dispatch(self.app, bolt_request)
        except SHAPE as fault:
            log.warning("a signed request has no form of Slack's: %s", type(fault).__name__)
            return Response(status_code=400)
        if response.status < 300:
            self._seen[signature] = monotonic()
        return to_starlette_response(response)

    def _signed(self, body: bytes, request: Request) -> bool:
        try:
            return self._verifier.is_valid_request(body, dict(request.headers))
        except (ValueError, TypeError):  # a stamp that is no number, a signature that is no ASCII
            return False

    def _replayed(self, signature: str) -> bool:
        while self._seen and next(iter(self._seen.values())) < monotonic() - REPLAY:
            self._seen.popitem(last=False)
        return signature in self._seen

    async def _introduce(self) -> None:
        faults = 0
        while True:
            try:
                await self.client.introduce()
                self.trouble = None
                return
            except SlackApiError as error:
                self.trouble = f"Slack does not tell who we are ({reason_of(error)})"
                if token_refused(error):
                    faults += 3
            except NETWORK as error:
                self.trouble = f"Slack cannot be reached ({type(error).__name__})"
            log.warning("slack: %s", self.trouble)
            faults += 1
            await asyncio.sleep(min(2.0**faults, LONGEST_PAUSE))
