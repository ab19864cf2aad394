"""Business hours: when people are there, exact to the microsecond through changes of the clock.

How to call it: `hours = Hours.of(setting)` (or `hours_of(connection)` for the shop's own), then
`hours.is_open(at)`, `hours.next_opening(at)`, `hours.business_seconds(start, end)` and
`hours.add_business_seconds(start, seconds)`. `ALWAYS` never closes. All times carry a zone.

The setting, as the desk keeps it under `hours`:
`{"time_zone": "Europe/London", "week": {"mon": [["09:00", "12:30"], ["13:30", "18:00"]], …},
"holidays": ["2026-12-25", {"date": "2026-12-24", "name": "…", "spans": [["09:00", "12:00"]]}]}`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection

from care.record.desk_settings import desk_setting

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
FAR = 800
"""Days to look ahead for an opening: more than two years of holidays is closed for good."""
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")

Spans = tuple[tuple[int, int], ...]
Interval = tuple[datetime, datetime]


class HoursError(ValueError):
    """Business hours that make no sense; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening spans of each weekday (Monday first) and of special days, in minutes of the local day.

    A local time that a change of the clock skips means the moment of the change; one that comes
    twice opens at the first and closes at the last.
    """

    zone: ZoneInfo
    week: tuple[Spans, ...]
    holidays: tuple[tuple[date, Spans], ...] = ()

    @classmethod
    def of(cls, setting: dict[str, Any]) -> "Hours":
        """Hours from the desk's setting. Raises HoursError in words that a person understands."""
        try:
            zone = ZoneInfo(str(setting["time_zone"]))
        except (KeyError, ValueError, ZoneInfoNotFoundError, OSError):
            raise HoursError(f"there is no time zone {setting.get('time_zone')!r}") from None
        week = setting.get("week")
        if not isinstance(week, dict) or set(week) - set(DAYS):
            raise HoursError(f"week needs the days {', '.join(DAYS)}")
        spans = tuple(_spans(week.get(day, []), day) for day in DAYS)
        special = setting.get("holidays", [])
        if not isinstance(special, list) or len(special) > 1000:
            raise HoursError("holidays must be a list of days")
        return cls(zone, spans, tuple(sorted(dict(_holiday(item) for item in special).items())))

    def is_open(self, at: datetime) -> bool:
        """Whether people are there at this moment."""
        return any(start <= at < end for start, end in self._from(at, days=2))

    def next_opening(self, at: datetime) -> datetime | None:
        """The first open moment from `at` on (UTC): `at` itself when open, None if there is none."""
        for start, _ in self._from(at):
            return max(start, at.astimezone(UTC))
        return None

    def next_closing(self, at: datetime) -> datetime | None:
        """The end of the span that is open at `at`, or of the next one; None if there is none."""
        closing: datetime | None = None
        for start, end in self._from(at):
            if closing is not None and start != closing:
                return closing
            if closing is not None and end - at > timedelta(days=FAR):
                return None
            closing = end
        return closing

    def business_seconds(self, start: datetime, end: datetime) -> float:
        """Open seconds between two moments; 0 where `end` is not later."""
        total = timedelta()
        for opening, closing in self._from(start, until=end):
            total += max(min(closing, end) - max(opening, start), timedelta())
        return total.total_seconds()

    def add_business_seconds(self, start: datetime, seconds: float) -> datetime:
        """The first moment (UTC) with `seconds` open seconds since `start`.

        Raises ValueError for negative seconds, HoursError where it never comes.
        """
        if seconds < 0:
            raise ValueError("seconds must not be negative")
        left = timedelta(seconds=seconds)
        if not left:
            return start.astimezone(UTC)
        for opening, closing in self._from(start):
            begin = max(opening, start)
            if closing - begin >= left:
                return (begin + left).astimezone(UTC)
            left -= closing - begin
        raise HoursError("these hours never open long enough")

    def _from(
        self, at: datetime, *, until: datetime | None = None, days: int = FAR
    ) -> Iterator[Interval]:
        """Open intervals that end after `at`, in order, each starting before `until`."""
        day = at.astimezone(self.zone).date() - timedelta(days=1)
        last = until.astimezone(self.zone).date() + timedelta(days=1) if until else None
        idle = 0
        while idle <= days and (last is None or day <= last) and day < date.max:
            found = [item for item in _open_on(self, day) if item[1] > at]
            yield from found
            idle = 0 if found and days == FAR else idle + 1
            day += timedelta(days=1)


ALWAYS = Hours(ZoneInfo("UTC"), (((0, DAY),),) * 7)
"""Hours that never close: for limits that count every second."""


def hours_of(connection: Connection) -> Hours:
    """The shop's business hours."""
    return Hours.of(desk_setting(connection, "hours"))


@lru_cache(maxsize=4096)
def _open_on(hours: Hours, day: date) -> tuple[Interval, ...]:
    """The open intervals of a local day, in UTC, in order, without overlap."""
    spans = dict(hours.holidays).get(day, hours.week[day.weekday()])
    found: list[Interval] = []
    for start, end in spans:
        opening = _instant(hours.zone, day, start, last=False)
        closing = _instant(hours.zone, day, end, last=True)
        if found and opening <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], closing))
        elif opening < closing:
            found.append((opening, closing))
    return tuple(found)


def _instant(zone: ZoneInfo, day: date, minute: int, *, last: bool) -> datetime:
    """The moment of a local time, in UTC."""
    local = datetime.combine(day + timedelta(days=minute // DAY), time(), zone)
    local = local.replace(hour=minute % DAY // 60, minute=minute % 60)
    first = local.replace(fold=0).astimezone(UTC)
    second = local.replace(fold=1).astimezone(UTC)
    if second < first:  # a skipped time: the two readings lie around the change
        return _change_between(zone, second, first)
    return second if last else first


def _change_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The moment between `low` and `high` at which the zone's offset changes."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def _holiday(item: Any) -> tuple[date, Spans]:
    plain = item if isinstance(item, dict) else {"date": item}
    try:
        day = date.fromisoformat(str(plain.get("date")))
    except ValueError:
        raise HoursError(f"a holiday needs a date as 2026-12-25, not {item!r}") from None
    return day, _spans(plain.get("spans") or [], day.isoformat())


def _spans(raw: Any, where: str) -> Spans:
    if not isinstance(raw, list) or len(raw) > 12:
        raise HoursError(f"{where}: opening times must be a list of pairs")
    found: list[tuple[int, int]] = []
    for pair in raw:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise HoursError(f"{where}: an opening time is a pair as 09:00 and 17:30")
        start, end = (_minute(value, where) for value in pair)
        if start >= end:
            raise HoursError(f"{where}: {pair[0]} is not before {pair[1]}")
        if found and start < found[-1][1]:
            raise HoursError(f"{where}: opening times must not overlap, earliest first")
        found.append((start, end))
    return tuple(found)


def _minute(raw: Any, where: str) -> int:
    if not isinstance(raw, str) or not _CLOCK.fullmatch(raw):
        raise HoursError(f"{where}: {raw!r} is not a time as 09:00")
    hour, minute = raw.split(":")
    return int(hour) * 60 + int(minute)
