"""Passing conversations on: transfers, assignment, capacity, return, presence, snoozing, reopening."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect
from sqlalchemy import update

from care.record.record import now
from care.record.schema import conversations
from care.record.schema_desk import agent_presence, desk_states
from tests.desk.desk import Desk
from tests.desk.office import Guest, Office


def pass_on(desk: Desk, to: str, comment: str) -> None:
    """Transfer the open conversation."""
    desk.press("Transfer")
    desk.page.get_by_label(to).check()
    desk.page.get_by_label("Comment for whoever takes it").fill(comment)
    desk.page.get_by_role("dialog").get_by_role("button", name="Transfer").click()
    expect(desk.page.get_by_role("dialog")).to_have_count(0)


def test_a_transfer_is_offered_with_its_comment_and_accepted(office: Office) -> None:
    guest = office.waiting()
    colleague = office.agent()
    desk = office.agent().open_id(guest.conversation_id).claim()
    pass_on(desk, colleague.name, "she knows the carrier")
    expect(colleague.toast).to_contain_text("passes a conversation to you")  # goes by itself
    expect(desk.page.locator(".banner")).to_contain_text(f"Waits for {colleague.name} to accept")
    colleague.view("Mine").open(guest.name)
    expect(colleague.page.locator(".banner.offer")).to_contain_text("she knows the carrier")
    colleague.page.get_by_role("button", name="Accept").click()
    expect(colleague.owner).to_have_text("Yours")
    expect(desk.owner).to_have_text(f"With {colleague.name}")
    expect(colleague.bubble("she knows the carrier")).to_be_visible()


def test_a_declined_transfer_returns_to_who_offered_it(office: Office) -> None:
    guest = office.waiting()
    colleague = office.agent()
    desk = office.agent().open_id(guest.conversation_id).claim()
    pass_on(desk, colleague.name, "please")
    colleague.view("Mine").open(guest.name)
    banner = colleague.page.locator(".banner.offer")
    banner.get_by_role("button", name="Decline").click()
    banner.get_by_label("Why not?").fill("on my break")
    banner.get_by_role("button", name="Decline").click()
    expect(desk.toast.filter(has_text="declined your transfer")).to_contain_text("on my break")
    expect(desk.page.get_by_text("to accept")).to_have_count(0)
    expect(desk.owner).to_have_text("Yours")
    expect(colleague.view("Mine").row(guest.name)).to_have_count(0)


def test_a_transfer_to_a_team_or_to_somebody_absent_waits_in_the_queue(office: Office) -> None:
    team = office.team("Deliveries of this test")
    _, absent, _ = office.employ()
    one, other = office.waiting(), office.waiting()
    desk = office.agent().open_id(one.conversation_id).claim()
    pass_on(desk, "Deliveries of this test", "a delivery")
    expect(desk.owner).to_have_text("Waiting for a person")
    assert office.rows(one.conversation_id)[0]["team_id"] == team
    desk.open_id(other.conversation_id).claim()
    pass_on(desk, absent, "yours tomorrow")
    expect(desk.owner).to_have_text(f"Waiting for {absent}")
    expect(desk.count("unassigned")).to_have_text("2")


def test_round_robin_over_three_agents_gives_two_each(office: Office) -> None:
    desks = [office.agent() for _ in range(3)]
    office.setting("assignment", automatic=True)
    guests = [office.waiting() for _ in range(6)]
    office.until(lambda: all(office.owner_of(guest) for guest in guests))
    found = Counter(office.owner_of(guest) for guest in guests)
    assert found == {desk.agent_id: 2 for desk in desks}
    expect(desks[0].count("mine")).to_have_text("2")


def test_the_chat_above_capacity_waits(office: Office) -> None:
    desk = office.agent(capacity=6)
    office.setting("assignment", automatic=True)
    guests = [office.waiting() for _ in range(7)]
    office.until(lambda: sum(1 for g in guests if office.owner_of(g)) == 6)
    expect(desk.count("mine")).to_have_text("6")
    expect(desk.count("unassigned")).to_have_text("1")
    waits = next(guest for guest in guests if office.owner_of(guest) is None)
    desk.view("Mine").open(guests[0].name).press("Resolve")
    office.until(lambda: office.owner_of(waits) == desk.agent_id)


def _left_unanswered(office: Office, guest: Guest) -> None:
    def age(connection: object) -> None:
        mine = desk_states.c.conversation_id == guest.conversation_id
        past = now() - timedelta(minutes=30)
        given = update(desk_states).where(mine).values(assigned_at=past)
        connection.execute(given)  # type: ignore[attr-defined]
        waits = update(conversations).where(conversations.c.id == guest.conversation_id)
        connection.execute(waits.values(waiting_since=past))  # type: ignore[attr-defined]

    office.record.write_now(age)


def test_what_is_not_answered_in_time_goes_to_the_next_agent(office: Office) -> None:
    one = office.agent()
    office.setting("assignment", automatic=True, return_seconds=120)
    guest = office.waiting()
    office.until(lambda: office.owner_of(guest) == one.agent_id)
    other = office.agent().view("Mine")
    _left_unanswered(office, guest)
    office.until(lambda: office.owner_of(guest) == other.agent_id)
    expect(other.row(guest.name)).to_be_visible()
    expect(one.view("Mine").row(guest.name)).to_have_count(0)


def test_a_lost_line_makes_away_after_the_grace_and_brings_no_new_chats(office: Office) -> None:
    gone, watcher = office.agent(), office.agent(capacity=0)
    office.setting("assignment", automatic=True, grace_seconds=20)
    gone.page.close()
    assert _presence(watcher, gone) == "online"

    def silent(connection: object) -> None:
        mine = agent_presence.c.agent_id == gone.agent_id
        past = update(agent_presence).where(mine)
        connection.execute(past.values(seen_at=now() - timedelta(seconds=21)))  # type: ignore[attr-defined]

    office.record.write_now(silent)
    office.until(lambda: _presence(watcher, gone) == "away")
    guest = office.waiting()
    expect(watcher.count("unassigned")).to_have_text("1")
    assert office.owner_of(guest) is None
    office.go(office.second_tab(gone))
    office.until(lambda: office.owner_of(guest) == gone.agent_id)


def _presence(desk: Desk, of: Desk) -> str:
    found = desk.api("GET", "/agents")["body"]["agents"]
    return str(next(agent["presence"] for agent in found if agent["id"] == of.agent_id))


def test_who_is_busy_gets_no_new_chats(office: Office) -> None:
    desk = office.agent()
    office.setting("assignment", automatic=True)
    desk.page.get_by_role("button", name="My presence and settings").click()
    desk.page.get_by_role("menuitemradio", name="Busy").click()
    expect(desk.page.locator(".nav-me .dot")).to_have_attribute("aria-label", "Busy")
    guest = office.waiting()
    expect(desk.count("unassigned")).to_have_text("1")
    assert office.owner_of(guest) is None


def test_a_snoozed_conversation_returns_at_its_time(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim()
    desk.press("Snooze")
    desk.page.get_by_role("button", name="In 20 minutes").click()
    expect(desk.view("Mine").row(guest.name)).to_have_count(0)
    expect(desk.view("Snoozed").row(guest.name)).to_be_visible()
    until = datetime.fromisoformat(str(office.rows(guest.conversation_id)[0]["snoozed_until"]))
    assert until.replace(tzinfo=UTC) > now()
    where = update(conversations).where(conversations.c.id == guest.conversation_id)
    past = now() - timedelta(seconds=1)
    office.record.write_now(lambda c: c.execute(where.values(snoozed_until=past)))
    expect(desk.view("Mine").row(guest.name)).to_be_visible()


def test_a_customers_message_wakes_a_snoozed_conversation(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim()
    desk.press("Snooze")
    desk.page.get_by_role("button", name="Tomorrow at 9").click()
    expect(desk.view("Mine").row(guest.name)).to_have_count(0)
    guest.says("one more thing")
    expect(desk.row(guest.name)).to_be_visible()


def test_a_reopened_conversation_goes_to_the_same_agent(office: Office) -> None:
    guest = office.waiting()
    desk, other = office.agent(), office.agent()
    desk.open_id(guest.conversation_id).claim().press("Resolve")
    expect(desk.owner).to_have_text("Resolved")
    guest.says("it is not solved")
    expect(desk.owner).to_have_text("Yours")
    expect(desk.bubble("it is not solved")).to_be_visible()
    expect(other.view("All").row(guest.name)).to_contain_text(desk.name)


def test_an_agent_reopens_what_was_resolved_too_early(office: Office) -> None:
    guest = office.waiting()
    desk = office.agent().open_id(guest.conversation_id).claim().press("Resolve")
    desk.toast.get_by_role("button", name="Undo").click()
    expect(desk.owner).to_have_text("Yours")
