"""Feedback: effects, references, and when a rating is asked for."""

from actions.callback import clean_phone
from actions.feedback import Close, SubmitFeedback, SubmitRating, ValidateFeedback, ValidateRating
from tests.actions.conftest import product_domain
from tests.actions.turns import effect, run, user


async def test_a_complaint_keeps_its_reference_when_the_turn_is_repeated() -> None:
    slots = {"feedback_text": "it came broken"}
    said = user("it came broken", "complaint")
    first = await run(SubmitFeedback(), product_domain(), said, slots=slots)
    second = await run(SubmitFeedback(), product_domain(), said, slots=slots)
    assert first.effects("feedback") == second.effects("feedback")
    (complaint,) = first.effects("feedback")
    assert first.values("utter_complaint_recorded")["reference"] == complaint["reference"]
    other = await run(SubmitFeedback(), product_domain(), user("other", "x"), slots=slots)
    assert other.effects("feedback")[0]["reference"] != complaint["reference"]


async def test_a_rating_without_score_or_comment_records_nothing_twice() -> None:
    done = await run(SubmitRating(), product_domain(), user("x", "x"), slots={})
    assert done.effects("feedback") == []
    slots = {"rating": "5", "rating_comment": ""}
    done = await run(SubmitRating(), product_domain(), user("no", "deny"), slots=slots)
    assert done.effects("feedback") == []
    assert done.responses == ["utter_rating_thanks"]


async def test_a_button_in_a_text_form_is_not_taken_for_words() -> None:
    slots = {"requested_slot": "feedback_text", "feedback_text": "/opening_hours"}
    done = await run(
        ValidateFeedback(),
        product_domain(),
        user("/opening_hours", "opening_hours"),
        slots=slots,
        active="feedback_form",
    )
    assert done.slots["feedback_text"] is None
    assert any(event["event"] == "action_execution_rejected" for event in done.events)


async def test_long_words_are_cut() -> None:
    slots = {"requested_slot": "feedback_text", "feedback_text": "x" * 5000}
    done = await run(
        ValidateFeedback(),
        product_domain(),
        user("x" * 5000, "complaint"),
        slots=slots,
        active="feedback_form",
    )
    assert len(done.slots["feedback_text"]) == 1000


async def test_a_rating_counts_once() -> None:
    slots = {"requested_slot": "rating", "rating": "2"}
    done = await run(
        ValidateRating(),
        product_domain(),
        user("2", "give_rating"),
        slots=slots,
        active="rating_form",
    )
    assert done.effects("feedback") == [{"kind": "csat", "score": 2}]
    assert done.slots["requested_slot"] == "rating_comment"


async def test_a_rating_is_not_asked_for_too_often() -> None:
    said = user("that is all", "nothing_else")
    done = await run(Close(), product_domain(), said)
    assert done.effects("ask_rating") == [{"kind": "csat"}]
    done = await run(Close(), product_domain(), effect("ask_rating"), said)
    assert done.effects("ask_rating") == []
    assert done.effects("resolved") == [{}]
    since = [user(str(number), "greet") for number in range(25)]
    done = await run(Close(), product_domain(), effect("ask_rating"), *since, said)
    assert done.effects("ask_rating") == [{"kind": "csat"}]
    done = await run(Close(), product_domain(), user("bye", "goodbye"))
    assert done.effects("resolved") == []


def test_phone_numbers() -> None:
    assert clean_phone("call +44 20 7946 0958 please") == "+44 20 7946 0958"
    assert clean_phone("030 23125014") == "+49 30 23125014"
    assert clean_phone("order 10023") is None
    assert clean_phone("") is None
