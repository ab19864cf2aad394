"""What a customer may see of the record, in the form that every web client reads."""

from typing import Any

from sqlalchemy import Connection, select

from care.gateway.answer import answer_behind
from care.record.events import Event
from care.record.ids import Author, FeedbackKind, MessageId
from care.record.messages import Message, access_message
from care.record.schema import agents, buttons, feedback

THUMBS = ("/feedback_helpful", "/feedback_not_helpful")
"""What the two buttons of 'Did that help?' say to the assistant."""
PUBLIC_KINDS = {
    "message.created",
    "message.updated",
    "message.seen",
    "conversation.owner_changed",
    "conversation.status_changed",
}


def customer_message(connection: Connection, message: Message) -> dict[str, Any]:
    """A public message as the customer sees it (docs/developers/contracts.md)."""
    payload = message.payload
    deleted = message.deleted_at is not None
    judges = judged_by(connection, message)
    return {
        "id": message.id,
        "author": message.author,
        "name": _name(connection, message),
        "kind": message.kind,
        "text": "" if deleted else message.text,
        "buttons": _buttons(connection, message.id),
        "image": payload.get("image"),
        "card": payload.get("custom"),
        "files": [] if deleted else payload.get("files", []),
        "rating": _rating(connection, message),
        "thumb": _score(connection, judges or message.id, FeedbackKind.THUMB),
        "judges": judges,
        "deleted": deleted,
        "edited": message.edited_at is not None,
        "at": message.created_at.isoformat(),
        "key": message.external_id.rpartition(":")[2]
        if message.author is Author.CUSTOMER and message.external_id
        else None,
    }


def customer_event(connection: Connection, event: Event) -> dict[str, Any] | None:
    """A public event as the customer sees it; None for what is not theirs to see."""
    if not event.public or event.kind not in PUBLIC_KINDS:
        return None
    data: dict[str, Any] = dict(event.data)
    if "message_id" in data and event.kind.startswith("message.") and event.kind[8:] != "seen":
        message = access_message(connection, MessageId(data["message_id"]))
        if not message.public:
            return None
        data = {"message": customer_message(connection, message)}
    if event.kind == "conversation.owner_changed":
        data = {"owner": data["owner"], "name": data.get("agent_name")}
    return {
        "type": "event",
        "seq": event.seq,
        "kind": event.kind,
        "at": event.created_at.isoformat(),
        "data": data,
    }


def _name(connection: Connection, message: Message) -> str | None:
    if message.author is not Author.AGENT:
        return None
    name = connection.execute(select(agents.c.name).where(agents.c.id == message.agent_id)).scalar()
    return str(name).split()[0] if name else None


def _buttons(connection: Connection, message_id: MessageId) -> list[dict[str, Any]]:
    query = select(buttons).where(buttons.c.message_id == message_id).order_by(buttons.c.position)
    return [
        {"title": row.title, "token": row.token, "used": row.used_at is not None}
        for row in connection.execute(query)
    ]


def _rating(connection: Connection, message: Message) -> dict[str, Any] | None:
    """The rating that a message asks for, with the score if it was given."""
    asked = message.payload.get("rating")
    if not asked:
        return None
    return {**asked, "score": _score(connection, message.id, FeedbackKind(asked["kind"]))}


def _score(connection: Connection, message_id: MessageId, kind: FeedbackKind) -> int | None:
    query = select(feedback.c.score).where(
        feedback.c.message_id == message_id, feedback.c.kind == kind
    )
    return connection.execute(query.order_by(feedback.c.id.desc()).limit(1)).scalar()


def judged_by(connection: Connection, message: Message) -> MessageId | None:
    """The answer that a message asks about: its two buttons are 'that helped' and 'it did not'."""
    if message.author is not Author.BOT:
        return None
    query = select(buttons.c.payload).where(buttons.c.message_id == message.id)
    asked = tuple(connection.execute(query.order_by(buttons.c.position)).scalars())
    return answer_behind(connection, message.id) if asked == THUMBS else None
