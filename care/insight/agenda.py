"""The weekly customer agenda: what customers told us, what it costs, what we propose.

How to call it: `do_make_agenda(connection, week)` writes the items of the week that begins on that
Monday (again: refreshes what nobody decided about); `do_decide`, `do_publish`; `agenda(connection,
week)` reads, `published(connection)` is the 'you said, we did' list that customers may see.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from care.insight.reports import Asked, detail
from care.insight.themes import Theme, rising, told, unanswered
from care.record.ids import AgentId
from care.record.record import now
from care.record.schema import agents
from care.record.schema_insight import agenda_items, insight_facts

KINDS = ("unanswered", "wrong_answer", "rising", "complaint", "suggestion", "handoff")
STATES = ("proposed", "accepted", "rejected", "done")
EACH = 3
"""Items of a kind in a week, at most: an agenda that is read."""
BAD_TOPIC_N, BAD_TOPIC_SHARE = 5, 0.3
TEXT_LIMIT = 500


class AgendaRefused(ValueError):
    """A decision that cannot be; the message is for people."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `told`: label, n and examples; `costs`: conversations, seconds of people.

    `proposal` is empty until somebody writes one: the desk says, in its reader's language, what
    follows from `kind` and `told`.
    """

    id: int
    week: date
    kind: str
    key: str
    told: dict[str, Any]
    costs: dict[str, Any]
    proposal: str
    state: str
    owner_id: AgentId | None
    decided_by: AgentId | None
    decided_at: datetime | None
    said: str
    did: str
    published_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class _Draft:
    kind: str
    key: str
    told: dict[str, Any]
    conversation_ids: list[int]


def monday_of(day: date) -> date:
    """The Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def do_make_agenda(connection: Connection, week: date) -> list[Item]:
    """Write the agenda of the week that begins on Monday `week`, from what was told in it."""
    drafts = list(_drafts(connection, Asked(week, week + timedelta(days=6))))
    _forget_others(connection, week, {(draft.kind, draft.key) for draft in drafts})
    for draft in drafts:
        values = {
            "told": draft.told,
            "costs": _costs(connection, draft.conversation_ids),
        }
        same = (
            (agenda_items.c.week == week)
            & (agenda_items.c.kind == draft.kind)
            & (agenda_items.c.key == draft.key)
        )
        known = connection.execute(select(agenda_items.c.id).where(same)).first()
        if known is None:
            new = {"week": week, "kind": draft.kind, "key": draft.key, "state": "proposed"}
            row = {**new, **values, "proposal": "", "created_at": now()}
            connection.execute(insert(agenda_items).values(**row))
        else:
            undecided = update(agenda_items).where(same, agenda_items.c.decided_at.is_(None))
            connection.execute(undecided.values(**values))
    return agenda(connection, week)


def agenda(connection: Connection, week: date) -> list[Item]:
    """The items of a week, what costs most first."""
    query = select(agenda_items).where(agenda_items.c.week == week).order_by(agenda_items.c.id)
    found = [Item(**row._mapping) for row in connection.execute(query)]
    return sorted(
        found,
        key=lambda item: (-item.costs["people_seconds"], -item.costs["conversations"], item.id),
    )


def access_item(connection: Connection, item_id: int) -> Item:
    """The item; raises LookupError where there is none."""
    row = connection.execute(select(agenda_items).where(agenda_items.c.id == item_id)).first()
    if row is None:
        raise LookupError(f"agenda item {item_id}")
    return Item(**row._mapping)


def do_decide(
    connection: Connection,
    item_id: int,
    agent_id: AgentId,
    state: str,
    proposal: str | None = None,
    owner_id: AgentId | None = None,
) -> Item:
    """Accept, reject or finish a proposal, perhaps with other words and an owner.

    Raises AgendaRefused, also for an owner who does not work here.
    """
    if state not in STATES:
        raise AgendaRefused(f"state is one of {', '.join(STATES)}")
    item = access_item(connection, item_id)
    words = item.proposal if proposal is None else proposal.strip()
    if len(words) > TEXT_LIMIT:
        raise AgendaRefused(f"A proposal has at most {TEXT_LIMIT} characters.")
    if owner_id is not None and owner_id != item.owner_id:
        _check_owner(connection, owner_id)
    change = update(agenda_items).where(agenda_items.c.id == item_id)
    connection.execute(
        change.values(
            state=state,
            proposal=words,
            owner_id=owner_id if owner_id is not None else item.owner_id,
            decided_by=agent_id,
            decided_at=now(),
        )
    )
    return access_item(connection, item_id)


def _check_owner(connection: Connection, owner_id: AgentId) -> None:
    active = select(agents.c.active).where(agents.c.id == owner_id)
    if not connection.execute(active).scalar():
        raise AgendaRefused("This colleague no longer works at the desk.")


