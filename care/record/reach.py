"""Customers whom a channel can no longer reach, and those who came back."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from care.record.conversations import do_add_context
from care.record.events import do_add_event
from care.record.ids import ConversationId, DeliveryState, Status
from care.record.record import now
from care.record.schema import conversations, deliveries
from care.record.schema_channels import unreachables


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A chat that takes nothing from us any more. `reason`: the platform's words."""

    address: str
    channel: str
    reason: str
    since: datetime


def address_of(sender: str) -> str:
    """The chat behind a thread's name: what is blocked or left as a whole.

    `tg:CHAT:MEMBER` is in the chat `tg:CHAT`; `sl:TEAM:CHANNEL:THREAD` in `sl:TEAM:CHANNEL`.
    """
    parts = sender.split(":")
    keep = {"tg": 2, "sl": 3}.get(parts[0], len(parts))
    return ":".join(parts[:keep])


def find_unreachable(connection: Connection, sender: str) -> Unreachable | None:
    """Why the thread's chat cannot be reached; None where it can."""
    query = select(unreachables).where(unreachables.c.address == address_of(sender))
    row = connection.execute(query).first()
    return None if row is None else Unreachable(**row._mapping)


def do_mark_unreachable(connection: Connection, sender: str, channel: str, reason: str) -> None:
    """Remember that the chat takes nothing, and tell the desk."""
    if find_unreachable(connection, sender) is not None:
        return
    address = address_of(sender)
    connection.execute(
        insert(unreachables).values(
            address=address, channel=channel, reason=reason[:300], since=now()
        )
    )
    for conversation_id in _threads(connection, address):
        _note(connection, conversation_id, reason[:300])


def do_mark_reachable(connection: Connection, sender: str) -> list[ConversationId]:
    """The customer is back: what could not be sent goes on its way again.

    Returns the conversations concerned; nothing happens where the chat was never unreachable.
    """
    address = address_of(sender)
    gone = delete(unreachables).where(unreachables.c.address == address)
    if connection.execute(gone).rowcount == 0:
        return []
    found = _threads(connection, address)
    for conversation_id in found:
        _note(connection, conversation_id, None)
        again = update(deliveries).where(
            deliveries.c.conversation_id == conversation_id,
            deliveries.c.state == DeliveryState.UNREACHABLE,
        )
        connection.execute(
            again.values(state=DeliveryState.PENDING, error=None, next_attempt_at=now())
        )
    return found


def _threads(connection: Connection, address: str) -> list[ConversationId]:
    query = select(conversations.c.id).where(
        or_(
            conversations.c.sender == address,
            conversations.c.sender.startswith(address + ":", autoescape=True),
        ),
        conversations.c.status != Status.RESOLVED,
    )
    return [ConversationId(row.id) for row in connection.execute(query.order_by("id"))]


def _note(connection: Connection, conversation_id: ConversationId, reason: str | None) -> None:
    do_add_context(connection, conversation_id, {"unreachable": reason})
    data = {"reachable": reason is None, "reason": reason}
    do_add_event(connection, "customer.reachable", conversation_id, data, public=False)
