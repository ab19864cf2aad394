"""Who has seen what: agents mark conversations as seen, and customers are told by whom."""

from sqlalchemy import Connection, func, select

from care.handoff.states import do_keep, state_of
from care.record.conversations import Conversation, hold_conversation
from care.record.events import do_add_event, last_seq
from care.record.ids import AgentId, Author, ConversationId
from care.record.schema import events, messages


def do_mark_seen(
    connection: Connection, conversation: Conversation, agent_id: AgentId, message_id: int
) -> bool:
    """The owner has seen messages up to `message_id`; False where that was known.

    Only what was there counts, and only the owner's look is told to the customer.
    """
    if hold_conversation(connection, conversation.id).agent_id != agent_id:
        return False
    newest = select(func.max(messages.c.id)).where(messages.c.conversation_id == conversation.id)
    up_to = min(message_id, connection.execute(newest).scalar() or 0)
    state = state_of(connection, conversation.id)
    seen = int(state.seen_message_id) if state else 0
    if up_to <= seen:
        return False
    do_keep(connection, conversation.id, seen_message_id=up_to)
    unseen = select(func.count()).where(
        messages.c.conversation_id == conversation.id,
        messages.c.author == Author.CUSTOMER,
        messages.c.id > seen,
        messages.c.id <= up_to,
    )
    if connection.execute(unseen).scalar():
        data = {"by": "agent", "seq": _seq_of(connection, conversation.id, up_to)}
        do_add_event(connection, "message.seen", conversation.id, data, public=True)
    return True


def _seq_of(connection: Connection, conversation_id: ConversationId, message_id: int) -> int:
    """Number of the event of the newest message up to `message_id`."""
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
