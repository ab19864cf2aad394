"""Who has a conversation: two at once, stale tabs, transfers, snoozing, ends; each with its trace."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import requests

from care.record.ids import Author
from care.record.messages import messages_of
from care.record.record import now
from tests.care.desk.colleague import Colleague
from tests.care.desk.office import Office


def test_of_eight_who_claim_at_once_one_wins_and_the_others_learn_who(office: Office) -> None:
    where, rivals = office.waiting(), [office.colleague() for _ in range(8)]
    start = Barrier(8)

    def claim(one: Colleague) -> requests.Response:
        start.wait(20)
        return one.call("POST", f"/conversations/{where}/claim", {})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(claim, rivals))
    won = [one for one, answer in zip(rivals, answers, strict=True) if answer.status_code == 200]
    assert len(won) == 1
    for answer in answers:
        if answer.status_code != 200:
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (409, "already_claimed")
            assert (error["agent_id"], error["name"]) == (won[0].id, won[0].name)
            assert won[0].name in error["message"]
    assert office.audited(where) == [(won[0].id, "conversation.claimed")]
    assert office.kinds(where).count("conversation.owner_changed") == 2  # asked for, taken


def test_who_does_not_have_it_can_neither_answer_nor_end_it(
    office: Office, ana: Colleague, bo: Colleague
) -> None:
    where = office.waiting()
    path = f"/conversations/{where}"
    ana.do(f"{path}/claim")
    before = len(office.record.read_now(messages_of, where))
    for action, body in (
        ("replies", {"key": "k1", "text": "I was not asked"}),
        ("resolve", {}),
        ("hand-back", {}),
        ("release", {}),
        ("snooze", {"until": None}),
        ("transfer", {"agent_id": bo.id}),
    ):
        assert bo.refused(f"{path}/{action}", **body) == (409, "not_owner"), action
    assert len(office.record.read_now(messages_of, where)) == before
    assert office.audited(where) == [(ana.id, "conversation.claimed")]
    assert ana.get(path)["row"]["agent_id"] == ana.id


def test_a_reply_is_sent_once_however_often_it_is_posted(office: Office, ana: Colleague) -> None:
    where = office.waiting()
    ana.do(f"/conversations/{where}/claim")

    def send(_: int) -> bool:
        answer = ana.call("POST", f"/conversations/{where}/replies", {"key": "k", "text": "Hi"})
        return answer.status_code == 200 and not answer.json()["duplicate"]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))
    assert not send(0)
    said = office.record.read_now(messages_of, where)
    assert [m.text for m in said if m.author is Author.AGENT] == ["Hi"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": "no key"}, "bad_key"),
        ({"key": "k y", "text": "x"}, "bad_key"),
        ({"key": "k", "text": " \n"}, "empty"),
        ({"key": "k", "text": "x" * 10_001}, "too_long"),
        ({"key": "k", "text": 5}, "bad_field"),
        ({"key": "k", "text": "", "files": ["nothing-here"]}, "unknown_file"),
        ({"key": "k", "text": "x", "files": "all"}, "bad_field"),
    ],
)
def test_a_reply_that_cannot_be_sent_is_refused_with_a_reason(
    office: Office, ana: Colleague, body: dict[str, Any], code: str
) -> None:
    where = office.waiting()
    ana.do(f"/conversations/{where}/claim")
    status, found = ana.refused(f"/conversations/{where}/replies", **body)
    assert found == code
    assert status in (400, 404, 413)


def test_a_stale_tab_cannot_act_on_what_went_on_meanwhile(
    office: Office, ana: Colleague, bo: Colleague
) -> None:
    where = office.waiting()
    path = f"/conversations/{where}"
    ana.do(f"{path}/claim")
    old_tab = Colleague(ana.url, ana.id, ana.name, ana.email, office.sign_in(ana.id))
    ana.do(f"{path}/release")
    bo.do(f"{path}/claim")
    assert old_tab.refused(f"{path}/replies", key="late", text="hello?") == (409, "not_owner")
    assert old_tab.refused(f"{path}/claim") == (409, "already_claimed")
    bo.do(f"{path}/resolve")
    assert bo.do(f"{path}/resolve")["row"]["status"] == "resolved"  # twice is once
    assert office.audited(where).count((bo.id, "conversation.resolved")) >= 1
    assert office.kinds(where).count("handoff.ended") == 1


def test_an_offer_is_answered_once_and_only_by_whom_it_is_for(
    office: Office, ana: Colleague, bo: Colleague
) -> None:
    where, third = office.waiting(), office.colleague()
    path = f"/conversations/{where}"
    ana.do(f"{path}/claim")
    assert ana.refused(f"{path}/transfer") == (400, "bad_transfer")
    assert ana.refused(f"{path}/transfer", agent_id=ana.id) == (400, "bad_transfer")
    assert ana.refused(f"{path}/transfer", agent_id=10**9) == (400, "bad_transfer")
    assert ana.refused(f"{path}/transfer", team_id=10**9) == (400, "bad_transfer")
    assert ana.refused(f"{path}/transfer", agent_id="bo") == (400, "bad_field")
    assert bo.refused(f"{path}/transfer/accept") == (409, "no_offer")
    line = bo.line()
    line.ready()
    row = ana.do(f"{path}/transfer", agent_id=bo.id, comment="yours, I think")["row"]
    assert (row["agent_id"], row["offered_agent_id"]) == (ana.id, bo.id)
    assert third.refused(f"{path}/transfer/accept") == (409, "not_owner")
    assert third.refused(f"{path}/transfer/cancel") == (409, "not_owner")
    bo.do(f"{path}/transfer/decline", comment="I am full")
    assert ana.get(path)["row"]["agent_id"] == ana.id
    assert bo.refused(f"{path}/transfer/accept") == (409, "no_offer")
    ana.do(f"{path}/transfer", agent_id=bo.id)
    ana.do(f"{path}/transfer/cancel")
    assert bo.refused(f"{path}/transfer/accept") == (409, "no_offer")
    ana.do(f"{path}/transfer", agent_id=bo.id)
    assert bo.do(f"{path}/transfer/accept")["row"]["agent_id"] == bo.id
    assert ana.refused(f"{path}/replies", key="k", text="still me?") == (409, "not_owner")
    line.close()


def test_what_goes_to_a_team_or_somebody_away_waits_for_them(
    office: Office, ana: Colleague, bo: Colleague
) -> None:
    team = office.team()
    for target, shown in (({"agent_id": bo.id}, "wanted_agent_id"), ({"team_id": team}, "team_id")):
        where = office.waiting()
        ana.do(f"/conversations/{where}/claim")
        row = ana.do(f"/conversations/{where}/transfer", **target)["row"]
        assert (row["owner"], row["agent_id"]) == ("queue", None)
        assert row[shown] in target.values()


@pytest.mark.parametrize(
    "until", ["2001-01-01T00:00:00Z", "tomorrow", "9999-01-01T00:00:00+00:00", 17]
)
def test_nothing_is_snoozed_until_the_past_or_never(
    office: Office, ana: Colleague, until: object
) -> None:
    where = office.waiting()
    ana.do(f"/conversations/{where}/claim")
    assert ana.refused(f"/conversations/{where}/snooze", until=until) == (400, "bad_time")


def test_snoozed_and_resolved_conversations_are_taken_up_again(
    office: Office, ana: Colleague
) -> None:
    where = office.waiting()
    path, later = f"/conversations/{where}", (now() + timedelta(hours=1)).isoformat()
    ana.do(f"{path}/claim")
    assert ana.do(f"{path}/snooze", until=later)["row"]["status"] == "snoozed"
    assert ana.do(f"{path}/reopen")["row"]["status"] == "open"
    assert ana.do(f"{path}/resolve")["row"]["status"] == "resolved"
    assert ana.refused(f"{path}/snooze", until=later)[0] in (400, 409)
    row = ana.do(f"{path}/reopen")["row"]
    assert (row["status"], row["owner"], row["agent_id"]) == ("open", "agent", ana.id)
    assert ana.do(f"{path}/reopen")["row"]["version"] == row["version"]  # open already


def test_every_action_leaves_a_row_in_the_audit_log(
    office: Office, ana: Colleague, bo: Colleague
) -> None:
    where = office.waiting()
    path, later = f"/conversations/{where}", (now() + timedelta(hours=1)).isoformat()
    team = office.team()
    ana.do(f"{path}/claim")
    ana.do(f"{path}/replies", key="a", text="Hello")
    ana.do(f"{path}/notes", key="b", text="A note")
    ana.do(f"{path}/priority", "PUT", priority="high")
    ana.do(f"{path}/team", "PUT", team_id=team)
    ana.do(f"{path}/tags", tag="late parcel")
    ana.do(f"{path}/tags/late parcel", "DELETE")
    ana.do(f"{path}/snooze", until=later)
    ana.do(f"{path}/reopen")
    ana.do(f"{path}/release")
    ana.do(f"{path}/claim")
    ana.do(f"{path}/transfer", agent_id=bo.id)
    bo.do(f"{path}/claim")
    bo.do(f"{path}/hand-back")
    ana.do(f"{path}/claim")
    ana.do(f"{path}/resolve")
    ana.do(f"{path}/reopen")
    assert office.audited(where) == [
        (ana.id, "conversation.claimed"),
        (ana.id, "message.sent"),
        (ana.id, "note.added"),
        (ana.id, "priority.set"),
        (ana.id, "team.set"),
        (ana.id, "tag.added"),
        (ana.id, "tag.removed"),
        (ana.id, "conversation.snoozed"),
        (ana.id, "conversation.woken"),
        (ana.id, "conversation.released"),
        (ana.id, "conversation.claimed"),
        (ana.id, "transfer.offered"),
        (bo.id, "conversation.claimed"),
        (bo.id, "conversation.handed_back"),
        (ana.id, "conversation.claimed"),
        (ana.id, "conversation.resolved"),
        (ana.id, "conversation.reopened"),
    ]
    shown = ana.get(f"{path}/activity")["rows"]
    assert {row["name"] for row in shown} == {ana.name, bo.name}
