"""Recovery cases, measures against their targets, and the weekly agenda, at the desk."""

import re
from typing import Any

import requests
from playwright.sync_api import expect

from care.record.agents import Role
from care.record.ids import HandoffReason
from tests.desk.desk import Desk
from tests.desk.office import Guest, Office, no_violations
from tests.support.desk import new_waiting


def rated(office: Office, desk: Desk, score: int, comment: str) -> Guest:
    """A customer whom `desk` served, and who judged it."""
    guest = office.waiting()
    desk.open_id(guest.conversation_id).claim().say("it is on its way").press("Resolve")
    expect(desk.owner).to_have_text("Resolved")
    body = {"kind": "csat", "score": score, "comment": comment}
    url = f"{office.server.url}/api/widget/feedback"
    assert guest.web.http.post(url, json=body, timeout=60).status_code == 201
    return guest


def test_a_case_ends_with_words_to_the_customer_and_opens_again_when_it_is_not_solved(
    office: Office,
) -> None:
    lead = office.agent(role=Role.SUPERVISOR)
    violations = no_violations(lead.page)
    guest = rated(office, office.agent(), 1, "nobody told me anything")
    office.go(lead, "/desk/cases")
    lead.page.get_by_label("Only mine").check()
    card = lead.page.get_by_role("listitem").filter(has_text=f"#{guest.conversation_id}")
    expect(card).to_contain_text("nobody told me anything")
    expect(card.get_by_label("Answers for it")).to_have_value(str(lead.agent_id))
    expect(card).to_contain_text("due in")
    card.get_by_label("What was done").fill("We sent it again, by express.")
    card.get_by_role("button", name="Close and tell the customer").click()
    expect(card).to_have_count(0)
    office.until(lambda: _told(guest))
    lead.page.get_by_role("button", name="Closed").click()
    expect(card).to_contain_text("We sent it again, by express.")
    guest.web.press(_told(guest)[0]["token"])
    lead.page.get_by_role("button", name="Open", exact=True).click()
    expect(card).to_contain_text("Reopened 1 time")
    assert violations == []


def _told(guest: Guest) -> list[dict[str, Any]]:
    """The buttons under what the customer was told, 'not solved' first."""
    for message in guest.web.messages():
        if "We sent it again, by express." in message["text"]:
            return list(reversed(message["buttons"]))
    return []


def test_measures_stand_against_their_targets_and_a_proposal_becomes_what_we_did(
    office: Office,
) -> None:
    lead = office.agent(role=Role.OWNER)
    violations = no_violations(lead.page)
    rated(office, office.agent(), 2, "it took very long")
    office.until(lambda: _figure(lead, "csat")["n"] >= 1, 60)
    office.go(lead, "/desk/insight")
    row = lead.page.locator('[data-measure="csat"]')
    figure = _figure(lead, "csat")
    expect(row).to_contain_text(f"{figure['value'] * 100:.1f} %")
    gaps = [one["gap"] or 0 for one in lead.api("GET", "/insight")["body"]["measures"]]
    assert gaps == sorted(gaps, reverse=True)
    row.get_by_role("button", name="Satisfaction (CSAT)").click()
    dialog = lead.page.get_by_role("dialog")
    dialog.get_by_label("Target (%)").fill("91")
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("91.0 %")
    dialog.get_by_label("What was decided").fill("Answer sooner on Mondays.")
    dialog.get_by_role("button", name="Record the review").click()
    expect(dialog).to_contain_text(f"{lead.name}, ")
    lead.page.keyboard.press("Escape")
    expect(row).not_to_contain_text("review due")
    _agenda(lead)
    told = requests.get(f"{office.server.url}/api/widget/you-said", timeout=60).json()["rows"]
    assert told[0]["said"] == "You wait too long."
    assert violations == []


def test_the_german_desk_explains_measures_and_proposes_in_german(office: Office) -> None:
    lead = office.agent(role=Role.OWNER, language="de")
    helper = office.agent(role=Role.SUPERVISOR)
    rated(office, office.agent(), 3, "es dauerte")
    # A reason that no other test here has: what is proposed about theirs may be decided already.
    upset = new_waiting(office.record, "web:upset", HandoffReason.FRUSTRATED)
    office.until(lambda: _seen(office, upset), 60)
    office.go(lead, "/desk/insight")
    lead.page.locator('[data-measure="csat"]').get_by_role("button").click()
    expect(lead.page.get_by_role("dialog")).to_contain_text("geteilt durch alle Bewertungen")
    expect(lead.page.get_by_role("dialog")).to_contain_text("Eine andere Skala")
    lead.page.keyboard.press("Escape")
    lead.page.get_by_role("button", name="Kundenagenda der Woche").click()
    lead.page.get_by_role("button", name=re.compile("Agenda schreiben|Neu schreiben")).click()
    items = lead.page.get_by_role("region", name="Kundenagenda").get_by_role("listitem")
    item = items.filter(has_text="Vorgeschlagen").filter(has_text="Übergeben").first
    expect(item.locator("textarea")).to_have_value(re.compile("als '.+' übergeben wurde"))
    number = (item.locator("textarea").get_attribute("id") or "").removeprefix("proposal-")
    mine = office.server.rows(f"SELECT proposal FROM agenda_items WHERE id = {number}")
    assert mine == [{"proposal": ""}]
    owner = lead.page.locator("li").filter(has=lead.page.locator(f"#proposal-{number}"))
    choice = owner.get_by_role("combobox")
    choice.select_option(label=helper.name)
    expect(choice).to_have_value(str(helper.agent_id))
    assert lead.api("PATCH", f"/people/{helper.agent_id}", {"active": False})["status"] == 204
    office.go(lead, "/desk/insight")
    lead.page.get_by_role("button", name="Kundenagenda der Woche").click()
    gone = choice.locator("option:checked")
    expect(gone).to_have_text(f"{helper.name} (nicht mehr da)")
    expect(gone).to_be_disabled()


def _seen(office: Office, conversation_id: int) -> bool:
    """Whether the conversation's handoff is in the reports."""
    facts = f"SELECT 1 FROM insight_facts WHERE conversation_id = {conversation_id}"
    return bool(office.server.rows(f"{facts} AND measure = 'handoff_rate'"))


def _agenda(lead: Desk) -> None:
    lead.page.get_by_role("button", name="Weekly customer agenda").click()
    agenda = lead.page.get_by_role("region", name="Weekly customer agenda")
    agenda.get_by_role("button", name="Write the agenda").click()
    item = agenda.get_by_role("listitem").filter(has_text="Handed over").first
    item.get_by_label("Proposal").fill("One more colleague on Mondays")
    item.get_by_role("button", name="Accept").click()
    expect(item).to_contain_text("Accepted")
    item.get_by_role("button", name="It is done").click()
    item.get_by_role("button", name="Publish").click()
    dialog = lead.page.get_by_role("dialog")
    dialog.get_by_label("You said").fill("You wait too long.")
    expect(dialog.get_by_label("We did")).to_have_value("One more colleague on Mondays")
    dialog.get_by_role("button", name="Publish").click()
    expect(item).to_contain_text(re.compile("Published. You said: You wait too long."))


def _figure(lead: Desk, key: str) -> dict[str, Any]:
    """A measure as the server tells it."""
    found = lead.api("GET", "/insight")["body"]["measures"]
    return next(one for one in found if one["key"] == key)
