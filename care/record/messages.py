"""Messages: everything said in a conversation, in order, with its author."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from care.record.events import do_add_event
from care.record.ids import AgentId, Author, ConversationId, MessageId, Seq
from care.record.record import now
from care.record.schema import buttons, conversations, messages


@dataclass(frozen=True, slots=True)
class Message:
    """One message, note or mark.

    `state`: what somebody must deal with is `accepted`, then `done`. `handled_to`: the number of
    the last line of its answer that has been dealt with (-1: none yet).
    """

    id: MessageId
    conversation_id: ConversationId
    author: Author
    agent_id: AgentId | None
    channel: str
    kind: str
    public: bool
    text: str
    payload: dict[str, Any]
    external_id: str | None
    state: str
    reply_to: MessageId | None
    reply_index: int | None
    handled_to: int
    intent: str | None
    confidence: float | None
    understanding: dict[str, Any] | None
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A message about to be recorded. `external_id` makes it once per channel,
    `reply_to` and `reply_index` make it once per answer."""

    author: Author
    text: str = ""
    kind: str = "text"
    public: bool = True
    payload: dict[str, Any] | None = None
    agent_id: AgentId | None = None
    external_id: str | None = None
    state: str = "done"
    reply_to: MessageId | None = None
    reply_index: int | None = None


def message_of(values: Any) -> Message:
    """A Message from a row's mapping."""
    return Message(**{**values, "author": Author(values["author"])})


def access_message(connection: Connection, message_id: MessageId) -> Message:
    """The message; raises LookupError where there is none."""
    row = connection.execute(select(messages).where(messages.c.id == message_id)).first()
    if row is None:
        raise LookupError(f"message {message_id}")
    return message_of(row._mapping)


def messages_by_id(connection: Connection, ids: Collection[int]) -> list[Message]:
    """Those of these messages that there are, oldest first."""
    query = select(messages).where(messages.c.id.in_(ids)).order_by(messages.c.id)
    return [message_of(row._mapping) for row in connection.execute(query)]


def find_external(connection: Connection, channel: str, external_id: str) -> Message | None:
    """The message that the channel knows as `external_id`."""
    return _first(
        connection,
        select(messages).where(
            messages.c.channel == channel, messages.c.external_id == external_id
        ),
    )


def find_written(
    connection: Connection, conversation_id: ConversationId, key: str
) -> Message | None:
    """What an agent wrote in a conversation under `key`, a note or a reply."""
    return _first(
        connection,
        select(messages).where(
            messages.c.conversation_id == conversation_id,
            messages.c.author == Author.AGENT,
            messages.c.external_id.endswith(f":{key}", autoescape=True),
        ),
    )


def find_reply(connection: Connection, reply_to: MessageId, index: int) -> Message | None:
    """The answer number `index` to a customer's message, if it is recorded."""
    return _first(
        connection,
        select(messages).where(messages.c.reply_to == reply_to, messages.c.reply_index == index),
    )


def messages_of(
    connection: Connection,
    conversation_id: ConversationId,
    *,
    public_only: bool = False,
    limit: int = 500,
) -> list[Message]:
    """The newest `limit` messages of a conversation, oldest first."""
    query = select(messages).where(messages.c.conversation_id == conversation_id)
    if public_only:
        query = query.where(messages.c.public)
    rows = connection.execute(query.order_by(messages.c.id.desc()).limit(limit)).all()
    return [message_of(row._mapping) for row in reversed(rows)]


def accepted_messages(connection: Connection, conversation_id: ConversationId) -> list[Message]:
    """Customer's messages that nobody has dealt with yet, oldest first.

    Where the platform numbers its messages (`order` in the payload), its order counts: messages
    written in the same moment may arrive the other way round.
    """
    query = select(messages).where(
        messages.c.conversation_id == conversation_id, messages.c.state == "accepted"
    )
    found = [message_of(r._mapping) for r in connection.execute(query.order_by(messages.c.id))]
    if all("order" in message.payload for message in found):
        found.sort(key=lambda message: (str(message.payload["order"]), message.id))
    return found


