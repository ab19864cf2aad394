"""Who is looking at which thread: turns the bus's signals into news for sockets and long-polls.

One reader of the bus per process, only while somebody looks.
"""

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterator
from typing import Any

from sqlalchemy import Connection, select

from care.bus import Bus
from care.record.record import Record, RecordDown
from care.record.schema import conversations

KNOWN = 50_000
FRAMES = ("typing", "queue")
MOVED = "thread_moved"
"""Transient frame: conversations have another thread now; forget which."""


class Watcher:
    """One socket or long-poll. `news` is set when there is something to read or to show."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.frames: deque[dict[str, Any]] = deque(maxlen=20)

    async def wait(self, seconds: float) -> bool:
        """Wait for news; False when `seconds` passed without."""
        try:
            await asyncio.wait_for(self.news.wait(), seconds)
        except TimeoutError:
            return False
        self.news.clear()
        return True

    def take_frames(self) -> Iterator[dict[str, Any]]:
        """The transient frames since the last time."""
        while self.frames:
            yield self.frames.popleft()


class Watching:
    """All watchers of this process, by thread."""

    def __init__(self, record: Record, bus: Bus) -> None:
        self.record = record
        self.bus = bus
        self._watchers: dict[str, set[Watcher]] = defaultdict(set)
        self._senders: dict[int, str] = {}
        self._reader: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def watch(self, sender: str) -> AsyncIterator[Watcher]:
        """A watcher of the thread, from now on."""
        watcher = Watcher()
        self._watchers[sender].add(watcher)
        if self._reader is None:
            listening = asyncio.Event()
            self._reader = asyncio.create_task(self._read(listening))
            await listening.wait()
        try:
            yield watcher
        finally:
            self._watchers[sender].discard(watcher)
            if not self._watchers[sender]:
                del self._watchers[sender]
            if not self._watchers and self._reader is not None:
                self._reader.cancel()
                self._reader = None

    async def _read(self, listening: asyncio.Event) -> None:
        async with self.bus.listen() as signals:
            listening.set()
            while True:
                signal = await signals.get()
                await self._pass_on(signal.conversation_id, signal.frame)

    async def _pass_on(self, conversation_id: int | None, frame: dict[str, Any] | None) -> None:
        if frame is not None and frame.get("type") == MOVED:
            self._senders.clear()
        elif conversation_id is None:
            for watchers in self._watchers.values():
                _tell(watchers, frame)
        else:
            with contextlib.suppress(RecordDown):
                sender = await self._sender_of(conversation_id)
                _tell(self._watchers.get(sender, set()), frame)

    async def _sender_of(self, conversation_id: int) -> str:
        known = self._senders.get(conversation_id)
        if known is None:
            if len(self._senders) > KNOWN:
                self._senders.clear()
            known = await self.record.read(_sender, conversation_id)
            self._senders[conversation_id] = known
        return known


def _tell(watchers: set[Watcher], frame: dict[str, Any] | None) -> None:
    if frame is not None:
        if frame.get("type") not in FRAMES or frame.get("author") == "customer":
            return
        for watcher in watchers:
            watcher.frames.append(frame)
    for watcher in watchers:
        watcher.news.set()


def _sender(connection: Connection, conversation_id: int) -> str:
    query = select(conversations.c.sender).where(conversations.c.id == conversation_id)
    return str(connection.execute(query).scalar() or "")


def watching_of(app: Any) -> Watching:
    """The application's watchers, made at the first look."""
    found: Watching | None = getattr(app.state, "watching", None)
    if found is None:
        found = app.state.watching = Watching(app.state.care.record, app.state.care.bus)
    return found
