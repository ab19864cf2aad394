"""Ratings, forms, files, mail, and the page's own hold on the widget."""

import hashlib
import time

from playwright.sync_api import expect

from tests.support.looped import until
from tests.support.server import CareServer
from tests.widget.agent import DeskAgent
from tests.widget.chat import Open
from tests.widget.conftest import conversation_of
from tests.widget.mail_server import MailServer
from tests.widget.test_looks import PNG


def feedback_in(server: CareServer, conversation: int) -> list[tuple[str, int, str | None]]:
    """Kind, score and comment of all feedback of a conversation."""
    rows = server.rows(
        "SELECT kind, score, comment FROM feedback "
        f"WHERE conversation_id = {conversation} ORDER BY id"
    )
    return [(row["kind"], row["score"], row["comment"]) for row in rows]


def test_resolved_chat_asks_for_a_rating_and_keeps_score_and_comment(
    visit: Open, server: CareServer, agent: DeskAgent
) -> None:
    chat = visit().open().say("a person who resolves")
    conversation = conversation_of(server, "a person who resolves")
    agent.claim(conversation)
    agent.post(conversation, "resolve")
    group = chat.widget.get_by_role("group", name="How did we do?")
    expect(group.get_by_role("button")).to_have_count(5)
    group.get_by_role("button", name="2", exact=True).click()
    comment = chat.widget.get_by_role("textbox", name="Would you like to tell us more?")
    expect(comment).to_be_focused()
    comment.fill("It took long.")
    chat.widget.locator(".rating").get_by_role("button", name="Send").click()
    expect(chat.widget.get_by_text("Thank you. This helps us.")).to_be_visible()
    assert feedback_in(server, conversation) == [("csat", 2, "It took long.")]
    chat.page.reload()
    chat.open()
    expect(chat.widget.locator(".rating")).to_contain_text("Thank you")
    expect(chat.widget.locator(".score")).to_have_count(0)


def test_effort_and_recommendation_have_their_own_scales(visit: Open, server: CareServer) -> None:
    chat = visit().open().say("rate ces for the scales")
    expect(chat.widget.locator(".score")).to_have_count(5)
    chat.widget.get_by_role("button", name="5, Very easy").click()
    expect(chat.widget.locator(".rating textarea")).to_be_focused()
    chat.say("rate nps for the scales")
    expect(chat.widget.locator(".score")).to_have_count(11)
    chat.widget.get_by_role("button", name="0, Not at all").click()
    expect(chat.widget.locator(".score")).to_have_count(0)
    conversation = conversation_of(server, "rate nps for the scales")
    kinds = [(kind, score) for kind, score, _ in feedback_in(server, conversation)]
    assert kinds == [("ces", 5), ("nps", 0)]


def test_thumb_up_is_one_tap_and_the_assistant_hears_it(visit: Open, server: CareServer) -> None:
    chat = visit().open().say("topic for a thumb up")
    question = chat.widget.get_by_role("group", name="Did that help?")
    expect(question.get_by_role("button")).to_have_count(2)
    question.get_by_role("button", name="Yes").click()
    expect(chat.bubble("Good to know.")).to_be_visible()
    expect(question.get_by_role("button")).to_have_count(0)
    conversation = conversation_of(server, "topic for a thumb up")
    assert feedback_in(server, conversation) == [("thumb", 1, None)]


def test_thumb_down_asks_why_in_one_tap_and_a_person_is_offered(
    visit: Open, server: CareServer
) -> None:
    chat = visit().open().say("topic for a thumb")
    question = chat.widget.get_by_role("group", name="Did that help?")
    question.get_by_role("button", name="No").click()
    why = chat.widget.get_by_role("group", name="What was wrong with it?")
    expect(why.get_by_role("button", name="It is wrong")).to_be_focused()
    conversation = conversation_of(server, "topic for a thumb")
    until(lambda: feedback_in(server, conversation))  # it has come before the page goes
    chat.page.reload()
    chat.open()
    why.get_by_role("button", name="It is unclear").click()
    expect(chat.bubble("I'm sorry.")).to_be_visible()
    assert feedback_in(server, conversation) == [("thumb", 0, "reason: unclear")]
    judged = server.rows(
        "SELECT m.text FROM feedback f JOIN messages m ON m.id = f.message_id "
        f"WHERE f.conversation_id = {conversation}"
    )
    assert [row["text"] for row in judged] == ["It takes **3-5 days**."]
    chat.widget.get_by_role("button", name="Talk to a person").click()
    expect(chat.info).to_contain_text("You are number")


