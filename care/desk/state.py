"""What the desk keeps about a conversation beside the record: seen, offered, wanted, due."""

from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from care.record.conversations import Conversation
from care.record.events import do_add_event, last_seq
from care.record.ids import AgentId, Author, ConversationId
from care.record.schema import events, messages
from care.record.schema_desk import desk_states


def desk_state(connection: Connection, conversation_id: ConversationId) -> Any:
    """The desk's row of a conversation, added at the first need."""
    query = select(desk_states).where(desk_states.c.conversation_id == conversation_id)
    row = connection.execute(query).first()
    if row is None:
        connection.execute(insert(desk_states).values(conversation_id=conversation_id))
        row = connection.execute(query).one()
    return row


def do_set_state(connection: Connection, conversation_id: ConversationId, **values: Any) -> None:
    """Set some of what the desk keeps about a conversation."""
    desk_state(connection, conversation_id)
    change = update(desk_states).where(desk_states.c.conversation_id == conversation_id)
    connection.execute(change.values(**values))


def do_mark_seen(
    connection: Connection, conversation: Conversation, agent_id: AgentId, message_id: int
) -> bool:
    """The owner has seen messages up to `message_id`; False where that was known.

    Only what was there counts, and only the owner's look is told to the customer.
    """
    if conversation.agent_id != agent_id:
        return False
    newest = select(func.max(messages.c.id)).where(messages.c.conversation_id == conversation.id)
    up_to = min(message_id, connection.execute(newest).scalar() or 0)
    state = desk_state(connection, conversation.id)
    if up_to <= state.seen_message_id:
        return False
    do_set_state(connection, conversation.id, seen_message_id=up_to)
    unseen = select(func.count()).where(
        messages.c.conversation_id == conversation.id,
        messages.c.author == Author.CUSTOMER,
        messages.c.id > state.seen_message_id,
        messages.c.id <= up_to,
    )
    if connection.execute(unseen).scalar():
        data = {"by": "agent", "seq": _seq_of(connection, conversation.id, up_to)}
        do_add_event(connection, "message.seen", conversation.id, data, public=True)
    return True


def _seq_of(connection: Connection, conversation_id: ConversationId, message_id: int) -> int:
    query = (
        select(events.c.seq, events.c.data)
        .where(events.c.conversation_id == conversation_id, events.c.kind == "message.created")
        .order_by(events.c.seq.desc())
        .limit(200)
    )
    for row in connection.execute(query):
        if row.data.get("message_id", 0) <= message_id:
            return int(row.seq)
    return int(last_seq(connection, conversation_id))
