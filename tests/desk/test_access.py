"""For everyone: the keyboard alone, axe on every page in light and dark, German, small screens."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from care.record.agents import Role
from tests.desk.office import Office, no_violations

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = [
    "/desk",
    "/desk/mentions",
    "/desk/me",
    "/desk/cases",
    "/desk/insight",
    "/desk/review",
    "/desk/reports",
    "/desk/settings/people",
    "/desk/settings/teams",
    "/desk/settings/canned",
    "/desk/settings/assignment",
    "/desk/settings/hours",
    "/desk/settings/sla",
    "/desk/settings/inboxes",
    "/desk/settings/audit",
]


def faults(page: Page) -> list[str]:
    """What axe finds on the page."""
    options = {"runOnly": {"type": "tag", "values": RULES}}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:150]}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_wcag(office: Office, scheme: str) -> None:
    guest = office.waiting("topic")
    office.team()
    lead = office.agent(role=Role.OWNER, color_scheme=scheme)
    violations = no_violations(lead.page)
    assert not any(faults_of_signed_out(office, scheme))
    for path in PAGES:
        office.go(lead, path)
        heading = lead.page.get_by_role("heading").first
        expect(heading).to_be_attached()
        expect(lead.page.locator("[aria-busy]")).to_have_count(0)
        assert faults(lead.page) == [], path
    lead.open_id(guest.conversation_id).claim().note("a note").mode("Reply").say("a reply")
    assert faults(lead.page) == []
    lead.page.keyboard.press("Escape")
    for key in ("?", "Control+k", "t", "z"):
        lead.page.keyboard.press(key)
        expect(lead.page.get_by_role("dialog")).to_be_visible()
        assert faults(lead.page) == [], key
        lead.page.keyboard.press("Escape")
        expect(lead.page.get_by_role("dialog")).to_have_count(0)
    assert violations == []


def faults_of_signed_out(office: Office, scheme: str) -> list[list[str]]:
    """What axe finds on the pages without a sign-in."""
    page = office.context(color_scheme=scheme).new_page()
    found = []
    for path in ("/desk/sign-in", "/desk/forgot", "/desk/join/nonsense"):
        page.goto(office.server.url + path)
        found.append(faults(page))
    return found


def test_a_conversation_is_handled_with_the_keyboard_alone(office: Office) -> None:
    first, second = office.waiting(), office.waiting()
    desk = office.agent().view("Unassigned")
    expect(desk.row(second.name)).to_be_visible()
    keys = desk.page.keyboard
    desk.page.locator("#main").focus()
    keys.press("j")
    keys.press("j")
    keys.press("k")
    keys.press("Enter")
    opened = desk.page.locator(".talk h1")
    expect(opened).to_be_visible()
    name = opened.inner_text()
    assert name in (first.name, second.name)
    keys.press("c")
    expect(desk.owner).to_have_text("Yours")
    keys.press("r")
    keys.type("with the keys only")
    keys.press("Enter")
    expect(desk.bubble("with the keys only")).to_be_visible()
    keys.press("Escape")
    keys.press("n")
    keys.type("a note by keys")
    keys.press("Enter")
    expect(desk.bubble("a note by keys")).to_be_visible()
    keys.press("Escape")
    keys.press("z")
    expect(desk.page.get_by_role("dialog", name="Snooze the conversation")).to_be_visible()
    keys.press("Escape")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)
    keys.press("Control+k")
    expect(desk.page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    keys.type("priority high")
    expect(desk.page.get_by_role("option").first).to_contain_text("High")
    keys.press("Enter")
    expect(desk.page.get_by_role("button", name="Priority")).to_contain_text("High")
    keys.press("e")
    expect(desk.owner).to_have_text("Resolved")
    keys.press("Escape")
    keys.press("/")
    expect(desk.page.get_by_role("searchbox", name="Search")).to_be_focused()


def test_the_desk_speaks_german(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent(language="de")
    desk.page.goto(f"{office.server.url}/desk/c/{guest.conversation_id}")
    expect(desk.page.get_by_role("button", name="Übernehmen").first).to_be_visible()
    expect(desk.page.locator("html")).to_have_attribute("lang", "de")
    desk.page.goto(f"{office.server.url}/desk/me")
    desk.page.get_by_label("Farben").select_option("dark")
    expect(desk.page.locator("html")).to_have_attribute("data-theme", "dark")
    desk.page.get_by_label("Sprache").select_option("en")
    expect(desk.page.get_by_role("heading", name="My settings")).to_be_visible()
    expect(desk.page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_desk_works_on_a_phone(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent(viewport={"width": 390, "height": 844}).view("Unassigned")
    desk.open(guest.name).claim().say("from my phone")
    width = desk.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    desk.page.get_by_role("button", name="Back to the list").click()
    expect(desk.page.get_by_role("region", name="Queue")).to_be_visible()


def test_the_inbox_weighs_less_than_sixty_kilobytes(office: Office) -> None:
    for _ in range(3):
        office.waiting()
    desk = office.agent()
    page = desk.context.new_page()
    session = desk.context.new_cdp_session(page)
    session.send("Network.enable")
    received: list[int] = []
    session.on("Network.loadingFinished", lambda e: received.append(int(e["encodedDataLength"])))
    page.goto(f"{office.server.url}/desk")
    expect(page.locator(".line.live")).to_be_attached()
    page.wait_for_load_state("networkidle")
    assert len(received) > 5
    assert sum(received) < 60 * 1024
