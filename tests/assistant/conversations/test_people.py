"""People take over: asked for, offered, in the middle of something, and back again."""

from __future__ import annotations

from collections.abc import Callable

from tests.assistant.conversations.talk import Talk
from tests.support.inner_api import Inner

New = Callable[[], Talk]


async def test_asked_for(talk: New, inner: Inner) -> None:
    inner.known = {"queue": {"waiting": 0, "wait_seconds": None}}
    said = await talk().say("I want a human", "contact_human_agent")
    assert said.responses == ["utter_contact_human_agent", "utter_hand_off_next"]
    assert said.effects("handoff")[0]["reason"] == "customer_asked"
    assert said.actions == {"action_hand_off": "ok"}


async def test_out_of_hours_is_said(talk: New, inner: Inner) -> None:
    inner.known = {"hours": {"open": False, "next_opening": "2026-11-23T08:00:00+01:00"}}
    said = await talk().say("human", "contact_human_agent")
    assert "Monday 23 November, 08:00" in said.text


async def test_without_the_care_server_the_words_stay_neutral(talk: New, inner: Inner) -> None:
    inner.down = True
    said = await talk().say("human", "contact_human_agent")
    assert said.responses == ["utter_contact_human_agent"]
    assert len(said.effects("handoff")) == 1


async def test_in_the_middle_of_a_form_with_what_was_collected(talk: New, inner: Inner) -> None:
    customer = talk()
    await customer.say("where is order 10023", "track_order", entities={"order_number": "10023"})
    assert (await customer.slots())["requested_slot"] == "order_email"
    said = await customer.say("just get me a person", "contact_human_agent")
    (handoff,) = said.effects("handoff")
    assert handoff["slots"] == {"task": "track_order", "order_number": "10023"}
    assert "10023" in handoff["summary"]
    slots = await customer.slots()
    assert slots["requested_slot"] is None
    said = await customer.hand_back("Ana")
    assert said.responses == ["utter_hand_back"]
    said = await customer.say("opening hours", "opening_hours")
    assert said.responses == ["utter_opening_hours", "utter_did_that_help"]


async def test_frustration_is_acknowledged_then_handed_over(talk: New) -> None:
    customer = talk()
    said = await customer.say("this is useless", "frustrated")
    assert said.responses == ["utter_frustrated"]
    assert said.effects("handoff") == []
    said = await customer.say("I am fed up", "frustrated")
    assert said.responses == ["utter_frustrated_hand_off"]
    assert said.effects("handoff")[0]["reason"] == "frustrated"


async def test_still_waiting_and_the_transcript_lead_to_people(talk: New) -> None:
    customer = talk()
    said = await customer.say("still waiting!", "still_waiting")
    assert "/contact_human_agent" in said.payloads
    said = await customer.say("yes", "affirm")
    assert said.effects("handoff")[0]["reason"] == "frustrated"
    customer = talk()
    await customer.say("mail me this chat", "transcript_request")
    said = await customer.say("yes", "affirm")
    assert said.effects("handoff")[0]["reason"] == "customer_asked"


async def test_a_call_back_takes_a_number_that_exists(talk: New) -> None:
    customer = talk()
    said = await customer.say("call me", "request_callback")
    assert said.responses == ["utter_ask_phone"]
    said = await customer.say("it is 030 23125014", "nlu_fallback")
    assert said.responses == ["utter_callback_noted"]
    assert said.effects("handoff")[0]["slots"]["phone"] == "+49 30 23125014"


async def test_a_call_back_can_be_left(talk: New) -> None:
    customer = talk()
    await customer.say("call me", "request_callback")
    said = await customer.say("what is the warranty", "warranty")
    assert said.responses == ["utter_warranty", "utter_did_that_help"]
    assert (await customer.slots())["requested_slot"] is None


async def test_yes_and_no_to_nothing(talk: New) -> None:
    customer = talk()
    assert (await customer.say("yes", "affirm")).responses == ["utter_yes_to_what"]
    assert (await customer.say("no", "deny")).responses == ["utter_no_then"]


async def test_stop_ends_a_form(talk: New) -> None:
    customer = talk()
    await customer.say("track", "track_order")
    said = await customer.say("stop", "stop")
    assert said.responses == ["utter_stopped"]
    assert (await customer.slots())["requested_slot"] is None
