"""Deliveries: how far each message to a customer got on its channel."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from care.record.events import do_add_event
from care.record.ids import ConversationId, DeliveryId, DeliveryState, MessageId
from care.record.record import now
from care.record.schema import conversations, deliveries


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way. `parts_sent`: how many parts the platform has accepted."""

    id: DeliveryId
    conversation_id: ConversationId
    message_id: MessageId
    channel: str
    state: DeliveryState
    attempts: int
    parts_sent: int
    external_ids: list[Any]
    error: str | None
    next_attempt_at: datetime | None
    created_at: datetime
    updated_at: datetime


def delivery_of(values: Any) -> Delivery:
    """A Delivery from a row's mapping."""
    return Delivery(**{**values, "state": DeliveryState(values["state"])})


def do_queue_delivery(
    connection: Connection, conversation_id: ConversationId, message_id: MessageId, channel: str
) -> None:
    """Put a recorded message on its way. On the website the event log itself is the way."""
    time = now()
    state = DeliveryState.SENT if channel == "web" else DeliveryState.PENDING
    connection.execute(
        insert(deliveries).values(
            conversation_id=conversation_id,
            message_id=message_id,
            channel=channel,
            state=state,
            next_attempt_at=time,
            created_at=time,
            updated_at=time,
        )
    )


def due_deliveries(connection: Connection, channels: list[str], limit: int = 100) -> list[Delivery]:
    """What may be sent now: of every conversation its oldest pending message, if it is due."""
    first = (
        select(func.min(deliveries.c.id))
        .where(deliveries.c.state == DeliveryState.PENDING, deliveries.c.channel.in_(channels))
        .group_by(deliveries.c.conversation_id)
    )
    due = or_(deliveries.c.next_attempt_at.is_(None), deliveries.c.next_attempt_at <= now())
    query = select(deliveries).where(and_(deliveries.c.id.in_(first), due))
    rows = connection.execute(query.order_by(deliveries.c.id).limit(limit))
    return [delivery_of(row._mapping) for row in rows]


def do_take_delivery(connection: Connection, delivery: Delivery, lease: float) -> bool:
    """Reserve an attempt for `lease` seconds; False where another process was first."""
    taken = (
        update(deliveries)
        .where(
            deliveries.c.id == delivery.id,
            deliveries.c.state == DeliveryState.PENDING,
            deliveries.c.attempts == delivery.attempts,
        )
        .values(
            attempts=delivery.attempts + 1,
            next_attempt_at=now() + timedelta(seconds=lease),
            updated_at=now(),
        )
    )
    return connection.execute(taken).rowcount == 1


def do_record_part(connection: Connection, delivery_id: DeliveryId, external_id: str) -> None:
    """Keep that one more part was accepted by the platform, under its id there."""
    row = connection.execute(
        select(deliveries.c.external_ids, deliveries.c.parts_sent).where(
            deliveries.c.id == delivery_id
        )
    ).one()
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(external_ids=[*row.external_ids, external_id], parts_sent=row.parts_sent + 1)
    )


def do_postpone_delivery(
    connection: Connection, delivery_id: DeliveryId, seconds: float, error: str
) -> None:
    """Try again in `seconds`."""
    again = update(deliveries).where(deliveries.c.id == delivery_id)
    at = now() + timedelta(seconds=seconds)
    connection.execute(again.values(next_attempt_at=at, error=error[:300], updated_at=now()))


def do_settle_delivery(
    connection: Connection, delivery_id: DeliveryId, state: DeliveryState, error: str | None = None
) -> None:
    """Record how a delivery ended, and tell the desk."""
    row = connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id)
        .values(state=state, error=error[:300] if error else None, updated_at=now())
        .returning(deliveries.c.conversation_id, deliveries.c.message_id)
    ).one()
    data = {"message_id": row.message_id, "state": state, "error": error}
    do_add_event(connection, "delivery.changed", row.conversation_id, data, public=False)


def do_deliver_change(connection: Connection, message_id: MessageId) -> None:
    """Put a message on its way again that was changed or deleted after a platform had taken it.

    One that is still on its way, or never arrived, goes as it is now; the website reads events.
    """
    arrived = update(deliveries).where(
        deliveries.c.message_id == message_id,
        deliveries.c.channel != "web",
        deliveries.c.state == DeliveryState.SENT,
    )
    connection.execute(
        arrived.values(state=DeliveryState.PENDING, error=None, next_attempt_at=now())
    )


def do_free_deliveries(connection: Connection) -> None:
    """Let attempts of a process that is gone begin anew; only right where this is the only one."""
    waiting = update(deliveries).where(deliveries.c.state == DeliveryState.PENDING)
    connection.execute(waiting.values(next_attempt_at=now()))


def delivered_as(
    connection: Connection, conversation_sender: str, external_id: str, newest: int = 100
) -> MessageId | None:
    """Which of the newest messages of a thread (or of all in its chat) the platform knows so."""
    query = (
        select(deliveries.c.message_id, deliveries.c.external_ids)
        .join(conversations, conversations.c.id == deliveries.c.conversation_id)
        .where(
            or_(
                conversations.c.sender == conversation_sender,
                conversations.c.sender.startswith(conversation_sender + ":", autoescape=True),
            )
        )
        .order_by(deliveries.c.id.desc())
        .limit(newest)
    )
    for row in connection.execute(query):
        if external_id in row.external_ids:
            return MessageId(row.message_id)
    return None


def delivery_of_message(connection: Connection, message_id: MessageId) -> Delivery | None:
    """How far a message got; None where it was never put on its way."""
    query = select(deliveries).where(deliveries.c.message_id == message_id)
    row = connection.execute(query).first()
    return None if row is None else delivery_of(row._mapping)
