"""Customers, the identities by which channels know them, and their website sessions."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from care.record.ids import ConversationId, CustomerId
from care.record.record import now
from care.record.schema import conversations, customer_sessions, customers, identities


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who writes to us. `verified`: the shop vouched for the identity."""

    id: CustomerId
    name: str | None
    email: str | None
    language: str | None
    verified: bool
    attributes: dict[str, Any]
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerSession:
    """A website session: which customer, and which conversation thread (`sender`)."""

    customer_id: CustomerId
    sender: str
    inbox: str
    expires_at: datetime


def token_hash(token: str) -> str:
    """What is kept of a session token (SHA-256, hex): the token itself never is."""
    return hashlib.sha256(token.encode()).hexdigest()


def access_customer(connection: Connection, customer_id: CustomerId) -> Customer:
    """The customer; raises LookupError where there is none."""
    row = connection.execute(select(customers).where(customers.c.id == customer_id)).first()
    if row is None:
        raise LookupError(f"customer {customer_id}")
    return Customer(**row._mapping)


def is_customer(
    connection: Connection, conversation_id: ConversationId, identity: tuple[str, str]
) -> bool:
    """Whether the conversation belongs to the person whom a channel knows so."""
    query = (
        select(identities.c.id)
        .join(conversations, conversations.c.customer_id == identities.c.customer_id)
        .where(
            conversations.c.id == conversation_id,
            identities.c.channel == identity[0],
            identities.c.external_id == identity[1],
        )
    )
    return connection.execute(query).first() is not None


def do_find_or_add_customer(
    connection: Connection, channel: str, external_id: str, name: str | None = None
) -> CustomerId:
    """The customer whom `channel` knows as `external_id`, added at the first sight."""
    known = select(identities.c.customer_id).where(
        identities.c.channel == channel, identities.c.external_id == external_id
    )
    found = connection.execute(known).scalar()
    if found is not None:
        seen = update(customers).where(customers.c.id == found)
        connection.execute(seen.values(last_seen_at=now()))
        return CustomerId(found)
    time = now()
    added = insert(customers).values(name=name, created_at=time, last_seen_at=time)
    customer_id = connection.execute(added.returning(customers.c.id)).scalar_one()
    connection.execute(
        insert(identities).values(
            customer_id=customer_id, channel=channel, external_id=external_id, created_at=time
        )
    )
    return CustomerId(customer_id)


def do_describe_customer(
    connection: Connection, customer_id: CustomerId, **values: str | bool | dict[str, Any] | None
) -> None:
    """Set what is known about a customer: name, email, language, verified, attributes."""
    allowed = {"name", "email", "language", "verified", "attributes"}
    if unknown := set(values) - allowed:
        raise ValueError(f"a customer has no {', '.join(sorted(unknown))}")
    connection.execute(update(customers).where(customers.c.id == customer_id).values(**values))


def do_open_session(
    connection: Connection, customer_id: CustomerId, sender: str, inbox: str, days: int
) -> str:
    """Open a website session and return its token (256 random bits); only its hash is kept."""
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(customer_sessions).values(
            token_hash=token_hash(token),
            customer_id=customer_id,
            sender=sender,
            inbox=inbox,
            created_at=now(),
            expires_at=now() + timedelta(days=days),
        )
    )
    return token


def access_session(connection: Connection, token: str) -> CustomerSession | None:
    """The live session of `token`, or None."""
    query = select(
        customer_sessions.c.customer_id,
        customer_sessions.c.sender,
        customer_sessions.c.inbox,
        customer_sessions.c.expires_at,
    ).where(customer_sessions.c.token_hash == token_hash(token))
    row = connection.execute(query).first()
    if row is None or row.expires_at <= now():
        return None
    return CustomerSession(**row._mapping)
