"""A conversation as the customer sees it: answers, choices, people, history."""

import itertools
import re
import time

from playwright.sync_api import BrowserContext, Route, expect
from sqlalchemy import Connection

from care.record.ids import Author, ConversationId
from care.record.messages import Draft, do_add_message
from tests.support.customer import WebCustomer
from tests.support.server import CareServer
from tests.widget.agent import DeskAgent
from tests.widget.chat import Open, new_chat
from tests.widget.conftest import conversation_of
from tests.widget.host_site import HostSite


def test_answer_is_rendered_from_a_markdown_subset_and_the_rest_stays_text(visit: Open) -> None:
    chat = visit().open().say("markdown")
    bubble = chat.bubble("Delivery")
    expect(bubble.locator("strong")).to_have_text("Delivery")
    expect(bubble.locator("em")).to_have_text("3-5 days")
    expect(bubble.locator("ul > li")).to_have_text(["by post", "by courier"])
    expect(bubble.locator("code")).to_have_text("code")
    links = bubble.locator("a")
    expect(links).to_have_count(2)
    assert [link.get_attribute("href") for link in links.all()] == [
        "https://example.com/delivery",
        "https://example.com/fees",
    ]
    assert links.first.get_attribute("rel") == "noopener noreferrer"
    expect(bubble).to_contain_text("[bad](javascript:alert(1)) <img src=x onerror=alert(1)>")
    expect(bubble.locator("img, script")).to_have_count(0)


def test_what_the_customer_writes_is_shown_as_it_is(visit: Open) -> None:
    text = "<b>not bold</b> **stars** <script>alert(1)</script>"
    chat = visit().open().say(text)
    expect(chat.bubble(text, "customer")).to_have_text(text)
    expect(chat.widget.locator(".customer .bubble *")).to_have_count(0)


def test_live_region_announces_answers_without_markup(visit: Open) -> None:
    chat = visit().open().say("markdown")
    expect(chat.live).to_contain_text("Robo: Delivery takes 3-5 days.")
    assert "**" not in chat.live.inner_text()
    assert chat.log.get_attribute("aria-live") == "off"


def test_quick_reply_is_used_once_and_stays_used(visit: Open) -> None:
    chat = visit().open().say("choices")
    chat.widget.get_by_role("button", name="Second").click()
    expect(chat.bubble("Second", "customer")).to_have_count(1)
    expect(chat.bubble("You said: /second")).to_be_visible()
    expect(chat.widget.get_by_role("button", name="First")).to_have_count(0)
    chat.page.reload()
    chat.open()
    expect(chat.bubble("Which one?")).to_be_visible()
    expect(chat.widget.get_by_role("button", name="First")).to_have_count(0)


def test_cards_are_a_list_with_links(visit: Open) -> None:
    chat = visit().open().say("cards")
    cards = chat.widget.locator("ul.cards > li")
    expect(cards).to_have_count(3)
    expect(cards.first.get_by_role("link", name="Chair 0")).to_be_visible()


def test_picture_in_an_answer_is_shown(visit: Open) -> None:
    chat = visit().open().say("picture")
    expect(chat.widget.locator(".m.bot > img")).to_have_attribute("src", re.compile("table.svg$"))


def test_history_survives_reload_navigation_and_a_second_tab(
    visit: Open, context: BrowserContext, site: HostSite
) -> None:
    chat = visit().open().asks("first question")
    before = chat.bubbles()
    chat.page.reload()
    chat.open()
    expect(chat.bubble("You said: first question")).to_be_visible()
    assert chat.bubbles() == before
    chat.page.get_by_role("link", name="Another page").click()
    chat.open()
    expect(chat.bubble("You said: first question")).to_be_visible()
    second = new_chat(context, f"{site.url}/").open()
    expect(second.bubble("You said: first question")).to_be_visible()
    second.asks("from the second tab")
    expect(chat.bubble("from the second tab", "customer")).to_have_count(1)
    expect(chat.bubble("You said: from the second tab")).to_be_visible()
    assert chat.bubbles() == second.bubbles()


def test_first_tab_and_second_tab_without_a_past_end_up_in_one_chat(
    visit: Open, context: BrowserContext, site: HostSite
) -> None:
    one, other = visit().open(), new_chat(context, f"{site.url}/other").open()
    one.asks("said in one tab")
    expect(other.bubble("You said: said in one tab")).to_be_visible()


def test_earlier_messages_of_a_long_history_are_loaded_on_request(
    visit: Open, server: CareServer
) -> None:
    chat = visit().open().asks("the first of very many")
    conversation = conversation_of(server, "the first of very many")
    record = server.record()
    record.write_now(_write_many, ConversationId(conversation), 450)
    record.close()
    chat.page.reload()
    chat.open()
    expect(chat.bubble("line 449")).to_be_visible()
    expect(chat.bubble("line 0")).to_have_count(0)
    earlier = chat.widget.get_by_role("button", name="Earlier messages")
    earlier.scroll_into_view_if_needed()
    path, asked, late = re.compile(r"/events\?before="), itertools.count(), list[Route]()
    chat.page.route(
        path, lambda route: late.append(route) if next(asked) == 1 else route.continue_()
    )
    earlier.evaluate("(button) => { button.click(); button.click(); }")
    expect(chat.bubble("line 200")).to_have_count(1)
    # What was at the top stays where it is.
    expect(chat.bubble("line 250")).to_be_in_viewport()
    earlier.click()
    expect(chat.bubble("You said: the first of very many")).to_have_count(1)
    expect(earlier).to_have_count(0)
    with chat.page.expect_response(path):  # what the second press brings comes last
        late[0].continue_()
    shown = chat.widget.locator(".bubble").all_inner_texts()
    assert [text for text in shown if text.startswith("line ")] == [
        f"line {number}" for number in range(450)
    ]
    chat.asks("and it goes on")
    expect(earlier).to_have_count(0)


