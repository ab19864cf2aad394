"""Figures from the daily aggregates, each with its n, its target and the conversations behind it.

How to call it: `report(connection, Asked(first, last))` for all measures, `detail(connection, key,
asked)` for one with its days and dimensions, `behind(connection, key, asked, dim=…)` for the ids,
`volume(connection, asked)` and `forecast(connection, today)` for staffing.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from care.insight.measures import Measure, Standing, access_measure, measures, standings
from care.record.ids import ConversationId
from care.record.schema_insight import insight_daily, insight_facts

FEW = 30
"""Below this n the figure is marked: read the comments and not the figure."""
LONGEST = 366


@dataclass(frozen=True, slots=True)
class Asked:
    """A span of days (both included), and perhaps one channel; `internal`: colleagues' questions."""

    first: date
    last: date
    channel: str | None = None
    internal: bool = False

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def before(self) -> "Asked":
        """The span of the same length just before."""
        length = timedelta(days=self.days)
        return replace(self, first=self.first - length, last=self.last - length)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, in the measure's unit; None without facts. `p90`, `median`: of durations."""

    n: int
    value: float | None
    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True, slots=True)
class Behind:
    """A fact behind a figure: `subject` is `noun:id`, `value` in the measure's unit."""

    id: int
    conversation_id: ConversationId
    subject: str
    dim: str
    value: float
    at: str


def report(connection: Connection, asked: Asked) -> list[dict[str, Any]]:
    """Every measure with its figure, the span before, target and gap; the largest gap first."""
    found, earlier = standings(connection), asked.before()
    sums, past = _sums(connection, asked), _sums(connection, earlier)
    rows = []
    for key, measure in measures().items():
        figure = _figure(connection, measure, asked, sums[key])
        then = _figure(connection, measure, earlier, past[key])
        rows.append(
            {
                **definition(measure, found[key]),
                **as_json(figure),
                "before": as_json(then),
                "gap": gap(measure, found[key], figure),
                "few": figure.n < FEW,
            }
        )
    return sorted(rows, key=lambda row: -(row["gap"] or 0.0))


def detail(connection: Connection, key: str, asked: Asked) -> dict[str, Any]:
    """One measure by day and by dimension. Raises LookupError."""
    measure = access_measure(key)
    sums = _sums(connection, asked, key)[key]
    whole = _figure(connection, measure, asked, sums)
    by_dim, by_day = defaultdict[str, _Sums](_Sums), defaultdict[date, _Sums](_Sums)
    for (dim, day), (n, total) in sums.cells.items():
        by_dim[dim].add(dim, day, n, total)
        by_day[day].add(dim, day, n, total)
    dims = [
        {"dim": dim, **as_json(_of_dim(measure, part, whole.n))} for dim, part in by_dim.items()
    ]
    days = [
        {"day": day.isoformat(), **as_json(_simple(measure, by_day[day]))} for day in sorted(by_day)
    ]
    return {
        **definition(measure, standings(connection)[key]),
        **as_json(whole),
        "dims": sorted(dims, key=lambda row: -row["n"]),
        "days": days,
        "few": whole.n < FEW,
    }


def behind(
    connection: Connection,
    key: str,
    asked: Asked,
    *,
    dim: str | None = None,
    only: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Behind]:
    """The facts behind a figure, the newest first; `only`: those with this raw value (0, 1, -1)."""
    measure = access_measure(key)
    query = select(insight_facts).where(*_where(insight_facts, asked, key))
    if dim is not None:
        query = query.where(insight_facts.c.dim == dim)
    if only is not None:
        query = query.where(insight_facts.c.value == only)
    if before is not None:
        query = query.where(insight_facts.c.id < before)
    query = query.order_by(insight_facts.c.id.desc()).limit(limit)
    scale = 1000 if measure.kind == "duration" else 1
    return [
        Behind(
            row.id,
            ConversationId(row.conversation_id),
            row.subject,
            row.dim,
            row.value / scale,
            row.at.isoformat(),
        )
        for row in connection.execute(query)
    ]


def volume(connection: Connection, asked: Asked) -> list[list[int]]:
    """Conversations opened, by weekday (Monday first) and hour of the shop's day."""
    table = [[0] * 24 for _ in range(7)]
    query = (
        select(insight_daily.c.day, insight_daily.c.hour, func.sum(insight_daily.c.n))
        .where(*_where(insight_daily, asked, "volume"))
        .group_by(insight_daily.c.day, insight_daily.c.hour)
    )
    for day, hour, n in connection.execute(query):
        table[day.weekday()][hour] += int(n)
    return table


def forecast(connection: Connection, today: date, weeks: int = 4) -> list[list[float]]:
    """Expected conversations of a coming week by weekday and hour: the mean of the last weeks."""
    last = today - timedelta(days=1)
    asked = Asked(last - timedelta(days=7 * weeks - 1), last)
    return [[round(n / weeks, 2) for n in hours] for hours in volume(connection, asked)]


