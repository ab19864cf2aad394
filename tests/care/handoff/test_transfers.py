"""Transfers: offered, accepted, declined, queued; the comment goes along."""

from datetime import timedelta

import pytest

from care.handoff.assignment import do_assign_next, planned
from care.handoff.ownership import NotOwner, Stale, do_claim, do_release, do_resolve
from care.handoff.states import state_of
from care.handoff.transfers import (
    TransferRefused,
    access_transfer,
    do_accept_transfer,
    do_cancel_transfer,
    do_decline_transfer,
    do_expire_transfer,
    do_transfer,
    offered_transfer,
    offers_before,
)
from care.record.conversations import access_conversation
from care.record.events import events_after
from care.record.ids import AgentId, ConversationId, Owner, TeamId
from care.record.messages import messages_of
from care.record.presence import do_see_agents
from care.record.record import Record, now
from care.record.schema import events
from tests.support.desk import backdate, new_agent, new_team, new_waiting


@pytest.fixture
def mine(record: Record) -> tuple[ConversationId, AgentId, AgentId]:
    """A conversation of Ana, and Bo, who could take it."""
    ana, bo = new_agent(record, "Ana"), new_agent(record, "Bo")
    found = new_waiting(record, "web:ana")
    record.write_now(do_claim, found, ana)
    return found, ana, bo


def offer(record: Record, found: ConversationId, ana: AgentId, bo: AgentId) -> int:
    given = record.write_now(
        lambda c: do_transfer(c, found, ana, "Carrier asks back", to_agent_id=bo, online=True)
    )
    return given.id


def kinds(record: Record) -> list[str]:
    return [e.kind for e in record.read_now(events_after, 0) if e.kind.startswith("transfer.")]


def test_an_offer_is_taken_back_only_while_nobody_has_answered_it(
    record: Record, mine: tuple[ConversationId, AgentId, AgentId]
) -> None:
    found, ana, bo = mine
    transfer = offer(record, found, ana, bo)
    record.write_now(do_cancel_transfer, transfer)
    assert record.read_now(access_transfer, transfer).state == "withdrawn"
    assert kinds(record) == ["transfer.offered", "transfer.withdrawn"]
    taken = offer(record, found, ana, bo)
    record.write_now(do_accept_transfer, taken, bo)
    with pytest.raises(Stale):
        record.write_now(do_cancel_transfer, taken)
    assert record.read_now(access_transfer, taken).state == "accepted"
    assert kinds(record)[2:] == ["transfer.offered", "transfer.accepted"]


def test_an_offer_stays_with_its_owner_until_it_is_accepted(both: Record) -> None:
    ana, bo = new_agent(both, "Ana"), new_agent(both, "Bo")
    found = new_waiting(both, "web:ana")
    both.write_now(do_claim, found, ana)
    transfer = offer(both, found, ana, bo)
    state = both.read_now(state_of, found)
    assert state is not None
    assert state.offered_agent_id == bo
    assert both.read_now(access_conversation, found).agent_id == ana
    both.write_now(do_accept_transfer, transfer, bo)
    assert both.read_now(access_conversation, found).agent_id == bo
    assert both.read_now(access_transfer, transfer).state == "accepted"
    state = both.read_now(state_of, found)
    assert state is not None
    assert state.offered_agent_id is None
    assert kinds(both) == ["transfer.offered", "transfer.accepted"]


def test_the_comment_is_a_note_that_customers_never_see(
    record: Record, mine: tuple[ConversationId, AgentId, AgentId]
) -> None:
    transfer = offer(record, *mine)
    note = record.read_now(messages_of, mine[0])[-1]
    assert (note.kind, note.public, note.text) == ("note", False, "Carrier asks back")
    assert note.payload == {"transfer": transfer}


def test_declining_returns_it_with_the_reason(
    record: Record, mine: tuple[ConversationId, AgentId, AgentId]
) -> None:
    found, ana, bo = mine
    transfer = offer(record, *mine)
    record.write_now(do_decline_transfer, transfer, bo, "At lunch")
    assert record.read_now(access_conversation, found).agent_id == ana
    declined = record.read_now(access_transfer, transfer)
    assert (declined.state, declined.answer) == ("declined", "At lunch")
    assert record.read_now(offered_transfer, found) is None
    with pytest.raises(Stale):
        record.write_now(do_accept_transfer, transfer, bo)


def test_only_the_one_who_is_asked_can_answer(
    record: Record, mine: tuple[ConversationId, AgentId, AgentId]
) -> None:
    transfer, other = offer(record, *mine), new_agent(record, "Cy")
    for act in (do_accept_transfer, do_decline_transfer):
        with pytest.raises(NotOwner):
            record.write_now(act, transfer, other)


