"""Settings pages: what is saved there holds everywhere at once."""

import re
from threading import Event

from playwright.sync_api import Route, expect

from care.record.agents import Role
from tests.desk.office import Office, new_name


def test_a_team_and_a_canned_reply_made_in_settings_are_there_for_all(office: Office) -> None:
    guest = office.waiting()
    colleague = office.agent().open_id(guest.conversation_id).claim()
    lead = office.agent(role=Role.SUPERVISOR)
    office.go(lead, "/desk/settings/teams")
    team = new_name("Team")
    lead.page.get_by_role("button", name="Add").click()
    lead.page.get_by_label("Name", exact=True).fill(team)
    lead.page.get_by_label(colleague.name).check()
    lead.page.get_by_role("button", name="Save").click()
    expect(lead.page.get_by_role("listitem").filter(has_text=team)).to_contain_text(colleague.name)
    office.go(lead, "/desk/settings/canned")
    word = f"word{guest.conversation_id}"
    lead.page.get_by_role("button", name="Add").click()
    lead.page.get_by_label("Short word").fill(f"/{word}")
    lead.page.get_by_label("Title").fill("A fresh one")
    lead.page.get_by_label("Text", exact=True).fill("Fresh words for ")
    lead.page.get_by_role("button", name="{{customer.name}}").click()
    lead.page.get_by_role("button", name="Save").click()
    expect(lead.page.get_by_role("listitem").filter(has_text=f"/{word}")).to_be_visible()
    colleague.composer.press_sequentially(f"/{word}")
    colleague.composer.press("Enter")
    expect(colleague.composer).to_have_value(f"Fresh words for {guest.name}")
    expect(colleague.page.get_by_role("button", name="Team")).to_be_visible()


def test_hours_and_service_levels_are_checked_and_kept(office: Office) -> None:
    lead = office.agent(role=Role.SUPERVISOR)
    office.go(lead, "/desk/settings/hours")
    lead.page.get_by_label("Time zone").fill("Nowhere/Town")
    lead.page.get_by_role("button", name="Save").click()
    expect(lead.toast.last).to_contain_text("Nowhere/Town")
    lead.page.get_by_label("Time zone").fill("Europe/Lisbon")
    lead.page.get_by_role("button", name="Sunday: add a span").click()
    lead.page.get_by_role("button", name="Save").click()
    expect(lead.toast.filter(has_text="Saved.")).to_be_visible()
    lead.page.reload()
    expect(lead.page.get_by_label("Time zone")).to_have_value("Europe/Lisbon")
    expect(lead.page.get_by_label("Sunday: opens")).to_have_value("09:00")
    office.go(lead, "/desk/settings/sla")
    lead.page.get_by_label("First reply").first.fill("7")
    lead.page.get_by_role("button", name="Save").click()
    expect(lead.toast.filter(has_text="Saved.")).to_be_visible()
    found = lead.api("GET", "/settings")["body"]
    assert found["sla"]["policies"][0]["first"] == 420
    assert found["hours"]["week"]["sun"] == [["09:00", "12:00"]]


def test_the_widgets_look_is_previewed_and_saved(office: Office) -> None:
    lead = office.agent(role=Role.SUPERVISOR)
    office.go(lead, "/desk/settings/inboxes")
    before = office.server.rows("SELECT count(*) AS n FROM customers")
    chat = lead.page.frame_locator("aside iframe").locator("careline-widget")
    greeting = lead.page.get_by_label("Greeting")
    expect(chat.locator(".panel")).to_be_visible()
    greeting.fill("Ask {shop} anything")
    expect(chat.locator(".log")).to_contain_text("Ask Linden & Oak anything")
    expect(greeting).to_be_focused()  # the preview does not take the focus from who types
    lead.page.get_by_label("Colour", exact=True).fill("#7a1f5c")
    expect(chat.locator(".head")).to_have_css("background-color", "rgb(122, 31, 92)")
    lead.page.get_by_label("Side").select_option("start")
    expect(chat).to_have_attribute("data-side", "start")
    chat.locator(".composer textarea").fill("is anybody there?")
    chat.locator(".composer textarea").press("Enter")
    expect(chat.get_by_role("alert")).to_contain_text("This is a preview")
    lead.page.get_by_role("region").or_(lead.page.locator("section")).filter(
        has_text="before the chat"
    ).get_by_role("button", name="Add").click()
    expect(chat.get_by_role("form", name="Start chat")).to_be_visible()
    lead.page.get_by_label("Text on it").fill("#7a1f5d")
    preview = lead.page.get_by_role("complementary", name="Preview")
    expect(preview.get_by_role("status")).to_contain_text("hard to read")
    lead.page.get_by_label("Text on it").fill("#ffffff")
    lead.page.get_by_role("button", name="Save").click()
    expect(lead.toast.filter(has_text="Saved.")).to_be_visible()
    lead.page.get_by_label("Text on it").fill("#7a1f5d")
    lead.page.get_by_role("button", name="Save").click()
    expect(lead.toast.last).to_contain_text("hard to read")
    assert office.server.rows("SELECT count(*) AS n FROM customers") == before


def test_of_two_changes_on_their_way_the_later_one_is_previewed(office: Office) -> None:
    lead = office.agent(role=Role.SUPERVISOR)
    held: list[Route] = []
    holding = Event()
    holding.set()
    office.go(lead, "/desk/settings/inboxes")
    chat = lead.page.frame_locator("aside iframe").locator("careline-widget")
    expect(chat.locator(".panel")).to_be_visible()
    kept = "**/api/desk/inbox-preview"
    lead.page.route(
        kept, lambda route: held.append(route) if holding.is_set() else route.continue_()
    )
    colour = lead.page.get_by_label("Colour", exact=True)
    with lead.page.expect_request(kept):
        colour.fill("#7a1f5c")
    colour.fill("#1f3d7a")
    lead.page.wait_for_timeout(600)  # longer than the desk waits for another key
    holding.clear()
    while held:  # whatever is on its way arrives the other way round
        held.pop().continue_()
        lead.page.wait_for_timeout(600)
    expect(chat.locator(".head")).to_have_css("background-color", "rgb(31, 61, 122)")
    mine = f"name LIKE 'preview%' AND updated_by = {lead.agent_id}"
    (row,) = office.server.rows(f"SELECT settings FROM inboxes WHERE {mine}")
    assert "#1f3d7a" in str(row["settings"])


def test_the_audit_log_shows_who_did_what(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim()
    lead = office.agent(role=Role.SUPERVISOR)
    office.go(lead, "/desk/settings/audit")
    row = lead.page.get_by_role("row").filter(has_text=f"#{guest.conversation_id}")
    expect(row.filter(has_text=desk.name)).to_contain_text(re.compile("took the conversation"))
