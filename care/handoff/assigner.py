"""What happens to waiting conversations by itself: assigned, returned, woken, marked late.

`Assigner(record, changed, show_places)`: `start()` and `stop()`, `kick()` to look at once. Every
process may run one; each change is a transaction that sees what the others did.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import Connection

from care.background import Background
from care.handoff.assignment import (
    do_assign_next,
    do_route,
    online,
    planned,
    unanswered,
    unrouted,
)
from care.handoff.clocks import do_refresh_clocks, newly_late
from care.handoff.ownership import NotOwner, Stale, do_return
from care.handoff.snoozing import do_unsnooze, due_snoozes
from care.handoff.transfers import do_expire_transfer, offers_before
from care.record.desk_settings import desk_setting
from care.record.ids import ConversationId
from care.record.record import Record, RecordDown, now

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0

Changed = Callable[[ConversationId], Awaitable[None]]


class Assigner:
    """The loop beside the queue. `changed` is told every conversation that was changed."""

    def __init__(
        self,
        record: Record,
        changed: Changed,
        show_places: Callable[[], Awaitable[None]],
        every: float = LOOK_EVERY,
    ) -> None:
        self.record = record
        self.every = every
        self._changed = changed
        self._show_places = show_places
        self._kicked = asyncio.Event()
        self._work = Background(self._run)

    async def start(self) -> None:
        """Begin to look."""
        self._work.start()

    async def stop(self) -> None:
        """Stop after the step under way."""
        await self._work.stop()

    def kick(self) -> None:
        """Look now: somebody came, or something waits."""
        self._kicked.set()

    async def look(self) -> list[ConversationId]:
        """Do everything that is due, once; returns the conversations that changed."""
        changed: list[ConversationId] = []
        for due, work in (
            (_due_snoozes, _wake),
            (_due_offers, _expire),
            (_due_clocks, do_refresh_clocks),
        ):
            for item in await self.record.read(due):
                with contextlib.suppress(Stale, NotOwner, LookupError):
                    await self.record.write(work, item)
                    changed.append(item)
        assigned = await self._assign()
        for conversation_id in dict.fromkeys([*changed, *assigned]):
            await self._changed(conversation_id)
        if assigned:
            await self._show_places()
        return list(dict.fromkeys([*changed, *assigned]))

    async def _assign(self) -> list[ConversationId]:
        done: list[ConversationId] = []
        for conversation_id, team_id in await self.record.read(unrouted):
            await self.record.write(do_route, conversation_id, team_id)
            done.append(conversation_id)
        if not await self.record.read(_automatic):
            return done
        for plan in await self.record.read(unanswered):
            with contextlib.suppress(Stale, NotOwner):
                await self.record.write(
                    do_return, plan.conversation_id, plan.agent_id, plan.version
                )
                done.append(plan.conversation_id)
        while await self.record.read(planned):
            with contextlib.suppress(Stale):
                assigned = await self.record.write(do_assign_next)
                if assigned is None:
                    break
                done.append(assigned.conversation_id)
        return done

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except RecordDown:
                log.warning("the care record does not answer; the queue is looked at later")
            except Exception:
                log.exception("looking at the queue failed; it is tried again")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.every):
                    await self._kicked.wait()
            self._kicked.clear()


def _automatic(connection: Connection) -> bool:
    return bool(desk_setting(connection, "assignment")["automatic"])


def _due_snoozes(connection: Connection) -> list[ConversationId]:
    return due_snoozes(connection, now())


def _wake(connection: Connection, conversation_id: ConversationId) -> None:
    do_unsnooze(connection, conversation_id, online(connection))


def _due_offers(connection: Connection) -> list[ConversationId]:
    seconds = float(desk_setting(connection, "assignment")["return_seconds"])
    if seconds <= 0:
        return []
    found = offers_before(connection, now() - timedelta(seconds=seconds))
    return [item.conversation_id for item in found]


def _expire(connection: Connection, conversation_id: ConversationId) -> None:
    seconds = float(desk_setting(connection, "assignment")["return_seconds"])
    for offer in offers_before(connection, now() - timedelta(seconds=seconds)):
        if offer.conversation_id == conversation_id:
            do_expire_transfer(connection, offer.id)


def _due_clocks(connection: Connection) -> list[ConversationId]:
    return newly_late(connection, now())
