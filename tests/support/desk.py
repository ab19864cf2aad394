"""Agents who are there and conversations that wait, straight in a record."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from care.handoff.ownership import do_request_handoff
from care.record.agents import Role, do_add_agent, do_change_agent
from care.record.conversations import do_current_or_open
from care.record.customers import do_find_or_add_customer
from care.record.desk_settings import desk_setting, do_set_desk_setting
from care.record.ids import AgentId, Author, ConversationId, HandoffReason, TeamId
from care.record.messages import Draft, do_add_message
from care.record.presence import do_forget_agent, do_see_agents
from care.record.record import Record, now
from care.record.schema import conversations, teams


def new_team(record: Record, name: str) -> TeamId:
    """A team in the record."""
    row = insert(teams).values(name=name, created_at=now()).returning(teams.c.id)
    return TeamId(record.write_now(lambda c: c.execute(row).scalar_one()))


def new_agent(
    record: Record,
    name: str,
    *,
    online: bool = True,
    capacity: int = 6,
    teams: tuple[TeamId, ...] = (),
    **settings: Any,
) -> AgentId:
    """An agent whose desk was heard of just now (or never)."""

    def add(connection: Connection) -> AgentId:
        address = f"{name.lower()}@example.com"
        new = do_add_agent(connection, address, name, Role.AGENT, settings=settings, teams=teams)
        do_change_agent(connection, new, capacity=capacity)
        if online:
            do_see_agents(connection, {new})
        return new

    return record.write_now(add)


def go(record: Record, *agent_ids: AgentId) -> None:
    """These agents' desks are gone."""
    for agent_id in agent_ids:
        record.write_now(do_forget_agent, agent_id)


def new_conversation(
    record: Record, sender: str, said: str = "hello", **values: Any
) -> ConversationId:
    """A conversation of the bot, with one message of the customer."""

    def add(connection: Connection) -> ConversationId:
        customer = do_find_or_add_customer(connection, "web", sender, sender.partition(":")[2])
        found = do_current_or_open(connection, sender, customer, "web")
        if values:
            change = update(conversations).where(conversations.c.id == found.id)
            connection.execute(change.values(**values))
        do_add_message(connection, found.id, "web", Draft(author=Author.CUSTOMER, text=said))
        return found.id

    return record.write_now(add)


def new_waiting(
    record: Record,
    sender: str,
    reason: HandoffReason = HandoffReason.CUSTOMER_ASKED,
    **values: Any,
) -> ConversationId:
    """A conversation that waits for people."""
    found = new_conversation(record, sender, **values)
    record.write_now(do_request_handoff, found, reason, f"{sender} asked for a person")
    return found


def say(
    record: Record, conversation_id: ConversationId, author: Author, text: str = "…", **more: Any
) -> None:
    """Somebody says something."""
    draft = Draft(author=author, text=text, **more)
    record.write_now(do_add_message, conversation_id, "web", draft)


def set_setting(record: Record, key: str, **values: Any) -> None:
    """Change some of a desk setting."""

    def change(connection: Connection) -> None:
        do_set_desk_setting(connection, key, {**desk_setting(connection, key), **values})

    record.write_now(change)


def backdate(record: Record, table: Any, where: Any, **values: datetime | None) -> None:
    """Move times in a table: what happened just now happened then."""
    record.write_now(lambda c: c.execute(update(table).where(where).values(**values)))
