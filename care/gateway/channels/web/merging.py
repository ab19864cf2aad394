"""Joining what a customer wrote as a stranger with what we know of the signed-in customer."""

import secrets

from sqlalchemy import Connection, func, insert, select, update

from care.handoff.ownership import do_resolve
from care.identity import Identity
from care.record.conversations import Conversation, current_conversation
from care.record.customers import access_customer, do_describe_customer, do_find_or_add_customer
from care.record.handoffs import do_end_handoff
from care.record.ids import CustomerId, Owner, Status
from care.record.record import now
from care.record.schema import (
    buttons,
    conversations,
    customer_sessions,
    deliveries,
    events,
    feedback,
    handoffs,
    identities,
    interactions,
    messages,
)
from care.record.schema_web import files

MOVED = (messages, buttons, events, handoffs, feedback, interactions, deliveries)


def new_sender() -> str:
    """A thread's name on the website: random, says nothing about the customer."""
    return f"web:{secrets.token_hex(16)}"


def do_verify_customer(
    connection: Connection, identity: Identity, stranger: tuple[CustomerId, str] | None
) -> tuple[CustomerId, str]:
    """The customer and website thread of a verified identity.

    `stranger` is the customer and thread of the session in which the identity was shown. If that
    was an anonymous one, its conversations join the verified customer's; a thread that belongs to
    another verified customer is left alone.
    """
    customer_id = do_find_or_add_customer(connection, "shop", identity.subject, identity.name)
    known = access_customer(connection, customer_id)
    do_describe_customer(
        connection,
        customer_id,
        verified=True,
        name=identity.name or known.name,
        email=identity.email or known.email,
    )
    sender = _web_sender(connection, customer_id)
    if stranger and not access_customer(connection, stranger[0]).verified:
        sender = _join(connection, customer_id, sender, *stranger)
    if sender is None:
        sender = new_sender()
        connection.execute(
            insert(identities).values(
                customer_id=customer_id, channel="web", external_id=sender, created_at=now()
            )
        )
    return customer_id, sender


def _web_sender(connection: Connection, customer_id: CustomerId) -> str | None:
    query = select(identities.c.external_id).where(
        identities.c.customer_id == customer_id, identities.c.channel == "web"
    )
    return connection.execute(query.order_by(identities.c.id).limit(1)).scalar()


def _join(
    connection: Connection,
    customer_id: CustomerId,
    sender: str | None,
    stranger_id: CustomerId,
    stranger_sender: str,
) -> str:
    """Give the stranger's thread to the customer; returns the thread that goes on."""
    target = sender or stranger_sender
    if sender is not None:
        _join_open_conversations(connection, sender, stranger_sender)
    for table in (conversations, feedback):
        mine = update(table).where(table.c.customer_id == stranger_id)
        connection.execute(mine.values(customer_id=customer_id))
    keys = messages.c.external_id
    renamed = update(messages).where(keys.startswith(f"{stranger_sender}:", autoescape=True))
    connection.execute(renamed.values(external_id=func.replace(keys, stranger_sender, target)))
    for table in (conversations, files, customer_sessions):
        thread = update(table).where(table.c.sender == stranger_sender)
        connection.execute(thread.values(sender=target))
    sessions = update(customer_sessions).where(customer_sessions.c.customer_id == stranger_id)
    connection.execute(sessions.values(customer_id=customer_id))
    names = update(identities).where(identities.c.customer_id == stranger_id)
    connection.execute(names.values(customer_id=customer_id))
    merged = {"merged_into": customer_id}
    do_describe_customer(connection, stranger_id, email=None, name=None, attributes=merged)
    return target


def _join_open_conversations(connection: Connection, sender: str, stranger_sender: str) -> None:
    """At most one conversation of a thread is open: the one that people have, else the older."""
    own, other = (_open(connection, name) for name in (sender, stranger_sender))
    if own is None or other is None:
        return
    people = own.owner is Owner.BOT and other.owner is not Owner.BOT
    stays, goes = (other, own) if people else (own, other)
    do_end_handoff(connection, goes.id, "merged")
    for table in MOVED:
        rows = update(table).where(table.c.conversation_id == goes.id)
        connection.execute(rows.values(conversation_id=stays.id))
    do_resolve(connection, goes.id, None)
    # What the customer sees goes on in the other conversation: this one leaves the thread, and its
    # end is not told.
    silent = update(events).where(events.c.conversation_id == goes.id)
    connection.execute(silent.values(public=False))
    empty = update(conversations).where(conversations.c.id == goes.id)
    connection.execute(empty.values(sender=f"web:merged-{goes.id}"))


def _open(connection: Connection, sender: str) -> Conversation | None:
    found = current_conversation(connection, sender)
    return found if found and found.status is not Status.RESOLVED else None
