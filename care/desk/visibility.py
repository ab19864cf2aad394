"""Who may see which conversation. One rule, said twice: for SQL and for what is in memory.

`own`: conversations that are theirs, or offered to them. `team`: these, those of their teams, and
those in the queue that belong to no team. `all`: every conversation.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, or_, select, true

from care.record.agents import Agent, Sight
from care.record.conversations import Conversation, access_conversation
from care.record.ids import ConversationId, Owner
from care.record.schema import conversations
from care.record.schema_desk import desk_states


class Hidden(Exception):
    """The agent's role does not let them see this conversation."""


@dataclass(frozen=True, slots=True)
class Place:
    """What of a conversation decides who may see it."""

    owner: str
    agent_id: int | None
    team_id: int | None
    offered_agent_id: int | None
    wanted_agent_id: int | None


def may_see(agent: Agent, place: Place) -> bool:
    """Whether the agent may see a conversation at this place."""
    if agent.sight is Sight.ALL:
        return True
    if agent.id in (place.agent_id, place.offered_agent_id, place.wanted_agent_id):
        return True
    if agent.sight is Sight.OWN:
        return False
    if place.team_id is not None:
        return place.team_id in agent.teams
    return place.owner == Owner.QUEUE


def visible(agent: Agent) -> ColumnElement[bool]:
    """`may_see` as a condition on conversations joined (outer) with desk_states."""
    if agent.sight is Sight.ALL:
        return true()
    mine = or_(
        conversations.c.agent_id == agent.id,
        desk_states.c.offered_agent_id == agent.id,
        desk_states.c.wanted_agent_id == agent.id,
    )
    if agent.sight is Sight.OWN:
        return mine
    no_team = and_(conversations.c.team_id.is_(None), conversations.c.owner == Owner.QUEUE)
    return or_(mine, conversations.c.team_id.in_(agent.teams), no_team)


def place_of(connection: Connection, conversation_id: int) -> Place:
    """Where the conversation is; raises LookupError where there is none."""
    row = connection.execute(
        select(
            conversations.c.owner,
            conversations.c.agent_id,
            conversations.c.team_id,
            desk_states.c.offered_agent_id,
            desk_states.c.wanted_agent_id,
        )
        .select_from(conversations.outerjoin(desk_states))
        .where(conversations.c.id == conversation_id)
    ).first()
    if row is None:
        raise LookupError(f"conversation {conversation_id}")
    return Place(*row)


def access_visible(connection: Connection, agent: Agent, conversation_id: int) -> Conversation:
    """The conversation; raises Hidden where the agent may not see it, LookupError without one."""
    if not may_see(agent, place_of(connection, conversation_id)):
        raise Hidden(f"conversation {conversation_id}")
    return access_conversation(connection, ConversationId(conversation_id))
