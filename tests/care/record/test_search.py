"""Search finds old words, beginnings, accents, addresses; and takes nothing typed as a command."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from care.desk.visibility import visible
from care.handoff.ownership import do_claim
from care.record.agents import access_agent, do_change_agent
from care.record.customers import do_describe_customer
from care.record.ids import Author, ConversationId
from care.record.record import Record, now
from care.record.schema import messages
from care.record.search import conversations_matching, pieces_of, search, snippet
from tests.support.desk import new_agent, new_conversation, new_waiting, say


def found(record: Record, asked: str, **more: object) -> list[ConversationId]:
    """The conversations of the hits, in order."""
    hits = record.read_now(lambda c: search(c, asked, **more))  # type: ignore[arg-type]
    listed = record.read_now(lambda c: set(c.execute(conversations_matching(c, asked)).scalars()))
    if not more:
        assert {hit.conversation_id for hit in hits} == listed
    return [hit.conversation_id for hit in hits]


def test_old_words_beginnings_and_several_words_are_found(both: Record) -> None:
    sofa = new_conversation(both, "web:ana", "The grey sofa arrived with a broken leg")
    lamp = new_conversation(both, "web:bo", "My lamp is broken")
    assert found(both, "sofa") == [sofa]
    assert found(both, "BROKEN") == [lamp, sofa]
    assert found(both, "brok") == [lamp, sofa]
    assert found(both, "broken leg") == [sofa]
    assert found(both, "leg broken") == [sofa]
    assert found(both, "sof leg") == [], "only the last word may be a beginning"
    assert found(both, "chair") == []
    assert found(both, "   ") == []


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Où est ma commande ? Elle est arrivée abîmée", "abimee"),
        ("Ich möchte die Rückgabe meines Stuhls", "ruckgabe"),
        ("Wo ist meine Größe", "GRÖSSE"[:3]),
        ("La silla está rota", "ESTÁ"),
        ("Πού είναι η παραγγελία μου", "ΠΑΡΑΓΓΕΛΊΑ"),
        ("Где мой заказ", "Заказ"),
        ("أين طلبي", "طلبي"),
    ],
)
def test_several_languages_with_and_without_accents(both: Record, said: str, asked: str) -> None:
    expected = new_conversation(both, "web:ana", said)
    new_conversation(both, "web:bo", "something else")
    assert found(both, asked) == [expected]


def test_addresses_and_order_numbers_must_stand_together(both: Record) -> None:
    ana = new_conversation(both, "web:ana", "Write to ana.ferro@example.com about LO-20-4711")
    new_conversation(both, "web:bo", "ferro and ana wrote 4711 times to example 20 com")
    assert found(both, "ana.ferro@example.com") == [ana]
    assert found(both, "ana.ferro@exam") == [ana]
    assert found(both, "20-4711") == [ana]


def test_customers_are_found_by_name_and_address_and_conversations_by_number(both: Record) -> None:
    ana = new_conversation(both, "web:ana", "hello")
    bo = new_conversation(both, "web:bo", "hello")

    def describe(connection: object) -> None:
        do_describe_customer(connection, 1, name="Ána Férro", email="ana@shop.example")  # type: ignore[arg-type]

    both.write_now(describe)
    assert found(both, "ana fer") == [ana]
    assert found(both, "ana@shop") == [ana]
    assert found(both, f"#{bo}") == [bo]
    (hit,) = both.read_now(search, "ferro")
    assert (hit.message_id, hit.snippet) == (None, "Ána Férro ana@shop.example")


def test_an_edited_message_is_found_by_its_new_words_and_a_deleted_one_not(both: Record) -> None:
    first = new_conversation(both, "web:ana", "the green table")
    change = update(messages).where(messages.c.conversation_id == first)
    both.write_now(lambda c: c.execute(change.values(text="the yellow table")))
    assert found(both, "yellow") == [first]
    assert found(both, "green") == []
    both.write_now(lambda c: c.execute(change.values(deleted_at=now())))
    assert found(both, "yellow") == []


def test_what_an_agent_may_not_see_is_not_found(both: Record) -> None:
    ana = new_agent(both, "Ana")
    both.write_now(lambda c: do_change_agent(c, ana, settings={"sight": "own"}))
    mine, other = new_waiting(both, "web:mine"), new_waiting(both, "web:other")
    both.write_now(do_claim, mine, ana)
    condition = visible(both.read_now(access_agent, ana))
    assert set(found(both, "hello")) == {mine, other}
    assert found(both, "hello", visible=condition) == [mine]
    assert found(both, f"#{other}", visible=condition) == []


def test_pages_go_on_where_the_last_one_ended(both: Record) -> None:
    where = new_conversation(both, "web:ana", "parcel 0")
    for number in range(1, 8):
        say(both, where, Author.AGENT, f"parcel {number}", public=number % 2 == 0)
    first = both.read_now(lambda c: search(c, "parcel", limit=5))
    rest = both.read_now(lambda c: search(c, "parcel", limit=5, before=first[-1].message_id))
    ids = [hit.message_id for hit in first + rest]
    assert len(ids) == 8
    assert ids == sorted(ids, key=lambda number: -(number or 0))
    assert {hit.public for hit in first} == {True, False}


def test_a_snippet_is_cut_around_the_word() -> None:
    whole = "before " * 60 + "The Parcel came late " + "after " * 60
    cut = snippet(whole, "parcel")
    assert "Parcel" in cut
    assert len(cut) <= 165
    assert cut.startswith("…")
    assert snippet("short\n text", "short") == "short text"


HOSTILE = [
    '"',
    '""" OR 1',
    "*",
    "a*",
    "NEAR(a b)",
    "text:hello",
    "hello AND",
    "NOT hello",
    "^hello",
    "-hello",
    "(",
    "hello)",
    "'; DROP TABLE messages; --",
    "a & b | !c",
    "a <-> b:*",
    "\\",
    "%_",
    "\x00",
    "he\x00llo",
    "\ud800",
    "“quoted”",
    "a\u2013b",
    "x" * 5000,
    "a " * 500,
    "😀",
    "é́́",
]