def test_thumb_down_without_a_reason_offers_a_person_too(visit: Open, server: CareServer) -> None:
    chat = visit().open().say("topic without a reason")
    chat.widget.get_by_role("button", name="No", exact=True).click()
    chat.widget.get_by_role("button", name="Something else").click()
    expect(chat.widget.get_by_role("button", name="Talk to a person")).to_be_visible()
    conversation = conversation_of(server, "topic without a reason")
    assert feedback_in(server, conversation) == [("thumb", 0, None)]


def test_form_before_the_chat_checks_its_fields_and_is_kept(
    visit: Open, server: CareServer
) -> None:
    chat = visit("/form")
    chat.launcher.click()
    form = chat.widget.get_by_role("form", name="Start chat")
    expect(form).to_be_visible()
    chat.api("Careline.setLocale('en')")
    expect(form).to_be_visible()
    expect(chat.text).to_be_hidden()
    expect(chat.widget.locator(".starters")).to_have_count(0)
    expect(form.get_by_label("Your name")).to_be_focused()
    form.get_by_role("button", name="Start chat").click()
    expect(form.locator("[aria-invalid=true]")).to_have_count(3)
    form.get_by_label("Your name").fill("Mara Test")
    form.get_by_label("E-mail").fill("not an address")
    form.get_by_label("Topic").select_option("Return")
    form.get_by_label("I agree").check()
    form.get_by_role("button", name="Start chat").click()
    expect(form.get_by_label("E-mail")).to_be_focused()
    form.get_by_label("E-mail").fill("mara@example.com")
    form.get_by_role("button", name="Start chat").click()
    expect(chat.text).to_be_focused()
    chat.asks("after the form")
    rows = server.rows("SELECT * FROM customers WHERE name = 'Mara Test'")
    assert [(row["email"], row["verified"]) for row in rows] == [("mara@example.com", 0)]
    assert '"topic": "Return"' in rows[0]["attributes"]
    chat.page.reload()
    chat.launcher.click()
    expect(chat.text).to_be_focused()
    expect(form).to_have_count(0)


