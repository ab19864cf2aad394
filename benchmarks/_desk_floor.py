"""A busy floor for the benchmark of the desk: agents with accounts, customers who wait or are served.

Everything is made by the functions that the product itself uses, so that what the desk reads (the
rows, the clocks, the handoffs, the events) is what it would be.
"""

from dataclasses import dataclass
from itertools import cycle

from sqlalchemy import Connection, update

from care.desk.passwords import hash_now
from care.desk.visibility import Place
from care.handoff.ownership import do_claim, do_request_handoff
from care.record.agents import Role, Sight, do_add_agent
from care.record.conversations import do_current_or_open
from care.record.customers import (
    do_describe_customer,
    do_find_or_add_customer,
    do_open_session,
)
from care.record.desk_settings import do_set_desk_setting
from care.record.ids import AgentId, Author, ConversationId, HandoffReason, Owner, TeamId
from care.record.messages import Draft, do_add_message
from care.record.record import Record
from care.record.schema import conversations
from care.record.teams import do_add_team

PASSWORD = "three-quiet-herons"
CHUNK = 250
EACH_HAS = 4
"""Conversations that every agent has; the others wait in the queue."""


@dataclass(frozen=True)
class Seat:
    """An agent. What they may see: everything, what is theirs, or what is their team's too."""

    id: AgentId
    email: str
    sight: Sight
    teams: tuple[TeamId, ...]

    def sees(self, place: Place) -> bool:
        """The rule of docs/developers/contracts.md, said once more beside the server's own."""
        if self.sight is Sight.ALL or place.agent_id == self.id:
            return True
        if self.sight is Sight.OWN:
            return False
        return place.team_id in self.teams if place.team_id else place.owner == Owner.QUEUE


@dataclass(frozen=True)
class Talk:
    """An open conversation, and the customer's session with which they go on writing."""

    id: ConversationId
    token: str
    place: Place


@dataclass(frozen=True)
class Floor:
    """Who is there."""

    seats: list[Seat]
    talks: list[Talk]


def fill(record: Record, people: int, talks: int) -> Floor:
    """Hire `people` agents and open `talks` conversations: some with agents, the rest waiting."""
    teams = record.write_now(_do_prepare)
    hashed = hash_now(PASSWORD)
    seats = record.write_now(_do_hire, people, teams, hashed)
    served, found = cycle(seats), list[Talk]()
    for start in range(0, talks, CHUNK):
        numbers = range(start, min(start + CHUNK, talks))
        owners = [next(served) if n < people * EACH_HAS else None for n in numbers]
        found += record.write_now(_do_open, list(numbers), owners, teams)
    return Floor(seats, found)


def _do_prepare(connection: Connection) -> tuple[TeamId, ...]:
    policy = {"name": "Usual", "priority": None, "channel": None, "team_id": None}
    limits = {"first": 1800, "next": 3600, "resolution": 86400, "in_hours": False}
    do_set_desk_setting(connection, "sla", {"policies": [{**policy, **limits}]})
    return tuple(do_add_team(connection, name) for name in ("Delivery", "Returns"))


def _do_hire(
    connection: Connection, people: int, teams: tuple[TeamId, ...], hashed: str
) -> list[Seat]:
    """Of five agents three see everything, one what their team has, one what they have."""
    seats = []
    for number in range(people):
        sight = (Sight.ALL, Sight.ALL, Sight.ALL, Sight.TEAM, Sight.OWN)[number % 5]
        mine = (teams[number // 5 % len(teams)],) if sight is Sight.TEAM else ()
        email, name = f"agent{number}@bench.example", f"Agent {number}"
        chosen = {"sight": sight, "language": "en", "sound": False}
        new = do_add_agent(connection, email, name, Role.AGENT, hashed, chosen, mine)
        seats.append(Seat(new, email, sight, mine))
    return seats


def _do_open(
    connection: Connection,
    numbers: list[int],
    owners: list[Seat | None],
    teams: tuple[TeamId, ...],
) -> list[Talk]:
    return [
        _do_open_one(connection, number, owner, teams[number % 2] if number % 5 == 0 else None)
        for number, owner in zip(numbers, owners, strict=True)
    ]


def _do_open_one(
    connection: Connection, number: int, owner: Seat | None, team: TeamId | None
) -> Talk:
    sender = f"web:bench{number}"
    customer = do_find_or_add_customer(connection, "web", sender)
    do_describe_customer(connection, customer, name=f"Customer {number}")
    token = do_open_session(connection, customer, sender, "default", 1)
    found = do_current_or_open(connection, sender, customer, "web")
    if team is not None:
        where = conversations.c.id == found.id
        connection.execute(update(conversations).where(where).values(team_id=team))
    for author, text in (
        (Author.CUSTOMER, f"Where is my order {number}? It should have come on Monday."),
        (Author.BOT, "It is with the carrier. Did that help?"),
        (Author.CUSTOMER, "No, I want to talk to a person, please."),
    ):
        do_add_message(connection, found.id, "web", Draft(author=author, text=text))
    reason = HandoffReason.CUSTOMER_ASKED
    do_request_handoff(connection, found.id, reason, "Asks where order is", {"order": number})
    if owner is not None:
        do_claim(connection, found.id, owner.id)
    has, who = (Owner.AGENT, owner.id) if owner is not None else (Owner.QUEUE, None)
    return Talk(found.id, token, Place(has, who, team, None, None))
