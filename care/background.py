"""Work that goes on beside the requests: begun once, begun anew after a fault, stopped once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

log = logging.getLogger(__name__)
PAUSE = 1.0
"""Seconds between a fault that nobody expected and the next beginning."""
AGAIN = 5.0
"""Seconds after which a task that was cancelled and still works is cancelled again."""


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended, however they end.

    One cancellation is not enough: before Python 3.12 `asyncio.wait_for` loses the one that comes
    at the moment when what it waits for is there, and the task would go on for good.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=AGAIN)
        await asyncio.gather(*ended, return_exceptions=True)


class Background:
    """One task. What `work` does not deal with itself is logged; then it begins anew."""

    def __init__(self, work: Callable[[], Awaitable[None]], pause: float = PAUSE) -> None:
        self._work = work
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, unless it goes on already."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Cancel it where it waits, and wait until it has ended."""
        task, self._task = self._task, None
        if task is not None:
            await end([task])

    async def _keep(self) -> None:
        while True:
            try:
                await self._work()
                return
            except Exception:
                log.exception("background work failed; it begins anew")
                await asyncio.sleep(self._pause)
