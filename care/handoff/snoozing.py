"""Putting a conversation aside until a time, and taking one up again.

How to call it: `do_snooze(connection, conversation_id, agent_id, until)` (None: until the customer
writes), `do_unsnooze(connection, conversation_id)`, `do_reopen(connection, conversation_id, online)`.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from care.handoff.ownership import access_owned, do_change
from care.record.conversations import Conversation, current_conversation, hold_conversation
from care.record.handoffs import do_claim_handoff, do_open_handoff, open_handoff
from care.record.ids import AgentId, ConversationId, HandoffReason, Owner, Status
from care.record.record import now
from care.record.schema import conversations

LONGEST = timedelta(days=366)


class SnoozeRefused(ValueError):
    """A time that nothing can be snoozed until; the message is for the agent."""


def do_snooze(
    connection: Connection,
    conversation_id: ConversationId,
    agent_id: AgentId,
    until: datetime | None,
) -> Conversation:
    """Put one's conversation aside; its clocks stand still. A message of the customer ends it.

    Raises NotOwner, Stale, SnoozeRefused (the time is past, or more than a year away).
    """
    conversation = access_owned(connection, conversation_id, agent_id)
    if until is not None and not now() < until <= now() + LONGEST:
        raise SnoozeRefused("Choose a time in the future, within a year.")
    if conversation.status is Status.RESOLVED:
        raise SnoozeRefused("This conversation is resolved.")
    return do_change(
        connection,
        conversation,
        conversation.owner,
        agent_id,
        "snoozed",
        status=Status.SNOOZED,
        snoozed_until=until,
    )


def do_unsnooze(
    connection: Connection,
    conversation_id: ConversationId,
    online: Collection[AgentId] | None = None,
) -> Conversation:
    """Take up a snoozed conversation again; one that is not snoozed stays as it is.

    It returns to its agent. Where `online` is given and the agent is not in it, it goes into the
    queue, and the agent is wanted.
    """
    conversation = hold_conversation(connection, conversation_id)
    if conversation.status is not Status.SNOOZED:
        return conversation
    agent_id = conversation.agent_id
    there = online is None or agent_id in online
    return do_change(
        connection,
        conversation,
        conversation.owner if there else Owner.QUEUE,
        agent_id if there else None,
        "unsnoozed",
        status=Status.OPEN,
        wanted=None if there else agent_id,
        snoozed_until=None,
        **({} if there else {"waiting_since": conversation.waiting_since or now()}),
    )


def due_snoozes(connection: Connection, at: datetime, limit: int = 200) -> list[ConversationId]:
    """Snoozed conversations whose time has come."""
    query = (
        select(conversations.c.id)
        .where(conversations.c.status == Status.SNOOZED, conversations.c.snoozed_until <= at)
        .order_by(conversations.c.snoozed_until)
        .limit(limit)
    )
    return [ConversationId(found) for found in connection.execute(query).scalars()]


def do_reopen(
    connection: Connection,
    conversation_id: ConversationId,
    online: Collection[AgentId],
    by: AgentId | None = None,
) -> Conversation:
    """Open a resolved conversation again for people; one that is not resolved stays as it is.

    With its last agent if that agent is online, else with `by` (who reopened it), else in the queue.
    """
    conversation = hold_conversation(connection, conversation_id)
    if conversation.status is not Status.RESOLVED:
        return conversation
    last = conversation.agent_id
    agent_id = last if last is not None and last in online else by
    if open_handoff(connection, conversation_id) is None:
        do_open_handoff(connection, conversation_id, HandoffReason.REOPENED)
    if agent_id is not None:
        do_claim_handoff(connection, conversation_id, agent_id)
    return do_change(
        connection,
        conversation,
        Owner.QUEUE if agent_id is None else Owner.AGENT,
        agent_id,
        "reopened",
        status=Status.OPEN,
        wanted=last if agent_id is None else None,
        resolved_at=None,
        waiting_since=now(),
    )


def do_reopen_with_agent(
    connection: Connection,
    sender: str,
    reopen_hours: int,
    online: Callable[[Connection], Collection[AgentId]],
) -> bool:
    """Before a customer's message is recorded: give what an agent resolved back to that agent.

    Only within `reopen_hours` and where the agent is online; otherwise nothing is done (the bot
    answers, and a handoff wants the agent again). Returns whether it was reopened.
    """
    found = current_conversation(connection, sender)
    if found is None or found.owner is not Owner.AGENT or found.resolved_at is None:
        return False
    recent = now() - found.resolved_at < timedelta(hours=reopen_hours)
    if found.status is not Status.RESOLVED or not recent:
        return False
    there = online(connection)
    if found.agent_id not in there:
        return False
    do_reopen(connection, found.id, there)
    return True
