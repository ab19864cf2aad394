"""What is said in the middle of a task: yes and no with more words, a change of mind, no number."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.assistant.conversations.talk import Talk
from tests.support.inner_api import Inner

New = Callable[[], Talk]
VERIFIED = {"verified": True, "email": "ana@example.com"}
UNSURE = {"kind": "ask_back", "candidates": [{"intent": "stop"}], "reason": "unsure"}
SURE = {"kind": "answer", "candidates": [], "reason": "near"}


async def cancelling(talk: New, inner: Inner) -> Talk:
    """A customer who is asked whether to cancel order 10024."""
    inner.known = VERIFIED
    customer = talk()
    said = await customer.say("cancel 10024", "cancel_order", entities={"order_number": "10024"})
    assert said.responses == ["utter_ask_order_confirmed"]
    return customer


@pytest.mark.parametrize("words", ["no keep it", "actually no", "don't!", "never mind", "nope sorry"])
async def test_no_in_other_words_keeps_the_order(talk: New, inner: Inner, words: str) -> None:
    customer = await cancelling(talk, inner)
    said = await customer.say(words, "nlu_fallback", decision=UNSURE)
    assert said.responses == ["utter_cancel_kept"]
    assert inner.orders["10024"]["status"] == "packing"


@pytest.mark.parametrize("words", ["yes cancel it", "go ahead please", "sure, do it"])
async def test_yes_in_other_words_cancels(talk: New, inner: Inner, words: str) -> None:
    customer = await cancelling(talk, inner)
    said = await customer.say(words, "cancel_order", decision=SURE)
    assert said.responses == ["utter_cancel_done"]


async def test_yes_and_something_else(talk: New, inner: Inner) -> None:
    customer = await cancelling(talk, inner)
    said = await customer.say(
        "yes and unsubscribe me from the newsletter", "newsletter_subscription", decision=SURE
    )
    assert said.responses == [
        "utter_cancel_done", "utter_newsletter_subscription", "utter_did_that_help",
    ]


async def test_no_and_another_task(talk: New, inner: Inner) -> None:
    customer = await cancelling(talk, inner)
    said = await customer.say(
        "no, change the address instead", "change_shipping_address", decision=SURE
    )
    assert said.responses[0] == "utter_change_by_person"
    assert inner.orders["10024"]["status"] == "packing"


async def test_a_question_before_the_answer_confirms_nothing(talk: New, inner: Inner) -> None:
    customer = await cancelling(talk, inner)
    said = await customer.say("what does it cost", "check_cancellation_fee", decision=SURE)
    assert said.responses[0] == "utter_check_cancellation_fee"
    assert said.responses[-1] == "utter_ask_order_confirmed"
    assert inner.orders["10024"]["status"] == "packing"


@pytest.mark.parametrize(
    "words", ["i dont have the number", "I can't find it, can you look it up by my name?", "lost it"]
)
async def test_without_the_number_in_other_words(talk: New, words: str) -> None:
    customer = talk()
    await customer.say("where is my parcel", "track_order")
    said = await customer.say(words, "contact_customer_service", decision=SURE)
    assert said.responses[-1] == "utter_order_without_number_person"


async def test_a_change_of_mind_ends_the_task(talk: New) -> None:
    customer = talk()
    await customer.say("where is my parcel", "track_order")
    said = await customer.say("actually no wait", "nlu_fallback", decision=UNSURE)
    assert said.responses == ["utter_stopped"]
    assert (await customer.slots())["requested_slot"] is None


async def test_a_change_of_mind_for_another_question(talk: New) -> None:
    customer = talk()
    await customer.say("where is my parcel", "track_order")
    said = await customer.say(
        "oh forget it, I just want to know your opening hours", "opening_hours", decision=SURE
    )
    assert said.responses == ["utter_opening_hours", "utter_did_that_help"]
    assert (await customer.slots())["requested_slot"] is None


async def test_ok_to_an_answer_in_between_is_no_praise(talk: New) -> None:
    customer = talk()
    await customer.say("where is my parcel", "track_order")
    await customer.say("how long is the warranty", "warranty", decision=SURE)
    said = await customer.say("ok", "affirm", decision=SURE)
    assert not [e for e in said.lines if e.get("effect", {}).get("name") == "feedback"]
    assert said.responses == ["utter_order_set_aside"]
