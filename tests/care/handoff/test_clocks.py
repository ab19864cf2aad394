"""Clocks of stored conversations; bot time and human time apart."""

from datetime import timedelta

from care.handoff.clocks import (
    clocks_of,
    do_refresh_all,
    do_refresh_clocks,
    newly_late,
    times_of,
)
from care.handoff.ownership import do_claim, do_hand_back, do_resolve
from care.handoff.snoozing import do_snooze
from care.handoff.states import state_of
from care.record.events import events_after
from care.record.ids import Author
from care.record.record import Record, now
from care.record.schema import conversations, events, handoffs
from care.record.schema_desk import desk_states
from tests.support.desk import (
    backdate,
    new_agent,
    new_conversation,
    new_waiting,
    say,
    set_setting,
)

EVERY_SECOND = [
    {"name": "Always", "first": 300, "next": 600, "resolution": 3600, "in_hours": False},
]


def test_a_conversation_of_the_bot_has_no_clocks(record: Record) -> None:
    found = new_conversation(record, "web:ana")
    assert record.read_now(clocks_of, found).clocks == []
    record.write_now(do_refresh_clocks, found)
    assert record.read_now(state_of, found) is None


def test_a_handoff_starts_the_clocks_and_a_reply_stops_the_first(both: Record) -> None:
    set_setting(both, "sla", policies=EVERY_SECOND)
    agent, found = new_agent(both, "Bo"), new_waiting(both, "web:ana")
    state = both.read_now(state_of, found)
    assert state is not None
    assert state.due_kind == "first"
    assert state.due_at - state.handoff_at == timedelta(seconds=300)
    both.write_now(do_claim, found, agent)
    say(both, found, Author.AGENT, agent_id=agent)
    both.write_now(do_refresh_clocks, found)
    state = both.read_now(state_of, found)
    assert state is not None
    assert (state.due_at, state.due_kind, state.late_first) == (None, None, False)
    say(both, found, Author.CUSTOMER)
    both.write_now(do_refresh_clocks, found)
    state = both.read_now(state_of, found)
    assert state is not None
    assert state.due_kind == "next"


def test_a_note_does_not_stop_a_clock(record: Record) -> None:
    agent, found = new_agent(record, "Bo"), new_waiting(record, "web:ana")
    record.write_now(do_claim, found, agent)
    say(record, found, Author.AGENT, agent_id=agent, kind="note", public=False)
    first = record.read_now(clocks_of, found).clocks[0]
    assert (first.kind, first.met_at) == ("first", None)


def test_a_clock_that_ran_out_is_marked_once_and_told_to_the_desk(both: Record) -> None:
    set_setting(both, "sla", policies=EVERY_SECOND)
    found = new_waiting(both, "web:ana")
    past = now() - timedelta(seconds=400)
    backdate(both, handoffs, handoffs.c.conversation_id == found, requested_at=past)
    both.write_now(do_refresh_all)
    state = both.read_now(state_of, found)
    assert state is not None
    assert state.late_first
    assert not state.late_resolution
    both.write_now(do_refresh_clocks, found)
    told = [event for event in both.read_now(events_after, 0) if event.kind == "sla.late"]
    assert [event.data["kind"] for event in told] == ["first"]
    assert not told[0].public
    assert both.read_now(newly_late, now()) == []


def test_what_is_about_to_be_late_is_found_when_its_time_has_passed(record: Record) -> None:
    found = new_waiting(record, "web:ana")
    soon = now() + timedelta(seconds=60)
    backdate(record, desk_states, desk_states.c.conversation_id == found, due_at=soon)
    assert record.read_now(newly_late, now()) == []
    assert record.read_now(newly_late, soon + timedelta(seconds=1)) == [found]


def test_snoozed_conversations_have_nothing_due(record: Record) -> None:
    agent, found = new_agent(record, "Bo"), new_waiting(record, "web:ana")
    record.write_now(do_claim, found, agent)
    record.write_now(do_snooze, found, agent, None)
    state = record.read_now(state_of, found)
    assert state is not None
    assert state.due_at is None
    assert all(not clock.running for clock in record.read_now(clocks_of, found).clocks)


def test_a_resolved_conversation_has_nothing_due(record: Record) -> None:
    agent, found = new_agent(record, "Bo"), new_waiting(record, "web:ana")
    record.write_now(do_claim, found, agent)
    record.write_now(do_resolve, found, agent)
    state = record.read_now(state_of, found)
    assert state is not None
    assert (state.due_at, state.policy) == (None, None)


def test_bot_time_queue_time_and_time_with_people_are_apart(both: Record) -> None:
    """Opened 60 min ago, asked for people 40 min ago, claimed 30, handed back 10 min ago."""
    agent, found = new_agent(both, "Bo"), new_waiting(both, "web:ana")
    both.write_now(do_claim, found, agent)
    both.write_now(do_hand_back, found, agent)
    end = now()

    def ago(minutes: int) -> object:
        return end - timedelta(minutes=minutes)

    backdate(both, conversations, conversations.c.id == found, opened_at=ago(60))  # type: ignore[arg-type]
    backdate(
        both,
        handoffs,
        handoffs.c.conversation_id == found,
        requested_at=ago(40),  # type: ignore[arg-type]
        claimed_at=ago(30),  # type: ignore[arg-type]
        ended_at=ago(10),  # type: ignore[arg-type]
    )
    times = both.read_now(times_of, found, end)
    assert (times.queue, times.people, times.bot) == (600, 1200, 1800)


def test_time_after_a_resolution_counts_nowhere(record: Record) -> None:
    found = new_conversation(record, "web:ana")
    record.write_now(do_resolve, found, None)
    end = now()
    opened, closed = end - timedelta(minutes=90), end - timedelta(minutes=60)
    backdate(record, conversations, conversations.c.id == found, opened_at=opened)
    changed = (events.c.conversation_id == found) & (events.c.kind == "conversation.status_changed")
    backdate(record, events, changed, created_at=closed)
    times = record.read_now(times_of, found, end)
    assert (times.bot, times.queue, times.people) == (1800, 0, 0)
