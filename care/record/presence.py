"""Presence: what agents want to be, and whether their desk has been heard of lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select, update

from care.record.ids import AgentId
from care.record.missing import do_insert_missing
from care.record.record import now
from care.record.schema import agents
from care.record.schema_desk import agent_presence


class Presence(StrEnum):
    """How an agent appears to colleagues. Only `online` gets new conversations."""

    ONLINE = "online"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"


WANTED = (Presence.ONLINE, Presence.BUSY, Presence.OFFLINE)


@dataclass(frozen=True, slots=True)
class Seen:
    """When an agent's desk was last heard of, and what the agent chose."""

    agent_id: AgentId
    wanted: Presence
    seen_at: datetime | None
    assigned_at: datetime | None

    def at(self, time: datetime, grace: float) -> Presence:
        """The presence at `time`: away once the desk was silent for `grace` seconds."""
        if self.wanted is Presence.OFFLINE or self.seen_at is None:
            return Presence.OFFLINE
        if time - self.seen_at > timedelta(seconds=grace):
            return Presence.AWAY
        return self.wanted


def presences(connection: Connection) -> dict[AgentId, Seen]:
    """Of every active agent."""
    query = (
        select(
            agents.c.id,
            agent_presence.c.wanted,
            agent_presence.c.seen_at,
            agent_presence.c.assigned_at,
        )
        .select_from(agents.outerjoin(agent_presence, agent_presence.c.agent_id == agents.c.id))
        .where(agents.c.active)
    )
    return {
        AgentId(row.id): Seen(
            AgentId(row.id), Presence(row.wanted or "online"), row.seen_at, row.assigned_at
        )
        for row in connection.execute(query)
    }


def do_see_agents(connection: Connection, ids: set[AgentId]) -> None:
    """The desks of these agents are connected now."""
    time = now()
    for agent_id in sorted(ids):
        _row(connection, agent_id)
        change = update(agent_presence).where(agent_presence.c.agent_id == agent_id)
        connection.execute(change.values(seen_at=time))


def do_set_wanted(connection: Connection, agent_id: AgentId, wanted: Presence) -> None:
    """What the agent chose: online, busy or offline."""
    if wanted not in WANTED:
        raise ValueError("choose online, busy or offline")
    _row(connection, agent_id)
    change = update(agent_presence).where(agent_presence.c.agent_id == agent_id)
    connection.execute(change.values(wanted=wanted))


def do_forget_agent(connection: Connection, agent_id: AgentId) -> None:
    """The agent signed out everywhere: offline at once, without the grace."""
    change = update(agent_presence).where(agent_presence.c.agent_id == agent_id)
    connection.execute(change.values(seen_at=now() - timedelta(days=1)))


def do_mark_assigned(connection: Connection, agent_id: AgentId) -> None:
    """The agent was just given a conversation: others come first at the next one."""
    _row(connection, agent_id)
    change = update(agent_presence).where(agent_presence.c.agent_id == agent_id)
    connection.execute(change.values(assigned_at=now()))


def _row(connection: Connection, agent_id: AgentId) -> None:
    """Make the agent's row at the first need; two tabs that open at once make one."""
    known = select(agent_presence.c.agent_id).where(agent_presence.c.agent_id == agent_id)
    if connection.execute(known).first() is None:
        seen_at = now() - timedelta(days=1)
        do_insert_missing(
            connection, agent_presence, agent_id=agent_id, wanted=Presence.ONLINE, seen_at=seen_at
        )
