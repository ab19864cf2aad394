"""Acting on every event exactly once, in order, beside the requests that cause them.

The work runs in the transaction that moves the reader's mark: a crash repeats nothing and skips
nothing, and of several processes one acts.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable

from sqlalchemy import Connection

from care.background import Background
from care.bus import Bus
from care.record.events import Event, events_after, last_seq
from care.record.holders import do_begin_mark, do_move_mark, mark
from care.record.ids import ConversationId
from care.record.record import Record, RecordDown

log = logging.getLogger(__name__)
LOOK_AGAIN = 5.0
GATHER = 0.2
"""Seconds to wait after a wake-up, so that what comes together is dealt with together."""

Act = Callable[[Connection, list[Event]], Iterable[ConversationId]]
Changed = Callable[[ConversationId], Awaitable[None]]


class Follower:
    """One reader of the event log, known by `name`.

    `act(connection, events)` does the work and returns the conversations that it changed, which are
    then told to `changed`. `from_start`: the first time, begin with the oldest event.
    """

    def __init__(
        self,
        record: Record,
        bus: Bus,
        name: str,
        act: Act,
        changed: Changed | None = None,
        *,
        from_start: bool = False,
        batch: int = 500,
        gather: float = GATHER,
    ) -> None:
        self.record = record
        self.bus = bus
        self.name = name
        self._act = act
        self._changed = changed
        self._from_start = from_start
        self._batch = batch
        self._gather = gather
        self._work = Background(self._run)

    async def start(self) -> None:
        """Begin to follow."""
        await self.record.write(self._begin)
        self._work.start()

    async def stop(self) -> None:
        """Stop after the batch under way."""
        await self._work.stop()

    async def catch_up(self) -> None:
        """Deal with everything that there is."""
        while await self.record.read(self._behind):
            done = await self.record.write(self.step)
            for conversation_id in done or ():
                if self._changed is not None:
                    await self._changed(conversation_id)

    def step(self, connection: Connection) -> list[ConversationId] | None:
        """Deal with one batch; None where there was none, or another process took it."""
        at = self._begin(connection)
        found = events_after(connection, at, limit=self._batch)
        if not found or not do_move_mark(connection, self.name, at, found[-1].seq):
            return None
        return list(dict.fromkeys(self._act(connection, found)))

    def _begin(self, connection: Connection) -> int:
        known = mark(connection, self.name)
        if known is not None:
            return known
        return do_begin_mark(connection, self.name, 0 if self._from_start else last_seq(connection))

    def _behind(self, connection: Connection) -> bool:
        return (mark(connection, self.name) or 0) < last_seq(connection)

    async def _run(self) -> None:
        async with self.bus.listen() as signals:
            while True:
                try:
                    await self.catch_up()
                except RecordDown:
                    log.warning("the care record does not answer; %s goes on later", self.name)
                except Exception:
                    log.exception("%s failed; it is tried again", self.name)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        while (await signals.get()).frame is not None:
                            pass
                await asyncio.sleep(self._gather)
                while not signals.empty():
                    signals.get_nowait()
