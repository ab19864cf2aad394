"""How many conversations the main views have, for all desks of this process.

Every desk asks again a moment after somebody took, got or closed a conversation: dozens of desks,
at the same moment, for the same numbers. What all see alike is counted once until the next change.
"""

import asyncio

from care.desk.listing import MAIN_VIEWS, counts
from care.record.agents import Agent, Sight
from care.record.record import Record

_ALIKE = tuple(view for view in MAIN_VIEWS if view != "mine")


class Counting:
    """Counts for each agent. `changed` is called before a change is told to any desk."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._shared: asyncio.Task[dict[str, int]] | None = None
        self._valid = False

    def changed(self) -> None:
        """Conversations moved between views, or may have without our knowing."""
        self._valid = False

    async def of(self, agent: Agent) -> dict[str, int]:
        """The counts of the main views, as this agent sees them."""
        if agent.sight is not Sight.ALL:
            return await self.record.read(counts, agent)
        if self._shared is None or not self._valid:
            self._valid = True
            self._shared = asyncio.create_task(self.record.read(counts, agent, _ALIKE))
            self._shared.add_done_callback(self._counted)
        shared = self._shared
        own = await self.record.read(counts, agent, ("mine",))
        return {**own, **await asyncio.shield(shared)}

    def _counted(self, task: asyncio.Task[dict[str, int]]) -> None:
        """What failed is not kept."""
        if task.cancelled() or task.exception() is not None:
            self._valid = False
