"""Answers, whether they helped, and what is not known."""

from __future__ import annotations

from collections.abc import Callable

from tests.assistant.conversations.talk import Talk
from tests.support.inner_api import Inner

New = Callable[[], Talk]


async def test_an_answer_asks_whether_it_helped_and_needs_no_action(talk: New) -> None:
    said = await talk().say("how long is the warranty", "warranty")
    assert said.responses == ["utter_warranty", "utter_did_that_help"]
    assert said.payloads[-2:] == ["/feedback_helpful", "/feedback_not_helpful"]
    assert said.actions == {}


async def test_yes_by_button_and_by_word_is_a_thumb_up(talk: New) -> None:
    customer = talk()
    await customer.say("warranty?", "warranty")
    said = await customer.press("/feedback_helpful")
    assert said.effects("feedback") == [{"kind": "thumb", "score": 1}]
    assert said.responses == ["utter_glad_it_helped"]
    await customer.say("gift cards?", "gift_cards")
    said = await customer.say("yes thanks", "affirm")
    assert said.effects("feedback") == [{"kind": "thumb", "score": 1}]


async def test_no_is_a_thumb_down_with_the_offer_of_a_person(talk: New, inner: Inner) -> None:
    customer = talk()
    await customer.say("warranty?", "warranty")
    said = await customer.say("no", "deny")
    assert said.effects("feedback") == [{"kind": "thumb", "score": 0}]
    assert said.payloads == ["/contact_human_agent", "/ask_differently"]
    inner.known = {"queue": {"waiting": 2, "wait_seconds": 240}}
    said = await customer.press("/contact_human_agent")
    (handoff,) = said.effects("handoff")
    assert handoff["reason"] == "not_helpful"
    assert "warranty?" in handoff["summary"]
    assert said.responses == ["utter_hand_off", "utter_hand_off_wait"]
    assert "**3**" in said.text
    assert "4 minutes" in said.text


async def test_asking_the_same_again_is_noticed(talk: New) -> None:
    customer = talk()
    await customer.say("warranty?", "warranty")
    said = await customer.say("what about the warranty", "warranty")
    assert said.responses == ["utter_asked_again"]
    said = await customer.press("/ask_differently")
    assert said.responses == ["utter_ask_differently"]


async def test_two_misunderstandings_offer_a_person(talk: New, inner: Inner) -> None:
    customer = talk()
    candidates = [{"intent": "warranty", "confidence": 0.4}, {"intent": "jobs", "confidence": 0.3}]
    decision = {"kind": "ask_back", "candidates": candidates, "reason": "unsure"}
    said = await customer.say("hm", "nlu_fallback", decision=decision)
    assert said.responses == ["utter_ask_back"]
    assert said.payloads == ["/warranty", "/jobs", "/nlu_fallback"]
    said = await customer.say("hmm", "nlu_fallback", decision=decision)
    assert said.responses == ["utter_ask_back_again"]
    assert said.payloads == ["/warranty", "/jobs", "/contact_human_agent"]
    said = await customer.say("mhm", "nlu_fallback")
    assert said.responses == ["utter_offer_person"]
    said = await customer.say("yes please", "affirm")
    assert said.effects("handoff")[0]["reason"] == "not_understood"


async def test_something_else_asks_for_other_words(talk: New) -> None:
    customer = talk()
    decision = {"kind": "ask_back", "candidates": [{"intent": "jobs"}], "reason": "unsure"}
    await customer.say("hm", "nlu_fallback", decision=decision)
    said = await customer.press("/nlu_fallback")
    assert said.responses == ["utter_in_other_words"]
    said = await customer.say("yes, a person then", "nlu_fallback")
    assert said.effects("handoff")[0]["reason"] == "not_understood"


async def test_nonsense_gets_choices_and_no_small_talk_among_them(talk: New) -> None:
    decision = {"kind": "ask_back", "candidates": [{"intent": "greet"}], "reason": "unsure"}
    said = await talk().say("asdfgh", "nlu_fallback", decision=decision)
    assert said.responses == ["utter_not_understood"]
    assert "still" not in said.text


async def test_a_bare_number_or_address_is_no_misunderstanding(talk: New) -> None:
    customer = talk()
    decision = {"kind": "ask_back", "candidates": [{"intent": "complaint"}], "reason": "unsure"}
    await customer.say("this is a mess", "nlu_fallback", decision=decision)
    tasks = {"kind": "ask_back", "candidates": [{"intent": "track_order"}], "reason": "number"}
    said = await customer.say("10026", "nlu_fallback", decision=tasks,
                              entities={"order_number": "10026"})
    assert said.responses == ["utter_about_number"]
    said = await customer.say("ana@example.com", "nlu_fallback", decision=tasks,
                              entities={"email": "ana@example.com"})
    assert said.responses == ["utter_about_email"]
    said = await customer.press("/track_order")
    assert said.responses[0] == "utter_order_is_delayed"


async def test_an_address_after_a_choice_keeps_the_choice(talk: New) -> None:
    customer = talk()
    topics = [{"intent": "track_refund"}, {"intent": "get_refund"}]
    unsure = {"kind": "ask_back", "candidates": topics, "reason": "unsure"}
    await customer.say("refund for 10025?", "nlu_fallback", decision=unsure)
    said = await customer.say("bruno@example.com", "nlu_fallback",
                              decision={**unsure, "candidates": [{"intent": "track_order"}]},
                              entities={"email": "bruno@example.com"})
    assert said.payloads == ["/track_refund", "/get_refund", "/nlu_fallback"]


