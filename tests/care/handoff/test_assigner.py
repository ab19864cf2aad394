"""The loop beside the queue, at work in the care server's parts."""

import asyncio
from datetime import timedelta

from care.care import Care
from care.handoff.ownership import do_claim
from care.handoff.snoozing import do_snooze
from care.handoff.transfers import access_transfer, do_transfer
from care.record.ids import Author, Owner, Status
from care.record.messages import messages_of
from care.record.record import now
from care.record.schema import conversations, handoffs
from care.record.schema_desk import desk_states
from tests.support.desk import backdate, go, new_agent, new_waiting, set_setting
from tests.support.talk import conversation, until, write


async def becomes(care: Care, conversation_id: object, **wanted: object) -> None:
    """Wait until the conversation has these values."""
    for _ in range(900):
        found = await conversation(care, conversation_id)  # type: ignore[arg-type]
        if all(getattr(found, name) == value for name, value in wanted.items()):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(found)


async def test_nothing_is_assigned_before_a_supervisor_turns_it_on(care: Care) -> None:
    new_agent(care.record, "Ana")
    found = new_waiting(care.record, "web:ana")
    assert await care.gateway.assigner.look() == []
    assert (await conversation(care, found)).owner is Owner.QUEUE


async def test_what_waits_is_assigned_while_it_is_on(care: Care) -> None:
    ana = new_agent(care.record, "Ana")
    set_setting(care.record, "assignment", automatic=True)
    sent = await write(care, "a person please")
    await becomes(care, sent.conversation_id, owner=Owner.AGENT, agent_id=ana)


async def test_an_unanswered_conversation_goes_to_the_next_agent(care: Care) -> None:
    ana = new_agent(care.record, "Ana")
    found = new_waiting(care.record, "web:ana")
    set_setting(care.record, "assignment", automatic=True, return_seconds=60)
    await becomes(care, found, agent_id=ana)
    bo = new_agent(care.record, "Bo")
    past = now() - timedelta(seconds=61)
    backdate(care.record, desk_states, desk_states.c.conversation_id == found, assigned_at=past)
    await becomes(care, found, agent_id=bo)


async def test_a_snoozed_conversation_returns_by_itself(care: Care) -> None:
    ana = new_agent(care.record, "Ana")
    found = new_waiting(care.record, "web:ana")
    await care.record.write(do_claim, found, ana)
    await care.record.write(do_snooze, found, ana, now() + timedelta(hours=1))
    past = now() - timedelta(seconds=1)
    backdate(care.record, conversations, conversations.c.id == found, snoozed_until=past)
    await becomes(care, found, status=Status.OPEN, agent_id=ana)


async def test_an_offer_that_is_not_answered_ends_by_itself(care: Care) -> None:
    ana, bo = new_agent(care.record, "Ana"), new_agent(care.record, "Bo")
    found = new_waiting(care.record, "web:ana")
    await care.record.write(do_claim, found, ana)
    set_setting(care.record, "assignment", return_seconds=1)
    offered = await care.record.write(
        lambda c: do_transfer(c, found, ana, to_agent_id=bo, online=True)
    )
    for _ in range(900):
        if (await care.record.read(access_transfer, offered.id)).state == "expired":
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the offer did not end")


async def test_a_clock_that_runs_out_is_marked_late(care: Care) -> None:
    found = new_waiting(care.record, "web:ana", priority="urgent")
    long_ago = now() - timedelta(hours=1)
    backdate(care.record, handoffs, handoffs.c.conversation_id == found, requested_at=long_ago)
    backdate(care.record, desk_states, desk_states.c.conversation_id == found, due_at=long_ago)

    def late(connection: object) -> bool:
        query = f"SELECT late_first FROM desk_states WHERE conversation_id = {found}"
        return bool(connection.exec_driver_sql(query).scalar())  # type: ignore[attr-defined]

    for _ in range(900):
        if await care.record.read(late):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it was not marked")


async def test_a_message_after_a_resolution_goes_to_the_same_agent_if_online(care: Care) -> None:
    ana = new_agent(care.record, "Ana")
    sent = await write(care, "a person please")
    await until(care, sent.conversation_id, lambda found: len(found) == 2)
    await care.record.write(do_claim, sent.conversation_id, ana)
    await care.gateway.resolve(sent.conversation_id, ana, ask_rating=False)
    again = await write(care, "it is broken again")
    assert again.conversation_id == sent.conversation_id
    await becomes(care, again.conversation_id, owner=Owner.AGENT, agent_id=ana)
    said = await care.record.read(messages_of, again.conversation_id)
    assert said[-1].text == "it is broken again"


async def test_a_message_after_a_resolution_goes_to_the_bot_if_the_agent_is_gone(
    care: Care,
) -> None:
    ana = new_agent(care.record, "Ana")
    sent = await write(care, "a person please")
    await until(care, sent.conversation_id, lambda found: len(found) == 2)
    await care.record.write(do_claim, sent.conversation_id, ana)
    await care.gateway.resolve(sent.conversation_id, ana, ask_rating=False)
    go(care.record, ana)
    again = await write(care, "one more thing")
    found = await until(care, again.conversation_id, lambda found: len(found) == 4)
    assert found[-1].author is Author.BOT
