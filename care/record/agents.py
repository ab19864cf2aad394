"""Agents: the people who answer customers, their roles, and their sign-ins at the desk."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from care.record.customers import token_hash
from care.record.ids import AgentId, TeamId
from care.record.record import now
from care.record.schema import agent_sessions, agents
from care.record.schema import teams as team_table
from care.record.schema_desk import team_members


class Role(StrEnum):
    """What an agent may change."""

    OWNER = "owner"
    SUPERVISOR = "supervisor"
    AGENT = "agent"


class Sight(StrEnum):
    """Which conversations an agent may see."""

    OWN = "own"
    TEAM = "team"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who works at the desk. `capacity`: conversations at a time; `settings`: theirs."""

    id: AgentId
    email: str
    name: str
    password_hash: str | None
    role: Role
    active: bool
    capacity: int
    settings: dict[str, Any]
    created_at: datetime
    teams: tuple[TeamId, ...] = ()

    @property
    def sight(self) -> Sight:
        """Which conversations they may see; who leads sees all."""
        if self.role is not Role.AGENT:
            return Sight.ALL
        return Sight(self.settings.get("sight", Sight.ALL))

    @property
    def leads(self) -> bool:
        """Whether they may change the team's settings."""
        return self.role is not Role.AGENT


@dataclass(frozen=True, slots=True)
class AgentSession:
    """One signed-in browser. `id` names it without giving its token away."""

    id: str
    agent_id: AgentId
    user_agent: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


def _agent_of(values: Any, teams: tuple[TeamId, ...]) -> Agent:
    return Agent(**{**values, "role": Role(values["role"]), "teams": teams})


def _teams_of(connection: Connection) -> dict[int, tuple[TeamId, ...]]:
    found: dict[int, tuple[TeamId, ...]] = {}
    for row in connection.execute(select(team_members).order_by(team_members.c.team_id)):
        found[row.agent_id] = (*found.get(row.agent_id, ()), TeamId(row.team_id))
    return found


def access_agent(connection: Connection, agent_id: AgentId) -> Agent:
    """The agent; raises LookupError where there is none."""
    row = connection.execute(select(agents).where(agents.c.id == agent_id)).first()
    if row is None:
        raise LookupError(f"agent {agent_id}")
    mine = select(team_members.c.team_id).where(team_members.c.agent_id == agent_id)
    teams = tuple(TeamId(team) for team in connection.execute(mine).scalars())
    return _agent_of(row._mapping, teams)


def find_agent(connection: Connection, email: str) -> Agent | None:
    """The agent with this e-mail address, in whatever case it is written."""
    query = select(agents.c.id).where(func.lower(agents.c.email) == email.strip().lower())
    found = connection.execute(query).scalar()
    return None if found is None else access_agent(connection, AgentId(found))


def all_agents(connection: Connection) -> list[Agent]:
    """Everyone, by name."""
    teams = _teams_of(connection)
    rows = connection.execute(select(agents).order_by(agents.c.name, agents.c.id))
    return [_agent_of(row._mapping, teams.get(row.id, ())) for row in rows]


def do_add_agent(
    connection: Connection,
    email: str,
    name: str,
    role: Role,
    password_hash: str | None = None,
    settings: dict[str, Any] | None = None,
    teams: tuple[TeamId, ...] = (),
) -> AgentId:
    """Add an agent; raises IntegrityError where the address is taken."""
    added = insert(agents).values(
        email=email.strip().lower(),
        name=name.strip(),
        role=role,
        password_hash=password_hash,
        settings=settings or {},
        created_at=now(),
    )
    agent_id = AgentId(connection.execute(added.returning(agents.c.id)).scalar_one())
    do_set_teams(connection, agent_id, teams)
    return agent_id


def known_teams(connection: Connection, ids: Iterable[int]) -> set[TeamId]:
    """Those of these teams that there are."""
    query = select(team_table.c.id).where(team_table.c.id.in_(list(ids)))
    return {TeamId(one) for one in connection.execute(query).scalars()}


def do_set_teams(connection: Connection, agent_id: AgentId, teams: tuple[TeamId, ...]) -> None:
    """Make the agent a member of exactly these teams. Raises LookupError for an unknown one."""
    if missing := set(teams) - known_teams(connection, teams):
        raise LookupError(f"team {min(missing)}")
    connection.execute(delete(team_members).where(team_members.c.agent_id == agent_id))
    for team_id in set(teams):
        connection.execute(insert(team_members).values(team_id=team_id, agent_id=agent_id))


def do_change_agent(connection: Connection, agent_id: AgentId, **values: Any) -> None:
    """Set name, role, active, capacity, settings or password_hash of an agent."""
    allowed = {"name", "role", "active", "capacity", "settings", "password_hash"}
    if unknown := set(values) - allowed:
        raise ValueError(f"an agent has no {', '.join(sorted(unknown))}")
    connection.execute(update(agents).where(agents.c.id == agent_id).values(**values))


def do_sign_in(connection: Connection, agent_id: AgentId, user_agent: str, hours: int) -> str:
    """Open a desk session and return its token (256 random bits); only its hash is kept."""
    token, time = secrets.token_urlsafe(32), now()
    connection.execute(
        insert(agent_sessions).values(
            token_hash=token_hash(token),
            agent_id=agent_id,
            user_agent=user_agent[:255],
            created_at=time,
            last_used_at=time,
            expires_at=time + timedelta(hours=hours),
        )
    )
    return token


def find_signed_in(connection: Connection, token: str) -> tuple[Agent, datetime] | None:
    """The active agent whose live session has this token, and when it was last used."""
    query = select(agent_sessions).where(agent_sessions.c.token_hash == token_hash(token))
    row = connection.execute(query).first()
    if row is None or row.expires_at <= now():
        return None
    agent = access_agent(connection, AgentId(row.agent_id))
    return (agent, row.last_used_at) if agent.active else None


def do_touch_session(connection: Connection, token: str, hours: int) -> None:
    """Prolong a session that is in use."""
    time = now()
    change = update(agent_sessions).where(agent_sessions.c.token_hash == token_hash(token))
    connection.execute(change.values(last_used_at=time, expires_at=time + timedelta(hours=hours)))


def sessions_of(connection: Connection, agent_id: AgentId) -> list[AgentSession]:
    """The live sessions of an agent, the newest first."""
    query = (
        select(agent_sessions)
        .where(agent_sessions.c.agent_id == agent_id, agent_sessions.c.expires_at > now())
        .order_by(agent_sessions.c.last_used_at.desc())
    )
    return [
        AgentSession(
            id=row.token_hash[:16],
            agent_id=AgentId(row.agent_id),
            user_agent=row.user_agent,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
        )
        for row in connection.execute(query)
    ]


def do_sign_out(connection: Connection, token: str) -> None:
    """End the session of this token."""
    connection.execute(
        delete(agent_sessions).where(agent_sessions.c.token_hash == token_hash(token))
    )


def do_end_sessions(
    connection: Connection, agent_id: AgentId, session_id: str | None = None
) -> list[str]:
    """End one session of an agent (or all); returns the ids of those ended."""
    query = select(agent_sessions.c.token_hash).where(agent_sessions.c.agent_id == agent_id)
    if session_id is not None:
        query = query.where(func.substr(agent_sessions.c.token_hash, 1, 16) == session_id)
    hashes = list(connection.execute(query).scalars())
    connection.execute(delete(agent_sessions).where(agent_sessions.c.token_hash.in_(hashes)))
    return [value[:16] for value in hashes]


def session_id_of(token: str) -> str:
    """The public id of the session with this token."""
    return token_hash(token)[:16]
