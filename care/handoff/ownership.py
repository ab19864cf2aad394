"""The only place where the owner or status of a conversation changes.

bot → queue (handoff) → agent (claim or assignment) → bot (hand back) or resolved. Every change is a
compare-and-set on `version`, writes its events, ends what was offered to others and refreshes the
service-level clocks, all in the caller's transaction. Transfers, snoozing and reopening are in
transfers.py and snoozing.py of this room, and change things through `do_change` here. Each of them
begins with `hold_conversation`: that is the order of locks.
"""

from typing import Any

from sqlalchemy import Connection, select, update

from care.handoff.clocks import do_refresh_clocks
from care.handoff.states import do_keep, state_of
from care.record.conversations import Conversation, access_conversation, hold_conversation
from care.record.events import do_add_event
from care.record.handoffs import do_claim_handoff, do_end_handoff, do_open_handoff, open_handoff
from care.record.ids import AgentId, Author, ConversationId, HandoffReason, Owner, Status
from care.record.messages import Draft, do_add_message
from care.record.presence import do_mark_assigned
from care.record.record import now
from care.record.schema import agents, conversations
from care.record.schema_desk import transfers


class AlreadyOwned(Exception):
    """Another agent has the conversation; `agent_id` and `name` say who."""

    def __init__(self, agent_id: AgentId, name: str) -> None:
        super().__init__(f"{name} has this conversation")
        self.agent_id = agent_id
        self.name = name


class NotOwner(Exception):
    """The agent does not have the conversation that they want to act on."""


class Stale(Exception):
    """The conversation changed at the same moment; look again and repeat."""


def do_request_handoff(
    connection: Connection,
    conversation_id: ConversationId,
    reason: HandoffReason,
    summary: str = "",
    slots: dict[str, Any] | None = None,
) -> Conversation:
    """Put a conversation of the bot into the queue. One that people have already stays as it is.

    Who had it before (it was resolved and reopened) is wanted again.
    """
    conversation = hold_conversation(connection, conversation_id)
    if conversation.owner is not Owner.BOT or conversation.status is Status.RESOLVED:
        return conversation
    do_open_handoff(connection, conversation_id, reason, summary, slots)
    known = conversation.agent_id
    return do_change(
        connection, conversation, Owner.QUEUE, None, reason, wanted=known, waiting_since=now()
    )


def do_claim(
    connection: Connection, conversation_id: ConversationId, agent_id: AgentId
) -> Conversation:
    """Give the conversation to an agent: from the queue, or straight from the bot.

    Raises AlreadyOwned where another agent has it. Claiming one's own again changes nothing.
    """
    conversation = hold_conversation(connection, conversation_id)
    if conversation.owner is Owner.AGENT and conversation.agent_id is not None:
        if conversation.agent_id == agent_id:
            return conversation
        raise AlreadyOwned(conversation.agent_id, agent_name(connection, conversation.agent_id))
    if open_handoff(connection, conversation_id) is None:
        do_open_handoff(connection, conversation_id, HandoffReason.AGENT_TOOK)
    do_claim_handoff(connection, conversation_id, agent_id)
    return do_change(
        connection,
        conversation,
        Owner.AGENT,
        agent_id,
        "claimed",
        status=Status.OPEN,
        snoozed_until=None,
        resolved_at=None,
    )


def do_assign(
    connection: Connection,
    conversation_id: ConversationId,
    agent_id: AgentId,
    version: int,
    reason: str = "assigned",
) -> Conversation:
    """Give a waiting conversation to an agent, if it still is at `version` and in the queue.

    Raises Stale where somebody was faster.
    """
    conversation = hold_conversation(connection, conversation_id)
    waits = conversation.owner is Owner.QUEUE and conversation.status is Status.OPEN
    if conversation.version != version or not waits:
        raise Stale("the conversation changed at the same moment")
    do_claim_handoff(connection, conversation_id, agent_id)
    changed = do_change(connection, conversation, Owner.AGENT, agent_id, reason)
    do_mark_assigned(connection, agent_id)
    return changed


def do_return(
    connection: Connection, conversation_id: ConversationId, agent_id: AgentId, version: int
) -> Conversation:
    """Take a conversation that its agent left unanswered back into the queue.

    It keeps its place: who wrote first still waits longest. Raises NotOwner or Stale.
    """
    conversation = access_owned(connection, conversation_id, agent_id)
    if conversation.version != version:
        raise Stale("the conversation changed at the same moment")
    since = conversation.waiting_since or now()
    return do_change(connection, conversation, Owner.QUEUE, None, "returned", waiting_since=since)


def do_release(
    connection: Connection, conversation_id: ConversationId, agent_id: AgentId
) -> Conversation:
    """Put an agent's conversation back into the queue."""
    conversation = access_owned(connection, conversation_id, agent_id)
    return do_change(connection, conversation, Owner.QUEUE, None, "released", waiting_since=now())


