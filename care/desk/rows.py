"""What the desk's list shows of a conversation: one flat row, the same in lists and in events."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from care.desk.visibility import Place
from care.record.ids import Author, Owner
from care.record.schema import conversations, customers, handoffs, messages
from care.record.schema_desk import conversation_tags, desk_states

ROW_COLUMNS = (
    conversations.c.id,
    conversations.c.customer_id,
    customers.c.name,
    customers.c.verified,
    conversations.c.channel,
    conversations.c.inbox,
    conversations.c.owner,
    conversations.c.agent_id,
    conversations.c.team_id,
    conversations.c.status,
    conversations.c.priority,
    conversations.c.language,
    conversations.c.version,
    conversations.c.opened_at,
    conversations.c.last_message_at,
    conversations.c.waiting_since,
    conversations.c.snoozed_until,
    conversations.c.resolved_at,
    desk_states.c.seen_message_id,
    desk_states.c.offered_agent_id,
    desk_states.c.wanted_agent_id,
    desk_states.c.due_at,
    desk_states.c.due_kind,
)


def row_query() -> Select[Any]:
    """Conversations with their customers and what the desk keeps of them."""
    return select(*ROW_COLUMNS).select_from(
        conversations.join(customers, customers.c.id == conversations.c.customer_id).outerjoin(
            desk_states, desk_states.c.conversation_id == conversations.c.id
        )
    )


def rows_of(connection: Connection, found: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows for the browser from rows of `row_query`, in the same order."""
    found = list(found)
    ids = [row.id for row in found]
    if not ids:
        return []
    last, unread = _last_messages(connection, ids), _unread(connection, ids)
    tags, reasons = _tags(connection, ids), _reasons(connection, ids)
    return [
        {
            "id": row.id,
            "customer": {"id": row.customer_id, "name": row.name, "verified": row.verified},
            "channel": row.channel,
            "inbox": row.inbox,
            "owner": row.owner,
            "agent_id": row.agent_id,
            "team_id": row.team_id,
            "status": row.status,
            "priority": row.priority,
            "language": row.language,
            "version": row.version,
            "opened_at": _iso(row.opened_at),
            "last_at": _iso(row.last_message_at),
            "waiting_since": _iso(row.waiting_since),
            "snoozed_until": _iso(row.snoozed_until),
            "resolved_at": _iso(row.resolved_at),
            "offered_agent_id": row.offered_agent_id,
            "wanted_agent_id": row.wanted_agent_id,
            "due_at": _iso(row.due_at),
            "due_kind": row.due_kind,
            "reason": reasons.get(row.id),
            "tags": tags.get(row.id, []),
            "unread": unread.get(row.id, 0),
            "last": last.get(row.id),
        }
        for row in found
    ]


def rows_by_id(connection: Connection, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The rows of these conversations."""
    found = connection.execute(row_query().where(conversations.c.id.in_(list(ids))))
    return {row["id"]: row for row in rows_of(connection, found)}


def place_in(row: dict[str, Any]) -> Place:
    """What of a row decides who may see it."""
    return Place(
        row["owner"],
        row["agent_id"],
        row["team_id"],
        row["offered_agent_id"],
        row["wanted_agent_id"],
    )


def _iso(value: Any) -> str | None:
    return value.isoformat() if value is not None else None


def _last_messages(connection: Connection, ids: list[int]) -> dict[int, dict[str, Any]]:
    """The newest words of a person in each (of the bot while it answers), cut to fit a row."""
    newest = (
        select(func.max(messages.c.id))
        .where(
            messages.c.conversation_id == conversations.c.id,
            messages.c.public,
            messages.c.author != Author.SYSTEM,
            or_(messages.c.author != Author.BOT, conversations.c.owner == Owner.BOT),
        )
        .correlate(conversations)
        .scalar_subquery()
    )
    query = (
        select(
            messages.c.conversation_id,
            messages.c.id,
            messages.c.author,
            func.substr(messages.c.text, 1, 120).label("text"),
            messages.c.kind,
            messages.c.deleted_at,
        )
        .select_from(conversations.join(messages, messages.c.id == newest))
        .where(conversations.c.id.in_(ids))
    )
    return {
        row.conversation_id: {
            "id": row.id,
            "author": row.author,
            "text": "" if row.deleted_at else row.text,
            "kind": row.kind,
        }
        for row in connection.execute(query)
    }


def _unread(connection: Connection, ids: list[int]) -> dict[int, int]:
    """Customer's messages in conversations of people that their agent has not seen."""
    query = (
        select(messages.c.conversation_id, func.count())
        .select_from(
            messages.join(
                conversations, conversations.c.id == messages.c.conversation_id
            ).outerjoin(desk_states, desk_states.c.conversation_id == messages.c.conversation_id)
        )
        .where(
            messages.c.conversation_id.in_(ids),
            messages.c.author == Author.CUSTOMER,
            messages.c.id > func.coalesce(desk_states.c.seen_message_id, 0),
            and_(conversations.c.owner != "bot", conversations.c.status == "open"),
        )
        .group_by(messages.c.conversation_id)
    )
    return {int(row[0]): int(row[1]) for row in connection.execute(query)}


def _tags(connection: Connection, ids: list[int]) -> dict[int, list[str]]:
    query = (
        select(conversation_tags)
        .where(conversation_tags.c.conversation_id.in_(ids))
        .order_by(conversation_tags.c.tag)
    )
    found: dict[int, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.conversation_id, []).append(row.tag)
    return found


def _reasons(connection: Connection, ids: list[int]) -> dict[int, str]:
    query = (
        select(handoffs.c.conversation_id, handoffs.c.reason)
        .where(handoffs.c.conversation_id.in_(ids), handoffs.c.ended_at.is_(None))
        .order_by(handoffs.c.id)
    )
    return {row.conversation_id: row.reason for row in connection.execute(query)}
