"""Doors: passwords and their throttle, invitations, resets, calls from foreign pages, roles."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import delete, update

from care.desk.passwords import hash_now
from care.record.agents import Role, do_add_agent
from care.record.audit import audit_rows
from care.record.record import now
from care.record.schema_desk import invitations, sign_in_failures
from tests.care.desk.colleague import Colleague
from tests.care.desk.office import Office
from tests.support.assistant import SmallAssistant
from tests.support.threaded import threaded_care
from tests.widget.mail_server import MailServer

PASSWORD = "three-quiet-herons"


@pytest.fixture(scope="module")
def hashed() -> str:
    """The hash of PASSWORD, made once."""
    return hash_now(PASSWORD)


@pytest.fixture
def member(office: Office, hashed: str) -> Iterator[Colleague]:
    """An agent with a password; failed attempts are forgotten after."""
    yield office.colleague(password_hash=hashed)
    office.record.write_now(lambda c: c.execute(delete(sign_in_failures)))


@pytest.fixture
def owner(office: Office) -> Colleague:
    """An owner."""
    return office.colleague(Role.OWNER)


def post(office: Office, path: str, **form: str) -> requests.Response:
    """Send a form as one of our own pages does."""
    return requests.post(
        office.url + path,
        data=form,
        headers={"Origin": office.url},
        allow_redirects=False,
        timeout=60,
    )


def sign_in(office: Office, email: str, password: str) -> requests.Response:
    """Try to sign in."""
    return post(office, "/desk/sign-in", email=email, password=password)


def test_a_body_without_a_length_is_read_no_further_than_it_may_go(
    office: Office, member: Colleague
) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 16_384

    kind = {"Content-Type": "application/json"}
    answer = member.call("POST", "/notifications/read", data=endless(), headers=kind)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_long")
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": office.url}
    for body in (endless(), b"email=\xff", b"&".join([b"a=b"] * 30)):
        page = requests.post(f"{office.url}/desk/sign-in", data=body, headers=form, timeout=60)
        assert page.status_code == 400
    odd = {"email": "a\x00b@desk.example", "password": "x\x00y"}
    wrong = requests.post(f"{office.url}/desk/sign-in", data=odd, headers=form, timeout=60)
    assert wrong.status_code == 401


def test_the_right_password_lets_in_and_gives_a_cookie_that_scripts_cannot_read(
    office: Office, member: Colleague
) -> None:
    answer = sign_in(office, f" {member.email.upper()} ", PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert answer.headers["Cache-Control"] == "no-store"


def test_after_five_wrong_passwords_the_right_one_has_to_wait_too(
    office: Office, member: Colleague, hashed: str
) -> None:
    for _ in range(5):
        assert sign_in(office, member.email, "wrong").status_code == 401
    refused = sign_in(office, member.email, PASSWORD)
    assert refused.status_code == 429
    assert "minutes" in refused.text
    assert "Set-Cookie" not in refused.headers
    other = office.colleague(password_hash=hashed)
    assert sign_in(office, other.email, PASSWORD).status_code == 303
    earlier = update(sign_in_failures).values(at=now() - timedelta(minutes=16))
    office.record.write_now(lambda c: c.execute(earlier))
    assert sign_in(office, member.email, PASSWORD).status_code == 303
    actions = [row.action for row in office.record.read_now(audit_rows)]
    assert actions.count("sign_in.failed") >= 5


def test_nobody_learns_whether_an_address_has_an_account(office: Office, member: Colleague) -> None:
    wrong = sign_in(office, member.email, "wrong")
    unknown = sign_in(office, "nobody@desk.example", "wrong")
    assert wrong.status_code == unknown.status_code == 401
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", wrong.text) == strip.sub("", unknown.text)


def test_a_form_of_another_website_is_not_taken(office: Office, member: Colleague) -> None:
    for origin in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        answer = requests.post(
            f"{office.url}/desk/sign-in",
            data={"email": member.email, "password": PASSWORD},
            headers=origin,
            allow_redirects=False,
            timeout=60,
        )
        assert answer.status_code == 400
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Careline": ""},
        {"Origin": "http://evil.example"},
        {"Origin": ""},
        {"Origin": "null"},
    ],
)
def test_a_call_of_another_website_is_not_carried_out(
    office: Office, ana: Colleague, headers: dict[str, str]
) -> None:
    where = office.waiting()
    answer = ana.call("POST", f"/conversations/{where}/claim", {}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "bad_origin")
    assert office.audited(where) == []


@pytest.mark.parametrize(
    "following", ["//evil.example", "https://evil.example", "/desk/../..", "/desk\\evil", "/shop"]
)
def test_after_signing_in_nobody_is_led_away(
    office: Office, member: Colleague, following: str
) -> None:
    answer = post(office, "/desk/sign-in", email=member.email, password=PASSWORD, next=following)
    assert answer.headers["Location"] in ("/desk", "/desk/../..")


def invited(owner: Colleague, email: str, role: str = "agent") -> str:
    """The path of a new invitation's link."""
    made = owner.do("/invitations", email=email, role=role, sight="all")
    return str(made["link"]).removeprefix(owner.url)


