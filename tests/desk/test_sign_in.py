"""Signing in and out, invitations, resets, sessions."""

import re
from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import update

from care.record.agents import Role
from care.record.record import now
from care.record.schema_desk import invitations
from tests.desk.desk import PASSWORD
from tests.desk.office import Office
from tests.widget.mail_server import MailServer


def test_a_wrong_password_is_refused_and_the_right_one_lands_in_the_inbox(office: Office) -> None:
    _, _, email = office.employ()
    page = office.context().new_page()
    page.goto(f"{office.server.url}/desk/c/1")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill("not-the-password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    assert page.context.cookies() == []
    page.goto(f"{office.server.url}/desk")
    page.get_by_label("E-mail address").fill(email.upper())
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("region", name="Queue")).to_be_visible()
    (cookie,) = page.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"


def test_signing_out_ends_the_session_and_its_sockets(office: Office) -> None:
    desk = office.agent()
    other = office.second_tab(desk)
    desk.page.get_by_role("button", name="My presence and settings").click()
    desk.page.get_by_role("menuitem", name="Sign out").click()
    expect(desk.page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()
    expect(other.page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()
    desk.page.go_back()
    expect(desk.page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()


def test_too_many_wrong_passwords_have_to_wait(office: Office) -> None:
    _, _, email = office.employ()
    page = office.context().new_page()
    for _ in range(6):
        page.goto(f"{office.server.url}/desk/sign-in")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill("guess-guess-guess")
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Too many attempts")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Too many attempts")


def test_an_invited_colleague_joins_by_the_link_once(
    office: Office, mail_server: MailServer
) -> None:
    owner = office.agent(role=Role.OWNER)
    office.go(owner, "/desk/settings/people")
    owner.page.get_by_role("button", name="Invite somebody").click()
    owner.page.get_by_label("E-mail").fill("new.colleague@example.com")
    owner.page.get_by_role("button", name="Make the link").click()
    link = owner.page.get_by_role("textbox", name="The link").input_value()
    assert any(to == "new.colleague@example.com" for to, _ in mail_server.mails)
    page = office.context().new_page()
    page.goto(link)
    expect(page.get_by_text(f"{owner.name} invited you as agent")).to_be_visible()
    page.get_by_label("Your name").fill("Nia Colleague")
    page.get_by_label("New password").fill("aaaaaaaaaaaa")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_contain_text("too easy")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("region", name="Queue")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()


def test_an_expired_invitation_says_so(office: Office) -> None:
    owner = office.agent(role=Role.OWNER)
    made = owner.api(
        "POST", "/invitations", {"email": "late@example.com", "role": "agent", "sight": "all"}
    )
    over = update(invitations).where(invitations.c.email == "late@example.com")
    past = now() - timedelta(minutes=1)
    office.record.write_now(lambda c: c.execute(over.values(expires_at=past)))
    page = office.context().new_page()
    answer = page.goto(made["body"]["link"])
    assert answer is not None
    assert answer.status == 410
    expect(page.get_by_text("Ask for a new one")).to_be_visible()


def test_a_forgotten_password_is_reset_by_mail(office: Office, mail_server: MailServer) -> None:
    desk = office.agent()
    page = office.context().new_page()
    page.goto(f"{office.server.url}/desk/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail address").fill(desk.email)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("status")).to_contain_text("on its way")
    office.until(lambda: desk.email in [to for to, _ in mail_server.mails])
    mail = next(mail for to, mail in mail_server.mails if to == desk.email)
    found = re.search(r"http\S+/desk/join/\S+", str(mail.get_content()))  # type: ignore[attr-defined]
    assert found is not None
    page.goto(found[0])
    page.get_by_label("New password").fill("four-louder-herons")
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_role("region", name="Queue")).to_be_visible()
    expect(desk.page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()


def test_a_session_ended_elsewhere_leads_to_the_sign_in(office: Office) -> None:
    desk = office.agent()
    other = office.context().new_page()
    other.goto(f"{office.server.url}/desk/sign-in")
    other.get_by_label("E-mail address").fill(desk.email)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.goto(f"{office.server.url}/desk/me")
    row = other.get_by_role("listitem").filter(has_text="Test browser")
    row.get_by_role("button", name="Sign out").click()
    expect(desk.page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()
    expect(row).to_have_count(0)
    expect(other.get_by_text("this browser", exact=True)).to_be_visible()


def test_calls_from_elsewhere_are_refused(office: Office) -> None:
    desk = office.agent()
    guest = office.waiting()
    path = f"/api/desk/conversations/{guest.conversation_id}/claim"
    request = desk.context.request
    for headers in (
        {},
        {"X-Careline": "desk"},
        {"X-Careline": "desk", "Origin": "https://evil.example"},
        {"Origin": office.server.url},
    ):
        answer = request.post(office.server.url + path, headers=headers, data={})
        assert answer.status == 403
    assert office.owner_of(guest) is None