def test_only_the_owner_can_transfer(
    record: Record, mine: tuple[ConversationId, AgentId, AgentId]
) -> None:
    found, ana, bo = mine
    with pytest.raises(NotOwner):
        record.write_now(lambda c: do_transfer(c, found, bo, to_agent_id=ana))


def test_a_transfer_to_a_team_waits_in_the_queue_for_its_members(both: Record) -> None:
    team = new_team(both, "Carriers")
    ana, bo = new_agent(both, "Ana"), new_agent(both, "Bo", teams=(team,))
    found = new_waiting(both, "web:ana")
    both.write_now(do_claim, found, ana)
    transfer = both.write_now(lambda c: do_transfer(c, found, ana, "please", to_team_id=team))
    queued = both.read_now(access_conversation, found)
    assert (queued.owner, queued.team_id, queued.agent_id) == (Owner.QUEUE, team, None)
    assert transfer.state == "queued"
    plan = both.write_now(do_assign_next)
    assert plan is not None
    assert plan.agent_id == bo
    assert both.read_now(access_transfer, transfer.id).state == "accepted"


def test_a_transfer_to_an_offline_agent_is_kept_for_them(record: Record) -> None:
    ana, cy = new_agent(record, "Ana"), new_agent(record, "Cy", online=False)
    new_agent(record, "Bo")
    found = new_waiting(record, "web:ana")
    record.write_now(do_claim, found, ana)
    record.write_now(lambda c: do_transfer(c, found, ana, to_agent_id=cy))
    assert record.read_now(access_conversation, found).owner is Owner.QUEUE
    assert record.read_now(planned) is None
    record.write_now(do_see_agents, {cy})
    plan = record.write_now(do_assign_next)
    assert plan is not None
    assert plan.agent_id == cy


def test_after_a_while_anybody_gets_what_an_offline_agent_did_not_take(record: Record) -> None:
    ana, cy = new_agent(record, "Ana"), new_agent(record, "Cy", online=False)
    bo = new_agent(record, "Bo")
    found = new_waiting(record, "web:ana")
    record.write_now(do_claim, found, ana)
    record.write_now(lambda c: do_transfer(c, found, ana, to_agent_id=cy))
    past = now() - timedelta(seconds=200)
    backdate(record, events, events.c.conversation_id == found, created_at=past)
    plan = record.write_now(do_assign_next)
    assert plan is not None
    assert plan.agent_id == bo, "and not the one who gave it away"


@pytest.mark.parametrize("end", [do_release, do_resolve])
def test_an_offer_ends_when_the_conversation_goes_elsewhere(
    record: Record, mine: tuple[ConversationId, AgentId, AgentId], end: object
) -> None:
    found, ana, bo = mine
    transfer = offer(record, *mine)
    record.write_now(end, found, ana)  # type: ignore[arg-type]
    assert record.read_now(access_transfer, transfer).state == "withdrawn"
    with pytest.raises(Stale):
        record.write_now(do_accept_transfer, transfer, bo)


def test_an_offer_that_nobody_answers_runs_out(
    record: Record, mine: tuple[ConversationId, AgentId, AgentId]
) -> None:
    found, ana, _ = mine
    transfer = offer(record, *mine)
    assert record.read_now(offers_before, now() - timedelta(seconds=60)) == []
    assert [item.id for item in record.read_now(offers_before, now())] == [transfer]
    record.write_now(do_expire_transfer, transfer)
    assert record.read_now(access_transfer, transfer).state == "expired"
    assert record.read_now(access_conversation, found).agent_id == ana
    with pytest.raises(Stale):
        record.write_now(do_expire_transfer, transfer)


def test_a_second_offer_replaces_the_first(
    record: Record, mine: tuple[ConversationId, AgentId, AgentId]
) -> None:
    found, ana, bo = mine
    first, cy = offer(record, *mine), new_agent(record, "Cy")
    second = offer(record, found, ana, cy)
    assert record.read_now(access_transfer, first).state == "withdrawn"
    current = record.read_now(offered_transfer, found)
    assert current is not None
    assert current.id == second
    with pytest.raises(Stale):
        record.write_now(do_accept_transfer, first, bo)


def test_transfers_that_cannot_be_are_refused_in_words(
    record: Record, mine: tuple[ConversationId, AgentId, AgentId]
) -> None:
    found, ana, bo = mine
    bad: list[dict[str, object]] = [
        {},
        {"to_agent_id": bo, "to_team_id": TeamId(1)},
        {"to_agent_id": ana},
        {"to_agent_id": AgentId(999)},
        {"to_team_id": TeamId(999)},
        {"to_agent_id": bo, "comment": "x" * 2001},
    ]
    for given in bad:
        with pytest.raises(TransferRefused, match=r"\w+"):
            record.write_now(lambda c, given=given: do_transfer(c, found, ana, **given))
