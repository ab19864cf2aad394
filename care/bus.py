"""Wake-ups and transient frames between all who look at conversations.

A signal without frame means: there is something new in the events table. Typing, viewing and queue
positions travel as frames; they are not kept. In one process this is memory; with `REDIS_URL`
every process hears every other (Redis pub/sub). A lost wake-up costs a little time, never an
event: readers ask the table for what comes after the number they have.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from redis import asyncio as redis

from care.background import end

log = logging.getLogger(__name__)
CHANNEL = "careline:signals"


@dataclass(frozen=True, slots=True)
class Signal:
    """Something happened in a conversation (None: to all of them)."""

    conversation_id: int | None
    frame: dict[str, Any] | None = None


class Bus:
    """Fan-out within this process, and over Redis where an address is given."""

    def __init__(self, redis_url: str = "", queue_size: int = 1000) -> None:
        self._queues: set[asyncio.Queue[Signal]] = set()
        self._size = queue_size
        self._redis = redis.Redis.from_url(redis_url) if redis_url else None
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to hear the other processes."""
        if self._redis is not None:
            self._reader = asyncio.create_task(self._hear(self._redis))

    async def stop(self) -> None:
        """Stop hearing; forget everything on the way."""
        if self._reader is not None:
            await end([self._reader])
        if self._redis is not None:
            await self._redis.aclose()

    async def wake(self, conversation_id: int | None) -> None:
        """Tell everyone that the events table has something new."""
        await self._send(Signal(conversation_id))

    async def send(self, conversation_id: int | None, frame: dict[str, Any]) -> None:
        """Show a transient frame to everyone who looks at the conversation."""
        await self._send(Signal(conversation_id, frame))

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[asyncio.Queue[Signal]]:
        """A queue of all signals from now on. A reader that falls behind gets one wake-up for all."""
        queue: asyncio.Queue[Signal] = asyncio.Queue(self._size)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    async def _send(self, signal: Signal) -> None:
        if self._redis is None:
            self._spread(signal)
            return
        body = json.dumps({"c": signal.conversation_id, "f": signal.frame})
        try:
            await self._redis.publish(CHANNEL, body)
        except redis.RedisError:
            log.warning("Redis does not answer; other processes hear of this later")
            self._spread(signal)

    def _spread(self, signal: Signal) -> None:
        for queue in self._queues:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(Signal(None))
            else:
                queue.put_nowait(signal)

    async def _hear(self, client: "redis.Redis") -> None:
        while True:
            try:
                async with client.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    self._spread(Signal(None))
                    async for item in channel.listen():
                        if item["type"] == "message":
                            body = json.loads(item["data"])
                            self._spread(Signal(body["c"], body["f"]))
            except redis.RedisError:
                log.warning("Redis does not answer; trying again in a second")
                await asyncio.sleep(1)
