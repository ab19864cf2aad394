"""In a conversation: writing, notes, mentions, files, corrections, and what customers never see."""

import json
import re

from playwright.sync_api import Dialog, expect

from care.record.agents import Role
from care.record.canned import do_add_canned
from tests.desk.office import Office, new_name, no_violations
from tests.widget.chat import new_chat
from tests.widget.host_site import HostSite

HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(2)</script> [press](javascript:alert(3)) "
    "**bold** <b>not bold</b> javascript:alert(4)"
)
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63"
    "f8cfc0f01f0005000180a2b4c1d60000000049454e44ae426082"
)


def test_typing_is_shown_both_ways_and_expires(office: Office, site: HostSite) -> None:
    desk = office.agent().view("Unassigned")
    chat = new_chat(office.context(), site.url).open()
    chat.say("I want a person")
    desk.page.locator("a.row").click()
    desk.claim()
    chat.text.press_sequentially("I am wri", delay=30)
    expect(desk.transcript.locator(".typing")).to_be_visible()
    expect(desk.transcript.locator(".typing")).to_have_count(0)
    desk.composer.press_sequentially("One mom", delay=30)
    expect(chat.widget.get_by_text(f"{desk.name.split()[0]} is typing").first).to_be_visible()


def test_a_canned_reply_is_inserted_at_the_cursor_with_its_variables(office: Office) -> None:
    guest = office.waiting(name=new_name("Zoe"))
    supervisor, _, _ = office.employ(role=Role.SUPERVISOR)
    text = (
        "dear {{customer.first_name}}, {{agent.first_name}} of {{shop}} looks into it{{unknown}}."
    )
    word = f"look{guest.conversation_id}"
    office.record.write_now(do_add_canned, word, "Looking", text, None, supervisor)
    desk = office.agent().open_id(guest.conversation_id).claim()
    desk.composer.fill("Before  after")
    for _ in range(len(" after")):
        desk.composer.press("ArrowLeft")
    desk.composer.press_sequentially(f"/{word}")
    expect(desk.page.get_by_role("option").filter(has_text="Looking")).to_be_visible()
    desk.composer.press("Enter")
    first = desk.name.split()[0]
    expect(desk.composer).to_have_value(
        f"Before dear Zoe, {first} of Linden & Oak looks into it. after"
    )


def test_a_draft_is_kept_for_each_conversation(office: Office) -> None:
    one, other = office.waiting(), office.waiting()
    desk = office.agent().open_id(one.conversation_id).claim()
    desk.composer.fill("half a sentence")
    desk.open_id(other.conversation_id).claim()
    expect(desk.composer).to_have_value("")
    desk.open_id(one.conversation_id)
    expect(desk.composer).to_have_value("half a sentence")
    desk.page.reload()
    expect(desk.composer).to_have_value("half a sentence")


def test_a_note_never_reaches_the_customer(office: Office, site: HostSite) -> None:
    desk = office.agent().view("Unassigned")
    chat = new_chat(office.context(), site.url)
    heard: list[str] = []
    chat.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda f: heard.append(str(f)))
    )
    chat.page.on("response", lambda answer: heard.append(_body(answer)))
    chat.open().say("I want a person")
    desk.page.locator("a.row").click()
    desk.claim().note("internal: be kind to this one").mode("Reply").say("Hello there")
    expect(chat.bubble("Hello there", "agent")).to_be_visible()
    chat.page.reload()
    chat.open()
    expect(chat.bubble("Hello there", "agent")).to_be_visible()
    assert any("Hello there" in text for text in heard)
    assert not any("be kind" in text for text in heard)
    assert "be kind" not in chat.page.content()
    assert "be kind" not in str(chat.bubbles())


def _body(answer: object) -> str:
    try:
        return str(answer.text())  # type: ignore[attr-defined]
    except Exception:
        return ""


def test_a_mention_calls_the_colleague(office: Office) -> None:
    guest = office.waiting()
    colleague = office.agent()
    desk = office.agent().open_id(guest.conversation_id).mode("Note")
    desk.composer.press_sequentially(f"@{colleague.name[:3]}")
    desk.page.get_by_role("option").filter(has_text=colleague.name).click()
    desk.composer.press_sequentially("can you check the carrier?")
    expect(desk.composer).to_have_value(re.compile(r"^@\S+ can you check the carrier\?$"))
    desk.composer.press("Enter")
    expect(colleague.toast).to_contain_text(f"{desk.name} mentioned you")
    link = colleague.page.get_by_role("navigation", name="Sections").get_by_text("Mentions")
    expect(colleague.page.locator('.nav-link[href="/desk/mentions"] .badge')).to_have_text("1")
    link.click()
    card = colleague.page.get_by_role("listitem").filter(has_text="can you check the carrier?")
    card.get_by_role("link").click()
    expect(colleague.bubble("can you check the carrier?")).to_be_visible()
    expect(colleague.page.locator('.nav-link[href="/desk/mentions"] .badge')).to_have_count(0)


