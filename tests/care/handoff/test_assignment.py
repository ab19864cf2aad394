"""Who gets which conversation: fair, within capacity, by team, language, skill and priority."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from care.handoff.assignment import (
    AssignmentError,
    Candidate,
    Need,
    Plan,
    check_assignment,
    choose,
    do_assign_next,
    do_route,
    online,
    planned,
    unanswered,
    unrouted,
)
from care.handoff.ownership import Stale, do_assign, do_claim, do_return
from care.record.agents import Agent, Role
from care.record.conversations import access_conversation
from care.record.events import events_after
from care.record.handoffs import handoffs_of
from care.record.ids import AgentId, ConversationId, HandoffReason, Owner, TeamId
from care.record.presence import Presence, do_set_wanted
from care.record.record import Record, now
from care.record.schema import conversations
from care.record.schema_desk import desk_states
from care.record.teams import do_delete_team
from tests.support.desk import (
    backdate,
    go,
    new_agent,
    new_team,
    new_waiting,
    set_setting,
)

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)


def candidate(number: int, load: int = 0, given: int | None = None, **more: Any) -> Candidate:
    teams = tuple(TeamId(team) for team in more.pop("teams", ()))
    capacity = more.pop("capacity", 6)
    name = f"Agent {number}"
    agent = Agent(AgentId(number), name, name, None, Role.AGENT, True, capacity, more, T0, teams)
    return Candidate(agent, load, None if given is None else T0 + timedelta(seconds=given))


def assign_all(record: Record) -> dict[ConversationId, AgentId]:
    found: dict[ConversationId, AgentId] = {}
    while (plan := record.write_now(do_assign_next)) is not None:
        found[plan.conversation_id] = plan.agent_id
    return found


def test_who_was_given_nothing_for_longest_is_next() -> None:
    some = [candidate(1, given=30), candidate(2, given=10), candidate(3, given=20)]
    assert choose(Need(), some) == 2
    assert choose(Need(), [*some, candidate(4)]) == 4


def test_the_least_busy_can_be_preferred() -> None:
    some = [candidate(1, load=3, given=1), candidate(2, load=1, given=9)]
    assert choose(Need(), some, "least_busy") == 2
    assert choose(Need(), some) == 1


def test_nobody_gets_more_than_their_capacity() -> None:
    assert choose(Need(), [candidate(1, load=6)]) is None
    assert choose(Need(), [candidate(1, load=6), candidate(2, load=5, given=9)]) == 2
    assert choose(Need(), [candidate(1, capacity=0)]) is None


def test_a_team_gets_its_own_and_nobody_else_does() -> None:
    some = [candidate(1), candidate(2, teams=(7,), given=50)]
    assert choose(Need(team_id=7), some) == 2
    assert choose(Need(team_id=8), some) is None


def test_language_and_skill_are_waited_for_only_where_somebody_online_has_them() -> None:
    german = candidate(1, load=6, languages=["de-AT"])
    english = candidate(2, languages=["en"])
    assert choose(Need(language="de"), [german, english]) is None
    assert choose(Need(language="fr"), [german, english]) == 2
    assert choose(Need(language="de"), [candidate(3), english]) == 3
    skilled = candidate(4, given=99, skills=["refunds"])
    assert choose(Need(skill="refunds"), [english, skilled]) == 4
    assert choose(Need(skill="repairs"), [english, skilled]) == 2


def test_a_conversation_is_kept_for_who_is_wanted_only_a_while() -> None:
    full, other = candidate(1, load=6), candidate(2)
    assert choose(Need(wanted=AgentId(1)), [candidate(1, given=99), other]) == 1
    assert choose(Need(wanted=AgentId(1), hold=True), [full, other]) is None
    assert choose(Need(wanted=AgentId(1)), [full, other]) == 2
    assert choose(Need(skip=frozenset({AgentId(2)})), [full, other]) is None


def test_round_robin_over_three_agents_gives_two_each(both: Record) -> None:
    agents = [new_agent(both, name) for name in ("Ana", "Bo", "Cy")]
    waiting = [new_waiting(both, f"web:{number}") for number in range(6)]
    given = assign_all(both)
    assert list(given) == waiting
    assert [list(given.values()).count(agent) for agent in agents] == [2, 2, 2]
    for conversation_id, agent_id in given.items():
        found = both.read_now(access_conversation, conversation_id)
        assert (found.owner, found.agent_id) == (Owner.AGENT, agent_id)
        assert both.read_now(handoffs_of, conversation_id)[0].agent_id == agent_id


def test_the_seventh_conversation_waits(both: Record) -> None:
    agent = new_agent(both, "Ana")
    waiting = [new_waiting(both, f"web:{number}") for number in range(7)]
    assert list(assign_all(both)) == waiting[:6]
    assert both.read_now(planned) is None
    assert both.read_now(access_conversation, waiting[6]).owner is Owner.QUEUE
    second = new_agent(both, "Bo")
    assert assign_all(both) == {waiting[6]: second}
    assert agent != second


def test_urgent_goes_first_then_who_has_waited_longest(record: Record) -> None:
    new_agent(record, "Ana")
    late = new_waiting(record, "web:late")
    early = new_waiting(record, "web:early")
    urgent = new_waiting(record, "web:urgent", priority="urgent")
    backdate(
        record,
        conversations,
        conversations.c.id == early,
        waiting_since=now() - timedelta(minutes=5),
    )
    assert list(assign_all(record)) == [urgent, early, late]


def test_away_busy_and_offline_agents_get_nothing(record: Record) -> None:
    gone, busy = new_agent(record, "Gone"), new_agent(record, "Busy")
    new_agent(record, "Never", online=False)
    go(record, gone)
    record.write_now(do_set_wanted, busy, Presence.BUSY)
    new_waiting(record, "web:ana")
    assert record.read_now(online) == set()
    assert assign_all(record) == {}
    back = new_agent(record, "Back")
    assert record.read_now(online) == {back}
    assert list(assign_all(record).values()) == [back]


def test_several_processes_together_keep_every_capacity(both: Record) -> None:
    agents = [new_agent(both, name, capacity=3) for name in ("Ana", "Bo")]
    for number in range(12):
        new_waiting(both, f"web:{number}")
    other = Record(both.url)

    def work(record: Record) -> list[AgentId]:
        given = []
        for _ in range(30):
            try:
                plan = record.write_now(do_assign_next)
            except Stale:
                continue
            if plan is None:
                break
            given.append(plan.agent_id)
        return given

    with ThreadPoolExecutor(4) as pool:
        given = [who for some in pool.map(work, [both, other, both, other]) for who in some]
    other.close()
    assert sorted(given) == sorted(agents * 3)


def test_of_an_assignment_and_a_claim_at_once_one_wins(both: Record) -> None:
    ana, bo = new_agent(both, "Ana"), new_agent(both, "Bo", online=False)
    found = new_waiting(both, "web:ana")
    plan = both.read_now(planned)
    assert plan == Plan(found, plan.version, ana) if plan else False
    both.write_now(do_claim, found, bo)
    with pytest.raises(Stale):
        both.write_now(do_assign, found, ana, plan.version if plan else 0)
    assert both.read_now(access_conversation, found).agent_id == bo


def test_what_is_not_answered_in_time_goes_to_the_next_agent(both: Record) -> None:
    set_setting(both, "assignment", return_seconds=60)
    ana, bo = new_agent(both, "Ana"), new_agent(both, "Bo", online=False)
    found = new_waiting(both, "web:ana")
    assert assign_all(both) == {found: ana}
    assert both.read_now(unanswered) == []
    past = now() - timedelta(seconds=61)
    backdate(both, desk_states, desk_states.c.conversation_id == found, assigned_at=past)
    (plan,) = both.read_now(unanswered)
    both.write_now(do_return, plan.conversation_id, plan.agent_id, plan.version)
    assert both.read_now(access_conversation, found).owner is Owner.QUEUE
    assert assign_all(both) == {}, "the one who let it wait does not get it again at once"
    new_agent(both, "Cy")
    assert list(assign_all(both)) == [found]
    assert bo not in both.read_now(online)


def test_what_was_answered_is_not_returned(record: Record) -> None:
    set_setting(record, "assignment", return_seconds=60)
    new_agent(record, "Ana")
    found = new_waiting(record, "web:ana")
    assign_all(record)
    past = now() - timedelta(seconds=61)
    backdate(record, desk_states, desk_states.c.conversation_id == found, assigned_at=past)
    backdate(record, conversations, conversations.c.id == found, waiting_since=None)
    assert record.read_now(unanswered) == []


def test_returning_keeps_the_place_in_the_queue(record: Record) -> None:
    ana = new_agent(record, "Ana")
    first = new_waiting(record, "web:1")
    since = record.read_now(access_conversation, first).waiting_since
    record.write_now(do_claim, first, ana)
    version = record.read_now(access_conversation, first).version
    record.write_now(do_return, first, ana, version)
    assert record.read_now(access_conversation, first).waiting_since == since


def test_rules_route_to_a_team_and_its_members_get_it(both: Record) -> None:
    team = new_team(both, "Complaints")
    rule = {"reason": "complaint", "team_id": team}
    set_setting(both, "assignment", rules=[rule])
    new_agent(both, "Ana")
    member = new_agent(both, "Bo", teams=(team,))
    plain = new_waiting(both, "web:plain")
    angry = new_waiting(both, "web:angry", HandoffReason.COMPLAINT)
    assert both.read_now(unrouted) == [(angry, team)]
    both.write_now(do_route, angry, team)
    assert both.read_now(unrouted) == []
    given = assign_all(both)
    assert given[angry] == member
    assert plain in given
    routed = [e for e in both.read_now(events_after, 0) if e.kind == "conversation.routed"]
    assert [event.conversation_id for event in routed] == [angry]


def test_a_rule_for_a_team_that_was_dissolved_stops_nobody(both: Record) -> None:
    team, member = new_team(both, "Complaints"), new_agent(both, "Cara")
    set_setting(both, "assignment", rules=[{"reason": "complaint", "team_id": team}])
    both.write_now(do_delete_team, team)
    angry = new_waiting(both, "web:angry", HandoffReason.COMPLAINT)
    assert both.read_now(unrouted) == []
    assert assign_all(both) == {angry: member}


@pytest.mark.parametrize(
    "broken",
    [
        {"strategy": "favourites"},
        {"return_seconds": -1},
        {"return_seconds": "soon"},
        {"grace_seconds": 1},
        {"rules": {}},
        {"rules": [{"colour": "red"}]},
        {"rules": [{"team_id": "three"}]},
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(broken: dict[str, Any]) -> None:
    good = {"strategy": "round_robin", "return_seconds": 180, "grace_seconds": 30, "rules": []}
    check_assignment(good)
    with pytest.raises(AssignmentError, match=r"\w+"):
        check_assignment({**good, **broken})