def test_an_invitation_is_good_once_and_until_it_expires(office: Office, owner: Colleague) -> None:
    email = f"new{owner.id}@desk.example"
    path = invited(owner, email)
    assert requests.get(office.url + path, timeout=60).status_code == 200
    for weak in ("short", "aaaaaaaaaaaa", email):
        assert post(office, path, name="New", password=weak).status_code == 400
    joined = post(office, path, name="New", password=PASSWORD)
    assert joined.status_code == 303
    for again in (
        post(office, path, name="Two", password=PASSWORD),
        requests.get(office.url + path, timeout=60),
    ):
        assert again.status_code == 410
    assert owner.refused("/invitations", email=email, role="agent", sight="all") == (409, "taken")
    expired = invited(owner, f"late{owner.id}@desk.example")
    past = update(invitations).values(expires_at=now() - timedelta(seconds=1))
    office.record.write_now(lambda c: c.execute(past))
    for answer in (
        requests.get(office.url + expired, timeout=60),
        post(office, expired, name="Late", password=PASSWORD),
        requests.get(f"{office.url}/desk/join/made-up", timeout=60),
    ):
        assert answer.status_code == 410
        assert "<script" not in answer.text
        assert "Set-Cookie" not in answer.headers


def test_a_withdrawn_invitation_lets_nobody_in(office: Office, owner: Colleague) -> None:
    email = f"gone{owner.id}@desk.example"
    path = invited(owner, email)
    (mine,) = [one for one in owner.get("/people")["invitations"] if one["email"] == email]
    owner.do(f"/invitations/{mine['id']}", "DELETE")
    assert post(office, path, name="Gone", password=PASSWORD).status_code == 410


def test_a_new_password_ends_every_session_of_the_old_one(
    office: Office, owner: Colleague, member: Colleague
) -> None:
    line = member.line()
    line.ready()
    link = str(owner.do(f"/people/{member.id}/reset")["link"]).removeprefix(office.url)
    assert post(office, link, password="four-loud-magpies").status_code == 303
    assert line.close_code() == 4401
    assert member.refused("/me", "GET") == (401, "signed_out")
    assert sign_in(office, member.email, PASSWORD).status_code == 401
    assert sign_in(office, member.email, "four-loud-magpies").status_code == 303


LEADS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/people", {}),
    ("PATCH", "/people/1", {"name": "X"}),
    ("POST", "/people/1/reset", {}),
    ("POST", "/invitations", {"email": "x@desk.example", "role": "agent", "sight": "all"}),
    ("DELETE", "/invitations/1", {}),
    ("GET", "/settings", {}),
    ("PUT", "/settings/hours", {}),
    ("GET", "/audit", {}),
    ("GET", "/inboxes", {}),
    ("PUT", "/inboxes/default", {"settings": {}, "version": 0}),
    ("POST", "/teams", {"name": "X"}),
    ("DELETE", "/teams/1", {}),
    ("POST", "/canned", {"shortcut": "x", "title": "x", "text": "x"}),
    ("DELETE", "/canned/1", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), LEADS)
def test_an_agent_changes_nothing_that_is_for_leads(
    office: Office, ana: Colleague, method: str, path: str, body: dict[str, Any]
) -> None:
    answer = ana.call(method, path, None if method == "GET" else body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")


def test_only_owners_make_and_change_owners_and_one_always_stays(office: Office) -> None:
    lead, owner = office.colleague(Role.SUPERVISOR), office.colleague(Role.OWNER)
    body = {"email": f"boss{lead.id}@desk.example", "role": "owner", "sight": "all"}
    assert lead.refused("/invitations", **body) == (403, "not_allowed")
    assert lead.refused(f"/people/{owner.id}", "PATCH", role="agent") == (403, "not_allowed")
    assert lead.refused(f"/people/{lead.id}", "PATCH", role="owner") == (403, "not_allowed")
    everyone = owner.get("/people")["people"]
    others = [one["id"] for one in everyone if one["role"] == "owner" and one["id"] != owner.id]
    for other in others:
        owner.do(f"/people/{other}", "PATCH", role="agent")
    assert owner.refused(f"/people/{owner.id}", "PATCH", active=False) == (409, "last_owner")
    assert owner.refused(f"/people/{owner.id}", "PATCH", role="agent") == (409, "last_owner")


def test_who_forgot_is_answered_before_the_mail_goes_whoever_they_are(
    tmp_path: Path, assistant: SmallAssistant
) -> None:
    mails = MailServer().start()
    mails.awake.clear()
    with threaded_care(tmp_path, assistant, smtp_url=mails.url) as server:
        known = "known@desk.example"
        server.care.record.write_now(do_add_agent, known, "Known", Role.AGENT)
        page = f"{server.url}/desk/forgot"
        for email in (known, "nobody@desk.example"):
            form = {"email": email}
            answer = requests.post(page, data=form, headers={"Origin": server.url}, timeout=60)
            assert answer.status_code == 200
        assert requests.post(page, data={"email": known}, timeout=60).status_code == 400
        mails.awake.set()
        server.until(lambda: mails.mails)
        assert [to for to, _ in mails.mails] == [known]
    mails.stop()


def test_a_weak_password_is_refused_in_the_readers_language(
    office: Office, owner: Colleague
) -> None:
    new = {"email": f"weak{owner.id}@desk.example", "role": "agent", "sight": "all"}
    link = owner.do("/invitations", **new)["link"]
    form = {"name": "Nia", "password": "kurz"}
    headers = {"Origin": office.url, "Accept-Language": "de"}
    page = requests.post(
        f"{office.url}{urlsplit(link).path}", data=form, headers=headers, timeout=60
    )
    assert page.status_code == 400
    assert "Mindestens 10 Zeichen" in page.text
