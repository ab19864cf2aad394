"""Snoozing and reopening."""

from datetime import timedelta

import pytest

from care.handoff.ownership import NotOwner, do_claim, do_hand_back, do_request_handoff, do_resolve
from care.handoff.snoozing import (
    SnoozeRefused,
    do_reopen,
    do_snooze,
    do_unsnooze,
    due_snoozes,
)
from care.handoff.states import state_of
from care.record.conversations import access_conversation, do_current_or_open
from care.record.events import events_after
from care.record.handoffs import open_handoff
from care.record.ids import AgentId, ConversationId, HandoffReason, Owner, Status
from care.record.record import Record, now
from tests.support.desk import new_agent, new_waiting


@pytest.fixture
def mine(record: Record) -> tuple[ConversationId, AgentId]:
    """A conversation of Ana."""
    ana, found = new_agent(record, "Ana"), new_waiting(record, "web:ana")
    record.write_now(do_claim, found, ana)
    return found, ana


def test_what_is_snoozed_returns_to_its_agent_at_its_time(both: Record) -> None:
    ana, found = new_agent(both, "Ana"), new_waiting(both, "web:ana")
    both.write_now(do_claim, found, ana)
    until = now() + timedelta(hours=2)
    both.write_now(do_snooze, found, ana, until)
    assert both.read_now(access_conversation, found).status is Status.SNOOZED
    assert both.read_now(due_snoozes, now()) == []
    assert both.read_now(due_snoozes, until) == [found]
    woken = both.write_now(do_unsnooze, found, {ana})
    assert (woken.status, woken.agent_id, woken.snoozed_until) == (Status.OPEN, ana, None)
    changes = [e.data for e in both.read_now(events_after, 0) if e.kind[-14:] == "status_changed"]
    assert [change["status"] for change in changes] == ["snoozed", "open"]


def test_it_goes_into_the_queue_where_its_agent_is_not_there(
    record: Record, mine: tuple[ConversationId, AgentId]
) -> None:
    found, ana = mine
    record.write_now(do_snooze, found, ana, None)
    woken = record.write_now(do_unsnooze, found, set())
    assert (woken.owner, woken.status) == (Owner.QUEUE, Status.OPEN)
    state = record.read_now(state_of, found)
    assert state is not None
    assert state.wanted_agent_id == ana


def test_the_customers_message_ends_the_snooze(
    record: Record, mine: tuple[ConversationId, AgentId]
) -> None:
    found, ana = mine
    record.write_now(do_snooze, found, ana, None)
    customer = record.read_now(access_conversation, found).customer_id
    back = record.write_now(do_current_or_open, "web:ana", customer, "web")
    assert (back.id, back.status, back.agent_id) == (found, Status.OPEN, ana)


def test_only_a_time_ahead_and_ones_own_can_be_snoozed(
    record: Record, mine: tuple[ConversationId, AgentId]
) -> None:
    found, ana = mine
    for wrong in (now() - timedelta(seconds=1), now() + timedelta(days=400)):
        with pytest.raises(SnoozeRefused, match="future"):
            record.write_now(do_snooze, found, ana, wrong)
    with pytest.raises(NotOwner):
        record.write_now(do_snooze, found, new_agent(record, "Bo"), None)
    record.write_now(do_resolve, found, ana)
    with pytest.raises(SnoozeRefused):
        record.write_now(do_snooze, found, ana, None)


def test_reopening_gives_it_to_the_same_agent_if_online(both: Record) -> None:
    ana, found = new_agent(both, "Ana"), new_waiting(both, "web:ana")
    both.write_now(do_claim, found, ana)
    both.write_now(do_resolve, found, ana)
    again = both.write_now(do_reopen, found, {ana})
    assert (again.status, again.owner, again.agent_id) == (Status.OPEN, Owner.AGENT, ana)
    handoff = both.read_now(open_handoff, found)
    assert handoff is not None
    assert (handoff.reason, handoff.agent_id) == (HandoffReason.REOPENED, ana)
    assert both.write_now(do_reopen, found, {ana}).version == again.version


def test_what_is_claimed_again_is_no_longer_resolved(record: Record) -> None:
    ana, found = new_agent(record, "Ana"), new_waiting(record, "web:ana")
    record.write_now(do_resolve, found, None)
    taken = record.write_now(do_claim, found, ana)
    assert (taken.status, taken.owner, taken.resolved_at) == (Status.OPEN, Owner.AGENT, None)


def test_reopening_otherwise_goes_to_who_does_it_or_waits_for_the_same_agent(
    record: Record, mine: tuple[ConversationId, AgentId]
) -> None:
    found, ana = mine
    bo = new_agent(record, "Bo")
    record.write_now(do_resolve, found, ana)
    assert record.write_now(do_reopen, found, set(), bo).agent_id == bo
    record.write_now(do_resolve, found, bo)
    queued = record.write_now(do_reopen, found, set())
    assert (queued.owner, queued.agent_id) == (Owner.QUEUE, None)
    state = record.read_now(state_of, found)
    assert state is not None
    assert state.wanted_agent_id == bo


def test_after_a_hand_back_nobody_in_particular_is_wanted(
    record: Record, mine: tuple[ConversationId, AgentId]
) -> None:
    found, ana = mine
    record.write_now(do_hand_back, found, ana)
    record.write_now(do_request_handoff, found, HandoffReason.CUSTOMER_ASKED)
    state = record.read_now(state_of, found)
    assert state is not None
    assert state.wanted_agent_id is None
