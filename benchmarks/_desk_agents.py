"""Fifty agents for the benchmark of the desk: signed in with their passwords, on the desk's socket.

They behave as the browser does: they read the list once, take every frame, and read the counts
again a little after a conversation changed hands. `Pollers` are the same agents without a socket:
they read the same list again and again.
"""

import asyncio
import gzip
import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks._desk_floor import PASSWORD, Seat
from care.record.agents import Sight

COUNT_AFTER = 0.4
POLL_EVERY = 2.0
LIST = "/api/desk/conversations?view=all&sort=newest"
TOKEN = re.compile(r"careline_desk=([^;]+)")


@dataclass
class Arrivals:
    """What one agent was given: when each customer's message came (first time), and how often."""

    at: dict[str, float] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    seqs: list[int] = field(default_factory=list)
    frames: int = 0
    bytes: int = 0


async def sign_in(url: str, seat: Seat) -> str:
    """Sign in on the desk's own page; returns the session's token."""
    form = {"email": seat.email, "password": PASSWORD}
    async with (
        aiohttp.ClientSession() as http,
        http.post(
            f"{url}/desk/sign-in", data=form, headers={"Origin": url}, allow_redirects=False
        ) as answer,
    ):
        found = TOKEN.search(answer.headers.get("Set-Cookie", ""))
        if answer.status != 303 or found is None:
            raise RuntimeError(f"{seat.email} was not let in: {answer.status}")
        return found[1]


class Listener:
    """One desk on its socket."""

    def __init__(self, url: str, seat: Seat, token: str) -> None:
        self.url = url
        self.seat = seat
        self.got = Arrivals()
        self._headers = {"Cookie": f"careline_desk={token}", "Origin": url}
        self._counting: asyncio.Task[None] | None = None
        self._http: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Read the list, then connect; returns when the line is live."""
        self._http = aiohttp.ClientSession(headers=self._headers)
        async with self._http.get(self.url + LIST) as answer:
            page = await answer.json()
        socket = await self._http.ws_connect(f"{self.url}/ws/desk", max_msg_size=0)
        await socket.send_json({"type": "hello", "after": page["last_seq"]})
        live = asyncio.Event()
        self._task = asyncio.create_task(self._listen(socket, live))
        await live.wait()

    async def close(self) -> None:
        """Leave."""
        for task in (self._task, self._counting):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    def begin(self) -> None:
        """Count from now on."""
        self.got = Arrivals()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse, live: asyncio.Event) -> None:
        async for message in socket:
            came = time.monotonic()
            self.got.frames += 1
            self.got.bytes += len(message.data)
            frame = json.loads(message.data)
            if frame["type"] == "ready":
                live.set()
            elif frame["type"] == "event":
                self._take(frame, came)

    def _take(self, frame: dict[str, Any], came: float) -> None:
        self.got.seqs.append(frame["seq"])
        if frame["kind"].startswith("conversation.") and not self._waits():
            self._counting = asyncio.create_task(self._count())
        if frame["kind"] == "message.created" and frame["message"]["author"] == "customer":
            key = frame["message"]["key"]
            self.got.at.setdefault(key, came)
            self.got.times[key] += 1

    def _waits(self) -> bool:
        return self._counting is not None and not self._counting.done()

    async def _count(self) -> None:
        await asyncio.sleep(COUNT_AFTER)
        if self._http is not None:
            async with self._http.get(f"{self.url}/api/desk/counts") as answer:
                await answer.read()


class Poller:
    """The same agent without a socket: the list again every POLL_EVERY seconds."""

    def __init__(self, url: str, seat: Seat, token: str, offset: float) -> None:
        self.url = url
        self.seat = seat
        self.got = Arrivals()
        self.wanted: dict[int, list[tuple[int, str]]] = {}
        self._headers = {"Cookie": f"careline_desk={token}"}
        self._offset = offset

    def want(self, conversation_id: int, message_id: int, key: str) -> None:
        """A message that was accepted: note when the list first shows it (or a newer one)."""
        self.wanted.setdefault(conversation_id, []).append((message_id, key))

    async def run(self) -> None:
        """Poll until cancelled."""
        await asyncio.sleep(self._offset)
        async with aiohttp.ClientSession(headers=self._headers, auto_decompress=False) as http:
            while True:
                began = time.monotonic()
                async with http.get(self.url + LIST, headers={"Accept-Encoding": "gzip"}) as answer:
                    raw = await answer.read()
                self.got.bytes += len(raw)
                self.got.frames += 1
                self._look(raw, time.monotonic())
                await asyncio.sleep(max(0.0, began + POLL_EVERY - time.monotonic()))

    def _look(self, raw: bytes, came: float) -> None:
        for row in json.loads(gzip.decompress(raw))["rows"]:
            shown = row["last"]["id"] if row["last"] else 0
            for message_id, key in self.wanted.get(row["id"], []):
                if message_id <= shown:
                    self.got.at.setdefault(key, came)


def gaps(listener: Listener) -> tuple[int, int]:
    """Numbers that are missing and numbers that came twice, of an agent who sees everything."""
    seqs = listener.got.seqs
    if listener.seat.sight is not Sight.ALL or not seqs:
        return 0, 0
    twice = len(seqs) - len(set(seqs))
    return seqs[-1] - seqs[0] + 1 - len(set(seqs)), twice
