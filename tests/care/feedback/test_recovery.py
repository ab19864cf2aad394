"""A low score or a complaint is acted on: a case with a number, an owner, a deadline and an end."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from care.care import Care
from care.desk.visibility import visible
from care.feedback.following import act_on
from care.feedback.recovery import (
    Case,
    CaseRefused,
    access_case,
    cases,
    do_assign_case,
    do_close_case,
    do_open_case,
    do_reopen_case,
    needs_case,
)
from care.feedback.surveys import in_sample
from care.feedback.telling import do_close_and_tell
from care.handoff.hours import hours_of
from care.handoff.ownership import do_claim
from care.record.agents import Role, access_agent, do_add_agent, do_change_agent
from care.record.conversations import access_conversation
from care.record.customers import do_find_or_add_customer
from care.record.events import events_after
from care.record.feedback import do_add_feedback
from care.record.ids import AgentId, Author, ConversationId, FeedbackKind
from care.record.record import Record, now
from care.record.schema import buttons
from tests.support.assistant import SmallAssistant, effect, say
from tests.support.desk import new_agent, new_conversation
from tests.support.talk import by, until, write

CSAT = FeedbackKind.CSAT


def lead(record: Record, name: str, role: Role = Role.SUPERVISOR) -> AgentId:
    return record.write_now(do_add_agent, f"{name}@example.com", name, role)


def open_case(record: Record, sender: str = "web:ana", score: int = 1) -> Case:
    found = new_conversation(record, sender)
    return record.write_now(lambda c: do_open_case(c, do_add_feedback(c, found, CSAT, score)))


def test_cases_that_one_may_not_see_leave_room_for_those_that_one_may(record: Record) -> None:
    bo = record.write_now(
        lambda c: do_add_agent(c, "bo@example.com", "Bo", Role.AGENT, None, {"sight": "own"})
    )
    hidden, seen = open_case(record, "web:ana"), open_case(record, "web:ben")
    record.write_now(do_claim, seen.conversation_id, bo)
    only = visible(record.read_now(access_agent, bo))
    assert record.read_now(lambda c: cases(c, limit=1)) == [hidden]
    assert record.read_now(lambda c: cases(c, only=only, limit=1)) == [seen]


@pytest.mark.parametrize(
    ("kind", "score", "needed"),
    [
        ("csat", 2, True),
        ("csat", 3, False),
        ("ces", 1, True),
        ("nps", 6, True),
        ("nps", 7, False),
        ("thumb", 0, False),
        ("complaint", None, True),
        ("suggestion", None, False),
    ],
)
def test_low_scores_and_complaints_need_a_case(kind: str, score: int | None, needed: bool) -> None:
    assert needs_case(kind, score) is needed


def test_a_case_has_a_reference_an_owner_and_a_deadline_in_opening_hours(both: Record) -> None:
    owner = lead(both, "Olga")
    new_agent(both, "Ana")
    case = open_case(both)
    assert case.reference.startswith("C-")
    assert (case.state, case.reason, case.owner_id) == ("open", "csat", owner)
    hours = both.read_now(hours_of)
    assert hours.business_seconds(case.opened_at, case.due_at) == 16 * 3600
    told = [e for e in both.read_now(events_after, 0) if e.kind == "recovery.opened"]
    assert [event.data["reference"] for event in told] == [case.reference]
    assert not told[0].public


def test_a_feedback_opens_one_case_and_references_are_unique(both: Record) -> None:
    found = new_conversation(both, "web:ana")
    first = both.write_now(do_add_feedback, found, FeedbackKind.COMPLAINT, None, "late")
    second = both.write_now(do_add_feedback, found, FeedbackKind.COMPLAINT, None, "late again")
    case = both.write_now(do_open_case, first, "C-12345678")
    assert case.reference == "C-12345678"
    assert both.write_now(do_open_case, first).id == case.id
    assert both.write_now(do_open_case, second, "C-12345678").reference != case.reference


def test_cases_are_shared_among_leads(record: Record) -> None:
    first, second = lead(record, "Olga"), lead(record, "Per")
    gone = lead(record, "Quin")
    record.write_now(lambda c: do_change_agent(c, gone, active=False))
    owners = [open_case(record, f"web:{number}").owner_id for number in range(4)]
    assert sorted(owners, key=str) == [first, first, second, second]


def test_without_a_lead_a_case_waits_for_an_owner(record: Record) -> None:
    case = open_case(record)
    assert case.owner_id is None
    ana = new_agent(record, "Ana")
    assert record.write_now(do_assign_case, case.id, ana).owner_id == ana
    with pytest.raises(CaseRefused):
        record.write_now(do_assign_case, case.id, AgentId(999))
    with pytest.raises(LookupError):
        record.read_now(access_case, 999)


def test_closing_needs_words_happens_once_and_can_be_undone(both: Record) -> None:
    ana, case = new_agent(both, "Ana"), open_case(both)
    with pytest.raises(CaseRefused, match="what was done"):
        both.write_now(do_close_case, case.id, ana, "  ")
    closed = both.write_now(do_close_case, case.id, ana, "We sent a new leg.")
    assert (closed.state, closed.closed_by, closed.done) == ("closed", ana, "We sent a new leg.")
    with pytest.raises(CaseRefused, match="closed already"):
        both.write_now(do_close_case, case.id, ana, "again")
    assert both.read_now(cases) == []
    again = both.write_now(do_reopen_case, case.id)
    assert (again.state, again.reopened, again.closed_at) == ("open", 1, None)
    assert both.write_now(do_reopen_case, case.id).reopened == 1
    kinds = [e.kind for e in both.read_now(events_after, 0) if e.kind.startswith("recovery.")]
    assert kinds == ["recovery.opened", "recovery.closed", "recovery.reopened"]


def test_cases_are_listed_by_deadline_owner_and_conversation(record: Record) -> None:
    owner = lead(record, "Olga")
    first, second = open_case(record, "web:1"), open_case(record, "web:2")
    assert [case.id for case in record.read_now(cases)] == [first.id, second.id]
    found = record.read_now(lambda c: cases(c, conversation_id=second.conversation_id))
    assert [case.id for case in found] == [second.id]
    assert len(record.read_now(lambda c: cases(c, owner_id=owner))) == 2


async def _case(care: Care, conversation_id: ConversationId, **wanted: Any) -> Case:
    """The case of the conversation, as soon as it is as wanted."""
    for _ in range(900):
        found = await care.record.read(
            lambda c: cases(c, state=None, conversation_id=conversation_id)
        )
        if found and all(getattr(found[0], name) == value for name, value in wanted.items()):
            return found[0]
        await asyncio.sleep(0.05)
    raise AssertionError(found)


async def _press(care: Care, title: str) -> None:
    query = select(buttons.c.token).where(buttons.c.title == title)
    token = await care.record.read(lambda c: c.execute(query).scalar_one())
    await write(care, None, button=token)


async def test_a_low_score_from_any_channel_becomes_a_case(care: Care) -> None:
    sent = await write(care, "hello")
    await care.record.write(do_add_feedback, sent.conversation_id, CSAT, 1, "broken")
    await care.gateway.changed(sent.conversation_id)
    case = await _case(care, sent.conversation_id)
    assert case.reason == "csat"
    await care.feedback.catch_up()
    assert len(await care.record.read(lambda c: cases(c, state=None))) == 1


async def test_a_complaint_keeps_the_number_that_the_customer_was_told(
    care: Care, assistant: SmallAssistant
) -> None:
    before = assistant.script
    assistant.script = lambda _: [
        effect("feedback", kind="complaint", comment="late", reference="C-ABCD1234"),
        say("Your reference is C-ABCD1234."),
    ]
    try:
        sent = await write(care, "I want to complain")
        await until(care, sent.conversation_id, lambda found: len(found) == 2)
    finally:
        assistant.script = before
    assert (await _case(care, sent.conversation_id)).reference == "C-ABCD1234"
    await care.feedback.catch_up()
    assert len(await care.record.read(lambda c: cases(c, state=None))) == 1


async def test_the_customer_is_told_what_was_done_and_can_say_that_it_is_not_solved(
    care: Care,
) -> None:
    ana = new_agent(care.record, "Ana")
    sent = await write(care, "hello")
    await care.record.write(do_add_feedback, sent.conversation_id, CSAT, 1)
    await care.gateway.changed(sent.conversation_id)
    case = await _case(care, sent.conversation_id)
    closed = await care.record.write(do_close_and_tell, case.id, ana, "A new leg is on its way.")
    assert closed.told_message_id is not None
    found = await until(
        care, sent.conversation_id, lambda said: any("new leg" in item.text for item in said)
    )
    told = next(item.text for item in found if "new leg" in item.text)
    assert case.reference in told
    await _press(care, "No, not yet")
    reopened = await _case(care, sent.conversation_id, state="open", reopened=1)
    assert reopened.due_at >= case.due_at
    found = await until(care, sent.conversation_id, lambda said: "open again" in said[-1].text)
    assert "You said: No, not yet" not in by(Author.BOT, found), "the bot is not asked"


async def test_a_solved_case_stays_closed(care: Care) -> None:
    ana = new_agent(care.record, "Ana")
    sent = await write(care, "hello")
    await care.record.write(do_add_feedback, sent.conversation_id, CSAT, 1)
    await care.gateway.changed(sent.conversation_id)
    case = await _case(care, sent.conversation_id)
    await care.record.write(do_close_and_tell, case.id, ana, "Done.")
    await _press(care, "Yes, it is solved")
    await until(care, sent.conversation_id, lambda said: "stays closed" in said[-1].text)
    await _case(care, sent.conversation_id, state="closed", reopened=0)


def test_a_rating_of_a_sampled_customer_leads_to_the_recommendation_question(
    record: Record,
) -> None:
    """Of forty customers who rate, exactly those in the sample are asked."""
    found = [new_conversation(record, f"web:{number}") for number in range(40)]
    for item in found:
        record.write_now(do_add_feedback, item, CSAT, 5)
    changed = set(record.write_now(lambda c: act_on(c, events_after(c, 0))))

    def sampled(item: ConversationId) -> bool:
        customer = record.read_now(access_conversation, item).customer_id
        return in_sample(customer, now())

    assert changed == {item for item in found if sampled(item)}
    assert record.write_now(do_find_or_add_customer, "web", "web:0") is not None