async def test_yes_to_the_only_topic_that_was_named(talk: New) -> None:
    customer = talk()
    decision = {"kind": "ask_back", "candidates": [{"intent": "warranty"}], "reason": "unsure"}
    await customer.say("hm", "nlu_fallback", decision=decision)
    said = await customer.say("yes", "affirm", decision={"kind": "answer"})
    assert said.responses == ["utter_warranty", "utter_did_that_help"]


async def test_a_person_is_understood_in_other_languages(talk: New) -> None:
    said = await talk().say(
        "Ich m\u00f6chte mit einem Menschen sprechen", "out_of_scope", language="de",
        decision={"kind": "pass", "reason": "language", "candidates": []},
    )
    assert said.effects("handoff")[0]["reason"] == "customer_asked"


async def test_answers_come_as_they_were_asked(talk: New) -> None:
    said = await talk().say(
        "1) paypal? 2) showrooms?", "store_locations",
        also=[{"intent": "check_payment_methods", "entities": [], "before": True}],
    )
    assert said.responses == [
        "utter_check_payment_methods", "utter_store_locations", "utter_did_that_help",
    ]


async def test_a_yes_or_no_with_more_words_replies_to_what_was_offered(talk: New) -> None:
    customer = talk()
    unsure = {"kind": "ask_back", "candidates": [{"intent": "delivery_period"}], "reason": "unsure"}
    await customer.say("where is 10027", "frustrated")
    said = await customer.say("no, two days is fine", "nlu_fallback", decision=unsure)
    assert said.responses == ["utter_offer_refused"]


async def test_a_rating_replies_to_the_offer_to_rate(talk: New) -> None:
    customer = talk()
    await customer.say("I want to review you", "review")
    unsure = {"kind": "ask_back", "candidates": [], "reason": "unsure"}
    said = await customer.say("it was 4", "nlu_fallback", decision=unsure, entities={"rating": "4"})
    assert said.responses == ["utter_ask_rating_comment"]


async def test_an_offered_person_is_refused(talk: New) -> None:
    customer = talk()
    await customer.say("hm", "nlu_fallback")
    said = await customer.say("no", "deny")
    assert said.responses == ["utter_offer_refused"]
    assert said.effects("handoff") == []


async def test_a_guess_that_fits_is_answered(talk: New) -> None:
    customer = talk()
    decision = {"kind": "ask_back", "candidates": [{"intent": "warranty", "confidence": 0.4}]}
    await customer.say("hm", "nlu_fallback", decision=decision)
    said = await customer.press("/warranty")
    assert said.responses == ["utter_warranty", "utter_did_that_help"]


async def test_what_is_not_known_is_said_and_noted(talk: New) -> None:
    customer = talk()
    said = await customer.say("who won the cup", "out_of_scope")
    assert said.responses == ["utter_nothing_found"]
    assert said.effects("unanswered") == [{"candidates": []}]
    assert said.actions == {"action_search_answers": "refused"}
    said = await customer.say("yes", "affirm")
    assert said.effects("handoff")[0]["reason"] == "not_understood"


async def test_the_nearest_passage_is_quoted_with_its_source(talk: New) -> None:
    customer = talk()
    passage = {"text": "Orders leave within {2} days.", "source": "help/orders", "title": "Orders",
               "score": 0.7}
    said = await customer.say("dispatch?", "out_of_scope", passages=[passage])
    assert said.responses == ["utter_passage", "utter_did_that_help"]
    assert "> Orders leave within {2} days." in said.text
    assert "Source: Orders" in said.text
    said = await customer.say("no", "deny")
    assert said.effects("feedback") == [{"kind": "thumb", "score": 0}]


async def test_another_language_is_answered_honestly_in_it(talk: New) -> None:
    said = await talk().say("wo ist der tiger", "out_of_scope", language="de")
    assert "auf Deutsch" in said.text
    assert said.payloads == ["/contact_human_agent"]


async def test_the_question_whether_it_helped_follows_the_language(talk: New) -> None:
    said = await talk().say("garantie?", "warranty", language="de")
    assert "Hat Ihnen das geholfen?" in said.text


async def test_an_answer_without_translation_says_so(talk: New) -> None:
    customer = talk()
    said = await customer.say("empregos?", "jobs", language="pt")
    assert said.responses == ["utter_jobs", "utter_answer_not_translated", "utter_did_that_help"]
    assert "em português" in said.text
    said = await customer.say("sim", "contact_human_agent", language="pt")
    assert said.effects("handoff")[0]["reason"] == "not_understood"
    said = await talk().say("wann geld zurück", "track_refund", language="de")
    assert "utter_answer_not_translated" not in said.responses
    said = await talk().say("warranty?", "warranty", language="en")
    assert "utter_answer_not_translated" not in said.responses


async def test_internal_topics_are_for_colleagues(talk: New) -> None:
    said = await talk().say("wifi password", "internal_it_help")
    assert "utter_internal_it_help" not in said.responses
    assert said.responses == ["utter_nothing_found"]
    said = await talk().say("wifi", "internal_it_help", metadata={"audience": "internal"})
    assert said.responses == ["utter_internal_it_help", "utter_did_that_help"]


async def test_two_requests_in_one_message_are_both_answered(talk: New) -> None:
    said = await talk().say(
        "warranty and jobs", "warranty", also=[{"intent": "jobs", "entities": []}]
    )
    assert said.responses == ["utter_warranty", "utter_jobs", "utter_did_that_help"]
