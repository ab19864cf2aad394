"""For everyone: the keyboard alone, axe on every page in light and dark, German, small screens."""

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, Route, expect

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


def faults_in_both(page: Page) -> list[str]:
    """What axe finds on the page in light and in dark colours, with nothing moving."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme}: {fault}" for fault in faults(page)]
    return found


def test_no_page_breaks_wcag_in_light_or_dark(office: Office) -> None:
    office.waiting("topic")
    office.team()
    lead = office.agent(role=Role.OWNER)
    violations = no_violations(lead.page)
    for path in PAGES:
        office.go(lead, path)
        heading = lead.page.get_by_role("heading").first
        expect(heading).to_be_attached()
        expect(lead.page.locator("[aria-busy]")).to_have_count(0)
        assert faults_in_both(lead.page) == [], path
    assert violations == []


def test_no_conversation_or_dialog_breaks_wcag_in_light_or_dark(office: Office) -> None:
    guest = office.waiting("topic")
    desk = office.agent().open_id(guest.conversation_id)
    desk.claim().note("a note").mode("Reply").say("a reply")
    assert faults_in_both(desk.page) == []
    desk.page.keyboard.press("Escape")
    for key in ("?", "Control+k", "t", "z"):
        desk.page.keyboard.press(key)
        expect(desk.page.get_by_role("dialog")).to_be_visible()
        assert faults_in_both(desk.page) == [], key
        desk.page.keyboard.press("Escape")
        expect(desk.page.get_by_role("dialog")).to_have_count(0)


def test_no_page_before_the_sign_in_breaks_wcag_in_light_or_dark(office: Office) -> None:
    page = office.context().new_page()
    for path in ("/desk/sign-in", "/desk/forgot", "/desk/join/nonsense"):
        page.goto(office.server.url + path)
        assert faults_in_both(page) == [], path


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


def test_what_is_typed_before_a_dialog_is_drawn_is_written_in_it(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id)
    for _ in range(5):
        desk.page.keyboard.press("Control+k")
        desk.page.keyboard.type("mine")
        expect(desk.page.get_by_role("combobox")).to_have_value("mine")
        desk.page.keyboard.press("Escape")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)


def test_what_is_typed_while_a_claim_is_on_its_way_does_nothing_else(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id)
    held: list[Route] = []
    desk.page.route("**/claim", lambda route: held.append(route))
    with desk.page.expect_request("**/claim"):
        desk.page.keyboard.press("c")
    desk.page.keyboard.type("retz")  # begin a reply; and what would resolve, transfer and snooze
    for route in held:
        route.continue_()
    expect(desk.composer).to_be_focused()
    expect(desk.composer).to_have_value("")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)
    assert office.owner_of(guest) == desk.agent_id
    assert office.rows(guest.conversation_id)[0]["status"] == "open"


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
