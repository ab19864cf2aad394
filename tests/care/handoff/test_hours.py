"""Business hours are exact, also when the clock changes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.handoff.hours import ALWAYS, DAYS, Hours, HoursError, hours_of
from care.record.record import Record

WORKDAYS = {day: [["09:00", "12:30"], ["13:30", "18:00"]] for day in DAYS[:5]}
BERLIN: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "week": WORKDAYS,
    "holidays": [
        "2026-12-25",
        {"date": "2026-12-24", "name": "Eve", "spans": [["09:00", "12:00"]]},
    ],
}
HOURS = Hours.of(BERLIN)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Santiago",
)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-03-02T08:59:59", False),
        ("2026-03-02T09:00:00", True),
        ("2026-03-02T12:30:00", False),
        ("2026-03-02T13:30:00", True),
        ("2026-03-02T18:00:00", False),
        ("2026-03-07T10:00:00", False),
        ("2026-12-24T11:00:00", True),
        ("2026-12-24T14:00:00", False),
        ("2026-12-25T10:00:00", False),
    ],
)
def test_open_and_closed_with_a_lunch_break_a_weekend_and_holidays(at: str, is_open: bool) -> None:
    assert HOURS.is_open(berlin(at)) is is_open


def test_the_next_opening_skips_the_weekend_and_is_now_when_open() -> None:
    friday = berlin("2026-03-06T18:00:00")
    assert HOURS.next_opening(friday) == berlin("2026-03-09T09:00:00")
    assert HOURS.next_opening(berlin("2026-03-06T10:00:00")) == berlin("2026-03-06T10:00:00")
    assert HOURS.next_closing(berlin("2026-03-06T10:00:00")) == berlin("2026-03-06T12:30:00")
    assert Hours.of({"time_zone": "UTC", "week": {}}).next_opening(friday) is None


def test_a_limit_runs_over_the_break_the_night_and_the_holidays() -> None:
    due = HOURS.add_business_seconds(berlin("2026-12-23T17:00:00"), 3600 * 5)
    assert due == berlin("2026-12-28T10:00:00")
    assert HOURS.business_seconds(berlin("2026-12-23T17:00:00"), due) == 5 * 3600


@pytest.mark.parametrize(
    ("zone", "day", "seconds"),
    [
        ("Europe/Berlin", "2026-03-29", 23 * 3600),
        ("Europe/Berlin", "2026-10-25", 25 * 3600),
        ("America/Santiago", "2026-09-06", 23 * 3600),  # midnight itself is skipped
        ("Australia/Lord_Howe", "2026-04-05", 24.5 * 3600),
    ],
)
def test_a_day_with_a_change_of_the_clock_has_its_own_length(
    zone: str, day: str, seconds: float
) -> None:
    hours = Hours.of({"time_zone": zone, "week": {name: [["00:00", "24:00"]] for name in DAYS}})
    start = datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo(zone))
    only = Hours(hours.zone, ((),) * 7, ((start.date(), ((0, 1440),)),))
    assert only.business_seconds(start - timedelta(days=3), start + timedelta(days=3)) == seconds


def test_a_skipped_local_time_means_the_moment_of_the_change() -> None:
    """On 29 March 2026 02:00 becomes 03:00 in Berlin, at 01:00 UTC."""
    early = {"time_zone": "Europe/Berlin", "week": {"sun": [["01:00", "02:30"]]}}
    late = {"time_zone": "Europe/Berlin", "week": {"sun": [["02:30", "04:00"]]}}
    start, end = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC)
    assert Hours.of(early).business_seconds(start, end) == 3600
    assert Hours.of(late).business_seconds(start, end) == 3600
    assert Hours.of(late).next_opening(start) == datetime(2026, 3, 29, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "broken",
    [
        {"time_zone": "Mars/Olympus", "week": {}},
        {"time_zone": "../etc/passwd", "week": {}},
        {"time_zone": "UTC", "week": {"someday": []}},
        {"time_zone": "UTC", "week": {"mon": [["18:00", "09:00"]]}},
        {"time_zone": "UTC", "week": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}},
        {"time_zone": "UTC", "week": {"mon": [["9", "12:00"]]}},
        {"time_zone": "UTC", "week": {"mon": "always"}},
        {"time_zone": "UTC", "week": {}, "holidays": ["Christmas"]},
    ],
)
def test_hours_that_make_no_sense_are_refused_in_words(broken: dict[str, Any]) -> None:
    with pytest.raises(HoursError, match=r"\w+"):
        Hours.of(broken)


def test_a_limit_that_never_comes_is_an_error() -> None:
    with pytest.raises(HoursError, match="never open"):
        Hours.of({"time_zone": "UTC", "week": {}}).add_business_seconds(berlin("2026-03-01"), 1)


def test_the_shops_own_hours_come_from_the_record(record: Record) -> None:
    assert record.read_now(hours_of).is_open(datetime(2026, 3, 2, 10, tzinfo=UTC))


minutes = st.lists(st.integers(0, 1440), max_size=6, unique=True).map(
    lambda marks: tuple(zip(*[iter(sorted(marks)[: len(marks) // 2 * 2])] * 2, strict=True))
)
some_hours = st.builds(
    lambda zone, week, special: Hours(ZoneInfo(zone), week, special),
    st.sampled_from(ZONES),
    st.tuples(*[minutes] * 7),
    st.dictionaries(st.dates(date(2026, 3, 1), date(2026, 11, 30)), minutes, max_size=4).map(
        lambda days: tuple(sorted(days.items()))
    ),
)
moments = st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 30), timezones=st.just(UTC))


@settings(max_examples=150, deadline=None)
@given(some_hours, moments, moments, moments)
def test_open_time_adds_up_over_any_cut(
    hours: Hours, a: datetime, b: datetime, c: datetime
) -> None:
    first, middle, last = sorted((a, b, c))
    whole = hours.business_seconds(first, last)
    parts = hours.business_seconds(first, middle) + hours.business_seconds(middle, last)
    assert whole == pytest.approx(parts, abs=1e-5)
    assert 0 <= whole <= (last - first).total_seconds()
    assert hours.business_seconds(last, first) == 0 or first == last


@settings(max_examples=150, deadline=None)
@given(some_hours, moments, st.integers(1, 400_000))
def test_adding_then_measuring_gives_the_same_seconds(
    hours: Hours, start: datetime, seconds: int
) -> None:
    if hours.business_seconds(start, start + timedelta(days=30)) == 0:
        return
    end = hours.add_business_seconds(start, seconds)
    assert hours.business_seconds(start, end) == seconds
    assert hours.business_seconds(start, end - timedelta(microseconds=1)) < seconds


@settings(max_examples=100, deadline=None)
@given(some_hours, moments)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: Hours, at: datetime) -> None:
    opening = hours.next_opening(at)
    if opening is None or opening - at > timedelta(days=60):
        return
    assert hours.is_open(opening)
    assert hours.business_seconds(at, opening) == 0


@settings(max_examples=60, deadline=None)
@given(some_hours, moments)
def test_open_agrees_with_the_wall_clock_on_days_without_a_change(
    hours: Hours, at: datetime
) -> None:
    local = at.astimezone(hours.zone)
    around = {
        (at + timedelta(hours=shift)).astimezone(hours.zone).utcoffset() for shift in (-26, 0, 26)
    }
    if len(around) > 1:
        return
    spans = dict(hours.holidays).get(local.date(), hours.week[local.weekday()])
    minute = local.hour * 60 + local.minute
    assert hours.is_open(at) is any(start <= minute < end for start, end in spans)


@given(moments, moments)
def test_hours_that_never_close_count_every_second(a: datetime, b: datetime) -> None:
    assert ALWAYS.business_seconds(min(a, b), max(a, b)) == abs((a - b).total_seconds())
