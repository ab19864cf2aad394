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


@pytest.mark.parametrize("words", ["no keep it", "actually no", "don't!", "never mind", "ok then keep it"])
async def test_no_in_other_words_keeps_the_order(talk: New, inner: Inner, words: str) -> None:
    customer = await cancelling(talk, inner)
    said = await customer.say(words, "nlu_fallback", decision=UNSURE)
    assert said.responses == ["utter_cancel_kept"]
    assert inner.orders["10024"]["status"] == "packing"


@pytest.mark.parametrize("words", ["yes cancel it", "go ahead please", "sure, do it", "\U0001f44d"])
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


ONLY = {"kind": "ask_back", "candidates": [{"intent": "track_order"}],
        "reason": "only a number or an address was given"}


async def test_two_orders_are_looked_up_one_after_the_other(talk: New) -> None:
    customer = talk()
    said = await customer.take(
        "where are 10023 and 10024", "track_order",
        [{"entity": "order_number", "value": "10023"},
         {"entity": "order_number", "value": "10024"}],
    )
    assert said.responses == ["utter_ask_order_email"]
    said = await customer.say("ana@example.com", "nlu_fallback",
                              entities={"email": "ana@example.com"})
    assert said.responses == ["utter_order_is_on_the_way", "utter_order_is_packing"]


async def test_two_orders_are_cancelled_one_after_the_other(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    inner.orders["10026"]["status"] = "packing"
    customer = talk()
    said = await customer.take(
        "cancel 10024 and 10026", "cancel_order",
        [{"entity": "order_number", "value": "10024"},
         {"entity": "order_number", "value": "10026"}],
    )
    assert said.responses == ["utter_ask_order_confirmed"]
    assert "10024" in said.text
    said = await customer.say("yes", "affirm", decision=SURE)
    assert said.responses == ["utter_cancel_done", "utter_ask_order_confirmed"]
    assert "10026" in said.text
    assert inner.orders["10026"]["status"] == "packing"
    said = await customer.say("no", "deny", decision=SURE)
    assert said.responses == ["utter_cancel_kept"]


async def test_a_number_after_still_waiting_is_looked_up(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    customer = talk()
    await customer.say("weeks late!", "still_waiting")
    said = await customer.say("10023", "nlu_fallback", decision=ONLY,
                              entities={"order_number": "10023"})
    assert said.responses == ["utter_order_is_on_the_way"]


async def test_number_then_address_is_looked_up(talk: New) -> None:
    customer = talk()
    said = await customer.say("10023", "nlu_fallback", decision=ONLY,
                              entities={"order_number": "10023"})
    assert said.responses == ["utter_about_number"]
    said = await customer.say("ana@example.com", "nlu_fallback", decision=ONLY,
                              entities={"email": "ana@example.com"})
    assert said.responses == ["utter_order_is_on_the_way"]


async def test_what_is_no_phone_number_is_asked_for_once_more(talk: New) -> None:
    customer = talk()
    await customer.say("call me back", "request_callback")
    said = await customer.say("tomorrow morning", "out_of_scope")
    assert said.responses == ["utter_phone_shape", "utter_ask_phone"]
    said = await customer.say("+49 30 2312 5014", "nlu_fallback",
                              entities={"phone": "+49 30 2312 5014"})
    assert said.responses[0] == "utter_callback_noted"


async def test_a_phone_number_alone_asks_for_a_call(talk: New) -> None:
    said = await talk().say("+49 30 2312 5014", "nlu_fallback", decision=ONLY,
                            entities={"phone": "+49 30 2312 5014"})
    assert said.responses[0] == "utter_callback_noted"


async def test_little_pictures_are_read(talk: New) -> None:
    customer = talk()
    await customer.say("warranty?", "warranty")
    said = await customer.say("\U0001f44d", "nlu_fallback", decision=UNSURE)
    assert said.responses == ["utter_glad_it_helped"]
    said = await talk().say("\U0001f621\U0001f621", "nlu_fallback", decision=UNSURE)
    assert said.responses == ["utter_frustrated"]
    said = await talk().say("\u2764\ufe0f", "nlu_fallback", decision=UNSURE)
    assert said.responses == ["utter_thank"]


async def test_ok_does_not_choose_the_only_topic(talk: New) -> None:
    customer = talk()
    topic = {**UNSURE, "candidates": [{"intent": "suggestion"}]}
    await customer.say("maybe", "nlu_fallback", decision=topic)
    said = await customer.say("ok", "affirm", decision=SURE)
    assert said.responses == ["utter_yes_to_what"]


async def test_no_in_another_language_is_no_refusal(talk: New) -> None:
    customer = talk()
    language = {"kind": "pass", "reason": "language", "candidates": []}
    await customer.say("cu\u00e1nto tarda?", "out_of_scope", language="es", decision=language)
    said = await customer.say("no hablo ingl\u00e9s", "out_of_scope", language="es",
                              decision=language)
    assert said.responses == ["utter_language_unsupported"]