def do_hand_back(
    connection: Connection, conversation_id: ConversationId, agent_id: AgentId
) -> Conversation:
    """Give the conversation back to the bot; the mark in the transcript tells the assistant."""
    conversation = access_owned(connection, conversation_id, agent_id)
    do_end_handoff(connection, conversation_id, "handed_back")
    changed = do_change(
        connection, conversation, Owner.BOT, None, "handed_back", waiting_since=None
    )
    mark = Draft(
        author=Author.SYSTEM,
        kind="hand_back",
        public=False,
        payload={"agent": agent_name(connection, agent_id)},
        agent_id=agent_id,
        state="accepted",
    )
    do_add_message(connection, conversation_id, conversation.channel, mark)
    return changed


def do_resolve(
    connection: Connection, conversation_id: ConversationId, agent_id: AgentId | None
) -> Conversation:
    """Close the conversation, by an agent who has it (or takes it) or by the bot (None)."""
    conversation = hold_conversation(connection, conversation_id)
    if conversation.status is Status.RESOLVED:
        return conversation
    if agent_id is not None and conversation.owner is Owner.AGENT:
        access_owned(connection, conversation_id, agent_id)
    do_end_handoff(connection, conversation_id, "resolved")
    owner_agent = agent_id if agent_id is not None else conversation.agent_id
    return do_change(
        connection,
        conversation,
        conversation.owner,
        owner_agent,
        "resolved",
        status=Status.RESOLVED,
        resolved_at=now(),
        waiting_since=None,
    )


def access_owned(
    connection: Connection, conversation_id: ConversationId, agent_id: AgentId
) -> Conversation:
    """The conversation, held for a change, if this agent has it; raises NotOwner otherwise."""
    conversation = hold_conversation(connection, conversation_id)
    if conversation.owner is not Owner.AGENT or conversation.agent_id != agent_id:
        raise NotOwner("take the conversation first")
    return conversation


def agent_name(connection: Connection, agent_id: AgentId) -> str:
    """The name that customers and colleagues see."""
    return str(
        connection.execute(select(agents.c.name).where(agents.c.id == agent_id)).scalar_one()
    )


def do_change(
    connection: Connection,
    conversation: Conversation,
    owner: Owner,
    agent_id: AgentId | None,
    reason: str,
    *,
    status: Status | None = None,
    wanted: AgentId | None = None,
    **values: Any,
) -> Conversation:
    """Change owner and status by compare-and-set; for the functions of this room only.

    `wanted`: the agent who should get it from the queue, if they are there. Raises Stale.
    """
    new_status = status or conversation.status
    step = (
        update(conversations)
        .where(
            conversations.c.id == conversation.id,
            conversations.c.version == conversation.version,
        )
        .values(
            owner=owner,
            agent_id=agent_id,
            status=new_status,
            version=conversation.version + 1,
            **values,
        )
    )
    if connection.execute(step).rowcount != 1:
        raise Stale("the conversation changed at the same moment")
    if (owner, agent_id) != (conversation.owner, conversation.agent_id):
        _record_owner(connection, conversation, owner, agent_id, reason, wanted)
    elif new_status is Status.RESOLVED:
        do_keep(connection, conversation.id, offered_agent_id=None, wanted_agent_id=None)
        _settle_transfers(connection, conversation.id, None)
    if new_status is not conversation.status:
        data = {"status": new_status, "was": conversation.status}
        do_add_event(connection, "conversation.status_changed", conversation.id, data, public=True)
    do_refresh_clocks(connection, conversation.id)
    return access_conversation(connection, conversation.id)


def seen_by(conversation: Conversation, offered_agent_id: int | None) -> dict[str, Any]:
    """Who can see a conversation now, as the event of its change tells afterwards."""
    return {
        "owner": conversation.owner,
        "agent_id": conversation.agent_id,
        "team_id": conversation.team_id,
        "offered_agent_id": offered_agent_id,
    }


def _record_owner(
    connection: Connection,
    conversation: Conversation,
    owner: Owner,
    agent_id: AgentId | None,
    reason: str,
    wanted: AgentId | None,
) -> None:
    """The event of a change of owner; whatever was offered before is settled."""
    state = state_of(connection, conversation.id)
    was = seen_by(conversation, state.offered_agent_id if state else None)
    given = now() if owner is Owner.AGENT else None
    do_keep(
        connection,
        conversation.id,
        offered_agent_id=None,
        wanted_agent_id=wanted,
        assigned_at=given,
    )
    _settle_transfers(connection, conversation.id, agent_id)
    name = agent_name(connection, agent_id) if agent_id is not None else None
    data = {"owner": owner, "agent_id": agent_id, "agent_name": name, "reason": reason, "was": was}
    do_add_event(connection, "conversation.owner_changed", conversation.id, data, public=True)


def _settle_transfers(
    connection: Connection, conversation_id: ConversationId, agent_id: AgentId | None
) -> None:
    """Open transfers end with a change of owner: accepted by who has it now, or withdrawn."""
    pending = (transfers.c.conversation_id == conversation_id) & transfers.c.state.in_(
        ("offered", "queued")
    )
    meant = (transfers.c.to_agent_id == agent_id) | transfers.c.to_agent_id.is_(None)
    if agent_id is not None:
        accepted = update(transfers).where(pending, meant)
        connection.execute(accepted.values(state="accepted", decided_at=now()))
    withdrawn = update(transfers).where(pending)
    connection.execute(withdrawn.values(state="withdrawn", decided_at=now()))
