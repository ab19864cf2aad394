"""Tasks with an order: asked once, proven, read back, done or passed on."""

from __future__ import annotations

from collections.abc import Callable

from tests.assistant.conversations.talk import Talk
from tests.support.inner_api import Inner

New = Callable[[], Talk]
VERIFIED = {"verified": True, "email": "ana@example.com"}


async def test_tracking_asks_number_and_email_and_answers(talk: New) -> None:
    customer = talk()
    said = await customer.say("where is my order", "track_order")
    assert said.responses == ["utter_ask_order_number"]
    assert "look up" in said.text
    said = await customer.say("10023", "nlu_fallback", entities={"order_number": "10023"})
    assert said.responses == ["utter_ask_order_email"]
    said = await customer.say("ana@example.com", "nlu_fallback",
                              entities={"email": "ana@example.com"})
    assert said.responses == ["utter_order_is_on_the_way"]
    assert "Nord Parcel" in said.text


async def test_a_number_is_found_in_plain_words(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    customer = talk()
    await customer.say("where is my order", "track_order")
    said = await customer.say("it is #10023.", "nlu_fallback")
    assert said.responses == ["utter_order_is_on_the_way"]


async def test_what_was_given_is_not_asked_again(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    customer = talk()
    said = await customer.say("where is 10023", "track_order", entities={"order_number": "10023"})
    assert said.responses == ["utter_order_is_on_the_way"]
    said = await customer.say("and the refund for it?", "track_refund")
    assert said.responses == ["utter_refund_none"]


async def test_and_the_other_one(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    customer = talk()
    await customer.say("where is 10023", "track_order", entities={"order_number": "10023"})
    said = await customer.say("and 10025?", "same_for_other", entities={"order_number": "10025"})
    assert said.responses == ["utter_order_is_delivered"]
    said = await customer.say("and the other one", "same_for_other")
    assert said.responses == ["utter_ask_order_number"]
    said = await customer.say("10024", "nlu_fallback", entities={"order_number": "10024"})
    assert said.responses == ["utter_order_is_packing"]
    said = await talk().say("and the other one", "same_for_other")
    assert said.responses == ["utter_same_for_what"]


async def test_cancelling_reads_back_and_waits_for_yes(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    customer = talk()
    said = await customer.say("cancel 10024", "cancel_order", entities={"order_number": "10024"})
    assert said.responses == ["utter_ask_order_confirmed"]
    assert "Oak side table" in said.text
    assert inner.orders["10024"]["status"] == "packing"
    assert said.payloads == ['/affirm{"order_number": "10024"}', "/deny"]
    said = await customer.press(said.payloads[0])
    assert said.responses == ["utter_cancel_done"]
    assert inner.orders["10024"]["status"] == "cancelled"


async def test_a_cancellation_refused_by_the_customer(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    customer = talk()
    await customer.say("cancel 10024", "cancel_order", entities={"order_number": "10024"})
    said = await customer.say("no, keep it", "deny")
    assert said.responses == ["utter_cancel_kept"]
    assert inner.orders["10024"]["status"] == "packing"


async def test_an_old_button_confirms_its_own_order_only(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    inner.orders["10026"]["status"] = "packing"
    customer = talk()
    said = await customer.say("cancel 10024", "cancel_order", entities={"order_number": "10024"})
    await customer.say("no", "deny")
    await customer.say("cancel 10026", "cancel_order", entities={"order_number": "10026"})
    await customer.press(said.payloads[0])
    assert inner.orders["10026"]["status"] == "packing"


async def test_a_yes_in_the_same_message_confirms_nothing(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    customer = talk()
    said = await customer.say(
        "cancel 10024. yes!", "cancel_order", entities={"order_number": "10024"},
        also=[{"intent": "affirm", "entities": []}],
    )
    assert set(said.responses) == {"utter_ask_order_confirmed"}
    assert inner.orders["10024"]["status"] == "packing"
    said = await customer.say("yes", "affirm")
    assert said.responses == ["utter_cancel_done"]


async def test_two_tasks_with_one_order_are_asked_for_it_once(talk: New, inner: Inner) -> None:
    """The second waits until the first has its order, then has it too."""
    customer = talk()
    said = await customer.say(
        "where is 10024, and can I get the receipt", "track_order",
        entities={"order_number": "10024"}, also=[{"intent": "get_invoice", "entities": []}],
    )
    assert said.responses == ["utter_ask_order_email"]
    said = await customer.say("ana@example.com", "nlu_fallback",
                              entities={"email": "ana@example.com"})
    assert len(said.responses) == 2
    assert said.responses[0].startswith("utter_order_is_")
    assert said.responses[1].startswith("utter_invoice_")
    assert (await customer.slots())["later"] is None


async def test_what_waits_for_a_form_is_dropped_when_the_form_is_left(
    talk: New, inner: Inner
) -> None:
    customer = talk()
    await customer.say(
        "track 10024 and send the invoice", "track_order", entities={"order_number": "10024"},
        also=[{"intent": "get_invoice", "entities": []}],
    )
    assert [one["intent"] for one in (await customer.slots())["later"]] == ["get_invoice"]
    said = await customer.say("stop", "stop")
    assert "utter_ask_order_email" not in said.responses
    assert (await customer.slots())["later"] is None


async def test_what_can_be_answered_at_once_comes_before_the_question_of_the_form(
    talk: New, inner: Inner
) -> None:
    customer = talk()
    said = await customer.say(
        "where is 10024 and what is the warranty", "track_order",
        entities={"order_number": "10024"}, also=[{"intent": "warranty", "entities": []}],
    )
    assert said.responses == ["utter_warranty", "utter_ask_order_email"]
    said = await customer.say("ana@example.com", "nlu_fallback",
                              entities={"email": "ana@example.com"})
    assert said.responses == ["utter_order_is_packing"]


async def test_the_question_of_a_form_is_the_last_thing_said(talk: New, inner: Inner) -> None:
    """Whichever the message is most about, and however many answers there are."""
    customer = talk()
    said = await customer.say(
        "warranty? gift cards? and where is 10024", "warranty", entities={"order_number": "10024"},
        also=[{"intent": "track_order", "entities": []}, {"intent": "gift_cards", "entities": []}],
    )
    assert said.responses == ["utter_warranty", "utter_gift_cards", "utter_ask_order_email"]


async def test_who_asks_for_a_person_is_not_asked_for_an_order_as_well(
    talk: New, inner: Inner
) -> None:
    customer = talk()
    said = await customer.say(
        "where is 10024, what is the warranty, and get me a human", "track_order",
        entities={"order_number": "10024"},
        also=[{"intent": "warranty", "entities": []},
              {"intent": "contact_human_agent", "entities": []}],
    )
    assert said.responses[0] == "utter_warranty"
    assert "utter_contact_human_agent" in said.responses
    assert not [name for name in said.responses if name.startswith("utter_ask_order")]
    assert said.effects("handoff")[0]["slots"]["order_number"] == "10024"
    assert (await customer.slots())["requested_slot"] is None


async def test_a_yes_from_before_confirms_nothing(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    customer = talk()
    await customer.say("cancel 10024", "cancel_order", entities={"order_number": "10024"})
    await customer.press("/affirm")
    inner.orders["10024"]["status"] = "packing"
    said = await customer.say("cancel 10024", "cancel_order", entities={"order_number": "10024"})
    assert said.responses == ["utter_ask_order_confirmed"]


async def test_too_late_to_cancel(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    customer = talk()
    said = await customer.say("cancel 10023", "cancel_order", entities={"order_number": "10023"})
    assert said.responses == ["utter_cancel_too_late"]
    assert said.actions["action_order_task"] == "refused"
    said = await customer.say("yes", "affirm")
    assert said.effects("handoff")[0]["reason"] == "policy"


async def test_a_delay_is_told_as_tough_news(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    customer = talk()
    said = await customer.say("where is 10026", "track_order", entities={"order_number": "10026"})
    assert said.responses == ["utter_order_is_delayed", "utter_decline_delay"]
    said = await customer.say("yes a person please", "affirm")
    assert said.effects("handoff")[0]["reason"] == "policy"


async def test_somebody_elses_order_is_not_found(talk: New, inner: Inner) -> None:
    customer = talk()
    await customer.say("cancel 10024", "cancel_order", entities={"order_number": "10024"})
    said = await customer.say("eve@example.com", "x", entities={"email": "eve@example.com"})
    assert said.responses == ["utter_order_not_found"]
    said = await customer.say("eva@example.com", "x", entities={"email": "eva@example.com"})
    assert said.responses == ["utter_order_not_found_again"]
    assert (await customer.slots())["requested_slot"] is None
    assert inner.orders["10024"]["status"] == "packing"


async def test_a_wrong_address_or_number_is_put_right_alone(talk: New) -> None:
    customer = talk()
    await customer.say("where is 10023", "track_order", entities={"order_number": "10023"})
    said = await customer.say("ana@exmple.com", "x", entities={"email": "ana@exmple.com"})
    assert said.responses == ["utter_order_not_found"]
    said = await customer.say("sorry ana@example.com", "x", entities={"email": "ana@example.com"})
    assert said.responses == ["utter_order_is_on_the_way"]
    customer = talk()
    await customer.say("where is 10032", "track_order", entities={"order_number": "10032"})
    await customer.say("ana@example.com", "x", entities={"email": "ana@example.com"})
    said = await customer.say("10023, sorry", "x", entities={"order_number": "10023"})
    assert said.responses[0].startswith("utter_ask_order_email")
    said = await customer.say("ana@example.com", "x", entities={"email": "ana@example.com"})
    assert said.responses == ["utter_order_is_on_the_way"]


async def test_a_delayed_order_that_the_system_keeps_is_cancelled_by_people(
    talk: New, inner: Inner
) -> None:
    inner.known = VERIFIED
    customer = talk()
    said = await customer.say("cancel 10026", "cancel_order", entities={"order_number": "10026"})
    assert said.responses == ["utter_ask_order_confirmed"]
    said = await customer.say("yes", "affirm")
    assert said.responses[0] == "utter_cancel_by_person"
    assert said.effects("handoff")[0]["slots"]["order_number"] == "10026"


async def test_a_question_in_between_is_answered_and_the_form_goes_on(talk: New) -> None:
    customer = talk()
    await customer.say("track my order", "track_order")
    said = await customer.say("how long is the warranty", "warranty")
    assert said.responses == [
        "utter_warranty", "utter_did_that_help", "utter_ask_order_number_again",
    ]
    assert "Did that help" not in said.text
    said = await customer.say("gift cards?", "gift_cards")
    assert said.responses[-1] == "utter_order_set_aside"
    said = await customer.say("jobs?", "jobs")
    assert said.responses == ["utter_jobs", "utter_did_that_help"]


async def test_without_a_number_there_is_another_way(talk: New) -> None:
    customer = talk()
    await customer.say("track my order", "track_order")
    said = await customer.press("/deny")
    assert said.responses == [
        "utter_order_without_number", "utter_track_order", "utter_order_without_number_person",
    ]
    assert (await customer.slots())["requested_slot"] is None


async def test_another_task_in_the_middle_of_one(talk: New, inner: Inner) -> None:
    customer = talk()
    await customer.say("track my order", "track_order")
    said = await customer.say("no, cancel it", "cancel_order")
    assert "cancel" in said.text
    inner.known = VERIFIED
    said = await customer.say("10024", "nlu_fallback", entities={"order_number": "10024"})
    assert said.responses == ["utter_ask_order_confirmed"]


async def test_changes_go_to_people_with_the_order(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    customer = talk()
    said = await customer.say("wrong address", "change_shipping_address",
                              entities={"order_number": "10024"})
    assert said.responses[0] == "utter_change_by_person"
    assert said.effects("handoff")[0]["slots"]["order_number"] == "10024"
    said = await talk().say("swap", "change_order", entities={"order_number": "10025"})
    assert said.responses == ["utter_change_too_late"]


async def test_invoices_and_refunds(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    said = await talk().say("invoice", "get_invoice", entities={"order_number": "10025"})
    assert "INV-10025" in said.text
    said = await talk().say("invoice", "check_invoice", entities={"order_number": "10024"})
    assert said.responses == ["utter_invoice_none"]
    said = await talk().say("refund", "track_refund", entities={"order_number": "10025"})
    assert "20.00 EUR" in said.text


async def test_the_order_system_down_is_said_with_a_person(talk: New, inner: Inner) -> None:
    inner.down = True
    customer = talk()
    said = await customer.say("track 10023", "track_order", entities={"order_number": "10023"})
    assert said.responses == ["utter_orders_down"]
    inner.down = False
    said = await customer.say("yes", "affirm")
    assert said.effects("handoff")[0]["reason"] == "action_failed"


async def test_the_same_state_again_is_noticed(talk: New, inner: Inner) -> None:
    inner.known = VERIFIED
    customer = talk()
    await customer.say("where is 10023", "track_order", entities={"order_number": "10023"})
    said = await customer.say("where is 10023??", "track_order")
    assert said.responses == ["utter_order_is_on_the_way", "utter_order_same_as_before"]


async def test_not_understood_in_a_form_ends_with_an_offer(talk: New) -> None:
    customer = talk()
    await customer.say("track", "track_order")
    said = await customer.say("blub", "nlu_fallback")
    assert said.responses == ["utter_unclear", "utter_ask_order_number_again"]
    said = await customer.say("blub blub", "nlu_fallback")
    assert said.responses == ["utter_offer_person"]
    assert (await customer.slots())["requested_slot"] is None
