"""Hostile words stay words, and nonsense gets a reason: every call of the desk is tried."""

from typing import Any

import pytest
import requests

from care.app import public_app
from care.care import build
from care.openapi import openapi
from care.record.agents import Role
from care.settings import Settings
from tests.care.desk.colleague import Colleague
from tests.care.desk.office import Office
from tests.care.test_openapi import HOSTILE

MARKUP = (
    '<img src=x onerror="alert(1)">',
    "</script><script>alert(1)</script>",
    "[link](javascript:alert(1))",
    "{{7*7}} ${7*7} %s {0}",
    "\u202egnp.exe",
    "a\x00b",
)


@pytest.mark.parametrize("words", MARKUP)
def test_a_note_with_markup_is_kept_as_it_is_and_shown_to_colleagues_only(
    office: Office, ana: Colleague, words: str
) -> None:
    where = office.waiting()
    line = ana.line()
    line.ready()
    ana.do(f"/conversations/{where}/notes", key="n", text=words)
    answer = ana.call("GET", f"/conversations/{where}")
    assert answer.headers["Content-Type"] == "application/json"
    note = answer.json()["messages"][-1]
    assert (note["kind"], note["public"]) == ("note", False)
    assert note["text"] == words.replace("\x00", "")
    (event,) = [one for one in line.events(office.last_seq()) if "message" in one]
    assert event["message"]["text"] == words.replace("\x00", "")
    line.close()


def test_names_and_tags_with_markup_are_refused_or_kept_as_words(
    office: Office, ana: Colleague
) -> None:
    where = office.waiting()
    path = f"/conversations/{where}"
    for tag in ("<b>", "a" * 41, "x;y", "\x00"):
        assert ana.refused(f"{path}/tags", tag=tag)[0] in (400, 413)
    lead = office.colleague(Role.SUPERVISOR)
    team = lead.do("/teams", name=f"<i>{lead.id}</i>", members=[])["id"]
    named = {one["id"]: one["name"] for one in ana.get("/shared")["teams"]}
    assert named[team] == f"<i>{lead.id}</i>"


@pytest.mark.parametrize("number", ["0", "-1", "abc", "1e3", "9999999999", "%00", "²", "1.0"])
def test_numbers_that_are_none_are_not_found(office: Office, ana: Colleague, number: str) -> None:
    for path in ("/conversations/{}", "/conversations/{}/activity"):
        answer = ana.call("GET", path.format(number))
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    page = requests.get(f"{ana.url}/desk/c/{number}", headers=ana.cookie, timeout=60)
    assert page.status_code in (404, 503)


@pytest.mark.parametrize("number", [10**9, 2**31, 10**30, -1])
def test_numbers_of_nothing_are_refused_wherever_they_stand(
    office: Office, ana: Colleague, number: int
) -> None:
    where = office.waiting()
    path = f"/conversations/{where}"
    ana.do(f"{path}/claim")
    for action, method, body in (
        ("team", "PUT", {"team_id": number}),
        ("transfer", "POST", {"team_id": number}),
        ("transfer", "POST", {"agent_id": number}),
    ):
        status, code = ana.refused(f"{path}/{action}", method, **body)
        assert (status, code) in ((404, "not_found"), (400, "bad_field"), (400, "bad_transfer"))
    answer = ana.call("POST", f"{path}/seen", {"message_id": number})
    assert answer.status_code in (204, 400)
    note = {"key": "n", "text": "who is this?", "mentions": [number]}
    assert ana.call("POST", f"{path}/notes", note).status_code in (200, 400)
    assert ana.call("POST", "/notifications/read", {"ids": [number]}).status_code in (204, 400)


@pytest.mark.parametrize("number", ["-1", "abc", "²", str(2**31), "9" * 5000])
def test_numbers_that_are_none_are_refused_in_a_query(office: Office, number: str) -> None:
    lead, where = office.colleague(Role.SUPERVISOR), office.waiting()
    for path in (f"/conversations/{where}/messages?before=", "/audit?before=", "/review?before="):
        assert lead.refused(f"{path}{number}", "GET") == (400, "bad_field")
    assert lead.refused(f"/cases?conversation={number}", "GET") == (400, "bad_field")
    assert lead.get(f"/conversations?view=all&q={number}&team={number}")["rows"] == []


def test_teams_and_colleagues_that_are_none_are_not_found(office: Office, ana: Colleague) -> None:
    lead = office.colleague(Role.SUPERVISOR)
    gone = (404, "not_found")
    assert lead.refused(f"/people/{ana.id}", "PATCH", teams=[10**8]) == gone
    assert lead.refused("/teams", name=f"Odd {lead.id}", members=[10**8]) == gone
    new = {"email": f"new{lead.id}@desk.example", "role": "agent", "sight": "all"}
    assert lead.refused("/invitations", **new, teams=[10**8]) == gone
    assert lead.do("/teams", name=f"Odd {lead.id}", members=[ana.id])["id"]


def test_a_team_that_was_given_work_can_be_dissolved(office: Office, ana: Colleague) -> None:
    lead, team, where = office.colleague(Role.SUPERVISOR), office.team(), office.waiting()
    word = f"w{lead.id}"
    lead.do("/canned", shortcut=word, title="Theirs", text="Hello", team_id=team)
    ana.do(f"/conversations/{where}/claim")
    ana.do(f"/conversations/{where}/transfer", team_id=team)
    lead.do(f"/teams/{team}", "DELETE")
    assert ana.get(f"/conversations/{where}")["row"]["team_id"] is None
    assert word in [one["shortcut"] for one in ana.get("/shared")["canned"]]
    ana.do(f"/conversations/{where}/claim")


def _writes() -> list[tuple[str, str]]:
    app = public_app(build(Settings(assistant_token="a", inner_token="b")))
    return [
        (method.upper(), path)
        for path, methods in openapi(app.routes)["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/desk/") and "requestBody" in operation
    ]


def test_nonsense_gets_a_reason_and_never_a_fault(office: Office) -> None:
    owner, where = office.colleague(Role.OWNER), office.waiting()
    tried = _writes()
    assert len(tried) > 40
    for method, path in tried:
        address = path.removeprefix("/api/desk").replace("{id}", str(where))
        address = address.replace("{key}", "hours").replace("{name}", "default")
        for body in HOSTILE:
            answer = owner.call(
                method,
                address,
                data=body,
                headers={"Content-Type": "application/json"},
                allow_redirects=False,
            )
            where_it_was = f"{method} {path} {body[:50]!r}"
            assert answer.status_code < 500, where_it_was
            if answer.status_code >= 400 and answer.content:
                error: dict[str, Any] = answer.json()["error"]
                assert error["code"], where_it_was
                assert error["message"], where_it_was
