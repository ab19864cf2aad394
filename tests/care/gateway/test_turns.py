"""Who answers, in which order, and what happens when a part fails."""

from care.care import Care
from care.handoff.ownership import do_claim
from care.record.feedback import feedback_of
from care.record.handoffs import handoffs_of
from care.record.ids import Author, HandoffReason, Owner, Status
from tests.support.assistant import SmallAssistant
from tests.support.talk import add_agent, by, conversation, until, write


async def test_the_bot_answers_and_the_record_says_how_it_understood(care: Care) -> None:
    sent = await write(care, "hello")
    messages = await until(care, sent.conversation_id, lambda found: len(found) == 2)
    assert by(Author.BOT, messages) == ["You said: hello"]
    assert messages[0].intent == "test"
    assert messages[0].confidence == 0.9
    assert messages[0].understanding is not None
    assert messages[0].understanding["decision"] == {"kind": "answer"}


async def test_quick_messages_are_answered_one_after_the_other_in_order(care: Care) -> None:
    sent = [await write(care, f"m{number}") for number in range(8)]
    messages = await until(care, sent[0].conversation_id, lambda found: len(found) == 16)
    assert by(Author.BOT, messages) == [f"You said: m{number}" for number in range(8)]


async def test_a_typed_command_stays_text(care: Care, assistant: SmallAssistant) -> None:
    sent = await write(care, "/contact_human_agent")
    await until(care, sent.conversation_id, lambda found: len(found) >= 2)
    assert assistant.asked[-1]["text"] == "/contact_human_agent"
    assert "payload" not in assistant.asked[-1]


async def test_a_handoff_queues_the_conversation_and_silences_the_bot(
    care: Care, assistant: SmallAssistant
) -> None:
    sent = await write(care, "a person please")
    messages = await until(care, sent.conversation_id, lambda found: len(found) == 2)
    assert by(Author.BOT, messages) == ["I have asked a colleague."]
    assert (await conversation(care, sent.conversation_id)).owner is Owner.QUEUE
    found = await care.record.read(handoffs_of, sent.conversation_id)
    assert [(item.reason, item.summary) for item in found] == [
        (HandoffReason.CUSTOMER_ASKED, "Asked for a person: a person please")
    ]
    asked = len(assistant.asked)
    await write(care, "are you there")
    messages = await until(care, sent.conversation_id, lambda found: len(found) == 3)
    assert len(assistant.asked) == asked


async def test_hand_back_tells_the_assistant_and_the_bot_answers_again(
    care: Care, assistant: SmallAssistant
) -> None:
    agent = await add_agent(care, "Bo Lind")
    sent = await write(care, "a person please")
    await until(care, sent.conversation_id, lambda found: len(found) == 2)
    await care.record.write(do_claim, sent.conversation_id, agent)
    await care.gateway.reply(sent.conversation_id, agent, "k1", "Hello, I look now")
    await care.gateway.reply(sent.conversation_id, agent, "k1", "Hello, I look now")
    await care.gateway.hand_back(sent.conversation_id, agent)
    await write(care, "thanks")
    messages = await until(
        care, sent.conversation_id, lambda found: "You said: thanks" in by(Author.BOT, found)
    )
    assert by(Author.AGENT, messages) == ["Hello, I look now"]
    assert "The bot is back." in by(Author.BOT, messages)
    assert assistant.controls[-1]["do"] == "hand_back"
    assert assistant.controls[-1]["agent"] == "Bo Lind"


async def test_resolving_asks_for_a_rating_once(care: Care) -> None:
    sent = await write(care, "hello")
    await until(care, sent.conversation_id, lambda found: len(found) == 2)
    await care.gateway.resolve(sent.conversation_id, None)
    await care.gateway.resolve(sent.conversation_id, None)
    messages = await until(care, sent.conversation_id, lambda found: len(found) == 3)
    assert messages[-1].payload["rating"] == {"kind": "csat"}
    assert (await conversation(care, sent.conversation_id)).status is Status.RESOLVED


async def test_a_new_message_reopens_for_the_bot(care: Care) -> None:
    sent = await write(care, "hello")
    await until(care, sent.conversation_id, lambda found: len(found) == 2)
    await care.gateway.resolve(sent.conversation_id, None, ask_rating=False)
    again = await write(care, "one more thing")
    assert again.conversation_id == sent.conversation_id
    await until(care, again.conversation_id, lambda found: len(found) == 4)
    assert (await conversation(care, again.conversation_id)).status is Status.OPEN


async def test_a_stopped_assistant_opens_the_conversation_to_people(
    care: Care, assistant: SmallAssistant
) -> None:
    assistant.stop()
    try:
        sent = await write(care, "hello")
        messages = await until(care, sent.conversation_id, lambda found: len(found) == 2)
    finally:
        assistant.start()
    assert "A person will reply here" in messages[1].text
    assert (await conversation(care, sent.conversation_id)).owner is Owner.QUEUE
    found = await care.record.read(handoffs_of, sent.conversation_id)
    assert found[0].reason is HandoffReason.ASSISTANT_DOWN


async def test_silence_of_the_assistant_becomes_an_apology_with_a_way_to_people(
    care: Care,
) -> None:
    sent = await write(care, "silence")
    messages = await until(care, sent.conversation_id, lambda found: len(found) == 2)
    assert "no answer to that" in messages[1].text

    def hand_off(connection: object) -> str:
        query = "SELECT token FROM buttons WHERE payload = 'careline:hand_off'"
        return str(connection.exec_driver_sql(query).scalar())  # type: ignore[attr-defined]

    await write(care, None, button=await care.record.read(hand_off))
    await until(care, sent.conversation_id, lambda found: len(found) == 4)
    assert (await conversation(care, sent.conversation_id)).owner is Owner.QUEUE


async def test_not_helpful_is_feedback_on_the_answer_it_was_offered_with(care: Care) -> None:
    sent = await write(care, "topic")
    await until(care, sent.conversation_id, lambda found: len(found) == 3)

    def no(connection: object) -> str:
        query = "SELECT token FROM buttons WHERE title = 'No'"
        return str(connection.exec_driver_sql(query).scalar())  # type: ignore[attr-defined]

    await write(care, None, button=await care.record.read(no))
    messages = await until(care, sent.conversation_id, lambda found: len(found) == 5)
    given = await care.record.read(feedback_of, sent.conversation_id)
    assert [(item.kind, item.score, item.message_id) for item in given] == [
        ("thumb", 0, messages[1].id)
    ]
