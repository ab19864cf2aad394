"""Automatic assignment: which waiting conversation goes to which agent.

How to call it: `do_assign_next(connection)` gives the first conversation of the queue that somebody
can take, and returns what it did (None: nothing to do); `unanswered(connection)` tells what was not
answered in time, for `ownership.do_return`; `online(connection)` is the set of agents who get
conversations; `check_assignment(setting)` checks what the settings page sends. The loop that calls
them is `care.handoff.assigner.Assigner`.

The desk's setting `assignment`: `automatic` (off at first), `strategy` (`round_robin` or
`least_busy`), `return_seconds` (0: never), `grace_seconds`, and `rules`: a list of
`{channel?, inbox?, language?, reason?, audience?, team_id?, skill?}`; the first that fits routes a
conversation without team to its team, and says which skill is wanted. An agent's `settings` hold
`languages` and `skills` (lists; none: any).

Who gets it: the agent who is wanted (a transfer, a reopened conversation), for whom it is kept
`return_seconds`; else, among the online members of its team (without team: all who are online) with
less than their capacity of open conversations, those who speak the language and have the skill; of
these the one who was given nothing for longest. Where nobody online has language or skill, it is not
left waiting for it. Who gave it away or left it unanswered is passed over for 15 minutes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from care.handoff.clocks import do_refresh_clocks
from care.handoff.ownership import do_assign
from care.handoff.queue import waiting
from care.handoff.states import state_of
from care.record.agents import Agent, all_agents, known_teams
from care.record.conversations import COLUMNS, Conversation, access_conversation, conversation_of
from care.record.desk_settings import desk_setting
from care.record.events import do_add_event
from care.record.handoffs import open_handoff
from care.record.ids import AgentId, ConversationId, Owner, Status
from care.record.missing import do_insert_missing
from care.record.presence import Presence, presences
from care.record.record import now
from care.record.schema import conversations, counters, events
from care.record.schema_desk import desk_states

SKIP = timedelta(minutes=15)
STRATEGIES = ("round_robin", "least_busy")
GAVE_AWAY = ("returned", "released", "transferred")
RULE_FIELDS = ("channel", "inbox", "language", "reason", "audience")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class AssignmentError(ValueError):
    """A setting of the assignment that cannot be used; the message says which."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who is online. `load`: open conversations they have; `given_at`: the last one given."""

    agent: Agent
    load: int
    given_at: datetime | None

    @property
    def free(self) -> bool:
        """Whether they can take one more."""
        return self.load < self.agent.capacity


@dataclass(frozen=True, slots=True)
class Need:
    """What a waiting conversation asks of an agent. `hold`: keep it for `wanted` a little longer;
    `skip`: who gave it away or left it unanswered just now."""

    team_id: int | None = None
    language: str | None = None
    skill: str | None = None
    wanted: AgentId | None = None
    hold: bool = False
    skip: frozenset[AgentId] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """This conversation, at this version, and an agent: who gets it, or who has it."""

    conversation_id: ConversationId
    version: int
    agent_id: AgentId


def check_assignment(setting: dict[str, Any]) -> None:
    """Raise AssignmentError where the desk's setting `assignment` cannot be used."""
    if setting.get("strategy", "round_robin") not in STRATEGIES:
        raise AssignmentError(f"strategy is one of {', '.join(STRATEGIES)}")
    for name, low, high in (("return_seconds", 0, 86_400), ("grace_seconds", 10, 3_600)):
        value = setting.get(name, low)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise AssignmentError(f"{name} is a number from {low} to {high}")
    rules = setting.get("rules", [])
    if not isinstance(rules, list) or len(rules) > 100:
        raise AssignmentError("rules must be a list of at most 100")
    for rule in rules:
        if not isinstance(rule, dict) or set(rule) - {*RULE_FIELDS, "team_id", "skill"}:
            raise AssignmentError(f"a rule has the fields {', '.join(RULE_FIELDS)}, team_id, skill")
        if not (rule.get("team_id") is None or type(rule["team_id"]) is int):
            raise AssignmentError("team_id is the number of a team")


