"""Conversations: one thread of a customer on one channel, from opening to resolution."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from care.record.events import do_add_event
from care.record.ids import AgentId, ConversationId, CustomerId, Owner, Status, TeamId
from care.record.record import now
from care.record.schema import conversations


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as it stands. `version` grows with every change of owner or status."""

    id: ConversationId
    sender: str
    customer_id: CustomerId
    channel: str
    inbox: str
    owner: Owner
    agent_id: AgentId | None
    team_id: TeamId | None
    status: Status
    audience: str
    stage: str | None
    priority: str
    language: str | None
    context: dict[str, Any]
    version: int
    opened_at: datetime
    last_message_at: datetime
    waiting_since: datetime | None
    resolved_at: datetime | None
    snoozed_until: datetime | None


_HIDDEN = {"lease_by", "lease_until"}
COLUMNS = [column for column in conversations.c if column.name not in _HIDDEN]


def conversation_of(values: Any) -> Conversation:
    """A Conversation from a row's mapping."""
    return Conversation(
        **{**values, "owner": Owner(values["owner"]), "status": Status(values["status"])}
    )


def access_conversation(connection: Connection, conversation_id: ConversationId) -> Conversation:
    """The conversation; raises LookupError where there is none."""
    query = select(*COLUMNS).where(conversations.c.id == conversation_id)
    row = connection.execute(query).first()
    if row is None:
        raise LookupError(f"conversation {conversation_id}")
    return conversation_of(row._mapping)


def hold_conversation(connection: Connection, conversation_id: ConversationId) -> Conversation:
    """The conversation, which nobody else changes until this transaction ends.

    The order of locks on PostgreSQL: first the conversation, then what belongs to it and the
    counter of events. Whoever changes a conversation, its handoffs or its clocks calls this before
    anything else, so that two of them wait for each other in one line and never crosswise.
    Raises LookupError where there is none.
    """
    query = select(*COLUMNS).where(conversations.c.id == conversation_id)
    row = connection.execute(query.with_for_update(key_share=True)).first()
    if row is None:
        raise LookupError(f"conversation {conversation_id}")
    return conversation_of(row._mapping)


def current_conversation(connection: Connection, sender: str) -> Conversation | None:
    """The conversation of a thread that is not resolved, else the newest."""
    query = select(*COLUMNS).where(conversations.c.sender == sender)
    resolved = conversations.c.status == Status.RESOLVED
    row = connection.execute(query.order_by(resolved, conversations.c.id.desc()).limit(1)).first()
    return None if row is None else conversation_of(row._mapping)


def do_add_context(
    connection: Connection, conversation_id: ConversationId, more: dict[str, Any]
) -> None:
    """Add to what is known around a conversation (its page, its client, what it was told)."""
    context = {**access_conversation(connection, conversation_id).context, **more}
    change = update(conversations).where(conversations.c.id == conversation_id)
    connection.execute(change.values(context=context))


def do_current_or_open(
    connection: Connection,
    sender: str,
    customer_id: CustomerId,
    channel: str,
    *,
    inbox: str = "default",
    reopen_hours: int = 24,
    audience: str = "public",
) -> Conversation:
    """The conversation that a new message of the customer belongs to.

    The unresolved one of the thread; else the one resolved less than `reopen_hours` ago, reopened
    for the bot; else a new one.
    """
    found = current_conversation(connection, sender)
    if found and found.status is Status.OPEN:
        return found
    if found and (
        found.status is Status.SNOOZED
        or (found.resolved_at and now() - found.resolved_at < timedelta(hours=reopen_hours))
    ):
        return _reopen(connection, found)
    time = now()
    added = insert(conversations).values(
        sender=sender,
        customer_id=customer_id,
        channel=channel,
        inbox=inbox,
        audience=audience,
        opened_at=time,
        last_message_at=time,
    )
    new = ConversationId(connection.execute(added.returning(conversations.c.id)).scalar_one())
    do_add_event(connection, "conversation.opened", new, {"conversation_id": new}, public=False)
    return access_conversation(connection, new)


def _reopen(connection: Connection, found: Conversation) -> Conversation:
    keep_owner = found.status is Status.SNOOZED
    change = update(conversations).where(conversations.c.id == found.id)
    connection.execute(
        change.values(
            status=Status.OPEN,
            owner=found.owner if keep_owner else Owner.BOT,
            agent_id=found.agent_id,
            resolved_at=None,
            snoozed_until=None,
            version=conversations.c.version + 1,
        )
    )
    do_add_event(
        connection,
        "conversation.status_changed",
        found.id,
        {"status": Status.OPEN, "was": found.status},
        public=True,
    )
    return access_conversation(connection, found.id)


def do_set_audience(connection: Connection, conversation_id: ConversationId, audience: str) -> None:
    """Say for whom the conversation's answers are (`public`, `internal`), from now on."""
    change = update(conversations).where(conversations.c.id == conversation_id)
    connection.execute(change.values(audience=audience))
