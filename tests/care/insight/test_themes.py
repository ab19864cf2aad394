"""Rising topics and grouped questions are found; the agenda says what they cost."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, insert

from care.bus import Bus
from care.handoff.ownership import do_claim, do_request_handoff, do_resolve
from care.insight.agenda import (
    KINDS,
    AgendaRefused,
    Item,
    agenda,
    do_decide,
    do_make_agenda,
    do_publish,
    do_withdraw,
    monday_of,
    published,
)
from care.insight.daily import InsightFollower
from care.insight.measures import (
    MeasureRefused,
    access_measure,
    do_review_measure,
    do_set_measure,
    measures,
    reviews_of,
    standings,
)
from care.insight.reports import Asked
from care.insight.themes import Text, grouped, rising, told, unanswered
from care.record.agents import do_change_agent
from care.record.events import do_add_event
from care.record.feedback import do_add_feedback
from care.record.ids import AgentId, Author, ConversationId, FeedbackKind, HandoffReason, MessageId
from care.record.messages import Draft, do_add_message, do_finish_message
from care.record.record import Record, now
from care.record.schema import handoffs
from care.record.schema_insight import insight_daily
from tests.support.desk import backdate, new_agent, new_conversation

TODAY = date(2026, 3, 10)


def today() -> date:
    return now().date()


def span() -> Asked:
    return Asked(today() - timedelta(days=2), today() + timedelta(days=2))


def ask(record: Record, where: ConversationId, words: str, *, lost: bool) -> MessageId:
    """A customer's question, understood or not."""

    def work(connection: Connection) -> MessageId:
        draft = Draft(author=Author.CUSTOMER, text=words)
        asked, _ = do_add_message(connection, where, "web", draft)
        intent = "nlu_fallback" if lost else "delivery_time"
        do_finish_message(connection, asked, intent=intent, confidence=0.9, understanding={})
        if lost:
            data = {"message_id": asked}
            do_add_event(connection, "question.unanswered", where, data, public=False)
        return asked

    return record.write_now(work)


def caught_up(record: Record) -> None:
    follower = InsightFollower(record, Bus())
    while record.write_now(follower.step) is not None:
        pass


def topic(record: Record, name: str, day: date, n: int) -> None:
    row = {"measure": "topic", "audience": "public", "channel": "web", "hour": 9, "dim": name}
    values = {**row, "day": day, "n": n, "total": n}
    record.write_now(lambda c: c.execute(insert(insight_daily).values(**values)))


def test_a_topic_rises_when_it_is_asked_about_more_than_in_usual_weeks(both: Record) -> None:
    for weeks in range(2, 6):
        topic(both, "delivery", TODAY - timedelta(days=7 * weeks - 3), 10)
        topic(both, "returns", TODAY - timedelta(days=7 * weeks - 3), 10)
    topic(both, "delivery", TODAY - timedelta(days=2), 40)
    topic(both, "returns", TODAY - timedelta(days=2), 12)
    topic(both, "strike", TODAY - timedelta(days=1), 6)
    topic(both, "rare", TODAY - timedelta(days=1), 3)
    topic(both, "later", TODAY, 50)
    found = both.read_now(rising, TODAY)
    assert [(item.topic, item.now, item.usual) for item in found] == [
        ("delivery", 40, 10.0),
        ("strike", 6, 0.0),
    ]


def test_texts_that_say_the_same_become_one_theme() -> None:
    texts = [
        "Do you deliver to the islands?",
        "do you deliver to an island please",
        "Delivering to islands?",
        "Can I rent a sofa",
        "is renting sofas possible",
        "???",
    ]
    found = grouped([Text(words, ConversationId(n), n) for n, words in enumerate(texts, 1)])
    assert [theme.n for theme in found] == [3, 2]
    assert "island" in found[0].label.lower()
    assert found[0].message_ids == [1, 2, 3]


def test_personal_data_does_not_leave_in_a_theme() -> None:
    words = "Write to ana.ferro@example.com about the sofa"
    (theme,) = grouped([Text(words, ConversationId(1), 1)])
    assert "ana.ferro" not in theme.label
    assert "[e-mail]" in theme.label


def test_unanswered_questions_are_grouped_with_where_they_stand(both: Record) -> None:
    first, second = new_conversation(both, "web:1"), new_conversation(both, "web:2")
    one = ask(both, first, "Do you deliver to the islands?", lost=True)
    two = ask(both, second, "deliver to islands", lost=True)
    ask(both, second, "When does my order arrive?", lost=False)
    caught_up(both)
    (theme,) = both.read_now(unanswered, span())
    assert set(theme.message_ids) == {one, two}
    assert set(theme.conversation_ids) == {first, second}
    assert both.read_now(unanswered, Asked(date(2020, 1, 1), date(2020, 1, 2))) == []


def test_complaints_are_read_together(both: Record) -> None:
    for number, words in enumerate(("Parcel late again", "the parcel is late", "Rude driver")):
        found = new_conversation(both, f"web:{number}")
        both.write_now(do_add_feedback, found, FeedbackKind.COMPLAINT, None, words)
    themes = both.read_now(told, span())
    assert [theme.n for theme in themes] == [2, 1]
    assert both.read_now(told, span(), ("suggestion",)) == []


def filled(record: Record) -> date:
    """A week with two unanswered questions and a complaint that took people ten minutes."""
    agent = new_agent(record, "Ana")
    for number in range(2):
        found = new_conversation(record, f"web:{number}")
        ask(record, found, "Do you deliver to the islands?", lost=True)
    record.write_now(do_request_handoff, found, HandoffReason.COMPLAINT)
    record.write_now(do_claim, found, agent)
    record.write_now(do_add_feedback, found, FeedbackKind.COMPLAINT, None, "Parcel late again")
    ten = now() - timedelta(minutes=10)
    backdate(
        record, handoffs, handoffs.c.conversation_id == found, requested_at=ten, claimed_at=ten
    )
    record.write_now(do_resolve, found, agent)
    caught_up(record)
    return monday_of(today())


