"""The queue: what waits, who takes it, what the customer gets."""

import re
from datetime import timedelta
from threading import Thread

from playwright.sync_api import expect
from sqlalchemy import insert, update

from care.handoff.clocks import do_refresh_clocks
from care.record.ids import Author, ConversationId
from care.record.messages import Draft, do_add_message
from care.record.record import now
from care.record.schema import conversations, customers, handoffs
from tests.desk.office import Office
from tests.support.assistant import SmallAssistant
from tests.widget.chat import new_chat
from tests.widget.host_site import HostSite

LONG_AGO = timedelta(hours=3)


def test_a_customer_who_asks_for_a_person_appears_without_a_reload(
    office: Office, site: HostSite
) -> None:
    desk = office.agent().view("Unassigned")
    expect(desk.page.get_by_text("Nobody is waiting.")).to_be_visible()
    chat = new_chat(office.context(), site.url).open()
    chat.say("I want a person")
    row = desk.page.locator("a.row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("I want a person")
    expect(row).to_contain_text("Asked for a person")
    expect(desk.count("unassigned")).to_have_text("1")


def test_the_transcript_shows_every_turn_in_order_with_intent_and_confidence(
    office: Office,
) -> None:
    guest = office.waiting("first question", "second question")
    desk = office.agent().open_id(guest.conversation_id)
    expect(desk.bubble("I have asked a colleague.")).to_be_visible()
    assert desk.said() == [
        "customer: first question",
        "bot: You said: first question",
        "customer: second question",
        "bot: You said: second question",
        "customer: I want a person",
        "bot: I have asked a colleague.",
    ]
    meanings = desk.transcript.locator(".meaning")
    expect(meanings).to_have_count(3)
    for meaning in meanings.all():
        expect(meaning.locator(".intent")).to_have_text("test")
        expect(meaning.locator(".sure")).to_have_text(".90")
    panel = desk.page.get_by_role("complementary", name="Customer and context")
    expect(panel).to_contain_text("Asked for a person: I want a person")


def test_a_claim_moves_the_conversation_to_mine(office: Office) -> None:
    desk, other = office.agent().view("Unassigned"), office.agent().view("Unassigned")
    guest = office.waiting()
    desk.open(guest.name).claim()
    expect(desk.count("mine")).to_have_text("1")
    expect(desk.row(guest.name)).to_have_count(0)
    expect(other.row(guest.name)).to_have_count(0)
    expect(desk.view("Mine").row(guest.name)).to_be_visible()
    expect(other.view("All").row(guest.name)).to_contain_text(desk.name)


def test_of_two_agents_who_claim_at_once_one_wins_and_the_other_sees_who(office: Office) -> None:
    guest = office.waiting()
    one = office.agent().open_id(guest.conversation_id)
    other = office.agent().open_id(guest.conversation_id)
    path = f"/conversations/{guest.conversation_id}/claim"
    # The other has not heard of it yet: its press is a stale one.
    other.page.context.set_offline(True)
    assert one.api("POST", path, {})["status"] == 200
    other.page.context.set_offline(False)
    refused = other.api("POST", path, {})
    assert refused["status"] == 409
    assert refused["body"]["error"]["code"] == "already_claimed"
    assert one.name in refused["body"]["error"]["message"]
    expect(other.owner).to_have_text(f"With {one.name}")
    expect(one.owner).to_have_text("Yours")


def test_claims_at_the_same_moment_have_one_winner(office: Office) -> None:
    guest = office.waiting()
    desks = [office.agent() for _ in range(3)]
    cookies = [desk.context.cookies()[0]["value"] for desk in desks]
    found: list[int] = []

    def claim(cookie: str) -> None:
        answer = guest.web.http.post(
            f"{office.server.url}/api/desk/conversations/{guest.conversation_id}/claim",
            headers={
                "Cookie": f"careline_desk={cookie}",
                "X-Careline": "desk",
                "Origin": office.server.url,
            },
            json={},
            timeout=60,
        )
        found.append(answer.status_code)

    threads = [Thread(target=claim, args=(cookie,)) for cookie in cookies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200, 409, 409]


def test_a_reply_reaches_the_widget_and_the_customer_answers_back(
    office: Office, site: HostSite
) -> None:
    desk = office.agent().view("Unassigned")
    chat = new_chat(office.context(), site.url).open()
    chat.say("I want a person")
    desk.page.locator("a.row").click()
    desk.claim().say("Hello, I look into it now")
    expect(chat.bubble("Hello, I look into it now", "agent")).to_be_visible()
    chat.say("thank you")
    expect(desk.bubble("thank you", "customer")).to_be_visible()
    expect(desk.transcript).to_contain_text("Seen")


def test_the_bot_is_silent_while_an_agent_owns_the_conversation(
    office: Office, assistant: SmallAssistant
) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim()
    asked = len(assistant.asked)
    guest.says("are you there?")
    expect(desk.bubble("are you there?")).to_be_visible()
    desk.say("yes, I am here")
    assert len(assistant.asked) == asked
    assert [m["author"] for m in guest.web.messages()][-2:] == ["customer", "agent"]


def test_after_a_hand_back_the_bot_answers_again(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim()
    desk.press("To bot")
    expect(desk.owner).to_have_text(re.compile("With"))
    expect(desk.transcript).to_contain_text("gave the conversation back to the assistant")
    guest.says("and now?")
    expect(desk.bubble("You said: and now?", "bot")).to_be_visible()


def test_tags_and_priority_are_kept_and_shown_to_all(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id)
    other = office.agent().view("Unassigned")
    desk.page.get_by_role("button", name="Tag", exact=True).click()
    desk.page.get_by_role("combobox", name="Tag").fill("Late Parcel")
    desk.page.keyboard.press("Enter")
    expect(other.row(guest.name)).to_contain_text("late parcel")
    desk.page.get_by_role("button", name="Priority").click()
    desk.page.get_by_role("menuitemradio", name="Urgent").click()
    expect(other.row(guest.name)).to_contain_text("Urgent")
    desk.page.get_by_role("button", name="Remove the tag late parcel").click()
    expect(other.row(guest.name)).not_to_contain_text("late parcel")


def test_late_conversations_are_marked_and_come_first(office: Office) -> None:
    office.setting(
        "sla",
        policies=[
            {
                "name": "Fast",
                "priority": None,
                "channel": None,
                "team_id": None,
                "first": 600,
                "next": 900,
                "resolution": None,
                "in_hours": False,
            }
        ],
    )
    early, late = office.waiting(), office.waiting()

    def age(connection: object) -> None:
        where = handoffs.c.conversation_id == late.conversation_id
        past = update(handoffs).where(where).values(requested_at=now() - LONG_AGO)
        connection.execute(past)  # type: ignore[attr-defined]
        do_refresh_clocks(connection, ConversationId(late.conversation_id))  # type: ignore[arg-type]
        do_refresh_clocks(connection, ConversationId(early.conversation_id))  # type: ignore[arg-type]

    office.record.write_now(age)
    desk = office.agent().view("Unassigned")
    expect(desk.row(late.name)).to_contain_text("Late")
    expect(desk.row(early.name)).not_to_contain_text("Late")
    first = desk.page.locator("li.row-place").filter(has=desk.row(late.name))
    expect(first).to_have_attribute("aria-posinset", "1")


def test_clocks_stand_still_while_the_shop_is_closed(office: Office) -> None:
    office.setting("hours", time_zone="UTC", week={}, holidays=[])
    guest = office.waiting()
    desk = office.agent().view("Unassigned")
    expect(desk.row(guest.name)).to_be_visible()
    expect(desk.row(guest.name).locator(".due")).to_have_count(0)


def test_search_finds_old_words_in_resolved_conversations(office: Office) -> None:
    guest = office.waiting("my zebrawood cupboard wobbles")
    desk = office.agent().open_id(guest.conversation_id).claim()
    desk.press("Resolve")
    expect(desk.owner).to_have_text("Resolved")
    desk.view("Resolved")
    desk.page.get_by_role("searchbox", name="Search").fill("zebraw cupb")
    expect(desk.page.get_by_text("Nothing found.")).to_be_visible()
    desk.page.get_by_role("searchbox", name="Search").fill("cupboard zebraw")
    expect(desk.row(guest.name)).to_be_visible()
    desk.page.get_by_role("searchbox", name="Search").fill(f"#{guest.conversation_id}")
    expect(desk.row(guest.name)).to_be_visible()


def test_five_hundred_rows_open_with_few_elements(office: Office) -> None:
    def fill(connection: object) -> None:
        execute = connection.execute  # type: ignore[attr-defined]
        time = now()
        for number in range(500):
            person = insert(customers).values(
                name=f"Crowd {number}", created_at=time, last_seen_at=time
            )
            customer = execute(person.returning(customers.c.id)).scalar_one()
            row = insert(conversations).values(
                sender=f"crowd:{office.server.port}:{number}",
                customer_id=customer,
                channel="web",
                owner="queue",
                opened_at=time,
                last_message_at=time + timedelta(seconds=number),
            )
            new = execute(row.returning(conversations.c.id)).scalar_one()
            draft = Draft(author=Author.CUSTOMER, text=f"crowd message {number}")
            do_add_message(connection, new, "web", draft)  # type: ignore[arg-type]

    office.record.write_now(fill)
    desk = office.agent().view("Unassigned")
    expect(desk.count("unassigned")).to_have_text("500")
    expect(desk.page.locator("a.row").first).to_be_visible()
    assert desk.page.locator(".queue *").count() < 400 * 8
    assert desk.page.locator("a.row").count() < 60
    assert desk.page.locator("li.row-place").count() < 400
    rows = desk.page.locator(".rows")
    for _ in range(300):  # a page of rows comes with each; a busy machine takes its time
        rows.evaluate("box => box.scrollTop = box.scrollHeight")
        if desk.page.locator('li[aria-posinset="500"]').count():
            break
        desk.page.wait_for_timeout(100)
    expect(desk.page.locator('li[aria-posinset="500"]')).to_be_visible()
