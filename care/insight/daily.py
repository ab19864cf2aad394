"""Keeping facts and daily aggregates true while the record changes.

`InsightFollower` reads every event once; of each conversation that changed it reads the facts anew
and moves the aggregates by the difference, in one transaction. No report counts raw rows.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select, update

from care.bus import Bus
from care.handoff.hours import HoursError, hours_of
from care.insight.facts import Fact, facts_of
from care.record.events import Event
from care.record.follower import Follower
from care.record.ids import ConversationId
from care.record.record import Record
from care.record.schema import counters
from care.record.schema_insight import insight_daily, insight_facts

NAME = "insight"
GATHER = 2.0
BATCH = 4
"""Events of one transaction: reports must not keep a customer's message waiting for the record."""
_FIELDS = list(Fact.__dataclass_fields__)
_KEYS = ("day", "measure", "audience", "channel", "hour", "dim")


class InsightFollower(Follower):
    """Keeps the aggregates; begins with the oldest event, so that a new table fills itself."""

    def __init__(self, record: Record, bus: Bus) -> None:
        super().__init__(record, bus, NAME, act_on, from_start=True, batch=BATCH, gather=GATHER)


def act_on(connection: Connection, found: list[Event]) -> Iterable[ConversationId]:
    """Refresh the facts of the conversations in a batch of events."""
    ids = {event.conversation_id for event in found if event.conversation_id is not None}
    zone = zone_of(connection)
    for conversation_id in sorted(ids):
        do_refresh_facts(connection, conversation_id, zone)
    return []


def zone_of(connection: Connection) -> ZoneInfo:
    """The shop's time zone: whose days and hours the reports have."""
    try:
        return hours_of(connection).zone
    except HoursError:
        return ZoneInfo("UTC")


def do_refresh_facts(
    connection: Connection, conversation_id: ConversationId, zone: ZoneInfo
) -> None:
    """Make the kept facts of a conversation what the raw tables say, and move the aggregates."""
    try:
        wanted = set(facts_of(connection, conversation_id, zone))
    except LookupError:  # erased since
        wanted = set()
    query = select(insight_facts).where(insight_facts.c.conversation_id == conversation_id)
    kept = {
        Fact(**{name: row._mapping[name] for name in _FIELDS}): row.id
        for row in connection.execute(query)
    }
    gone = [number for fact, number in kept.items() if fact not in wanted]
    new = [fact for fact in wanted if fact not in kept]
    if gone:
        connection.execute(delete(insight_facts).where(insight_facts.c.id.in_(gone)))
    if new:
        rows = [{**_values(fact), "conversation_id": conversation_id} for fact in new]
        connection.execute(insert(insight_facts), rows)
    _move(connection, [fact for fact in kept if fact not in wanted], new)


def do_rebuild(connection: Connection) -> None:
    """Forget all aggregates and begin anew with the oldest event (after a change of time zone)."""
    connection.execute(delete(insight_facts))
    connection.execute(delete(insight_daily))
    connection.execute(update(counters).where(counters.c.name == NAME).values(value=0))


def _values(fact: Fact) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in _FIELDS}


def _move(connection: Connection, gone: list[Fact], new: list[Fact]) -> None:
    counts: Counter[tuple[Any, ...]] = Counter()
    totals: dict[tuple[Any, ...], int] = defaultdict(int)
    for sign, facts in ((-1, gone), (1, new)):
        for fact in facts:
            key = tuple(getattr(fact, name) for name in _KEYS)
            counts[key] += sign
            totals[key] += sign * fact.value
    for key in sorted(counts):
        if counts[key] or totals[key]:
            _add(connection, dict(zip(_KEYS, key, strict=True)), counts[key], totals[key])


def _add(connection: Connection, key: dict[str, Any], count: int, total: int) -> None:
    here = [insight_daily.c[name] == value for name, value in key.items()]
    step = update(insight_daily).where(*here)
    values = {"n": insight_daily.c.n + count, "total": insight_daily.c.total + total}
    if connection.execute(step.values(**values)).rowcount == 0:
        connection.execute(insert(insight_daily).values(**key, n=count, total=total))
    elif count < 0:
        connection.execute(delete(insight_daily).where(*here, insight_daily.c.n == 0))
