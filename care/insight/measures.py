"""The measures: definition (measures.yml), target and owner as set at the desk, and reviews.

Every measure has a name, a formula, an owner, a target, a reference and recorded reviews (who, when,
decision). One that nobody has reviewed for a quarter is overdue.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, insert, select, update

from care.record.ids import AgentId
from care.record.record import now
from care.record.schema import agents
from care.record.schema_insight import measure_reviews, measure_settings

FILE = Path(__file__).with_name("measures.yml")
KINDS = ("share", "mean", "balance", "duration", "split", "count")
REVIEW_EVERY = timedelta(days=92)


class MeasureRefused(ValueError):
    """A change of a measure that cannot be; the message is for people."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A definition. `owner` is the role that owns it unless the desk names an agent; `target` is in
    the measure's `unit`; `side` is bot, people or both; `headline` is a split's outcome."""

    key: str
    name: str
    formula: str
    side: str
    kind: str
    unit: str
    better: str
    owner: str
    target: float | None
    reference: str
    headline: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the desk decided about a measure. `overdue`: not reviewed for a quarter."""

    target: float | None
    owner_id: AgentId | None
    owner: str
    reviewed_at: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Review:
    """A recorded look at a measure: who, when, and what was decided."""

    id: int
    measure: str
    agent_id: AgentId
    agent: str
    decision: str
    created_at: datetime


@cache
def measures() -> dict[str, Measure]:
    """All measures by key, in the order of the file."""
    raw: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {key: Measure(key=key, **fields) for key, fields in raw.items()}


def access_measure(key: str) -> Measure:
    """The measure; raises LookupError where there is none."""
    found = measures().get(key)
    if found is None:
        raise LookupError(f"measure {key}")
    return found


def standings(connection: Connection) -> dict[str, Standing]:
    """Target, owner and last review of every measure."""
    query = select(measure_settings, agents.c.name.label("owner")).outerjoin(
        agents, agents.c.id == measure_settings.c.owner_id
    )
    settings = {row.measure: row for row in connection.execute(query)}
    seen: dict[str, datetime] = {
        row.measure: row.created_at
        for row in connection.execute(select(measure_reviews).order_by(measure_reviews.c.id))
    }
    found = {}
    for key, measure in measures().items():
        row, reviewed = settings.get(key), seen.get(key)
        found[key] = Standing(
            target=row.target if row is not None else measure.target,
            owner_id=AgentId(row.owner_id) if row is not None and row.owner_id else None,
            owner=row.owner if row is not None and row.owner else measure.owner,
            reviewed_at=reviewed,
            overdue=reviewed is None or now() - reviewed > REVIEW_EVERY,
        )
    return found


def do_set_measure(
    connection: Connection, key: str, target: float | None, owner_id: AgentId | None
) -> None:
    """Set target (in the measure's unit) and owner. Raises LookupError, MeasureRefused."""
    access_measure(key)
    if owner_id is not None:
        active = select(agents.c.active).where(agents.c.id == owner_id)
        if not connection.execute(active).scalar():
            raise MeasureRefused("This colleague no longer works at the desk.")
    values = {"target": target, "owner_id": owner_id, "updated_at": now()}
    change = update(measure_settings).where(measure_settings.c.measure == key)
    if connection.execute(change.values(**values)).rowcount == 0:
        connection.execute(insert(measure_settings).values(measure=key, **values))


def do_review_measure(connection: Connection, key: str, agent_id: AgentId, decision: str) -> Review:
    """Record a review. Raises LookupError, MeasureRefused for a decision without words."""
    access_measure(key)
    words = decision.strip()
    if not words or len(words) > 2000:
        raise MeasureRefused("Say what was decided, in at most 2000 characters.")
    added = insert(measure_reviews).values(
        measure=key, agent_id=agent_id, decision=words, created_at=now()
    )
    connection.execute(added)
    return reviews_of(connection, key)[0]


def reviews_of(connection: Connection, key: str, limit: int = 20) -> list[Review]:
    """The reviews of a measure, the newest first."""
    query = (
        select(measure_reviews, agents.c.name.label("agent"))
        .join(agents, agents.c.id == measure_reviews.c.agent_id)
        .where(measure_reviews.c.measure == key)
        .order_by(measure_reviews.c.id.desc())
        .limit(limit)
    )
    return [Review(**row._mapping) for row in connection.execute(query)]