def choose(
    need: Need, candidates: Iterable[Candidate], strategy: str = "round_robin"
) -> AgentId | None:
    """The agent who gets it; None where it has to wait."""
    there = [found for found in candidates if found.agent.id not in need.skip]
    for found in there:
        if found.agent.id == need.wanted and found.free:
            return found.agent.id
    if need.wanted is not None and need.hold:
        return None
    if need.team_id is not None:
        there = [found for found in there if need.team_id in found.agent.teams]
    there = _preferred(there, lambda agent: _speaks(agent, need.language))
    there = _preferred(there, lambda agent: need.skill is None or _has(agent, need.skill))
    free = [found for found in there if found.free]
    if not free:
        return None

    def turn(found: Candidate) -> tuple[Any, ...]:
        given = found.given_at or _NEVER
        by_turn = (given, found.load, found.agent.id)
        return by_turn if strategy == "round_robin" else (found.load, given, found.agent.id)

    return min(free, key=turn).agent.id


def online(connection: Connection) -> set[AgentId]:
    """Agents who get new conversations: they chose to be online and their desk is heard of."""
    grace = float(desk_setting(connection, "assignment")["grace_seconds"])
    time = now()
    return {
        agent_id
        for agent_id, seen in presences(connection).items()
        if seen.at(time, grace) is Presence.ONLINE
    }


def candidates_of(connection: Connection) -> list[Candidate]:
    """Everyone who is online, with what they have."""
    there, seen, load = online(connection), presences(connection), _loads(connection)
    return [
        Candidate(agent, load.get(agent.id, 0), seen[agent.id].assigned_at)
        for agent in all_agents(connection)
        if agent.active and agent.id in there
    ]


def planned(connection: Connection) -> Plan | None:
    """The next assignment, by priority and then who has waited longest; None: nothing to do."""
    queue = waiting(connection)
    candidates = candidates_of(connection) if queue else []
    if not any(found.free for found in candidates):
        return None
    setting = _setting(connection)
    for conversation_id in queue:
        conversation = access_conversation(connection, conversation_id)
        need = need_of(connection, conversation, setting)
        agent_id = choose(need, candidates, str(setting["strategy"]))
        if agent_id is not None:
            return Plan(conversation_id, conversation.version, agent_id)
    return None


def do_assign_next(connection: Connection) -> Plan | None:
    """Carry out the next assignment; None where there is none.

    Several processes may call it at once: each decides alone, on what is true then. Raises Stale
    where an agent claimed the conversation at the same moment.
    """
    _alone(connection)
    plan = planned(connection)
    if plan is not None:
        do_assign(connection, plan.conversation_id, plan.agent_id, plan.version)
    return plan


def unrouted(connection: Connection) -> list[tuple[ConversationId, int]]:
    """Waiting conversations without team, with the team that the rules give them."""
    setting = _setting(connection)
    if not setting["rules"]:
        return []
    query = select(*COLUMNS).where(
        conversations.c.owner == Owner.QUEUE,
        conversations.c.status == Status.OPEN,
        conversations.c.team_id.is_(None),
    )
    found = [conversation_of(row._mapping) for row in connection.execute(query)]
    teams = [(item.id, need_of(connection, item, setting).team_id) for item in found]
    return [(conversation_id, team) for conversation_id, team in teams if team is not None]


def do_route(connection: Connection, conversation_id: ConversationId, team_id: int) -> None:
    """Give a waiting conversation without team to a team; the event is `conversation.routed`."""
    change = update(conversations).where(
        conversations.c.id == conversation_id, conversations.c.team_id.is_(None)
    )
    if connection.execute(change.values(team_id=team_id)).rowcount == 1:
        data = {"team_id": team_id}
        do_add_event(connection, "conversation.routed", conversation_id, data, public=False)
        do_refresh_clocks(connection, conversation_id)


