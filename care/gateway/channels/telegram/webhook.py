"""Telegram's calls to us: only with the secret, acknowledged once all that matters is committed."""

import asyncio
import hmac
import json
import logging

from aiogram.exceptions import AiogramError, TelegramUnauthorizedError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from care.background import Background
from care.body import TooLong, read_body
from care.gateway.channels.telegram.client import Client
from care.gateway.channels.telegram.updates import WANTED, Updates
from care.settings import Settings

log = logging.getLogger(__name__)
PATH = "/webhooks/telegram"
SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (a header's name)
LARGEST = 1_000_000
"""Bytes of an update that are read; Telegram's stay far below."""
CONNECTIONS = 20
LONGEST_PAUSE = 60.0


class Webhook:
    """The address that Telegram calls, and telling Telegram about it."""

    def __init__(self, settings: Settings, client: Client, updates: Updates) -> None:
        self.url = settings.base_url + PATH
        self.client = client
        self.updates = updates
        self.trouble: str | None = None
        self._secret = settings.telegram_webhook_secret
        self._work = Background(self._register)

    @property
    def routes(self) -> list[BaseRoute]:
        """Where Telegram reaches us."""
        return [Route(PATH, self.receive, methods=["POST"])]

    async def start(self) -> None:
        """Tell Telegram our address, in the background."""
        self._work.start()

    async def stop(self) -> None:
        """Stop trying; the address stays registered."""
        await self._work.stop()

    async def receive(self, request: Request) -> Response:
        """POST /webhooks/telegram: 403 without the secret, 400 for no JSON object, else 200."""
        given = request.headers.get(SECRET, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return Response(status_code=403)
        try:
            raw = json.loads(await read_body(request, LARGEST))
        except TooLong:
            return Response(status_code=413)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        if not isinstance(raw, dict):
            return Response(status_code=400)
        await self.updates.handle(raw)
        return Response(status_code=200)

    async def _register(self) -> None:
        faults = 0
        while True:
            try:
                await self.client.introduce()
                await self.client.bot.set_webhook(
                    self.url,
                    secret_token=self._secret,
                    allowed_updates=WANTED,
                    max_connections=CONNECTIONS,
                )
                self.trouble = None
                return
            except TelegramUnauthorizedError:
                self.trouble = "Telegram refuses CARELINE_TELEGRAM_TOKEN"
            except AiogramError as fault:
                self.trouble = f"Telegram did not take the webhook ({type(fault).__name__})"
            log.warning("telegram: %s", self.trouble)
            faults += 1
            await asyncio.sleep(min(2.0**faults, LONGEST_PAUSE))
