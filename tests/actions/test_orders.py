"""The order form and its tasks, step by step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.order_form import AskNumber, ValidateOrder, clean_number
from actions.order_tasks import OrderTask, SameForOther
from tests.actions.conftest import product_domain
from tests.actions.turns import Event, Outcome, bot, form, run, user
from tests.support.inner_api import Inner

VERIFIED = {"verified": True, "email": "ana@example.com"}


def slot(name: str, value: object) -> Event:
    """A slot that was set."""
    return {"event": "slot", "name": name, "value": value}


async def validate(
    text: str, intent: str, filled: dict[str, object], *, requested: str | None = None
) -> Outcome:
    """The form's check after `text` filled these slots."""
    events = [
        form("order_form"),
        user(text, intent),
        {"event": "action", "name": "order_form"},
        *[slot(name, value) for name, value in filled.items()],
    ]
    slots = {"task": "track_order", "requested_slot": requested, **filled}
    return await run(ValidateOrder(), product_domain(), *events, slots=slots, active="order_form")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10023", "10023"),
        ("#10023", "10023"),
        (" lo-10482 ", "LO-10482"),
        ("LO10482", "LO10482"),
        ("abc", None),
        ("12", None),
        ("1" * 13, None),
        ("10023; drop", None),
        ("", None),
    ],
)
def test_the_shape_of_an_order_number(text: str, number: str | None) -> None:
    assert clean_number(text) == number


@given(st.text(max_size=60))
def test_any_text_is_an_order_number_or_not(text: str) -> None:
    number = clean_number(text)
    assert number is None or number.replace("-", "").isalnum()


async def test_nothing_is_looked_up_before_it_is_proven(inner: Inner) -> None:
    done = await validate("10023", "x", {"order_number": "10023"}, requested="order_number")
    assert done.slots["requested_slot"] == "order_email"
    assert not any("/inner/orders/" in call for call in inner.calls)


async def test_a_wrong_email_finds_nothing(inner: Inner) -> None:
    filled: dict[str, object] = {"order_number": "10023", "order_email": "eve@example.com"}
    done = await validate("eve@example.com", "x", filled, requested="order_email")
    assert done.responses == ["utter_order_not_found"]
    assert done.slots["order_email"] is None
    assert done.slots["requested_slot"] == "order_email"
    assert done.effects("interaction")[0]["outcome"] == "refused"


async def test_a_verified_customer_with_another_address_is_asked_for_it(inner: Inner) -> None:
    inner.known = {"verified": True, "email": "other@example.com"}
    done = await validate("10023", "x", {"order_number": "10023"}, requested="order_number")
    assert done.slots["requested_slot"] == "order_email"


async def test_what_is_no_email_is_asked_for_again(inner: Inner) -> None:
    filled: dict[str, object] = {"order_number": "10023", "order_email": "ana at home"}
    done = await validate("ana at home", "x", filled, requested="order_email")
    assert done.slots["requested_slot"] == "order_email"
    assert done.slots["order_email"] is None


async def test_a_message_about_something_else_changes_nothing(inner: Inner) -> None:
    done = await validate("opening hours?", "opening_hours", {}, requested="order_number")
    assert done.slots == {"requested_slot": "order_number"}
    assert inner.calls == []


async def test_an_impossible_number_is_said(inner: Inner) -> None:
    done = await validate("abc", "x", {"order_number": "abc"}, requested="order_number")
    assert done.responses == ["utter_order_number_shape"]
    assert done.slots["order_number"] is None


async def test_the_number_is_asked_for_twice_at_most() -> None:
    said = user("jobs?", "jobs")
    once = [form("order_form"), bot("utter_ask_order_number")]
    done = await run(AskNumber(), product_domain(), form("order_form"), said)
    assert done.responses == ["utter_ask_order_number"]
    done = await run(AskNumber(), product_domain(), *once, said)
    assert done.responses == ["utter_ask_order_number_again"]
    done = await run(
        AskNumber(), product_domain(), *once, bot("utter_ask_order_number_again"), said
    )
    assert done.responses == ["utter_order_set_aside"]
    assert done.left_form


async def task(name: str, number: str, **slots: object) -> Outcome:
    """Do a task with an order that is proven."""
    given = {"task": name, "order_number": number, "order_email": "ana@example.com", **slots}
    return await run(OrderTask(), product_domain(), user("x", name), slots=given)


@pytest.mark.parametrize(
    ("status", "response"),
    [
        ("received", "utter_order_is_received"),
        ("on the way", "utter_order_is_on_the_way"),
        ("lost in space", "utter_order_is_other"),
        (None, "utter_order_is_other"),
    ],
)
async def test_every_state_has_words(inner: Inner, status: str | None, response: str) -> None:
    inner.orders["10023"]["status"] = status
    assert (await task("track_order", "10023")).responses == [response]


async def test_cancelling_needs_the_confirmation(inner: Inner) -> None:
    for confirmed in (None, False):
        done = await task("cancel_order", "10024", confirmed=confirmed)
        assert done.responses == ["utter_cancel_kept"]
    done = await task("cancel_order", "10024", confirmed=True)
    assert done.responses == ["utter_cancel_done"]
    done = await task("cancel_order", "10024", confirmed=True)
    assert done.responses == ["utter_order_is_cancelled"]
    posted = [call for call in inner.calls if call.split("?")[0].endswith("/cancel")]
    assert len(posted) == 1


async def test_a_late_order_that_the_shop_keeps_goes_to_people(inner: Inner) -> None:
    done = await task("cancel_order", "10026", confirmed=True)
    assert done.responses[0] == "utter_cancel_by_person"
    assert done.effects("handoff")[0]["reason"] == "policy"
    assert done.effects("interaction")[0]["outcome"] == "refused"


async def test_a_cancellation_without_an_answer_goes_to_people(inner: Inner) -> None:
    inner.down_for = "/cancel"
    done = await task("cancel_order", "10024", confirmed=True)
    assert done.responses[0] == "utter_cancel_unknown"
    assert done.effects("handoff")[0]["reason"] == "action_failed"


async def test_a_refused_refund_is_tough_news(inner: Inner) -> None:
    inner.orders["10025"]["refund"]["status"] = "refused"
    done = await task("track_refund", "10025")
    assert done.responses == ["utter_decline_refund"]


async def test_a_form_that_ended_without_an_order_does_nothing(inner: Inner) -> None:
    done = await run(OrderTask(), product_domain(), user("x", "x"), slots={"task": None})
    assert done.responses == []
    assert inner.calls == []


async def test_the_same_for_other_takes_the_number_in_the_message() -> None:
    done = await run(
        SameForOther(),
        product_domain(),
        user("what about 10025?", "same_for_other"),
        slots={"last_task": "track_order", "order_number": "10023"},
    )
    assert done.slots["order_number"] == "10025"
    assert {"event": "followup", "name": "order_form", "timestamp": None} in done.events


async def test_a_malformed_answer_of_the_care_server_is_an_apology(inner: Inner) -> None:
    inner.orders["10023"] = {"number": "10023", "email": "ana@example.com", "items": {"a": 1}}
    done = await task("track_order", "10023")
    assert done.responses == ["utter_order_is_other"]
    inner.garbage = True
    done = await task("track_order", "10023")
    assert done.responses == ["utter_orders_down"]