def unanswered(connection: Connection) -> list[Plan]:
    """What agents were given and have not answered within `return_seconds`."""
    seconds = float(desk_setting(connection, "assignment")["return_seconds"])
    if seconds <= 0:
        return []
    query = (
        select(conversations.c.id, conversations.c.version, conversations.c.agent_id)
        .join(desk_states, desk_states.c.conversation_id == conversations.c.id)
        .where(
            conversations.c.owner == Owner.AGENT,
            conversations.c.status == Status.OPEN,
            conversations.c.waiting_since.is_not(None),
            desk_states.c.assigned_at < now() - timedelta(seconds=seconds),
            desk_states.c.offered_agent_id.is_(None),
        )
        .limit(200)
    )
    return [Plan(*row) for row in connection.execute(query)]


def need_of(connection: Connection, conversation: Conversation, setting: dict[str, Any]) -> Need:
    """What this conversation asks of an agent, under the desk's setting `assignment`."""
    handoff = open_handoff(connection, conversation.id)
    facts = {
        "channel": conversation.channel,
        "inbox": conversation.inbox,
        "language": conversation.language,
        "audience": conversation.audience,
        "reason": handoff.reason if handoff else None,
    }
    rules: list[dict[str, Any]] = setting["rules"]
    rule = next((rule for rule in rules if _fits(rule, facts)), dict[str, Any]())
    state = state_of(connection, conversation.id)
    skip, changed_at = _history(connection, conversation.id)
    patience = timedelta(seconds=float(setting["return_seconds"]))
    return Need(
        team_id=conversation.team_id if conversation.team_id is not None else rule.get("team_id"),
        language=conversation.language,
        skill=rule.get("skill"),
        wanted=AgentId(state.wanted_agent_id) if state and state.wanted_agent_id else None,
        hold=changed_at is not None and now() - changed_at < patience,
        skip=skip,
    )


def _setting(connection: Connection) -> dict[str, Any]:
    """The desk's setting `assignment`; a team that was dissolved since is no team in its rules."""
    setting = desk_setting(connection, "assignment")
    named = [rule["team_id"] for rule in setting["rules"] if rule.get("team_id") is not None]
    gone = set(named) - known_teams(connection, named) if named else set()
    rules = [
        {**rule, "team_id": None} if rule.get("team_id") in gone else rule
        for rule in setting["rules"]
    ]
    return {**setting, "rules": rules}


def _fits(rule: dict[str, Any], facts: dict[str, Any]) -> bool:
    return all(rule.get(name) in (None, "", facts[name]) for name in RULE_FIELDS)


def _preferred(found: list[Candidate], fits: Any) -> list[Candidate]:
    """Those who fit; everyone where nobody does."""
    return [item for item in found if fits(item.agent)] or found


def _speaks(agent: Agent, language: str | None) -> bool:
    spoken = [str(name).split("-")[0].lower() for name in agent.settings.get("languages") or []]
    return language is None or not spoken or language.split("-")[0].lower() in spoken


def _has(agent: Agent, skill: str) -> bool:
    return skill in (agent.settings.get("skills") or [])


def _loads(connection: Connection) -> dict[int, int]:
    query = (
        select(conversations.c.agent_id, func.count())
        .where(conversations.c.owner == Owner.AGENT, conversations.c.status == Status.OPEN)
        .group_by(conversations.c.agent_id)
    )
    return {int(row[0]): int(row[1]) for row in connection.execute(query)}


def _history(
    connection: Connection, conversation_id: ConversationId
) -> tuple[frozenset[AgentId], datetime | None]:
    """Who gave this conversation away in the last minutes, and when it last changed hands."""
    query = (
        select(events.c.data, events.c.created_at)
        .where(
            events.c.conversation_id == conversation_id,
            events.c.kind == "conversation.owner_changed",
            events.c.created_at > now() - SKIP,
        )
        .order_by(events.c.seq)
    )
    found = connection.execute(query).all()
    gave = {row.data["was"]["agent_id"] for row in found if row.data.get("reason") in GAVE_AWAY}
    skip = frozenset(AgentId(agent_id) for agent_id in gave if agent_id is not None)
    return skip, found[-1].created_at if found else None


def _alone(connection: Connection) -> None:
    """Let no other transaction decide about assignments until this one ends."""
    step = update(counters).where(counters.c.name == "assignments")
    step = step.values(value=counters.c.value + 1)
    if connection.execute(step).rowcount == 1:
        return
    do_insert_missing(connection, counters, name="assignments", value=0)
    connection.execute(step)
