"""Slack's Web API as this product calls it, and what the app knows of itself."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from care.background import end
from care.settings import Settings

log = logging.getLogger(__name__)
TIMEOUT = 15
"""Seconds for one call."""
COURTESIES = 200
NETWORK = (aiohttp.ClientError, TimeoutError, OSError)


class Client:
    """A web client, the app's own ids once Slack has told them, and its small courtesies."""

    def __init__(self, settings: Settings) -> None:
        base = settings.slack_api.rstrip("/") + "/"
        self.token = settings.slack_bot_token
        self.web = AsyncWebClient(self.token, base_url=base, timeout=TIMEOUT)
        self.team: str | None = None
        self.user: str | None = None
        self.bot: str | None = None
        self.named = ""
        self.scopes: frozenset[str] = frozenset()
        self._hosts = {urlsplit(base).netloc}
        self._tasks: set[asyncio.Task[None]] = set()

    async def introduce(self) -> None:
        """Ask Slack who we are. Raises SlackApiError or a network error."""
        found = await self.web.auth_test()
        self.team, self.user, self.bot = (found.get(k) for k in ("team_id", "user_id", "bot_id"))
        self.named = f"{found.get('user') or self.user} in {found.get('team') or self.team}"
        granted = next(
            (v for k, v in (found.headers or {}).items() if k.lower() == "x-oauth-scopes"), ""
        )
        self.scopes = frozenset(scope.strip() for scope in granted.split(",") if scope.strip())

    def who_we_are(self) -> AuthorizeResult:
        """What Bolt wants to know before it lets a listener run; asks nobody."""
        return AuthorizeResult(
            enterprise_id=None,
            team_id=self.team,
            bot_id=self.bot,
            bot_user_id=self.user,
            bot_token=self.token,
        )

    def trusted(self, url: str) -> bool:
        """Whether an address is Slack's: our token goes nowhere else."""
        parts = urlsplit(url)
        if parts.netloc in self._hosts:
            return True
        host = parts.hostname or ""
        return parts.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))

    def courtesy(self, call: Awaitable[Any]) -> None:
        """Make a call whose failure changes nothing: an ephemeral word, a retired button."""
        if len(self._tasks) >= COURTESIES:
            getattr(call, "close", lambda: None)()
            return
        task = asyncio.create_task(_quietly(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def whisper(self, room: str, user: str, words: str, thread: str | None = None) -> None:
        """Say something that only one person sees."""
        self.courtesy(
            self.web.chat_postEphemeral(channel=room, user=user, text=words, thread_ts=thread)
        )

    async def stop(self) -> None:
        """Leave courtesies."""
        await end(self._tasks)


async def _quietly(call: Awaitable[Any]) -> None:
    try:
        await call
    except (SlackApiError, *NETWORK) as error:
        log.debug("a courtesy was refused: %s", type(error).__name__)