def _write_many(connection: Connection, conversation: ConversationId, count: int) -> None:
    for number in range(count):
        draft = Draft(author=Author.BOT, text=f"line {number}")
        do_add_message(connection, conversation, "web", draft)


def test_draft_survives_a_reload(visit: Open) -> None:
    chat = visit().open()
    chat.text.fill("half a thought")
    chat.page.reload()
    chat.open()
    expect(chat.text).to_have_value("half a thought")


def test_unread_badge_counts_while_closed_and_is_cleared_by_opening(
    visit: Open, server: CareServer, agent: DeskAgent
) -> None:
    chat = visit().open().say("a person for the badge")
    conversation = conversation_of(server, "a person for the badge")
    expect(chat.bubble("I have asked a colleague.")).to_be_visible()
    chat.page.keyboard.press("Escape")
    agent.claim(conversation)
    agent.reply(conversation, "one")
    agent.reply(conversation, "two")
    expect(chat.launcher).to_have_attribute("data-count", "2")
    expect(chat.launcher).to_have_attribute("aria-label", re.compile(r"\(2\)"))
    chat.page.reload()
    expect(chat.launcher).to_have_attribute("data-count", "2")
    chat.open()
    expect(chat.launcher).not_to_have_attribute("data-count", re.compile("."))
    expect(chat.bubble("two", "agent")).to_be_visible()


def test_person_joins_answers_hands_back_and_the_bot_answers_again(
    visit: Open, server: CareServer, agent: DeskAgent
) -> None:
    chat = visit().open().say("a person, whole way")
    expect(chat.info).to_contain_text("You are number")
    conversation = conversation_of(server, "a person, whole way")
    agent.claim(conversation)
    name = str(server.rows("SELECT name FROM agents")[0]["name"]).split()[0]
    expect(chat.widget.get_by_text(f"{name} joined")).to_be_visible()
    expect(chat.widget.locator(".who strong")).to_have_text(name)
    agent.reply(conversation, "Hello, this is a person.")
    expect(chat.bubble("Hello, this is a person.", "agent")).to_be_visible()
    chat.say("are you the bot?")
    expect(chat.bubble("are you the bot?", "customer")).to_be_visible()
    expect(chat.widget.locator(".m.customer .state")).to_have_text("Sent")
    agent.post(conversation, "hand-back")
    expect(chat.widget.get_by_text("The assistant answers again")).to_be_visible()
    chat.asks("bot, are you there?")
    expect(chat.bubble("You said: are you the bot?")).to_have_count(0)


def test_usual_wait_is_told_from_what_others_waited(
    visit: Open, server: CareServer, agent: DeskAgent
) -> None:
    for number in range(5):
        guest = WebCustomer(server.url)
        guest.send(f"a person for guest {number}")
        guest.wait_for("bot", 1)
        agent.claim(conversation_of(server, f"a person for guest {number}"))
    chat = visit().open().say("a person, how long?")
    expect(chat.info).to_contain_text(
        re.compile(r"You are number \d+ in the queue. The usual wait")
    )


def test_typing_of_the_agent_is_shown_and_ends(
    visit: Open, server: CareServer, agent: DeskAgent
) -> None:
    chat = visit().open().say("a person who types")
    conversation = conversation_of(server, "a person who types")
    agent.claim(conversation)
    expect(chat.widget.get_by_text("joined")).to_be_visible()  # by the line that typing comes on
    agent.types(conversation)
    expect(chat.widget.locator(".typing")).to_contain_text("is typing")
    agent.reply(conversation, "typed")
    expect(chat.widget.locator(".typing")).to_be_empty()


def test_seen_is_told_both_ways(visit: Open, server: CareServer, agent: DeskAgent) -> None:
    chat = visit().open().say("a person who looks")
    conversation = conversation_of(server, "a person who looks")
    agent.claim(conversation)
    agent.reply(conversation, "I look.")
    expect(chat.bubble("I look.", "agent")).to_be_visible()
    for _ in range(600):
        rows = server.rows(
            "SELECT data FROM events WHERE kind = 'message.seen' "
            f"AND conversation_id = {conversation}"
        )
        if any('"customer"' in str(row["data"]) for row in rows):
            break
        time.sleep(0.1)
    else:
        raise AssertionError("the desk never heard that the customer saw the answer")
    chat.say("did you see this?")
    expect(chat.widget.locator(".m.customer .state")).to_have_text("Sent")
    agent.post(conversation, "seen", message_id=2**31 - 1)
    expect(chat.widget.locator(".m.customer .state")).to_have_text("Seen")
    chat.page.reload()
    chat.open()
    expect(chat.widget.locator(".m.customer .state")).to_have_text("Seen")


def test_long_message_and_empty_message_are_answered_clearly(visit: Open) -> None:
    chat = visit().open()
    chat.send_button.click()
    expect(chat.widget.locator(".m.customer")).to_have_count(0)
    chat.say("x" * 2001)
    expect(chat.widget.get_by_role("alert")).to_contain_text("too long")
    expect(chat.text).to_have_value("x" * 2001)
    chat.text.fill("")
    chat.asks("short again")
