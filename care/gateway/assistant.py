"""The one client of the assistant: asks its channel and gives the lines of the answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import aiohttp

Line = dict[str, Any]
PAUSE = 0.5
"""Seconds between two questions to an assistant that says it is busy."""


class AssistantDown(RuntimeError):
    """The assistant cannot be reached, took too long, refused, or broke off its answer."""


class _Busy(Exception):
    """The assistant has too many messages waiting; it takes this one a little later."""


class Assistant:
    """A client of the assistant's channel. One connection pool; open it with `start`."""

    def __init__(self, url: str, token: str, timeout: float) -> None:
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._seconds = timeout
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 3.0))
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the connection pool; connects to nothing yet."""
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=self._timeout)

    async def stop(self) -> None:
        """Close the connection pool."""
        if self._session is not None:
            await self._session.close()

    def ask(self, body: dict[str, Any]) -> AsyncIterator[Line]:
        """Lines of the answer to one message, as they come. Raises AssistantDown."""
        return self._lines("messages", body)

    def control(self, body: dict[str, Any]) -> AsyncIterator[Line]:
        """Lines that follow from a control call (hand_back, forget). Raises AssistantDown."""
        return self._lines("control", body)

    async def healthy(self) -> bool:
        """Whether the assistant says that it is ready."""
        try:
            async with self._open().get(f"{self.url}/webhooks/careline/health") as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise AssistantDown("the client is not started")
        return self._session

    async def _lines(self, route: str, body: dict[str, Any]) -> AsyncIterator[Line]:
        deadline = monotonic() + self._seconds
        while True:
            try:
                async for line in self._answer(route, body):
                    yield line
                return
            except _Busy:
                # Nothing was answered yet, and the message id makes a second question harmless.
                if monotonic() + PAUSE > deadline:
                    raise AssistantDown("busy") from None
                await asyncio.sleep(PAUSE)

    async def _answer(self, route: str, body: dict[str, Any]) -> AsyncIterator[Line]:
        address = f"{self.url}/webhooks/careline/{route}"
        try:
            async with self._open().post(address, json=body) as response:
                if response.status == 429:
                    raise _Busy
                if response.status != 200:
                    raise AssistantDown(f"status {response.status}")
                ended = False
                async for raw in response.content:
                    if raw.strip():
                        line: Line = json.loads(raw)
                        ended = ended or line.get("type") in ("end", "error")
                        yield line
                if not ended:
                    raise AssistantDown("the answer broke off")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise AssistantDown(type(error).__name__) from error
