"""A report equals the SQL over the raw tables, and names the conversations behind each figure."""

import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from care.bus import Bus
from care.handoff.ownership import do_claim, do_resolve
from care.insight.daily import InsightFollower, do_rebuild, zone_of
from care.insight.measures import measures
from care.insight.reports import Asked, behind, detail, forecast, report, volume
from care.record.ids import Author
from care.record.migrate import migrate
from care.record.record import Record, now
from care.record.schema import conversations
from care.record.schema_insight import insight_daily, insight_facts
from tests.support.databases import own_database
from tests.support.desk import backdate, new_agent, new_conversation, new_waiting, say
from tests.support.history import History

DAYS = 24


def caught_up(record: Record) -> None:
    follower = InsightFollower(record, Bus())
    while record.write_now(follower.step) is not None:
        pass


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def past(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Record]:
    """Three weeks of conversations, counted; on a database of its own. Only for reading."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('past') / 'past.db'}"
    else:
        url = own_database(request.getfixturevalue("postgres_url"))
        url = url.replace("postgresql://", "postgresql+psycopg://")
    migrate(url)
    record = Record(url)
    History(record, seed=7, days=DAYS).write(60)
    caught_up(record)
    yield record
    record.close()


def span() -> Asked:
    today = now().date()
    return Asked(today - timedelta(days=DAYS + 2), today + timedelta(days=1))


def figures(record: Record, asked: Asked | None = None) -> dict[str, dict[str, Any]]:
    rows = record.read_now(report, asked or span())
    return {row["key"]: row for row in rows}


def sql(record: Record, query: str) -> list[Any]:
    return record.read_now(lambda c: list(c.execute(text(query))))


def moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def gaps(record: Record, query: str) -> list[float]:
    """Seconds between the two times of each row."""
    return [(moment(end) - moment(start)).total_seconds() for start, end in sql(record, query)]


SHARES = {
    "csat": "SELECT count(*), sum(CASE WHEN score >= 4 THEN 1 ELSE 0 END) FROM feedback WHERE kind = 'csat'",
    "wrong_answer": "SELECT count(*), sum(1 - score) FROM feedback WHERE kind = 'thumb'",
    "ces": "SELECT count(*), sum(score) FROM feedback WHERE kind = 'ces'",
    "abandonment": """SELECT count(*), sum(CASE WHEN first_reply_at IS NULL AND outcome <> 'handed_back'
        THEN 1 ELSE 0 END) FROM handoffs WHERE ended_at IS NOT NULL""",
    "not_understood": """SELECT count(*), sum(CASE WHEN intent = 'nlu_fallback' THEN 1 ELSE 0 END)
        FROM messages WHERE author = 'customer' AND intent IS NOT NULL""",
    "handoff_rate": """SELECT count(*), sum(CASE WHEN EXISTS (SELECT 1 FROM handoffs h
        WHERE h.conversation_id = c.id AND h.reason <> 'reopened') THEN 1 ELSE 0 END)
        FROM conversations c""",
    "repeat_contact": """SELECT count(*), 0 FROM conversations""",
    "recovery_on_time": """SELECT count(*), sum(CASE WHEN closed_at <= due_at AND reopened = 0
        THEN 1 ELSE 0 END) FROM recovery_cases WHERE closed_at IS NOT NULL""",
}


@pytest.mark.parametrize("key", sorted(set(SHARES) - {"repeat_contact"}))
def test_shares_and_means_equal_the_sql(past: Record, key: str) -> None:
    ((n, total),) = sql(past, SHARES[key])
    row = figures(past)[key]
    assert n > 5, "the past has too little of this to say anything"
    assert row["n"] == n
    assert row["value"] == pytest.approx(float(total) / n)


def test_recommendation_equals_the_sql(past: Record) -> None:
    scores = [row.score for row in sql(past, "SELECT score FROM feedback WHERE kind = 'nps'")]
    promoters = sum(score >= 9 for score in scores) / len(scores)
    detractors = sum(score <= 6 for score in scores) / len(scores)
    row = figures(past)["nps"]
    assert row["n"] == len(scores)
    assert row["value"] == pytest.approx(100 * (promoters - detractors))


DURATIONS = {
    "wait": "SELECT requested_at, claimed_at FROM handoffs WHERE claimed_at IS NOT NULL",
    "first_response": """SELECT requested_at, first_reply_at FROM handoffs
        WHERE first_reply_at IS NOT NULL""",
    "bot_answer_time": """SELECT a.created_at, min(b.created_at) FROM messages a
        JOIN messages b ON b.reply_to = a.id AND b.author = 'bot'
        WHERE a.author = 'customer' GROUP BY a.id, a.created_at""",
    "bot_resolution_time": """SELECT opened_at, resolved_at FROM conversations c
        WHERE resolved_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM handoffs h WHERE h.conversation_id = c.id)""",
    "people_resolution_time": """SELECT requested_at, ended_at FROM handoffs
        WHERE outcome = 'resolved' AND first_reply_at IS NOT NULL""",
    "recovery_time": "SELECT opened_at, closed_at FROM recovery_cases WHERE closed_at IS NOT NULL",
}


@pytest.mark.parametrize("key", sorted(DURATIONS))
def test_durations_equal_the_sql(past: Record, key: str) -> None:
    seconds = sorted(gaps(past, DURATIONS[key]))
    row = figures(past)[key]
    assert row["n"] == len(seconds) > 3
    middle = statistics.median_low(seconds)
    assert row["median"] == pytest.approx(middle, abs=0.002)
    assert row["p90"] == pytest.approx(seconds[-(-len(seconds) * 9 // 10) - 1], abs=0.002)


def test_repeat_contacts_equal_the_raw_openings(past: Record) -> None:
    rows = sql(past, "SELECT customer_id, opened_at FROM conversations")
    openings = [(row.customer_id, moment(row.opened_at)) for row in rows]
    again = sum(
        any(
            other == who and timedelta() < at - earlier <= timedelta(days=7)
            for other, earlier in openings
        )
        for who, at in openings
    )
    row = figures(past)["repeat_contact"]
    assert (row["n"], row["value"]) == (60, pytest.approx(again / 60))


def test_outcomes_of_conversations_add_up_and_abandonment_is_not_containment(past: Record) -> None:
    found = past.read_now(detail, "containment", span())
    shares = {row["dim"]: row["n"] for row in found["dims"]}
    assert sum(shares.values()) == 60
    assert set(shares) <= {"contained", "person", "gave_up", "silent"}
    with_people = sql(past, "SELECT count(DISTINCT conversation_id) FROM handoffs")[0][0]
    assert shares["person"] == with_people
    assert found["value"] == pytest.approx(shares["contained"] / 60)


def test_bot_and_people_are_apart(past: Record) -> None:
    rows = figures(past)
    assert {rows[key]["side"] for key in ("bot_answer_time", "bot_time", "containment")} == {"bot"}
    assert {rows[key]["side"] for key in ("wait", "first_response", "people_time")} == {"people"}
    dims = {row["dim"]: row["n"] for row in past.read_now(detail, "csat", span())["dims"]}
    by_side = sql(
        past,
        "SELECT agent_id IS NULL, count(*) FROM feedback WHERE kind = 'csat' GROUP BY agent_id IS NULL",
    )
    assert dims == {("bot" if bool(row[0]) else "people"): row[1] for row in by_side}


def test_volume_by_weekday_and_hour_equals_the_raw_openings(past: Record) -> None:
    zone = past.read_now(zone_of)
    rows = sql(past, "SELECT opened_at FROM conversations")
    local = [moment(row.opened_at).replace(tzinfo=moment(row.opened_at).tzinfo) for row in rows]
    wanted = Counter(
        (at.astimezone(zone).weekday(), at.astimezone(zone).hour) for at in _utc(local)
    )
    table = past.read_now(volume, span())
    assert {(d, h): n for d, row in enumerate(table) for h, n in enumerate(row) if n} == wanted


def _utc(moments: list[datetime]) -> list[datetime]:
    from datetime import UTC

    return [at if at.tzinfo else at.replace(tzinfo=UTC) for at in moments]


def test_behind_a_figure_are_exactly_its_facts(past: Record) -> None:
    down = past.read_now(lambda c: behind(c, "wrong_answer", span(), only=1, limit=500))
    wanted = sql(
        past, "SELECT id, conversation_id FROM feedback WHERE kind = 'thumb' AND score = 0"
    )
    assert {(item.subject, item.conversation_id) for item in down} == {
        (f"feedback:{row.id}", row.conversation_id) for row in wanted
    }
    first = past.read_now(lambda c: behind(c, "volume", span(), limit=25))
    rest = past.read_now(lambda c: behind(c, "volume", span(), before=first[-1].id, limit=500))
    assert len({item.conversation_id for item in first + rest}) == 60


def test_days_and_channels_are_parts_of_the_whole(past: Record) -> None:
    whole = past.read_now(detail, "volume", span())
    assert sum(row["n"] for row in whole["days"]) == whole["n"] == 60
    parts = [
        figures(past, Asked(span().first, span().last, name))["volume"]["n"]
        for name in ("web", "telegram")
    ]
    assert sum(parts) == 60
    assert all(parts)
    one = date.fromisoformat(whole["days"][0]["day"])
    assert figures(past, Asked(one, one))["volume"]["n"] == whole["days"][0]["n"]


def test_counting_as_it_happens_equals_counting_anew(both: Record) -> None:
    history, follower = History(both, seed=3), InsightFollower(both, Bus())
    agent = new_agent(both, "Zed")
    for _ in range(4):
        found = history.write(6)
        caught_up(both)
        say(both, found[0], Author.CUSTOMER, "one more")
        both.write_now(lambda c, found=found: _finish(c, found, agent))
        caught_up(both)
    before = _tables(both)
    both.write_now(do_rebuild)
    assert _tables(both) == ([], [])
    while both.write_now(follower.step) is not None:
        pass
    assert _tables(both) == before
    assert before[1]


def _finish(connection: Connection, found: list[Any], agent: Any) -> None:
    row = connection.execute(
        conversations.select().where(
            conversations.c.id.in_(found),
            conversations.c.status == "open",
            conversations.c.owner != "agent",
        )
    ).first()
    if row is not None:
        do_claim(connection, row.id, agent)
        do_resolve(connection, row.id, agent)


def _tables(record: Record) -> tuple[list[Any], list[Any]]:
    def read(connection: Connection) -> tuple[list[Any], list[Any]]:
        facts = insight_facts.c
        one = connection.execute(insight_facts.select())
        two = connection.execute(insight_daily.select())
        keys = [column.name for column in facts if column.name != "id"]
        return (
            sorted(tuple(str(row._mapping[key]) for key in keys) for row in one),
            sorted(tuple(map(str, row)) for row in two),
        )

    return record.read_now(read)


def test_colleagues_questions_are_a_report_of_their_own(record: Record) -> None:
    new_conversation(record, "web:ana")
    new_conversation(record, "sl:bo", audience="internal")
    caught_up(record)
    public, internal = span(), Asked(span().first, span().last, internal=True)
    assert figures(record, public)["volume"]["n"] == 1
    assert figures(record, internal)["volume"]["n"] == 1


def test_a_figure_without_facts_is_no_figure_and_few_are_marked(record: Record) -> None:
    rows = figures(record)
    assert set(rows) == set(measures())
    assert all(row["n"] == 0 and row["value"] is None and row["few"] for row in rows.values())


def test_the_largest_gap_is_on_top(record: Record) -> None:
    agent = new_agent(record, "Ana")
    found = new_waiting(record, "web:ana")
    record.write_now(do_claim, found, agent)
    record.write_now(do_resolve, found, agent)
    caught_up(record)
    rows = record.read_now(report, span())
    assert rows[0]["key"] == "abandonment", "resolved without a word: all were lost"
    assert rows[0]["gap"] == pytest.approx((1 - 0.05) / 0.05)
    gaps_in_order = [row["gap"] or 0 for row in rows]
    assert gaps_in_order == sorted(gaps_in_order, reverse=True)


def test_the_span_before_is_shown_beside(record: Record) -> None:
    today = now().date()
    for number in range(3):
        found = new_conversation(record, f"web:{number}")
        if number:
            past = now() - timedelta(days=7)
            backdate(record, conversations, conversations.c.id == found, opened_at=past)
    caught_up(record)
    row = figures(record, Asked(today - timedelta(days=5), today + timedelta(days=1)))["volume"]
    assert (row["n"], row["before"]["n"]) == (1, 2)


def test_the_forecast_is_the_mean_of_the_last_weeks(record: Record) -> None:
    zone = record.read_now(zone_of)
    noon = now().astimezone(zone).replace(hour=12, minute=0, second=0, microsecond=0)
    for number, ago in enumerate((7, 7, 14, 21)):
        found = new_conversation(record, f"web:{number}")
        at = noon - timedelta(days=ago)
        backdate(record, conversations, conversations.c.id == found, opened_at=at)
    caught_up(record)
    expected = record.read_now(forecast, noon.date())
    assert expected[noon.weekday()][12] == 1.0
    assert sum(map(sum, expected)) == 1.0