def do_publish(
    connection: Connection, item_id: int, agent_id: AgentId, said: str, did: str
) -> Item:
    """Tell all customers what was said and done about it; only what is done can be told."""
    item = access_item(connection, item_id)
    if item.state != "done":
        raise AgendaRefused("Only what is done can be published.")
    pair = {"said": said.strip(), "did": did.strip()}
    if not all(0 < len(words) <= TEXT_LIMIT for words in pair.values()):
        raise AgendaRefused(
            f"Say what customers said and what you did, {TEXT_LIMIT} characters each."
        )
    change = update(agenda_items).where(agenda_items.c.id == item_id)
    connection.execute(change.values(**pair, published_at=now(), decided_by=agent_id))
    return access_item(connection, item_id)


def do_withdraw(connection: Connection, item_id: int) -> Item:
    """Take a published item back."""
    access_item(connection, item_id)
    change = update(agenda_items).where(agenda_items.c.id == item_id)
    connection.execute(change.values(published_at=None))
    return access_item(connection, item_id)


def published(connection: Connection, limit: int = 20) -> list[dict[str, str]]:
    """'You said, we did', the newest first."""
    query = (
        select(agenda_items.c.said, agenda_items.c.did, agenda_items.c.published_at)
        .where(agenda_items.c.published_at.is_not(None))
        .order_by(agenda_items.c.published_at.desc())
        .limit(limit)
    )
    return [
        {"said": row.said, "did": row.did, "on": row.published_at.date().isoformat()}
        for row in connection.execute(query)
    ]


def _forget_others(connection: Connection, week: date, keep: set[tuple[str, str]]) -> None:
    """What is no longer so, and nobody decided about, leaves the agenda."""
    open_items = select(agenda_items.c.id, agenda_items.c.kind, agenda_items.c.key).where(
        agenda_items.c.week == week, agenda_items.c.decided_at.is_(None)
    )
    gone = [row.id for row in connection.execute(open_items) if (row.kind, row.key) not in keep]
    connection.execute(delete(agenda_items).where(agenda_items.c.id.in_(gone)))


def _drafts(connection: Connection, asked: Asked) -> Iterator[_Draft]:
    yield from _themes("unanswered", unanswered(connection, asked))
    yield from _themes("complaint", told(connection, asked, ("complaint",)), least=1)
    yield from _themes("suggestion", told(connection, asked, ("suggestion",)), least=1)
    yield from _bad_topics(connection, asked)
    for item in rising(connection, asked.last + timedelta(days=1), EACH):
        words = {"label": item.topic, "now": item.now, "usual": round(item.usual, 1)}
        ids = _behind(connection, "topic", asked, item.topic)
        yield _Draft("rising", item.topic, {**words, "n": item.now}, ids)
    dims = [
        row for row in detail(connection, "handoff_rate", asked)["dims"] if row["dim"] != "none"
    ]
    for row in dims[:EACH]:
        words = {"label": row["dim"], "n": row["n"]}
        ids = _behind(connection, "handoff_rate", asked, row["dim"])
        yield _Draft("handoff", row["dim"], words, ids)


def _themes(kind: str, themes: Iterable[Theme], least: int = 2) -> Iterator[_Draft]:
    for theme in [theme for theme in themes if theme.n >= least][:EACH]:
        examples = {"conversation_ids": theme.conversation_ids, "message_ids": theme.message_ids}
        words = {"label": theme.label, "n": theme.n}
        ids = [int(number) for number in theme.conversation_ids]
        yield _Draft(kind, theme.key, {**words, **examples}, ids)


def _bad_topics(connection: Connection, asked: Asked) -> Iterator[_Draft]:
    rows = [
        row
        for row in detail(connection, "wrong_answer", asked)["dims"]
        if row["dim"] and row["n"] >= BAD_TOPIC_N and row["value"] > BAD_TOPIC_SHARE
    ]
    for row in sorted(rows, key=lambda row: -row["value"])[:EACH]:
        words = {"label": row["dim"], "n": row["n"], "share": round(row["value"], 3)}
        ids = _behind(connection, "wrong_answer", asked, row["dim"], value=1)
        yield _Draft("wrong_answer", row["dim"], words, ids)


def _behind(
    connection: Connection, measure: str, asked: Asked, dim: str, value: int | None = None
) -> list[int]:
    query = select(insight_facts.c.conversation_id).where(
        insight_facts.c.measure == measure,
        insight_facts.c.dim == dim,
        insight_facts.c.day.between(asked.first, asked.last),
    )
    if value is not None:
        query = query.where(insight_facts.c.value == value)
    return sorted(set(connection.execute(query).scalars()))


def _costs(connection: Connection, conversation_ids: list[int]) -> dict[str, Any]:
    """How many conversations, and how long people had them (seconds)."""
    query = select(func.sum(insight_facts.c.value)).where(
        insight_facts.c.measure == "people_time",
        insight_facts.c.conversation_id.in_(conversation_ids),
    )
    milliseconds = connection.execute(query).scalar() or 0
    return {
        "conversations": len(conversation_ids),
        "people_seconds": round(int(milliseconds) / 1000),
    }