def test_the_agenda_says_what_was_told_what_it_costs_and_what_we_propose(both: Record) -> None:
    week = filled(both)
    items = {item.kind: item for item in both.write_now(do_make_agenda, week)}
    assert set(items) == {"unanswered", "complaint", "handoff"}
    assert items["unanswered"].told["n"] == 2
    assert "islands" in items["unanswered"].told["label"]
    assert {item.proposal for item in items.values()} == {""}
    assert set(items) <= set(KINDS)
    assert items["complaint"].costs["conversations"] == 1
    assert items["complaint"].costs["people_seconds"] == pytest.approx(600, abs=5)


def test_writing_it_again_refreshes_only_what_nobody_decided_about(both: Record) -> None:
    week, ana = filled(both), new_agent(both, "Lea")
    items = both.write_now(do_make_agenda, week)
    decided = next(item for item in items if item.kind == "unanswered")
    both.write_now(lambda c: do_decide(c, decided.id, ana, "accepted", "Ask the carrier", ana))
    found = new_conversation(both, "web:new")
    ask(both, found, "deliver to the islands please", lost=True)
    both.write_now(do_add_feedback, found, FeedbackKind.SUGGESTION, None, "Offer evening delivery")
    caught_up(both)
    again = {item.kind: item for item in both.write_now(do_make_agenda, week)}
    assert again["suggestion"].state == "proposed"
    kept = again["unanswered"]
    assert (kept.id, kept.proposal, kept.owner_id) == (decided.id, "Ask the carrier", ana)
    assert kept.told["n"] == 2
    owned = again["suggestion"]
    both.write_now(lambda c: do_decide(c, owned.id, ana, "proposed", "On Mondays", ana))
    same = {item.kind: item for item in both.write_now(do_make_agenda, week)}["suggestion"]
    assert (same.proposal, same.owner_id) == ("On Mondays", ana)
    assert len(both.read_now(agenda, week)) == 4


def test_you_said_we_did_lists_only_what_is_done(record: Record) -> None:
    week, ana = filled(record), new_agent(record, "Lea")
    item = record.write_now(do_make_agenda, week)[0]
    with pytest.raises(AgendaRefused, match="done"):
        record.write_now(do_publish, item.id, ana, "Parcels were late", "We changed the carrier")
    record.write_now(do_decide, item.id, ana, "done")
    with pytest.raises(AgendaRefused):
        record.write_now(do_publish, item.id, ana, " ", "We changed the carrier")
    record.write_now(do_publish, item.id, ana, "Parcels were late", "We changed the carrier")
    (row,) = record.read_now(published)
    assert (row["said"], row["did"]) == ("Parcels were late", "We changed the carrier")
    record.write_now(do_withdraw, item.id)
    assert record.read_now(published) == []


def test_a_decision_needs_a_known_state_and_words(record: Record) -> None:
    week, ana = filled(record), new_agent(record, "Lea")
    item = record.write_now(do_make_agenda, week)[0]
    with pytest.raises(AgendaRefused):
        record.write_now(do_decide, item.id, ana, "perhaps")
    with pytest.raises(AgendaRefused):
        record.write_now(do_decide, item.id, ana, "accepted", "x" * 501)
    with pytest.raises(LookupError):
        record.write_now(do_decide, 999, ana, "accepted")


def test_who_left_answers_for_nothing_new_but_keeps_what_they_had(record: Record) -> None:
    week, ana, bo = filled(record), new_agent(record, "Lea"), new_agent(record, "Bo")
    item = record.write_now(do_make_agenda, week)[0]

    def decide(owner: AgentId) -> Item:
        return record.write_now(lambda c: do_decide(c, item.id, ana, "accepted", owner_id=owner))

    decide(bo)
    record.write_now(lambda c: do_change_agent(c, bo, active=False))
    assert decide(bo).owner_id == bo
    assert decide(ana).owner_id == ana
    for gone in (bo, AgentId(999)):
        with pytest.raises(AgendaRefused, match="no longer"):
            decide(gone)


def test_every_measure_is_defined_in_full() -> None:
    assert len(measures()) >= 20
    for measure in measures().values():
        assert measure.name, measure.key
        assert measure.formula, measure.key
        assert measure.reference, measure.key
        assert measure.owner in ("owner", "supervisor"), measure.key
        assert measure.side in ("bot", "people", "both"), measure.key
        assert measure.better in ("lower", "higher", "neither"), measure.key
        assert (measure.target is None) == (measure.better == "neither"), measure.key
        assert bool(measure.headline) == (measure.kind == "split"), measure.key


def test_a_measure_gets_a_target_an_owner_and_reviews(both: Record) -> None:
    ana = new_agent(both, "Ana")
    before = both.read_now(standings)["csat"]
    assert (before.target, before.owner, before.overdue) == (0.8, "owner", True)
    both.write_now(do_set_measure, "csat", 0.9, ana)
    both.write_now(do_review_measure, "csat", ana, "Aim higher: the new answers work.")
    after = both.read_now(standings)["csat"]
    assert (after.target, after.owner, after.overdue) == (0.9, "Ana", False)
    (review,) = both.read_now(reviews_of, "csat")
    assert (review.agent, review.decision) == ("Ana", "Aim higher: the new answers work.")
    with pytest.raises(MeasureRefused):
        both.write_now(do_review_measure, "csat", ana, "  ")
    with pytest.raises(LookupError):
        access_measure("magic")
