"""Who is there: says that connected desks are alive, and tells all desks when somebody changes."""

import asyncio
import contextlib
import logging
from collections import Counter
from typing import Any

from sqlalchemy import Connection

from care.background import Background
from care.bus import Bus
from care.record.desk_settings import desk_setting
from care.record.ids import AgentId
from care.record.presence import Presence, do_see_agents, presences
from care.record.record import Record, RecordDown, now

log = logging.getLogger(__name__)
LOOK_EVERY = 1.0
BEAT = 3.0  # seconds between signs of life: several within the shortest grace (10 s)


def present(connection: Connection) -> dict[AgentId, Presence]:
    """The presence of every active agent at this moment."""
    grace = float(desk_setting(connection, "assignment")["grace_seconds"])
    time = now()
    return {agent_id: seen.at(time, grace) for agent_id, seen in presences(connection).items()}


class PresenceKeeper:
    """Keeps the agents' presence true for the desks of this process."""

    def __init__(self, record: Record, bus: Bus) -> None:
        self.record = record
        self.bus = bus
        self._here: Counter[AgentId] = Counter()
        self._known: dict[AgentId, Presence] = {}
        self._work = Background(self._run)
        self._beat = 0.0

    async def start(self) -> None:
        """Begin to look."""
        self._work.start()

    async def stop(self) -> None:
        """Stop looking."""
        await self._work.stop()

    async def connected(self, agent_id: AgentId) -> None:
        """A desk of the agent connected."""
        self._here[agent_id] += 1
        await self.record.write(do_see_agents, {agent_id})
        await self.look()

    async def left(self, agent_id: AgentId) -> None:
        """A desk of the agent went; the grace begins with the last of them."""
        self._here[agent_id] -= 1
        if self._here[agent_id] <= 0:
            del self._here[agent_id]
            with contextlib.suppress(RecordDown):
                await self.record.write(do_see_agents, {agent_id})

    async def look(self) -> dict[AgentId, Presence]:
        """Read everyone's presence and tell the desks what changed."""
        found = await self.record.read(present)
        changed = {who: what for who, what in found.items() if self._known.get(who) != what}
        self._known = found
        if changed:
            agents: dict[str, Any] = {str(who): what for who, what in changed.items()}
            await self.bus.send(None, {"type": "presence", "agents": agents})
        return found

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                if self._here and loop.time() - self._beat > BEAT:
                    self._beat = loop.time()
                    await self.record.write(do_see_agents, set(self._here))
                await self.look()
            except RecordDown:
                log.warning("the care record does not answer; presence is told later")
            await asyncio.sleep(LOOK_EVERY)