def do_add_message(
    connection: Connection, conversation_id: ConversationId, channel: str, draft: Draft
) -> tuple[MessageId, Seq]:
    """Record a message and its event; returns both numbers.

    Raises IntegrityError where the channel or the answer already has it.
    """
    time = now()
    added = insert(messages).values(
        conversation_id=conversation_id,
        channel=channel,
        author=draft.author,
        agent_id=draft.agent_id,
        kind=draft.kind,
        public=draft.public,
        text=draft.text,
        payload=draft.payload or {},
        external_id=draft.external_id,
        state=draft.state,
        reply_to=draft.reply_to,
        reply_index=draft.reply_index,
        created_at=time,
    )
    message_id = MessageId(connection.execute(added.returning(messages.c.id)).scalar_one())
    if draft.public:
        touch = update(conversations).where(conversations.c.id == conversation_id)
        connection.execute(touch.values(last_message_at=time))
    seq = do_add_event(
        connection,
        "message.created",
        conversation_id,
        {"message_id": message_id, "author": draft.author},
        public=draft.public,
    )
    return message_id, seq


def do_handle_line(connection: Connection, message_id: MessageId, index: int) -> bool:
    """Claim line `index` of the answer to a message; False if it was dealt with before.

    Called first in the transaction that acts on the line, so each line acts once.
    """
    step = update(messages).where(messages.c.id == message_id, messages.c.handled_to < index)
    return connection.execute(step.values(handled_to=index)).rowcount == 1


def do_finish_message(
    connection: Connection,
    message_id: MessageId,
    *,
    intent: str | None = None,
    confidence: float | None = None,
    understanding: dict[str, Any] | None = None,
) -> None:
    """Mark a customer's message as dealt with, and keep how it was understood."""
    values: dict[str, Any] = {"state": "done"}
    if understanding is not None:
        values |= {"intent": intent, "confidence": confidence, "understanding": understanding}
    row = connection.execute(
        update(messages)
        .where(messages.c.id == message_id)
        .values(**values)
        .returning(messages.c.conversation_id)
    ).one()
    if understanding is not None:
        do_add_event(
            connection,
            "message.understood",
            row.conversation_id,
            {"message_id": message_id, "intent": intent, "confidence": confidence},
            public=False,
        )


def do_add_button(
    connection: Connection,
    message_id: MessageId,
    conversation_id: ConversationId,
    position: int,
    title: str,
    payload: str,
) -> str:
    """Give a quick reply an opaque token, the only thing that channels and customers see of it."""
    token = secrets.token_urlsafe(16)
    connection.execute(
        insert(buttons).values(
            token=token,
            message_id=message_id,
            conversation_id=conversation_id,
            position=position,
            title=title,
            payload=payload,
        )
    )
    return token


def do_use_button(
    connection: Connection, token: str, sender: str
) -> tuple[str, str, MessageId] | None:
    """Title, payload and message of a button that was offered to `sender`; None if it was not.

    The first use is marked with its time; a second use is answered again like the first.
    """
    query = (
        select(buttons.c.title, buttons.c.payload, buttons.c.message_id, buttons.c.used_at)
        .join(conversations, conversations.c.id == buttons.c.conversation_id)
        .where(buttons.c.token == token, conversations.c.sender == sender)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.used_at is None:
        used = update(buttons).where(buttons.c.token == token)
        connection.execute(used.values(used_at=now()))
    return row.title, row.payload, MessageId(row.message_id)


def _first(connection: Connection, query: Select[Any]) -> Message | None:
    row = connection.execute(query).first()
    return None if row is None else message_of(row._mapping)


def do_edit_message(connection: Connection, message_id: MessageId, new_text: str) -> Seq | None:
    """Replace a message's text as its author did on the channel; None where nothing changed."""
    found = access_message(connection, message_id)
    if found.text == new_text or found.deleted_at is not None:
        return None
    change = update(messages).where(messages.c.id == message_id)
    connection.execute(change.values(text=new_text, edited_at=now()))
    return _updated(connection, found, "edited")


def do_delete_message(connection: Connection, message_id: MessageId) -> Seq | None:
    """Mark a message as deleted by its author; it is no longer shown, nor answered."""
    found = access_message(connection, message_id)
    if found.deleted_at is not None:
        return None
    change = update(messages).where(messages.c.id == message_id)
    connection.execute(change.values(deleted_at=now(), state="done"))
    return _updated(connection, found, "deleted")


def do_change_payload(connection: Connection, message_id: MessageId, **values: Any) -> Seq:
    """Add to what a message carries (a file that has arrived, a rating that was given)."""
    found = access_message(connection, message_id)
    change = update(messages).where(messages.c.id == message_id)
    connection.execute(change.values(payload={**found.payload, **values}))
    return _updated(connection, found, "changed")


def _updated(connection: Connection, message: Message, how: str) -> Seq:
    data = {"message_id": message.id, "how": how}
    public = message.public
    return do_add_event(connection, "message.updated", message.conversation_id, data, public=public)