@pytest.mark.parametrize("asked", HOSTILE)
def test_nothing_that_is_typed_is_a_command(both: Record, asked: str) -> None:
    new_conversation(both, "web:ana", "hello there")
    found(both, asked)
    assert found(both, "hello there") != []


@pytest.fixture
def filled(record: Record) -> Record:
    new_conversation(record, "web:ana", "hello there")
    return record


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(asked=st.text(max_size=40))
def test_any_text_at_all_can_be_asked_for(filled: Record, asked: str) -> None:
    filled.read_now(search, asked)
    assert all(word.isalnum() for words in pieces_of(asked) for word in words)


def test_the_index_is_used_on_a_large_record(tmp_path: Path, both: Record) -> None:
    """A rare word among many messages is found through the index, not by reading them all."""
    where = new_conversation(both, "web:ana", "needle")

    def fill(connection: object) -> None:
        rows = [
            {
                "conversation_id": where,
                "author": "customer",
                "channel": "web",
                "text": f"hay {n}",
                "created_at": now(),
            }
            for n in range(3000)
        ]
        connection.execute(messages.insert(), rows)  # type: ignore[attr-defined]

    both.write_now(fill)
    if not both.sqlite:
        with both.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE messages")

    def plan(connection: object) -> str:
        explain = "EXPLAIN QUERY PLAN" if both.sqlite else "EXPLAIN"
        match = (
            "id IN (SELECT rowid FROM messages_fts WHERE messages_fts MATCH 'needle')"
            if both.sqlite
            else "to_tsvector('simple'::regconfig, careline_words(text)) @@ to_tsquery('simple', 'needle')"
        )
        query = f"{explain} SELECT id FROM messages WHERE {match}"
        return str(connection.exec_driver_sql(query).all())  # type: ignore[attr-defined]

    words = both.read_now(plan)
    assert ("VIRTUAL TABLE INDEX" if both.sqlite else "ix_messages_words") in words
    assert found(both, "needle") == [where]
