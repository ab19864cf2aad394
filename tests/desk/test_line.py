"""The line between desk and server: cuts, restarts, many tabs, a hidden tab, stale screens."""

import re
import signal
from threading import Event

from playwright.sync_api import BrowserContext, Route, WebSocketRoute, expect

from tests.desk.office import Office

ALERTS = """
window.__alerts = [];
window.Notification = class {
    static permission = 'granted';
    static requestPermission() { return Promise.resolve('granted'); }
    constructor(title, options) { window.__alerts.push(title + ' | ' + options.body); }
    close() {}
};
Object.defineProperty(document, 'hidden', { get: () => true });
"""


def test_a_cut_and_a_restart_of_the_server_lose_and_double_nothing(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim()
    desk.say("before the cut")
    desk.composer.fill("a draft that stays")
    office.server.stop(signal.SIGKILL)
    try:
        expect(desk.page.get_by_text("No connection. What you write is kept")).to_be_visible()
    finally:
        office.server.serve()
    guest.says("said after the restart")
    expect(desk.bubble("said after the restart", "customer")).to_have_count(1)
    expect(desk.composer).to_have_value("a draft that stays")
    expect(desk.page.locator(".line.live")).to_be_attached()
    desk.composer.press("Enter")
    expect(desk.bubble("a draft that stays")).to_have_count(1)
    desk.page.reload()
    expect(desk.bubble("before the cut")).to_have_count(1)
    expect(desk.bubble("said after the restart")).to_have_count(1)
    expect(desk.bubble("a draft that stays")).to_have_count(1)


def test_what_is_written_without_a_line_is_sent_once_when_it_is_back(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim()
    desk.page.route("**/replies", lambda route: route.abort())
    desk.composer.fill("written in a tunnel")
    desk.composer.press("Enter")
    expect(desk.page.get_by_text("Sending")).to_be_visible()
    desk.page.unroute("**/replies")
    expect(desk.page.get_by_text("Sending")).to_have_count(0)
    expect(desk.bubble("written in a tunnel")).to_have_count(1)
    assert [m["text"] for m in guest.web.messages()].count("written in a tunnel") == 1


def test_a_screen_that_slept_is_brought_up_to_date(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id)
    other = office.agent().open_id(guest.conversation_id)
    desk.context.set_offline(True)
    other.claim().say("while you slept")
    guest.says("thanks")
    expect(other.bubble("thanks", "customer")).to_be_visible()
    desk.context.set_offline(False)
    expect(desk.bubble("while you slept")).to_have_count(1)
    expect(desk.bubble("thanks", "customer")).to_have_count(1)
    expect(desk.owner).to_have_text(f"With {other.name}")


def test_what_is_read_before_the_line_tells_of_it_is_shown_once(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent()
    line, late, reads = list[WebSocketRoute](), list[str | bytes](), list[Route]()
    slow = Event()
    slow.set()

    def tell(frame: str | bytes) -> None:
        if slow.is_set() and '"message.created"' in str(frame):
            late.append(frame)
        else:
            line[-1].send(frame)

    def connect(browser: WebSocketRoute) -> None:
        line.append(browser)
        browser.connect_to_server().on_message(tell)

    desk.page.route_web_socket("**/ws/desk", connect)
    office.go(desk, f"/desk/c/{guest.conversation_id}")
    expect(desk.transcript).to_be_visible()
    whole = re.compile(f"/conversations/{guest.conversation_id}$")
    desk.page.route(whole, lambda read: reads.append(read))
    with desk.page.expect_request(whole):  # it was claimed: what is around it is read anew
        desk.claim()
    desk.composer.fill("once, please")
    desk.composer.press("Enter")
    office.until(lambda: "once, please" in [m["text"] for m in guest.web.messages()])
    for read in reads:
        read.continue_()
    expect(desk.transcript.get_by_text("You joined")).to_be_visible()
    expect(desk.bubble("once, please")).to_have_count(1)
    slow.clear()
    for frame in late:
        tell(frame)
    guest.says("and another")
    expect(desk.bubble("and another")).to_be_visible()
    expect(desk.bubble("once, please")).to_have_count(1)
    expect(desk.page.get_by_text("Sending")).to_have_count(0)


def test_eight_tabs_are_live_at_once(office: Office) -> None:
    desk = office.agent()
    tabs = [desk, *(office.second_tab(desk) for _ in range(7))]
    guest = office.waiting()
    for tab in tabs:
        expect(tab.count("unassigned")).to_have_text("1")
    tabs[-1].open_id(guest.conversation_id).claim()
    for tab in tabs:
        expect(tab.count("mine")).to_have_text("1")


def _alerting(office: Office) -> BrowserContext:
    """A browser whose tab is hidden and that notes every pop-up."""
    return office.contexts[-1]


def test_handoff_and_assignment_call_the_agent_though_the_tab_is_hidden(office: Office) -> None:
    desk = office.agent()
    _alerting(office).add_init_script(ALERTS)
    office.go(desk)
    guest = office.waiting()
    office.until(lambda: _alerts(desk))
    assert "Somebody asks for a person" in _alerts(desk)[0]
    office.setting("assignment", automatic=True)
    office.until(lambda: office.owner_of(guest) == desk.agent_id)
    office.until(lambda: any("A conversation is yours" in text for text in _alerts(desk)))
    expect(desk.page).to_have_title("(1) Desk · Linden & Oak")
    guest.says("are you there?")
    office.until(lambda: any("are you there?" in text for text in _alerts(desk)))


def _alerts(desk: object) -> list[str]:
    found: list[str] = desk.page.evaluate("window.__alerts")  # type: ignore[attr-defined]
    return found
