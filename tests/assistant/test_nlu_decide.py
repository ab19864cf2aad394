"""Every way a decision can go, from made-up evidence; and where the gates are put."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.crossval import LeftOut
from assistant.decide import Asked, Policy, decide
from assistant.evidence import OUT_OF_SCOPE, Evidence
from assistant.thresholds import Targets, Thresholds, choose

POLICY = Policy(
    Thresholds(scope=1.0, confidence=0.5),
    around=frozenset({"greet"}),
    number_topics=("track_order",),
    guarded=("internal_",),
)


def seen(intent: str, confidence: float = 0.9, scope: float = 3.0) -> Evidence:
    return Evidence(intent, confidence, scope, ((intent, confidence), ("other", 0.06)))


def test_near_and_sure_is_answered() -> None:
    made = decide(Asked(seen("track_order")), POLICY)
    assert (made.kind, made.intent) == ("answer", "track_order")


def test_near_and_unsure_is_asked_back_with_the_likeliest_topics() -> None:
    made = decide(Asked(seen("track_order", 0.4)), POLICY)
    assert made.kind == "ask_back"
    assert [name for name, _ in made.candidates] == ["track_order", "other"]


def test_far_is_passed_however_sure() -> None:
    assert decide(Asked(seen("track_order", 0.99, scope=0.0)), POLICY).kind == "pass"


def test_neither_near_nor_far_is_asked_back() -> None:
    gates = Policy(Thresholds(scope=1.0, confidence=0.5, far=-1.0))
    assert decide(Asked(seen("track_order", 0.99, scope=0.0)), gates).kind == "ask_back"
    assert decide(Asked(seen("track_order", 0.99, scope=-1.5)), gates).kind == "pass"


def test_out_of_scope_is_believed_alone_only_when_sure() -> None:
    assert decide(Asked(seen(OUT_OF_SCOPE, 0.8)), POLICY).kind == "pass"
    assert decide(Asked(seen(OUT_OF_SCOPE, 0.3)), POLICY).kind == "ask_back"


def test_a_guarded_family_must_be_nearer() -> None:
    assert decide(Asked(seen("internal_leave", scope=2.0)), POLICY).kind == "pass"
    assert decide(Asked(seen("internal_leave", scope=4.0)), POLICY).kind == "answer"


def test_another_language_is_passed_with_that_reason() -> None:
    made = decide(Asked(seen("track_order"), language="de"), POLICY)
    assert (made.kind, made.reason) == ("pass", "language")


def test_nothing_to_read_is_asked_back() -> None:
    assert decide(Asked(seen("greet"), has_letters=False), POLICY).kind == "ask_back"


def test_a_bare_number_offers_topics() -> None:
    made = decide(Asked(seen("greet"), has_letters=False, only_entities=True), POLICY)
    assert [name for name, _ in made.candidates] == ["track_order"]


def test_a_refused_wish_is_not_served() -> None:
    asked = Asked(seen("cancel_order"), affirmed=seen("cancel_order"))
    made = decide(asked, POLICY)
    assert made.kind == "ask_back"
    assert "cancel_order" not in [name for name, _ in made.candidates]


def test_a_refusal_that_was_understood_is_served() -> None:
    asked = Asked(seen("deny"), affirmed=seen("cancel_order"))
    assert decide(asked, POLICY).intent == "deny"


def test_small_talk_that_may_be_taken_for_one_another_is_sure_together() -> None:
    both = Evidence("thank", 0.45, 3.0, (("thank", 0.45), ("compliment", 0.4)))
    assert decide(Asked(both), POLICY).kind == "ask_back"
    pleasant = replace(POLICY, pleasantries=frozenset({"thank", "compliment"}))
    assert decide(Asked(both), pleasant).kind == "answer"


def whole(*intents: str) -> Evidence:
    ranking = tuple((name, 0.9 / (place + 1)) for place, name in enumerate(intents))
    return Evidence(intents[0], 0.9, 3.0, ranking)


def test_of_two_needs_the_one_that_the_message_is_most_about_comes_first() -> None:
    parts = [seen("cancel_order"), seen("get_refund")]
    made = decide(Asked(whole("get_refund", "cancel_order"), parts), POLICY)
    assert (made.intent, list(made.also)) == ("get_refund", [0])
    made = decide(Asked(whole("cancel_order", "get_refund"), parts), POLICY)
    assert (made.intent, list(made.also)) == ("cancel_order", [1])


def test_a_part_that_the_whole_message_does_not_speak_of_must_be_sure_by_itself() -> None:
    parts = [seen("place_order", 0.8), seen("get_refund")]
    made = decide(Asked(whole("get_refund", "track_refund"), parts), POLICY)
    assert (made.intent, list(made.also)) == ("get_refund", [])
    parts = [seen("place_order", 0.97), seen("get_refund")]
    made = decide(Asked(whole("get_refund", "track_refund"), parts), POLICY)
    assert (made.intent, list(made.also)) == ("get_refund", [0])


def test_what_refers_back_is_a_need_only_if_the_whole_message_speaks_of_it() -> None:
    parts = [seen("opening_hours"), seen("track_order", 0.97)]
    asked = Asked(whole("opening_hours", "jobs"), parts, referring=[1])
    assert list(decide(asked, POLICY).also) == []
    asked = Asked(whole("opening_hours", "track_order"), parts, referring=[1])
    assert list(decide(asked, POLICY).also) == [1]


def test_a_part_that_may_tell_more_of_another_need_is_none() -> None:
    more = Evidence("delivery_missed", 0.9, 3.0, (("delivery_missed", 0.9), ("track_order", 0.06)))
    asked = Asked(whole("track_order", "delivery_missed"), [more, seen("track_order")])
    made = decide(asked, POLICY)
    assert (made.intent, list(made.also)) == ("track_order", [])


def test_parts_have_a_gate_of_their_own() -> None:
    parts = [seen("cancel_order", 0.45), seen("get_refund", 0.45)]
    message = Asked(whole("get_refund", "cancel_order"), parts)
    assert not decide(message, POLICY).also
    gates = replace(POLICY, thresholds=replace(POLICY.thresholds, part=0.4))
    assert list(decide(message, gates).also) == [0]


def test_a_greeting_or_a_remark_is_no_second_need() -> None:
    asked = Asked(seen("get_refund"), [seen("greet"), seen("get_refund"), seen("track_order")], [2])
    made = decide(asked, POLICY)
    assert (made.intent, list(made.also)) == ("get_refund", [])


def test_one_clear_sentence_among_others_beside_the_point() -> None:
    beside = seen("weather", 0.9, scope=-3.0)
    asked = Asked(seen("other", 0.3), [beside, seen("track_order"), beside])
    assert decide(asked, POLICY).intent == "track_order"


def left_out(wrong_confidence: float) -> LeftOut:
    right = [seen("a", 0.7 + i / 1000) for i in range(95)]
    wrong = [seen("b", wrong_confidence)] * 5
    foreign = [seen("a", 0.95, scope=-5.0)] * 60
    intents = ["a"] * 100 + [OUT_OF_SCOPE] * 60
    return LeftOut([*right, *wrong, *foreign], intents, [""] * 160)


def test_the_gates_keep_to_their_targets() -> None:
    gates = choose(left_out(0.6), Targets(wrong=0.02, foreign=0.0))
    assert gates.scope > -5.0
    assert gates.far <= gates.scope
    assert 0.6 < gates.confidence <= 0.7


def test_without_need_the_gates_stay_low() -> None:
    assert choose(left_out(0.6), Targets(wrong=0.1, foreign=0.0)).confidence < 0.2


def test_parts_are_let_in_from_where_few_of_them_are_wrong() -> None:
    """Of 95 right examples (0.7 and more) and 5 wrong ones (0.6), the wrong ones are 5%."""
    targets = Targets(wrong=0.02, foreign=0.0, part_wrong=0.02)
    assert 0.6 < choose(left_out(0.6), targets).part <= choose(left_out(0.6), targets).confidence
    targets = Targets(wrong=0.02, foreign=0.0, part_wrong=0.06)
    assert choose(left_out(0.6), targets).part < 0.2
    never = choose(left_out(0.6), Targets(wrong=0.02, foreign=0.0, part_wrong=0.02), {"a", "b"})
    assert never.part < 0.2


def test_impossible_targets_give_the_strictest_gates() -> None:
    assert choose(left_out(0.999), Targets(wrong=0.0)).confidence == pytest.approx(0.98)
