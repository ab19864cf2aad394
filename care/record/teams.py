"""Teams: groups of agents that conversations are routed to."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from care.record.ids import AgentId, TeamId
from care.record.record import now
from care.record.schema import agents, conversations, teams
from care.record.schema_desk import canned_replies, team_members, transfers


@dataclass(frozen=True, slots=True)
class Team:
    """A team and who belongs to it."""

    id: TeamId
    name: str
    members: tuple[AgentId, ...]


def all_teams(connection: Connection) -> list[Team]:
    """Every team, by name."""
    members: dict[int, tuple[AgentId, ...]] = {}
    for row in connection.execute(select(team_members).order_by(team_members.c.agent_id)):
        members[row.team_id] = (*members.get(row.team_id, ()), AgentId(row.agent_id))
    rows = connection.execute(select(teams.c.id, teams.c.name).order_by(teams.c.name))
    return [Team(TeamId(row.id), row.name, members.get(row.id, ())) for row in rows]


def do_add_team(connection: Connection, name: str, members: tuple[AgentId, ...] = ()) -> TeamId:
    """Add a team; raises IntegrityError where the name is taken."""
    added = insert(teams).values(name=name, created_at=now()).returning(teams.c.id)
    team_id = TeamId(connection.execute(added).scalar_one())
    do_set_members(connection, team_id, members)
    return team_id


def do_change_team(
    connection: Connection, team_id: TeamId, name: str, members: tuple[AgentId, ...]
) -> None:
    """Rename a team and set its members. Raises LookupError where there is none."""
    change = update(teams).where(teams.c.id == team_id).values(name=name)
    if connection.execute(change).rowcount == 0:
        raise LookupError(f"team {team_id}")
    do_set_members(connection, team_id, members)


def do_set_members(connection: Connection, team_id: TeamId, members: tuple[AgentId, ...]) -> None:
    """Make exactly these agents members. Raises LookupError for an unknown one."""
    here = select(agents.c.id).where(agents.c.id.in_(members))
    if missing := set(members) - set(connection.execute(here).scalars()):
        raise LookupError(f"agent {min(missing)}")
    connection.execute(delete(team_members).where(team_members.c.team_id == team_id))
    for agent_id in sorted(set(members)):
        connection.execute(insert(team_members).values(team_id=team_id, agent_id=agent_id))


def do_delete_team(connection: Connection, team_id: TeamId) -> None:
    """Dissolve a team; its conversations belong to no team then, its canned replies to all."""
    for table in (conversations, canned_replies):
        freed = update(table).where(table.c.team_id == team_id).values(team_id=None)
        connection.execute(freed)
    gone = update(transfers).where(transfers.c.to_team_id == team_id).values(to_team_id=None)
    connection.execute(gone)
    connection.execute(delete(team_members).where(team_members.c.team_id == team_id))
    connection.execute(delete(teams).where(teams.c.id == team_id))
