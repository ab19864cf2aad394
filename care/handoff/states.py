"""What is kept of a conversation while people have it: offers, wishes, when it was given, due times.

The row is made at the first need; two transactions that need it at once make one.
"""

from typing import Any

from sqlalchemy import Connection, Row, select, update

from care.record.ids import ConversationId
from care.record.missing import do_insert_missing
from care.record.schema_desk import desk_states


def state_of(connection: Connection, conversation_id: ConversationId) -> Row[Any] | None:
    """The row of `desk_states`, if there is one."""
    query = select(desk_states).where(desk_states.c.conversation_id == conversation_id)
    return connection.execute(query).first()


def do_keep(connection: Connection, conversation_id: ConversationId, **values: Any) -> None:
    """Set some columns of the conversation's row."""
    change = update(desk_states).where(desk_states.c.conversation_id == conversation_id)
    if connection.execute(change.values(**values)).rowcount == 1:
        return
    do_insert_missing(connection, desk_states, conversation_id=conversation_id)
    connection.execute(change.values(**values))
