"""Escalation: reasons, summaries, honest words about waiting."""

import json

import pytest

from actions.escalation import Frustrated, HandOff, No, Yes
from tests.actions.conftest import product_domain
from tests.actions.turns import bot, run, user
from tests.support.inner_api import Inner

ASKED = user("get me a person", "contact_human_agent")


@pytest.mark.parametrize(
    ("offer", "reason"),
    [
        ("utter_sorry_not_helpful", "not_helpful"),
        ("utter_offer_person", "not_understood"),
        ("utter_action_failed", "action_failed"),
        ("utter_frustrated", "frustrated"),
        ("utter_complaint_recorded", "complaint"),
        ("utter_cancel_too_late", "policy"),
        ("utter_decline_delay", "policy"),
    ],
)
async def test_the_reason_is_that_of_the_offer(inner: Inner, offer: str, reason: str) -> None:
    before = [user("hm", "x"), bot(offer)]
    done = await run(HandOff(), product_domain(), *before, ASKED)
    assert done.effects("handoff")[0]["reason"] == reason
    done = await run(Yes(), product_domain(), *before, user("yes", "affirm"))
    assert done.effects("handoff")[0]["reason"] == reason
    done = await run(No(), product_domain(), *before, user("no", "deny"))
    assert done.effects("handoff") == []
    assert done.responses == ["utter_offer_refused"]


async def test_an_offer_of_long_ago_is_no_reason(inner: Inner) -> None:
    before = [user("a", "x"), bot("utter_sorry_not_helpful"), user("b", "x"), bot("utter_jobs")]
    done = await run(HandOff(), product_domain(), *before, ASKED)
    assert done.effects("handoff")[0]["reason"] == "customer_asked"
    done = await run(Yes(), product_domain(), *before, user("yes", "affirm"))
    assert done.responses == ["utter_yes_to_what"]


async def test_the_summary_says_topic_words_and_what_was_given(inner: Inner) -> None:
    before = [
        user("is this still under warranty?", "warranty"),
        bot("utter_warranty"),
        user("/feedback_not_helpful", "feedback_not_helpful"),
        bot("utter_sorry_not_helpful"),
    ]
    slots = {"order_number": "10023", "phone": None, "rating": "4"}
    done = await run(HandOff(), product_domain(), *before, ASKED, slots=slots)
    (handoff,) = done.effects("handoff")
    assert handoff["slots"] == {"order_number": "10023"}
    assert "Warranty" in handoff["summary"]
    assert "order number 10023" in handoff["summary"]
    assert "is this still under warranty? / get me a person" in handoff["summary"]
    assert "/feedback_not_helpful" not in handoff["summary"]
    json.dumps(handoff)


async def test_words_with_braces_do_not_break_the_summary(inner: Inner) -> None:
    done = await run(HandOff(), product_domain(), user("{said} {0} {", "contact_human_agent"))
    assert "{said} {0} {" in done.effects("handoff")[0]["summary"]


@pytest.mark.parametrize(
    ("known", "response"),
    [
        ({"queue": {"waiting": 0, "wait_seconds": None}}, "utter_hand_off_next"),
        ({"queue": {"position_next": 4, "wait_seconds": None}}, "utter_hand_off_place"),
        ({"queue": {"waiting": 3, "wait_seconds": 61}}, "utter_hand_off_wait"),
        (
            {"hours": {"open": False, "next_opening": "2026-11-23T07:00:00Z"}},
            "utter_hand_off_closed",
        ),
        ({"hours": {"open": False, "next_opening": None}}, "utter_hand_off_closed_unknown"),
        ({"hours": {"open": False, "next_opening": "soon"}}, "utter_hand_off_closed_unknown"),
    ],
)
async def test_what_happens_next_is_said(
    inner: Inner, known: dict[str, object], response: str
) -> None:
    inner.known = known
    done = await run(HandOff(), product_domain(), ASKED)
    assert done.responses == ["utter_contact_human_agent", response]


async def test_an_unreachable_care_server_hands_over_all_the_same(inner: Inner) -> None:
    inner.down = True
    done = await run(HandOff(), product_domain(), ASKED, active="order_form")
    assert done.responses == ["utter_contact_human_agent"]
    assert len(done.effects("handoff")) == 1
    assert done.left_form
    assert done.effects("interaction")[0]["outcome"] == "ok"


async def test_the_second_frustration_hands_over(inner: Inner) -> None:
    angry = user("argh", "frustrated")
    done = await run(Frustrated(), product_domain(), angry)
    assert done.responses == ["utter_frustrated"]
    done = await run(Frustrated(), product_domain(), angry, bot("utter_frustrated"), angry)
    assert done.effects("handoff")[0]["reason"] == "frustrated"
    others = [user(str(number), "greet") for number in range(10)]
    done = await run(Frustrated(), product_domain(), angry, *others, angry)
    assert done.responses == ["utter_frustrated"]
