"""The queue as the desk reads it: views, filters, order, pages, and how many there are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from care.desk.guard import Refusal
from care.desk.rows import row_query, rows_of
from care.desk.visibility import visible
from care.handoff.queue import PRIORITIES
from care.record.agents import Agent
from care.record.ids import BIGGEST, Owner, Status
from care.record.schema import conversations
from care.record.schema_desk import conversation_tags, desk_states
from care.record.search import conversations_matching

MAIN_VIEWS = ("mine", "unassigned", "all")
VIEWS = (*MAIN_VIEWS, "snoozed", "bot", "resolved")
SORTS = ("sla", "newest", "oldest", "priority")
COUNT_LIMIT = 1000
FIRST_PAGE, NEXT_PAGE = 30, 60
"""Rows of a page: the first is on the screen soon, the next ones save asking."""
_FAR = datetime.fromisoformat("9999-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the agent wants to see. `after` is the cursor that an earlier page gave."""

    view: str
    sort: str = "sla"
    words: str = ""
    channel: str = ""
    tag: str = ""
    team: int | None = None
    after: str = ""
    limit: int = FIRST_PAGE


def in_view(agent: Agent, view: str) -> ColumnElement[bool]:
    """The condition of a view, on conversations joined with desk_states."""
    status, owner = conversations.c.status, conversations.c.owner
    if view in ("snoozed", "resolved"):
        return status == (Status.SNOOZED if view == "snoozed" else Status.RESOLVED)
    if view == "mine":
        given = and_(owner == Owner.AGENT, conversations.c.agent_id == agent.id)
        chosen: ColumnElement[bool] = or_(given, desk_states.c.offered_agent_id == agent.id)
    elif view == "all":
        chosen = owner != Owner.BOT
    else:
        chosen = owner == (Owner.QUEUE if view == "unassigned" else Owner.BOT)
    return and_(status == Status.OPEN, chosen)


def page(connection: Connection, agent: Agent, asked: Asked) -> dict[str, Any]:
    """One page of a view: `{rows, next}`; `next` is null at the end."""
    query = row_query().where(visible(agent), in_view(agent, asked.view))
    if asked.words:
        query = query.where(conversations.c.id.in_(conversations_matching(connection, asked.words)))
    query = _filtered(query, asked)
    key, descending = _order(asked)
    if asked.after:
        value, last_id = _cursor(asked)
        beyond = key < value if descending else key > value
        query = query.where(or_(beyond, and_(key == value, conversations.c.id > last_id)))
    ordered = query.add_columns(key.label("sort_key")).order_by(
        key.desc() if descending else key, conversations.c.id
    )
    found = connection.execute(ordered.limit(asked.limit + 1)).all()
    shown = found[: asked.limit]
    more = len(found) > asked.limit
    return {
        "rows": rows_of(connection, shown),
        "next": _cursor_of(shown[-1]) if more else None,
    }


def counts(
    connection: Connection, agent: Agent, views: tuple[str, ...] = MAIN_VIEWS
) -> dict[str, int]:
    """How many conversations there are in these views, each counted up to COUNT_LIMIT."""
    joined = conversations.outerjoin(
        desk_states, desk_states.c.conversation_id == conversations.c.id
    )
    found = {}
    for view in views:
        some = (
            select(conversations.c.id)
            .select_from(joined)
            .where(visible(agent), in_view(agent, view))
            .limit(COUNT_LIMIT)
            .subquery()
        )
        found[view] = connection.execute(select(func.count()).select_from(some)).scalar_one()
    return found


def _filtered(query: Select[Any], asked: Asked) -> Select[Any]:
    if asked.channel:
        query = query.where(conversations.c.channel == asked.channel)
    if asked.team is not None:
        query = query.where(conversations.c.team_id == asked.team)
    if asked.tag:
        tagged = select(conversation_tags.c.conversation_id)
        query = query.where(
            conversations.c.id.in_(tagged.where(conversation_tags.c.tag == asked.tag))
        )
    return query


def _order(asked: Asked) -> tuple[ColumnElement[Any], bool]:
    if asked.view == "resolved" or asked.sort == "newest":
        return conversations.c.last_message_at, True
    if asked.sort == "oldest":
        return conversations.c.last_message_at, False
    if asked.sort == "priority":
        ranks = {name: index for index, name in enumerate(PRIORITIES)}
        return case(ranks, value=conversations.c.priority, else_=9), False
    return func.coalesce(desk_states.c.due_at, _FAR, type_=desk_states.c.due_at.type), False


def _cursor_of(row: Any) -> str:
    value = row.sort_key
    return f"{value.isoformat() if isinstance(value, datetime) else value}~{row.id}"


def _cursor(asked: Asked) -> tuple[Any, int]:
    raw, _, last_id = asked.after.rpartition("~")
    try:
        value = int(raw) if asked.sort == "priority" else datetime.fromisoformat(raw)
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError("a time without zone")
        if not 0 <= int(last_id) <= BIGGEST or (isinstance(value, int) and not 0 <= value < 10):
            raise ValueError("no such number")
        return value, int(last_id)
    except ValueError:
        raise Refusal(400, "bad_cursor", "That page does not exist.") from None