def definition(measure: Measure, standing: Standing) -> dict[str, Any]:
    """What a reader must know to read the figure."""
    return {
        "key": measure.key,
        "name": measure.name,
        "formula": measure.formula,
        "side": measure.side,
        "kind": measure.kind,
        "unit": measure.unit,
        "better": measure.better,
        "reference": measure.reference,
        "target": standing.target,
        "owner_id": standing.owner_id,
        "owner": standing.owner,
        "reviewed_at": standing.reviewed_at.isoformat() if standing.reviewed_at else None,
        "overdue": standing.overdue,
    }


def as_json(figure: Figure) -> dict[str, Any]:
    """A figure for the browser."""
    return {
        "n": figure.n,
        "value": figure.value,
        "median": figure.median,
        "p90": figure.p90,
    }


def gap(measure: Measure, standing: Standing, figure: Figure) -> float | None:
    """How far the figure misses its target, as a share of the target; 0 where it is met."""
    if figure.value is None or not standing.target or measure.better == "neither":
        return None
    miss = standing.target - figure.value
    if measure.better == "lower":
        miss = -miss
    return max(miss / abs(standing.target), 0.0)


class _Sums:
    """n and total of one measure, by dimension and day."""

    def __init__(self) -> None:
        self.cells: dict[tuple[str, date], tuple[int, int]] = {}

    def add(self, dim: str, day: date, n: int, total: int) -> None:
        """One more cell."""
        had = self.cells.get((dim, day), (0, 0))
        self.cells[dim, day] = (had[0] + n, had[1] + total)

    @property
    def n(self) -> int:
        """All facts."""
        return sum(n for n, _ in self.cells.values())

    @property
    def total(self) -> int:
        """Sum of all values."""
        return sum(total for _, total in self.cells.values())


def _sums(connection: Connection, asked: Asked, key: str | None = None) -> dict[str, _Sums]:
    table = insight_daily.c
    query = (
        select(table.measure, table.dim, table.day, func.sum(table.n), func.sum(table.total))
        .where(*_where(insight_daily, asked, key))
        .group_by(table.measure, table.dim, table.day)
    )
    found: dict[str, _Sums] = defaultdict(_Sums)
    for measure, dim, day, n, total in connection.execute(query):
        found[measure].add(dim, day, int(n), int(total))
    return found


def _where(table: Any, asked: Asked, key: str | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        table.c.day.between(asked.first, asked.last),
        table.c.audience == "internal" if asked.internal else table.c.audience != "internal",
    ]
    if key is not None:
        found.append(table.c.measure == key)
    if asked.channel:
        found.append(table.c.channel == asked.channel)
    return found


def _figure(connection: Connection, measure: Measure, asked: Asked, sums: _Sums) -> Figure:
    simple = _simple(measure, sums)
    if measure.kind != "duration" or not sums.n:
        return simple
    values = select(insight_facts.c.value).where(*_where(insight_facts, asked, measure.key))
    median, p90 = (_percentile(connection, values, sums.n, share) for share in (0.5, 0.9))
    return Figure(simple.n, median, median, p90)


def _percentile(connection: Connection, values: Select[Any], n: int, share: float) -> float | None:
    """The value below which `share` of the facts lie (nearest rank), in seconds."""
    rank = max(0, math.ceil(n * share - 1e-9) - 1)
    ordered = values.order_by(insight_facts.c.value).offset(rank).limit(1)
    found = connection.execute(ordered).scalar()
    return None if found is None else found / 1000


def _simple(measure: Measure, sums: _Sums) -> Figure:
    """A figure from sums alone (of durations: the mean, in seconds)."""
    n, total = sums.n, sums.total
    if not n:
        return Figure(0, None)
    if measure.kind == "split":
        return Figure(n, _headline(measure, sums))
    value = {
        "count": float(n),
        "share": total / n,
        "mean": total / n,
        "balance": 100 * total / n,
        "duration": total / n / 1000,
    }[measure.kind]
    return Figure(n, value)


def _headline(measure: Measure, sums: _Sums) -> float:
    """The share of a split's headline outcome (`!none`: of all others)."""
    name = measure.headline.removeprefix("!")
    named = sum(n for (dim, _), (n, _) in sums.cells.items() if dim == name)
    return (sums.n - named if measure.headline.startswith("!") else named) / sums.n


def _of_dim(measure: Measure, part: _Sums, whole: int) -> Figure:
    """One dimension's figure: of a split and a count, its share of all."""
    if measure.kind in ("split", "count"):
        return Figure(part.n, part.n / whole if whole else None)
    return _simple(measure, part)