def test_picture_is_sent_shown_and_can_be_saved(visit: Open, server: CareServer) -> None:
    chat = visit().open()
    chooser = chat.widget.locator(".composer input[type=file]")
    chooser.set_input_files({"name": "../my chair.png", "mimeType": "image/png", "buffer": PNG})
    button = chat.widget.locator("button.file")
    expect(button).to_contain_text("my chair.png")
    expect(chat.widget.locator("canvas")).to_have_attribute("aria-label", "_my chair.png")
    with chat.page.expect_download() as saved:
        button.click()
    assert saved.value.suggested_filename == "_my chair.png"
    assert saved.value.path().read_bytes() == PNG
    kept = server.rows("SELECT id, sha256, message_id FROM files WHERE name = '_my chair.png'")[0]
    assert kept["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert kept["message_id"] is not None
    expect(chat.bubble("A person will reply here")).to_be_visible()


def test_large_and_forbidden_files_are_refused_with_a_reason(visit: Open) -> None:
    chat = visit().open()
    chooser = chat.widget.locator(".composer input[type=file]")
    big = PNG + bytes(300_000)
    chooser.set_input_files({"name": "big.png", "mimeType": "image/png", "buffer": big})
    expect(chat.widget.get_by_role("alert")).to_contain_text("larger than")
    page = b"<html><script>alert(1)</script></html>"
    chooser.set_input_files({"name": "page.png", "mimeType": "image/png", "buffer": page})
    expect(chat.widget.get_by_role("alert").last).to_contain_text("Pictures, PDF and plain text")
    expect(chat.widget.locator("button.file")).to_have_count(0)


def test_closed_hours_are_told_and_a_message_is_left_with_an_address(
    visit: Open, server: CareServer
) -> None:
    chat = visit("/closed").open()
    expect(chat.info).to_contain_text("Our people are away now.")
    form = chat.widget.get_by_role("form", name="Leave a message")
    for wish, field, address in (
        ("Call me back", "Phone number", "+49 30 1234567"),
        ("Answer by e-mail", "E-mail", "mara@example.com"),
    ):
        chat.info.get_by_role("button", name="Leave a message").click()
        form.get_by_label("Your message").fill(f"About my table: {wish}")
        form.get_by_label("How shall we answer?").select_option(wish)
        expect(form.locator("input:visible")).to_have_count(1)
        form.get_by_label(field).fill(address)
        form.get_by_role("button", name="Send").click()
        expect(chat.widget.get_by_text(f"will answer to {address}").first).to_be_visible()
        conversation = conversation_of(server, f"About my table: {wish}")
        found = server.rows(
            "SELECT h.reason, h.slots, c.owner FROM handoffs h JOIN conversations c "
            f"ON c.id = h.conversation_id WHERE c.id = {conversation} ORDER BY h.id"
        )
        assert (found[0]["reason"], found[0]["owner"]) == ("customer_asked", "queue")
    known = server.rows("SELECT email, attributes FROM customers WHERE email = 'mara@example.com'")
    assert any("+49 30 1234567" in str(row["attributes"]) for row in known)


def test_forms_that_cannot_be_loaded_say_so_and_come_when_the_line_is_back(visit: Open) -> None:
    chat = visit().open()
    leave = chat.widget.locator(".menu").get_by_role("button", name="Leave a message")
    chat.page.route("**/more-*.js", lambda route: route.abort())
    chat.widget.locator("summary").click()
    leave.click()
    expect(chat.widget.get_by_role("alert")).to_contain_text("cannot be reached")
    chat.page.unroute_all()
    chat.asks("the rest works without")
    chat.widget.locator("summary").click()
    leave.click()
    expect(chat.widget.get_by_role("form", name="Leave a message")).to_be_visible()


def test_transcript_is_sent_by_mail_when_asked_and_not_too_often(
    visit: Open, mail_server: MailServer
) -> None:
    chat = visit().open().asks("words for the transcript")
    for round_ in range(4):
        chat.widget.locator("summary").click()
        chat.widget.get_by_role("button", name="Send me this chat by e-mail").click()
        form = chat.widget.locator("form.form")
        form.get_by_label("E-mail").fill("reader@example.com")
        form.get_by_role("button", name="Send").click()
        if round_ < 3:
            expect(form).to_have_count(0)
    expect(chat.widget.locator("form.form [role=alert]")).not_to_be_empty()
    mails = [mail for to, mail in mail_server.mails if to == "reader@example.com"]
    assert len(mails) == 3
    body = mails[0].get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "You said: words for the transcript" in body.decode()


def test_page_can_open_send_close_and_hear_what_happens(visit: Open) -> None:
    chat = visit()
    chat.api(
        "window.heard = []; for (const name of ['open', 'close', 'message', 'unread', 'session'])"
        " document.addEventListener('careline:' + name, (e) => heard.push([name, e.detail]))"
    )
    chat.api("Careline.open()")
    expect(chat.panel).to_be_visible()
    chat.api("Careline.send('said by the page')")
    expect(chat.bubble("You said: said by the page")).to_be_visible()
    chat.api("Careline.close()")
    expect(chat.panel).to_be_hidden()
    chat.api("Careline.toggle()")
    expect(chat.panel).to_be_visible()
    heard = chat.api("heard")
    assert [name for name, _ in heard if name in ("open", "close")] == ["open", "close", "open"]
    texts = [detail["message"]["text"] for name, detail in heard if name == "message"]
    assert texts == ["You said: said by the page"]


def test_forgetting_clears_storage_and_ends_the_session(visit: Open, server: CareServer) -> None:
    chat = visit().open().asks("something private")
    token = chat.stored("token")
    chat.widget.locator("summary").click()
    chat.widget.get_by_role("button", name="Forget this chat").click()
    expect(chat.bubble("something private", "customer")).to_have_count(0)
    for _ in range(600):
        rest = chat.api("Object.keys(localStorage).filter((n) => n.startsWith('careline'))")
        if not rest:
            break
        time.sleep(0.1)
    assert rest == []
    answer = chat.page.request.post(
        f"{server.url}/api/widget/sessions", headers={"Authorization": f"Bearer {token}"}, data={}
    )
    assert answer.status == 401


def test_website_that_the_inbox_does_not_name_is_told_so(visit: Open) -> None:
    chat = visit("/elsewhere")
    errors: list[str] = []
    chat.page.on("response", lambda r: errors.append(r.url) if r.status == 403 else None)
    with chat.page.expect_response(lambda answer: answer.status == 403):
        chat.launcher.click()
    chat.page.wait_for_timeout(500)
    expect(chat.panel).to_have_count(0)
    assert len(errors) == 1
