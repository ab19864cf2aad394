"""Beside the transcript: who the customer is, why people were asked, what was before; what is seen."""

from playwright.sync_api import expect

from care.record.agents import Role
from tests.desk.desk import PASSWORD
from tests.desk.office import Office, new_name
from tests.desk.scene import a_week_ago, talk, verified

SOUNDS = """
window.__sounds = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) {
    window.__sounds += 1;
    return start.apply(this, given);
};
"""


def test_the_panel_tells_who_the_customer_is_why_people_were_asked_and_what_was_before(
    office: Office,
) -> None:
    name, number = new_name("Ana"), new_name().rpartition("No")[2]
    address = f"ana.{number}@example.net"
    web = verified(office, f"shop-{number}", name, address)
    before = talk(office, web, name, "I want a person")
    desk = office.agent().open_id(before.conversation_id).claim()
    desk.press("Resolve")
    expect(desk.owner).to_have_text("Resolved")
    body = {"kind": "csat", "score": 2, "comment": "too slow"}
    web.http.post(f"{office.server.url}/api/widget/feedback", json=body, timeout=60)
    a_week_ago(office, before)
    again = verified(office, f"shop-{number}", name, address)
    guest = talk(office, again, name, "now a person again", page="/orders/77?secret=1")
    assert guest.conversation_id != before.conversation_id
    desk.open_id(guest.conversation_id)
    panel = desk.page.get_by_role("complementary", name="Customer and context")
    for words in ("Identity proven", address, "Why handed off", "Asked for a person"):
        expect(panel).to_contain_text(words)
    expect(panel.get_by_text("/orders/77", exact=True)).to_be_visible()
    expect(panel.locator(".summary")).to_contain_text("now a person again")
    expect(panel).to_contain_text("Past conversations (1)")
    expect(panel.locator(".score")).to_have_text("CSAT 2")
    panel.locator(".past a").click()
    expect(desk.page).to_have_url(f"{office.server.url}/desk/c/{before.conversation_id}")
    stranger = office.waiting()
    desk.open_id(stranger.conversation_id)
    expect(panel).to_contain_text("Identity not proven")


def test_a_reply_is_marked_as_seen_when_the_customers_chat_has_shown_it(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim().say("can you see me?")
    expect(desk.transcript.get_by_text("Seen")).to_have_count(0)
    last = max(event["seq"] for event in guest.web.events() if "seq" in event)
    url = f"{office.server.url}/api/widget/seen"
    assert guest.web.http.post(url, json={"seq": last}, timeout=60).status_code == 204
    expect(desk.bubble("can you see me?")).to_contain_text("Seen")


def test_a_handoff_and_the_next_word_of_ones_own_customer_are_heard(office: Office) -> None:
    desk = office.agent(sound=True)
    desk.context.add_init_script(SOUNDS)
    office.go(desk)
    guest = office.waiting()
    office.until(lambda: desk.page.evaluate("window.__sounds") >= 2)
    desk.open_id(guest.conversation_id).claim()
    office.go(desk)
    guest.says("still there?")
    office.until(lambda: desk.page.evaluate("window.__sounds") >= 2)


def test_a_password_link_is_shown_for_who_has_no_mail(office: Office) -> None:
    colleague = office.agent()
    owner = office.agent(role=Role.OWNER)
    office.go(owner, "/desk/settings/people")
    owner.page.get_by_role("button", name=f"Edit {colleague.name}").click()
    owner.page.get_by_role("button", name="Password link").click()
    link = owner.page.get_by_role("textbox", name="The link").input_value()
    page = office.context().new_page()
    page.goto(link)
    page.get_by_label("New password").fill(PASSWORD + "-new")
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_role("region", name="Queue")).to_be_visible()
    expect(colleague.page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()
