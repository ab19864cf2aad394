"""The list at a thousand conversations: pages, orders, filters; and what cannot be asked."""

import pytest

from tests.care.desk.colleague import Colleague
from tests.care.desk.office import Office
from tests.care.record.test_search import HOSTILE

THOUSAND = 1000


def pages(one: Colleague, **asked: object) -> list[list[int]]:
    """All pages of a view: the ids on each."""
    found, after = list[list[int]](), ""
    while True:
        page = one.get("/conversations", **asked, **({"after": after} if after else {}))
        found.append([row["id"] for row in page["rows"]])
        if page["next"] is None:
            return found
        after = page["next"]


def test_a_thousand_conversations_are_read_page_by_page_each_once(office: Office) -> None:
    team = office.team()
    ids = office.crowd(THOUSAND, team_id=team)
    lead = office.colleague()
    for sort in ("sla", "newest", "oldest", "priority"):
        found = pages(lead, view="unassigned", sort=sort, team=team)
        flat = [one for page in found for one in page]
        assert (len(flat), set(flat)) == (THOUSAND, set(ids)), sort
        assert [len(page) for page in found[:2]] == [30, 60]
    ranks = [("urgent", "high", "normal", "low")[number % 4] for number in range(THOUSAND)]
    order: dict[int, int] = {
        one: ("urgent", "high", "normal", "low").index(rank)
        for one, rank in zip(sorted(ids), ranks, strict=True)
    }
    assert [order[one] for one in flat] == sorted(order.values())
    counted = lead.get("/counts")
    assert counted["unassigned"] == 1000  # counted no further: the desk shows 999+


def test_what_comes_and_goes_between_two_pages_moves_nothing_else(office: Office) -> None:
    team = office.team()
    ids, lead = office.crowd(150, team_id=team), office.colleague()
    asked = {"view": "unassigned", "sort": "oldest", "team": team}
    first = lead.get("/conversations", **asked)
    on_first = [row["id"] for row in first["rows"]]
    gone, later = on_first[0], office.crowd(1, team_id=team)
    lead.do(f"/conversations/{gone}/claim")
    rest, after = list[int](), first["next"]
    while after:
        page = lead.get("/conversations", **asked, after=after)
        rest += [row["id"] for row in page["rows"]]
        after = page["next"]
    assert sorted(on_first + rest) == sorted([*ids, *later])


@pytest.mark.parametrize(
    "asked",
    [
        {"view": "nothing"},
        {"view": "all", "sort": "size"},
        {"view": "all", "after": "x"},
        {"view": "all", "after": "2026-01-01T00:00:00+00:00~"},
        {"view": "all", "after": "'; DROP TABLE events~1"},
        {"view": "all", "sort": "priority", "after": "2026-01-01~1"},
        {"view": "all", "after": "2026-01-01T00:00:00~1"},
        {"view": "all", "after": "2026-01-01T00:00:00+00:00~99999999999999999999"},
    ],
)
def test_a_page_that_does_not_exist_is_refused_with_a_reason(
    office: Office, ana: Colleague, asked: dict[str, str]
) -> None:
    answer = ana.call("GET", "/conversations", params=asked)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] in ("bad_view", "bad_cursor")


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_typed_into_the_search_is_a_command(
    office: Office, ana: Colleague, words: str
) -> None:
    for asked in ({"q": words}, {"tag": words}, {"channel": words}, {"team": words}):
        clean = {name: value.encode("utf-8", "replace") for name, value in asked.items()}
        answer = ana.call("GET", "/conversations", params={"view": "all", **clean})
        assert answer.status_code in (200, 400), answer.text


def test_old_words_are_found_in_what_was_resolved_long_ago(office: Office, ana: Colleague) -> None:
    where = office.of_bot("my zebrawood cupboard wobbles")
    path = f"/conversations/{where}"
    ana.do(f"{path}/claim")
    ana.do(f"{path}/notes", key="n", text="a note about marquetry")
    ana.do(f"{path}/resolve")
    for words in ("zebrawood", "ZEBRAW", "cupboard zebraw", "marquetry", f"#{where}"):
        found = ana.get("/conversations", view="resolved", q=words)["rows"]
        assert [row["id"] for row in found] == [where], words
    assert ana.get("/conversations", view="resolved", q="zebraw cupb")["rows"] == []
    assert ana.get("/conversations", view="all", q="zebrawood")["rows"] == []


def test_filters_by_tag_team_and_channel_fit_together(office: Office, ana: Colleague) -> None:
    team, where = office.team(), office.waiting()
    other = office.waiting()
    for one in (where, other):
        ana.do(f"/conversations/{one}/tags", tag=f"late {team}")
    ana.do(f"/conversations/{where}/team", "PUT", team_id=team)
    tagged = ana.get("/conversations", view="all", tag=f"late {team}")["rows"]
    assert {row["id"] for row in tagged} == {where, other}
    both = ana.get("/conversations", view="all", tag=f"late {team}", team=team, channel="web")
    assert [row["id"] for row in both["rows"]] == [where]
    assert ana.get("/conversations", view="all", team=team, channel="slack")["rows"] == []
