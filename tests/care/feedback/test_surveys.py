"""The right question at the right time, never twice."""

from datetime import UTC, datetime, timedelta

from care.feedback.surveys import NPS_SHARE, in_sample, may_ask, nps_due, survey_for
from care.gateway.answer import do_ask_rating
from care.handoff.ownership import do_request_handoff, do_resolve
from care.handoff.snoozing import do_reopen
from care.record.conversations import access_conversation
from care.record.feedback import do_add_feedback
from care.record.ids import ConversationId, CustomerId, FeedbackKind, HandoffReason
from care.record.interactions import do_log_interaction
from care.record.messages import messages_of
from care.record.record import Record, now
from care.record.schema import conversations, feedback, messages
from tests.support.desk import backdate, new_conversation

CSAT, CES, NPS = FeedbackKind.CSAT, FeedbackKind.CES, FeedbackKind.NPS


def asked(record: Record, conversation_id: ConversationId) -> list[str]:
    found = record.read_now(messages_of, conversation_id)
    return [item.payload["rating"]["kind"] for item in found if item.kind == "rating"]


def test_satisfaction_is_asked_once_for_a_need(both: Record) -> None:
    found = new_conversation(both, "web:ana")
    assert both.read_now(survey_for, found) is CSAT
    both.write_now(do_ask_rating, found, CSAT)
    assert both.read_now(survey_for, found) is None
    both.write_now(do_ask_rating, found, CSAT)
    assert asked(both, found) == ["csat"]


def test_what_was_rated_without_being_asked_is_not_asked(record: Record) -> None:
    found = new_conversation(record, "web:ana")
    record.write_now(do_add_feedback, found, CSAT, 4)
    assert record.read_now(survey_for, found) is None


def test_a_thumb_is_no_rating_of_the_need(record: Record) -> None:
    found = new_conversation(record, "web:ana")
    record.write_now(do_add_feedback, found, FeedbackKind.THUMB, 1)
    assert record.read_now(survey_for, found) is CSAT


def test_after_a_task_effort_is_asked(record: Record) -> None:
    found = new_conversation(record, "web:ana")
    record.write_now(do_log_interaction, found, None, "action_order_task", "refused", 5.0)
    assert record.read_now(survey_for, found) is CSAT
    record.write_now(do_log_interaction, found, None, "action_order_task", "ok", 5.0)
    record.write_now(do_ask_rating, found, CSAT)
    assert asked(record, found) == ["ces"]
    assert not record.read_now(may_ask, found, CSAT)


def test_a_reopened_conversation_and_a_handoff_are_new_needs(both: Record) -> None:
    found = new_conversation(both, "web:ana")
    both.write_now(do_ask_rating, found, CSAT)
    both.write_now(do_request_handoff, found, HandoffReason.CUSTOMER_ASKED)
    assert both.read_now(survey_for, found) is CSAT
    both.write_now(do_ask_rating, found, CSAT)
    both.write_now(do_resolve, found, None)
    both.write_now(do_reopen, found, set())
    assert both.read_now(survey_for, found) is CSAT


def test_recommendation_is_asked_of_a_customer_at_most_once_in_90_days(both: Record) -> None:
    first = new_conversation(both, "web:ana")
    assert both.read_now(may_ask, first, NPS)
    both.write_now(do_ask_rating, first, NPS)
    both.write_now(do_resolve, first, None)
    backdate(
        both, conversations, conversations.c.id == first, resolved_at=now() - timedelta(days=9)
    )
    second = new_conversation(both, "web:ana")
    assert second != first
    assert not both.read_now(may_ask, second, NPS)
    long_ago = now() - timedelta(days=91)
    backdate(both, messages, messages.c.conversation_id == first, created_at=long_ago)
    assert both.read_now(may_ask, second, NPS)
    both.write_now(do_add_feedback, second, NPS, 9)
    assert not both.read_now(may_ask, second, NPS)
    backdate(both, feedback, feedback.c.kind == NPS, created_at=long_ago)
    assert both.read_now(may_ask, second, NPS)


def test_colleagues_are_not_asked_for_a_recommendation(record: Record) -> None:
    found = new_conversation(record, "sl:bo", audience="internal")
    assert not record.read_now(may_ask, found, NPS)
    assert record.read_now(may_ask, found, CSAT)


def test_only_customers_in_the_sample_are_due(record: Record) -> None:
    found = [new_conversation(record, f"web:{number}") for number in range(40)]
    sampled = {
        item
        for item in found
        if in_sample(record.read_now(access_conversation, item).customer_id, now())
    }
    assert 0 < len(sampled) < 40
    assert {item for item in found if record.read_now(nps_due, item)} == sampled


def test_the_sample_is_about_a_fifth_and_changes_with_the_quarter() -> None:
    spring, summer = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
    first = {n for n in range(5000) if in_sample(CustomerId(n), spring)}
    again = {n for n in range(5000) if in_sample(CustomerId(n), spring + timedelta(days=60))}
    other = {n for n in range(5000) if in_sample(CustomerId(n), summer)}
    assert abs(len(first) / 5000 - NPS_SHARE) < 0.03
    assert first == again
    assert first != other
