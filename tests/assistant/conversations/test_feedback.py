"""Ratings, complaints and suggestions, at any time."""

from __future__ import annotations

from collections.abc import Callable

from tests.assistant.conversations.talk import Talk

New = Callable[[], Talk]


async def test_a_rating_counts_at_once_and_the_comment_is_added(talk: New) -> None:
    customer = talk()
    said = await customer.say("I give you one out of five", "give_rating")
    assert said.effects("feedback") == [{"kind": "csat", "score": 1}]
    assert said.responses == ["utter_ask_rating_comment"]
    said = await customer.say("nobody answered where my order is", "track_order")
    (comment,) = said.effects("feedback")
    assert comment == {
        "kind": "csat", "score": 1, "comment": "nobody answered where my order is", "amends": True,
    }
    assert said.responses == ["utter_rating_low"]
    said = await customer.say("yes", "affirm")
    assert said.effects("handoff")[0]["reason"] == "complaint"


async def test_a_rating_without_a_comment(talk: New) -> None:
    customer = talk()
    said = await customer.say("let me rate you", "give_rating")
    assert said.responses == ["utter_ask_rating"]
    assert said.payloads[4] == '/give_rating{"rating": "5"}'
    said = await customer.press(said.payloads[4])
    assert said.effects("feedback") == [{"kind": "csat", "score": 5}]
    said = await customer.press("/deny")
    assert said.effects("feedback") == []
    assert said.responses == ["utter_rating_thanks"]
    said = await customer.say("rate again", "give_rating")
    assert said.responses == ["utter_ask_rating"]


async def test_a_rating_off_the_scale_is_asked_again(talk: New) -> None:
    customer = talk()
    await customer.say("rate", "give_rating")
    said = await customer.say("11", "give_rating")
    assert said.responses == ["utter_rating_shape", "utter_ask_rating"]
    assert said.effects("feedback") == []


async def test_a_rating_can_be_left_for_a_question_or_a_person(talk: New) -> None:
    customer = talk()
    await customer.say("rate", "give_rating")
    said = await customer.say("how long is the warranty", "warranty")
    assert said.responses == ["utter_warranty", "utter_did_that_help"]
    await customer.say("4", "give_rating")
    said = await customer.say("a person please", "contact_human_agent")
    assert len(said.effects("handoff")) == 1
    assert (await customer.slots())["requested_slot"] is None


async def test_feedback_in_the_middle_of_a_task(talk: New) -> None:
    customer = talk()
    await customer.say("track my order", "track_order")
    said = await customer.say("I rate this 2 of 5", "give_rating")
    assert said.effects("feedback") == [{"kind": "csat", "score": 2}]


async def test_a_complaint_is_heard_then_recorded_with_a_reference(talk: New) -> None:
    customer = talk()
    said = await customer.say("I want to complain", "complaint")
    assert said.responses == ["utter_complaint"]
    said = await customer.say("The desk came with a broken leg", "repair_and_spare_parts")
    (complaint,) = said.effects("feedback")
    assert complaint["kind"] == "complaint"
    assert complaint["comment"] == "The desk came with a broken leg"
    assert complaint["reference"] in said.text
    said = await customer.press("/contact_human_agent")
    assert said.effects("handoff")[0]["reason"] == "complaint"


async def test_what_was_told_at_once_is_not_asked_for(talk: New) -> None:
    text = "my parcel arrived broken and nobody has answered me for a week"
    said = await talk().say(text, "complaint")
    assert said.responses == ["utter_complaint_recorded"]
    assert said.effects("feedback")[0]["comment"] == text


async def test_a_complaint_can_be_left(talk: New) -> None:
    customer = talk()
    await customer.say("complaint", "complaint")
    said = await customer.press("/opening_hours")
    assert said.responses == ["utter_opening_hours", "utter_did_that_help"]
    await customer.say("complaint", "complaint")
    said = await customer.say("never mind", "deny")
    assert said.effects("feedback") == []
    assert (await customer.slots())["requested_slot"] is None


async def test_a_complaint_stays_one_whatever_it_sounds_like(talk: New) -> None:
    customer = talk()
    await customer.say("complaint", "complaint")
    said = await customer.say("you should train your drivers better", "suggestion")
    assert said.effects("feedback")[0]["kind"] == "complaint"


async def test_a_suggestion(talk: New) -> None:
    customer = talk()
    said = await customer.say("I have an idea", "suggestion")
    assert said.responses == ["utter_suggestion"]
    said = await customer.say("sell lamps as well", "product_availability")
    assert said.effects("feedback") == [{"kind": "suggestion", "comment": "sell lamps as well"}]


async def test_a_review_is_offered_to_be_noted_here(talk: New) -> None:
    said = await talk().say("leave a review", "review")
    assert said.responses == ["utter_review", "utter_offer_to_note"]
    assert said.payloads[-2:] == ["/suggestion", "/give_rating"]


async def test_the_end_asks_for_a_rating_once(talk: New) -> None:
    customer = talk()
    await customer.say("warranty", "warranty")
    said = await customer.say("that is all", "nothing_else")
    assert said.effects("ask_rating") == [{"kind": "csat"}]
    assert said.effects("resolved") == [{}]
    said = await customer.say("bye", "goodbye")
    assert said.effects("ask_rating") == []
    assert said.effects("resolved") == []
