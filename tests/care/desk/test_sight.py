"""A role hides: in the list, in search, by address, in every action and in the socket's frames."""

import pytest

from care.handoff.ownership import do_claim
from care.record.feedback import do_add_feedback
from care.record.ids import Author, ConversationId, FeedbackKind
from tests.care.desk.colleague import Colleague
from tests.care.desk.office import Office
from tests.support.desk import say

ACTIONS = [
    ("GET", ""),
    ("GET", "/messages?before=99"),
    ("GET", "/activity"),
    ("POST", "/claim"),
    ("POST", "/release"),
    ("POST", "/replies"),
    ("POST", "/notes"),
    ("POST", "/hand-back"),
    ("POST", "/resolve"),
    ("POST", "/reopen"),
    ("POST", "/seen"),
    ("PUT", "/priority"),
    ("PUT", "/team"),
    ("POST", "/tags"),
    ("DELETE", "/tags/late"),
    ("POST", "/transfer"),
    ("POST", "/transfer/accept"),
    ("POST", "/snooze"),
    ("POST", "/files"),
]


def seen_by(one: Colleague, *ids: ConversationId) -> set[int]:
    """Which of these the agent sees in the list of everything, and by nothing else."""
    listed = {row["id"] for row in one.get("/conversations", view="all", sort="newest")["rows"]}
    opened: set[int] = {
        found for found in ids if one.call("GET", f"/conversations/{found}").status_code == 200
    }
    assert opened == listed & set(ids)
    return opened


def test_own_team_and_all_see_what_they_may(office: Office, ana: Colleague) -> None:
    mine_team, other_team = office.team(), office.team()
    own = office.colleague(sight="own")
    team = office.colleague(sight="team", teams=(mine_team,))
    word = f"periwinkle{own.id}"
    free, ours, theirs, taken, kept = (office.waiting() for _ in range(5))
    for where in (free, ours, theirs, taken, kept):
        say(office.record, where, Author.CUSTOMER, word)
    ana.do(f"/conversations/{ours}/team", "PUT", team_id=mine_team)
    ana.do(f"/conversations/{theirs}/team", "PUT", team_id=other_team)
    office.record.write_now(do_claim, taken, ana.id)
    office.record.write_now(do_claim, kept, own.id)
    everything = (free, ours, theirs, taken, kept)
    for one, expected in (
        (own, {kept}),
        (team, {free, ours}),
        (ana, set(everything)),
    ):
        assert seen_by(one, *everything) == expected
        searched = one.get("/conversations", view="all", q=word)["rows"]
        assert {row["id"] for row in searched} == expected
    by_number = own.get("/conversations", view="all", q=f"#{taken}")["rows"]
    assert by_number == []


def test_a_customers_past_shows_only_what_the_agent_may_see(office: Office, ana: Colleague) -> None:
    own, (before, elsewhere, here) = office.colleague(sight="own"), office.crowd(3)
    for where, one in ((before, own), (elsewhere, ana), (here, own)):
        office.record.write_now(do_claim, where, one.id)
    office.record.write_now(do_add_feedback, before, FeedbackKind.CSAT, 4)
    past = own.get(f"/conversations/{here}")["past"]
    assert [(one["id"], one["ratings"]) for one in past] == [
        (before, [{"kind": "csat", "score": 4}])
    ]
    seen_by_all = [one["id"] for one in ana.get(f"/conversations/{here}")["past"]]
    assert seen_by_all == [elsewhere, before]


@pytest.mark.parametrize(("method", "path"), ACTIONS)
def test_what_is_hidden_cannot_be_touched(office: Office, method: str, path: str) -> None:
    stranger, where = office.colleague(sight="own"), office.waiting()
    before = office.last_seq()
    full = f"/conversations/{where}{path}"
    body = {"key": "k", "text": "x", "priority": "high", "tag": "late", "message_id": 1}
    answer = stranger.call(method, full, None if method == "GET" else body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "hidden")
    assert office.audited(where) == []
    kinds = office.record.read_now(
        lambda c: c.exec_driver_sql(
            f"SELECT kind FROM events WHERE seq > {before} AND conversation_id = {where}"
        ).all()
    )
    assert kinds == []


def test_frames_tell_a_role_nothing_of_what_it_may_not_see(office: Office, ana: Colleague) -> None:
    stranger = office.colleague(sight="own")
    hidden, shown = office.waiting(), office.waiting()
    office.record.write_now(do_claim, shown, stranger.id)
    line = stranger.line()
    line.ready()
    ana.do(f"/conversations/{hidden}/claim")
    ana.do(f"/conversations/{hidden}/replies", key="k", text="a word for one customer only")
    ana.do(f"/conversations/{hidden}/notes", key="n", text="and a note about them")
    say(office.record, shown, Author.CUSTOMER, "hello")
    last = office.last_seq()
    office.wake()
    heard = line.events(last)
    assert {event["conversation_id"] for event in heard} == {shown}
    line.close()
    line = stranger.line(after=heard[0]["seq"] - 1)
    _, replayed = line.ready()
    assert {event["conversation_id"] for event in replayed} == {shown}
    line.close()


def test_who_loses_sight_of_a_conversation_is_told_that_it_is_gone_and_no_more(
    office: Office, ana: Colleague
) -> None:
    stranger, where = office.colleague(sight="own"), office.waiting()
    office.record.write_now(do_claim, where, stranger.id)
    line = stranger.line()
    line.ready()
    stranger.do(f"/conversations/{where}/release")
    ana.do(f"/conversations/{where}/claim")
    ana.do(f"/conversations/{where}/replies", key="k", text="not for the stranger's eyes")
    other = office.waiting()
    office.record.write_now(do_claim, other, stranger.id)
    office.wake()
    heard = line.events(office.last_seq())
    gone = [event for event in heard if event["kind"] == "conversation.hidden"]
    assert {event["conversation_id"] for event in gone} == {where}
    assert all(event["data"] == {} and "row" not in event for event in gone)
    assert "not for the stranger's eyes" not in str(heard)
    line.close()


def test_a_mention_does_not_show_what_a_role_hides(office: Office, ana: Colleague) -> None:
    stranger, where = office.colleague(sight="own"), office.waiting()
    ana.do(f"/conversations/{where}/notes", key="n", text="@you look", mentions=[stranger.id])
    assert stranger.get("/notifications")["notifications"] == []
    colleague = office.colleague()
    ana.do(f"/conversations/{where}/notes", key="m", text="@you look", mentions=[colleague.id])
    (notice,) = colleague.get("/notifications")["notifications"]
    assert (notice["kind"], notice["conversation_id"]) == ("mention", where)
