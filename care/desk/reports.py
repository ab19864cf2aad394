"""Reports: what happened on each day of the shop's calendar, and the conversations behind a figure.

Every figure is the count, mean or median of rows that the drill-down lists. Days are those of the
shop's time zone (setting `hours`); a range has at most 92 of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import mean, median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from starlette.responses import Response

from care.desk.guard import Call, Refusal, api, reply
from care.desk.rows import rows_by_id
from care.record.desk_settings import desk_setting
from care.record.ids import FeedbackKind
from care.record.record import now
from care.record.schema import conversations, feedback, handoffs

LONGEST = 92
Fact = tuple[datetime, int, float]
"""When, in which conversation, how much."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of a day. `how`: of the amounts of that day's facts."""

    name: str
    facts: Callable[[Connection, datetime, datetime], list[Fact]]
    how: Callable[[list[float]], float]
    unit: str


def _times(column: Any, conversation: Any) -> Any:
    def facts(connection: Connection, start: datetime, end: datetime) -> list[Fact]:
        query = select(column, conversation).where(column >= start, column < end)
        return [(row[0], row[1], 1.0) for row in connection.execute(query.order_by(column))]

    return facts


def _waits(until: Any) -> Any:
    def facts(connection: Connection, start: datetime, end: datetime) -> list[Fact]:
        asked = handoffs.c.requested_at
        query = select(asked, handoffs.c.conversation_id, until).where(
            asked >= start, asked < end, until.is_not(None)
        )
        return [
            (row[0], row[1], (row[2] - row[0]).total_seconds())
            for row in connection.execute(query.order_by(asked))
        ]

    return facts


def _scores(kind: FeedbackKind) -> Any:
    def facts(connection: Connection, start: datetime, end: datetime) -> list[Fact]:
        at = feedback.c.created_at
        query = select(at, feedback.c.conversation_id, feedback.c.score).where(
            at >= start, at < end, feedback.c.kind == kind, feedback.c.score.is_not(None)
        )
        return [(row[0], row[1], float(row[2])) for row in connection.execute(query.order_by(at))]

    return facts


def _count(amounts: list[float]) -> float:
    return float(len(amounts))


MEASURES = (
    Measure("opened", _times(conversations.c.opened_at, conversations.c.id), _count, ""),
    Measure("handoffs", _times(handoffs.c.requested_at, handoffs.c.conversation_id), _count, ""),
    Measure(
        "resolved",
        _times(conversations.c.resolved_at, conversations.c.id),
        _count,
        "",
    ),
    Measure("first_reply", _waits(handoffs.c.first_reply_at), median, "seconds"),
    Measure("claim_wait", _waits(handoffs.c.claimed_at), median, "seconds"),
    Measure("csat", _scores(FeedbackKind.CSAT), mean, "score"),
)


async def report(call: Call) -> Response:
    """`{days, measures: [{name, unit, total, n, values: [{value, n}]}]}` of a range of days."""

    def read(connection: Connection) -> dict[str, Any]:
        zone = _zone(connection)
        days = _days(call, zone)
        return {
            "days": [day.isoformat() for day in days],
            "time_zone": str(zone),
            "measures": [_measured(connection, measure, days, zone) for measure in MEASURES],
        }

    return reply(await call.read(read))


async def behind(call: Call) -> Response:
    """The conversations behind a figure of one day: `{rows: [{row, amount, at}]}`."""
    wanted = call.request.query_params.get("measure", "")
    measure = next((one for one in MEASURES if one.name == wanted), None)
    if measure is None:
        raise Refusal(400, "bad_measure", "There is no such measure.")

    def read(connection: Connection) -> list[dict[str, Any]]:
        zone = _zone(connection)
        day = _day(call.request.query_params.get("day", ""))
        found = measure.facts(connection, *_span([day], zone))[:500]
        rows = rows_by_id(connection, {fact[1] for fact in found})
        return [
            {"row": rows[fact[1]], "amount": fact[2], "at": fact[0].isoformat()} for fact in found
        ]

    return reply({"rows": await call.read(read)})


def _measured(
    connection: Connection, measure: Measure, days: list[date], zone: ZoneInfo
) -> dict[str, Any]:
    facts = measure.facts(connection, *_span(days, zone))
    by_day: dict[date, list[float]] = {day: [] for day in days}
    for at, _, amount in facts:
        by_day[at.astimezone(zone).date()].append(amount)
    everything = [amount for _, _, amount in facts]
    return {
        "name": measure.name,
        "unit": measure.unit,
        "n": len(everything),
        "total": measure.how(everything) if everything else None,
        "values": [
            {"value": measure.how(amounts) if amounts else None, "n": len(amounts)}
            for amounts in by_day.values()
        ],
    }


def _zone(connection: Connection) -> ZoneInfo:
    return ZoneInfo(str(desk_setting(connection, "hours")["time_zone"]))


def _span(days: list[date], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From the first day's midnight to the midnight after the last, UTC."""
    start = datetime.combine(days[0], time(), zone)
    end = datetime.combine(days[-1] + timedelta(days=1), time(), zone)
    return start.astimezone(UTC), end.astimezone(UTC)


def _days(call: Call, zone: ZoneInfo) -> list[date]:
    params = call.request.query_params
    last = _day(params["to"]) if params.get("to") else now().astimezone(zone).date()
    first = _day(params["from"]) if params.get("from") else last - timedelta(days=13)
    count = (last - first).days + 1
    if not 1 <= count <= LONGEST:
        raise Refusal(400, "bad_range", f"Choose 1 to {LONGEST} days.")
    return [first + timedelta(days=step) for step in range(count)]


def _day(raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise Refusal(400, "bad_range", "That is not a day.") from None


routes = [
    api("/reports", report, needs="leads"),
    api("/reports/conversations", behind, needs="leads"),
]
