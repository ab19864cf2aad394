"""The clocks of service levels: when they run, stand still, run out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.handoff.hours import ALWAYS, Hours
from care.handoff.sla import (
    Clock,
    Policy,
    PolicyError,
    Stretch,
    check_policies,
    clocks,
    next_due,
    policies_of,
    policy_for,
)
from care.record.record import Record

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
OFFICE = Hours.of(
    {
        "time_zone": "UTC",
        "week": {
            day: [["09:00", "12:00"], ["13:00", "17:00"]]
            for day in ("mon", "tue", "wed", "thu", "fri")
        },
    }
)
POLICY = Policy("p", None, None, None, first=300, next=900, resolution=7200, in_hours=False)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def only(kind: str, found: list[Clock]) -> Clock:
    return next(clock for clock in reversed(found) if clock.kind == kind)


def test_the_first_clock_runs_until_a_persons_first_reply() -> None:
    asked = Stretch(T0)
    running = only("first", clocks(POLICY, ALWAYS, asked, at(2)))
    assert (running.elapsed, running.remaining, running.due_at) == (120, 180, at(5))
    assert running.running
    assert not running.late
    assert only("first", clocks(POLICY, ALWAYS, asked, at(6))).late
    met = only("first", clocks(POLICY, ALWAYS, Stretch(T0, (("agent", at(4)),)), at(60)))
    assert (met.met_at, met.elapsed, met.running, met.late) == (at(4), 240, False, False)


def test_the_next_clock_runs_from_the_first_unanswered_message() -> None:
    talk = (("agent", at(1)), ("customer", at(10)), ("customer", at(12)))
    running = only("next", clocks(POLICY, ALWAYS, Stretch(T0, talk), at(15)))
    assert running.started_at == at(10)
    assert running.due_at == at(25)
    answered = clocks(POLICY, ALWAYS, Stretch(T0, (*talk, ("agent", at(30)))), at(31))
    assert only("next", answered).late
    assert [clock.kind for clock in answered] == ["first", "next", "resolution"]


def test_before_the_first_reply_there_is_no_next_clock() -> None:
    talk = (("customer", at(1)), ("customer", at(2)))
    assert {c.kind for c in clocks(POLICY, ALWAYS, Stretch(T0, talk), at(3))} == {
        "first",
        "resolution",
    }


def test_resolution_leaves_out_the_time_in_which_we_wait_for_the_customer() -> None:
    talk = (("agent", at(10)), ("customer", at(70)), ("agent", at(80)))
    stretch = Stretch(T0, talk)
    waiting = only("resolution", clocks(POLICY, ALWAYS, stretch, at(500)))
    assert waiting.elapsed == 20 * 60
    assert not waiting.running
    assert waiting.due_at is None
    again = Stretch(T0, (*talk, ("customer", at(500))))
    running = only("resolution", clocks(POLICY, ALWAYS, again, at(510)))
    assert running.elapsed == 30 * 60
    assert running.due_at == at(600)


def test_snoozing_stops_every_clock() -> None:
    stretch = Stretch(T0, snoozed=((at(2), at(62)),))
    asleep = clocks(POLICY, ALWAYS, stretch, at(30))
    assert all(not clock.running and clock.elapsed == 120 for clock in asleep)
    awake = only("first", clocks(POLICY, ALWAYS, stretch, at(63)))
    assert (awake.elapsed, awake.due_at) == (180, at(65))
    still = Stretch(T0, snoozed=((at(2), None),))
    assert next_due(clocks(POLICY, ALWAYS, still, at(900))) is None


def test_closed_hours_do_not_count() -> None:
    policy = Policy("office", None, None, None, 3600, None, None, in_hours=True)
    lunch = Stretch(datetime(2026, 3, 2, 11, 30, tzinfo=UTC))
    clock = only("first", clocks(policy, OFFICE, lunch, datetime(2026, 3, 2, 12, 40, tzinfo=UTC)))
    assert clock.elapsed == 1800
    assert clock.due_at == datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
    friday = Stretch(datetime(2026, 3, 6, 16, 30, tzinfo=UTC))
    clock = only("first", clocks(policy, OFFICE, friday, friday.asked_at))
    assert clock.due_at == datetime(2026, 3, 9, 9, 30, tzinfo=UTC)


def test_hours_that_never_open_give_no_due_time_and_no_error() -> None:
    closed = Hours.of({"time_zone": "UTC", "week": {}})
    policy = Policy("shut", None, None, None, 60, None, None, in_hours=True)
    (clock,) = clocks(policy, closed, Stretch(T0), at(60))
    assert clock.due_at is None
    assert not clock.late


def test_the_clock_that_runs_out_first_is_the_next_due() -> None:
    due = next_due(clocks(POLICY, ALWAYS, Stretch(T0), at(1)))
    assert due is not None
    assert due.kind == "first"


def test_the_first_policy_that_fits_is_taken() -> None:
    found = check_policies(
        {
            "policies": [
                {"name": "Urgent", "priority": "urgent", "first": 60},
                {"name": "Telegram", "channel": "telegram", "first": 120},
                {"name": "Team 3", "team_id": 3, "first": 180},
            ]
        }
    )
    names = [
        policy.name if (policy := policy_for(found, *asked)) else None
        for asked in (
            ("urgent", "telegram", 3),
            ("normal", "telegram", None),
            ("normal", "web", 3),
            ("normal", "web", None),
        )
    ]
    assert names == ["Urgent", "Telegram", "Team 3", None]


@pytest.mark.parametrize(
    "broken",
    [
        {"policies": "none"},
        {"policies": [{"name": ""}]},
        {"policies": [{"name": "a", "first": -1}]},
        {"policies": [{"name": "a", "first": True}]},
        {"policies": [{"name": "a", "first": "5m"}]},
        {"policies": [{"name": "a", "priority": "huge"}]},
        {"policies": [{"name": "a", "colour": "red"}]},
        {"policies": [{"name": "a"}, {"name": "a"}]},
    ],
)
def test_policies_that_make_no_sense_are_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(PolicyError, match=r"\w+"):
        check_policies(broken)


def test_the_policies_at_the_start_can_be_used(record: Record) -> None:
    assert [policy.name for policy in record.read_now(policies_of)] == ["Urgent", "Standard"]


steps = st.lists(
    st.tuples(st.sampled_from(["customer", "agent"]), st.integers(1, 600)), max_size=12
)


@given(steps, st.lists(st.integers(1, 600), max_size=4), st.integers(0, 7000))
def test_clocks_never_count_more_than_the_time_that_passed_nor_less_than_before(
    talk_steps: list[tuple[str, int]], naps: list[int], later: int
) -> None:
    moment, talk = 0, []
    for who, gap in talk_steps:
        moment += gap
        talk.append((who, at(moment)))
    pauses, start = [], 0
    for nap in naps:
        pauses.append((at(start + nap), at(start + 2 * nap)))
        start += 2 * nap
    stretch = Stretch(T0, tuple(talk), tuple(pauses))
    early, late = (
        clocks(POLICY, ALWAYS, stretch, at(later)),
        clocks(POLICY, ALWAYS, stretch, at(later + 5)),
    )
    for clock in late:
        assert 0 <= clock.elapsed <= max((at(later + 5) - clock.started_at).total_seconds(), 0)
        if clock.running and clock.due_at is not None:
            assert clock.late is (clock.due_at < at(later + 5))
    for before, after in zip(early, late, strict=True):
        assert before.elapsed <= after.elapsed