def test_who_else_looks_and_types_is_shown(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id)
    other = office.agent().open_id(guest.conversation_id)
    expect(desk.page.locator(".viewing")).to_contain_text(f"{other.name} is looking at this too")
    other.mode("Note").composer.press_sequentially("hmm", delay=30)
    expect(desk.page.locator(".viewing")).to_contain_text(f"{other.name} is typing here")
    other.page.goto(f"{office.server.url}/desk")
    expect(desk.page.locator(".viewing")).to_have_count(0)


def test_only_the_owner_can_reply(office: Office) -> None:
    guest = office.waiting()
    owner = office.agent().open_id(guest.conversation_id).claim()
    other = office.agent().open_id(guest.conversation_id)
    expect(other.page.get_by_role("note")).to_contain_text(f"{owner.name} answers this customer")
    expect(other.composer).to_have_count(0)
    body = {"key": "sneaky", "text": "me too"}
    answer = other.api("POST", f"/conversations/{guest.conversation_id}/replies", body)
    assert answer["status"] == 409
    assert answer["body"]["error"]["code"] == "not_owner"
    assert "me too" not in [m["text"] for m in guest.web.messages()]
    other.note("but I can leave a note")
    expect(owner.bubble("but I can leave a note")).to_be_visible()


def test_a_reply_sent_twice_with_one_key_is_recorded_once(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim()
    body = {"key": "one-key", "text": "only once"}
    for _ in range(3):
        answer = desk.api("POST", f"/conversations/{guest.conversation_id}/replies", body)
        assert answer["status"] == 200
    expect(desk.bubble("only once")).to_have_count(1)
    assert [m["text"] for m in guest.web.messages()].count("only once") == 1


def test_hostile_text_is_inert_everywhere(office: Office) -> None:
    guest = office.waiting(f"topic {HOSTILE}", name=f"{new_name()} <i>x</i>")
    desk = office.agent()
    dialogs: list[str] = []

    def note_dialog(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    desk.page.on("dialog", note_dialog)
    violations = no_violations(desk.page)
    desk.open_id(guest.conversation_id).claim()
    desk.note(HOSTILE).mode("Reply").say(HOSTILE)
    expect(desk.bubble("not bold")).to_have_count(3)
    assert desk.page.locator(".bubble img, .bubble script, .bubble b").count() == 0
    assert desk.page.locator('a[href^="javascript"]').count() == 0
    expect(desk.page.locator(".talk h1")).to_have_text(guest.name)
    desk.view("Mine")
    expect(desk.page.locator(".row-last").first).to_contain_text("<img src=x")
    assert dialogs == []
    assert violations == []


def test_resolving_asks_for_a_rating_that_the_desk_shows(office: Office, site: HostSite) -> None:
    desk = office.agent().view("Unassigned")
    chat = new_chat(office.context(), site.url).open()
    chat.say("I want a person")
    desk.page.locator("a.row").click()
    desk.claim().say("All done").press("Resolve")
    expect(desk.owner).to_have_text("Resolved")
    chat.widget.get_by_role("radio", name="2").or_(
        chat.widget.get_by_role("button", name=re.compile(r"^2\b"))
    ).first.click()
    panel = desk.page.get_by_role("complementary", name="Customer and context")
    expect(panel.locator(".score")).to_have_text("CSAT 2")


def test_a_correction_appears_in_the_review_queue_without_personal_data(office: Office) -> None:
    name = new_name("Xaver")
    guest = office.waiting(f"this is {name}, mail me at x@example.net about my mirror", name=name)
    desk = office.agent().open_id(guest.conversation_id)
    desk.transcript.get_by_role("button", name="Correct what was understood").first.click()
    desk.page.get_by_role("searchbox", name="Search topics").fill("return_item")
    desk.page.get_by_role("button", name=re.compile("^return_item")).click()
    expect(desk.bubble("about my mirror", "customer")).to_contain_text("means return_item")
    lead = office.agent(role=Role.SUPERVISOR)
    office.go(lead, "/desk/review")
    card = lead.page.locator(".review-card").filter(
        has=lead.page.get_by_role("link", name=f"#{guest.conversation_id}")
    )
    text = card.get_by_label("Example").input_value()
    assert "mirror" in text
    assert name not in text
    assert "Xaver" not in text
    assert "x@example.net" not in text
    expect(card.get_by_label("Means")).to_have_value("return_item")


def test_an_accepted_correction_is_trained_compared_and_put_live(office: Office) -> None:
    guest = office.waiting("the wardrobe shall go home to you")
    desk = office.agent().open_id(guest.conversation_id)
    desk.transcript.get_by_role("button", name="Correct what was understood").first.click()
    desk.page.get_by_role("button", name=re.compile("^none of these")).click()
    expect(desk.bubble("wardrobe", "customer")).to_contain_text("means none of these")
    lead = office.agent(role=Role.SUPERVISOR)
    office.go(lead, "/desk/review")
    card = lead.page.locator(".review-card").filter(
        has=lead.page.get_by_role("link", name=f"#{guest.conversation_id}")
    )
    card.get_by_label("Example").fill("the wardrobe shall go back to you")
    card.get_by_label("Means").fill("no_such_topic")
    card.get_by_role("button", name="Accept").click()
    expect(lead.toast).to_contain_text("topics")
    card.get_by_label("Means").fill("return_item")
    card.get_by_role("button", name="Accept").click()
    expect(card).to_have_count(0)
    reviewed = (office.server.folder / "data/nlu/reviewed.yml").read_text()
    assert "the wardrobe shall go back to you" in reviewed
    assert lead.name in reviewed
    lead.page.get_by_role("button", name="Train now").click()
    expect(lead.page.get_by_role("button", name="Put the new model to work")).to_be_visible()
    expect(lead.page.locator(".figures")).to_contain_text("and after")
    learnt = json.loads((office.server.folder / "var/train/learnt.json").read_text())
    assert "the wardrobe shall go back to you" in learnt
    lead.page.get_by_role("button", name="Put the new model to work").click()
    expect(lead.toast.filter(has_text="does not answer")).to_be_visible()


def test_a_suggested_answer_is_inserted_into_the_reply(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim()
    guest.says("where is my refund")
    desk.composer.fill("Good morning.")
    panel = desk.page.get_by_role("complementary", name="Customer and context")
    panel.get_by_role("button", name=re.compile("Insert the answer.*refund", re.I)).first.click()
    expect(desk.composer).to_have_value(re.compile(r"^Good morning\. .*refund", re.DOTALL))


def test_files_go_both_ways_and_a_large_one_is_refused(office: Office, site: HostSite) -> None:
    desk = office.agent().view("Unassigned")
    chat = new_chat(office.context(), site.url).open()
    chat.say("I want a person")
    desk.page.locator("a.row").click()
    desk.claim()
    picker = desk.page.locator('.composer-foot input[type="file"]')
    picker.set_input_files({"name": "../label.png", "mimeType": "image/png", "buffer": PICTURE})
    expect(desk.page.locator(".waiting-files")).to_contain_text("label.png")
    desk.composer.fill("your label")
    desk.composer.press("Enter")
    expect(desk.bubble("your label").locator("img")).to_be_visible()
    expect(chat.bubble("your label", "agent")).to_be_visible()
    expect(chat.widget.get_by_text("label.png")).to_be_visible()
    chat.widget.locator('input[type="file"]').set_input_files(
        {"name": "note.txt", "mimeType": "text/plain", "buffer": b"the parcel number"}
    )
    link = desk.transcript.get_by_role("link", name=re.compile("note.txt"))
    expect(link).to_be_visible()
    answer = desk.context.request.get(office.server.url + str(link.get_attribute("href")))
    assert answer.text() == "the parcel number"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    picker.set_input_files({"name": "big.txt", "mimeType": "text/plain", "buffer": b"x" * 400_000})
    expect(desk.toast.last).to_contain_text("Files may have up to")
    picker.set_input_files(
        {"name": "page.html", "mimeType": "text/html", "buffer": b"<script>alert(1)</script>"}
    )
    expect(desk.toast.last).to_contain_text("Pictures, PDF and plain text")


def test_a_huge_upload_is_refused_before_it_is_sent(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim()
    answer = desk.context.request.fetch(
        f"{office.server.url}/api/desk/conversations/{guest.conversation_id}/files",
        method="POST",
        headers={
            "X-Careline": "desk",
            "Origin": office.server.url,
            "Content-Type": "application/octet-stream",
            "X-Careline-Name": "huge.bin",
        },
        data=b"x" * 2_000_000,
    )
    assert answer.status == 413
    assert "up to" in answer.json()["error"]["message"]
