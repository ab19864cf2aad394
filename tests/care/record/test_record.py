"""The record keeps what it is told on both databases, numbered without gaps."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, inspect
from sqlalchemy.exc import IntegrityError

from care.handoff.ownership import (
    AlreadyOwned,
    NotOwner,
    do_claim,
    do_hand_back,
    do_request_handoff,
    do_resolve,
)
from care.record.conversations import Conversation, do_current_or_open
from care.record.customers import (
    access_session,
    do_find_or_add_customer,
    do_open_session,
)
from care.record.events import do_add_event, events_after, last_seq
from care.record.holders import do_hold
from care.record.ids import AgentId, Author, ConversationId, HandoffReason, Owner
from care.record.messages import Draft, do_add_message, do_handle_line, messages_of
from care.record.record import Record, RecordDown, now
from care.record.schema import agents, metadata


def _conversation(connection: Connection, sender: str = "web:ana") -> Conversation:
    customer = do_find_or_add_customer(connection, "web", sender)
    return do_current_or_open(connection, sender, customer, "web")


def _agent(connection: Connection, name: str) -> AgentId:
    row = insert(agents).values(
        email=f"{name}@example.com",
        name=name,
        role="agent",
        active=True,
        capacity=6,
        settings={},
        created_at=now(),
    )
    return AgentId(connection.execute(row.returning(agents.c.id)).scalar_one())


def test_the_migrations_give_exactly_the_tables_of_the_schema(both: Record) -> None:
    with both.engine.connect() as connection:
        found = inspect(connection)
        for table in metadata.sorted_tables:
            columns = {column["name"] for column in found.get_columns(table.name)}
            assert columns == {column.name for column in table.columns}, table.name


def test_events_have_no_gaps_and_follow_the_order_of_commits(both: Record) -> None:
    conversation = both.write_now(_conversation)
    before = both.read_now(last_seq)

    def add(number: int) -> None:
        def work(connection: Connection) -> None:
            do_add_event(connection, "test", conversation.id, {"n": number}, public=False)
            if number % 5 == 0:
                raise RuntimeError("rolled back")

        with contextlib.suppress(RuntimeError):
            both.write_now(work)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(60)))
    found = both.read_now(events_after, before)
    assert [event.seq for event in found] == list(range(before + 1, before + 49))


def test_the_same_external_message_cannot_be_recorded_twice(both: Record) -> None:
    conversation = both.write_now(_conversation)
    draft = Draft(author=Author.CUSTOMER, text="hi", external_id="k1")
    both.write_now(do_add_message, conversation.id, "web", draft)
    with pytest.raises(IntegrityError):
        both.write_now(do_add_message, conversation.id, "web", draft)
    assert len(both.read_now(messages_of, conversation.id)) == 1


def test_a_line_of_an_answer_is_dealt_with_once(both: Record) -> None:
    conversation = both.write_now(_conversation)
    message_id, _ = both.write_now(
        do_add_message, conversation.id, "web", Draft(author=Author.CUSTOMER, text="hi")
    )
    assert both.write_now(do_handle_line, message_id, 0)
    assert both.write_now(do_handle_line, message_id, 1)
    assert not both.write_now(do_handle_line, message_id, 1)
    assert not both.write_now(do_handle_line, message_id, 0)


def test_of_two_agents_who_claim_at_once_one_wins_and_the_other_learns_who(both: Record) -> None:
    conversation = both.write_now(_conversation)
    both.write_now(do_request_handoff, conversation.id, HandoffReason.CUSTOMER_ASKED)
    ids = [both.write_now(_agent, name) for name in ("Ana", "Bo", "Cy", "Di")]

    def claim(agent: AgentId) -> str:
        for _ in range(10):
            try:
                both.write_now(do_claim, conversation.id, agent)
                return "won"
            except AlreadyOwned as taken:
                return taken.name
            except Exception as clash:
                if type(clash).__name__ not in ("Stale",):
                    raise
        raise AssertionError("never settled")

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(claim, ids))
    assert outcomes.count("won") == 1
    winner = ("Ana", "Bo", "Cy", "Di")[outcomes.index("won")]
    assert all(outcome in ("won", winner) for outcome in outcomes)


def test_only_the_owner_can_hand_back_or_resolve(both: Record) -> None:
    conversation = both.write_now(_conversation)
    ana, bo = both.write_now(_agent, "Ana"), both.write_now(_agent, "Bo")
    both.write_now(do_claim, conversation.id, ana)
    for act in (do_hand_back, do_resolve):
        with pytest.raises(NotOwner):
            both.write_now(act, conversation.id, bo)
    back = both.write_now(do_hand_back, conversation.id, ana)
    assert back.owner is Owner.BOT
    assert back.agent_id is None


def test_one_thread_has_one_current_conversation(both: Record) -> None:
    def open_one(_: int) -> ConversationId:
        for _attempt in range(5):
            try:
                return both.write_now(_conversation, "web:twin").id
            except IntegrityError:
                continue
        raise AssertionError

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(open_one, range(12)))) == 1


def test_a_session_token_opens_its_own_thread_only(both: Record) -> None:
    def make(connection: Connection) -> tuple[str, str]:
        ana = do_find_or_add_customer(connection, "web", "ana")
        bo = do_find_or_add_customer(connection, "web", "bo")
        return (
            do_open_session(connection, ana, "web:ana", "default", 30),
            do_open_session(connection, bo, "web:bo", "default", -1),
        )

    live, expired = both.write_now(make)
    session = both.read_now(access_session, live)
    assert session is not None
    assert session.sender == "web:ana"
    assert both.read_now(access_session, expired) is None
    assert both.read_now(access_session, live + "x") is None
    stored = both.read_now(
        lambda c: c.exec_driver_sql("SELECT token_hash FROM customer_sessions").all()
    )
    assert live not in {row.token_hash for row in stored}


def test_a_database_that_is_down_is_named_as_such(tmp_path: Path) -> None:
    record = Record("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(RecordDown):
        record.read_now(last_seq)
    record.close()


def test_transactions_that_cross_are_done_again(both: Record) -> None:
    """Each takes a row and then the other's: PostgreSQL ends one of them."""
    for name in ("first", "second"):
        both.write_now(do_hold, name, "nobody", 0.0)
    meeting = threading.Barrier(2)

    def cross(connection: Connection, *names: str) -> None:
        do_hold(connection, names[0], "somebody", 60.0)
        if not both.sqlite:
            with contextlib.suppress(threading.BrokenBarrierError):
                meeting.wait(2)  # broken for the one that begins anew
        do_hold(connection, names[1], "somebody", 60.0)

    orders = (("first", "second"), ("second", "first"))
    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(both.write_now, cross, *order) for order in orders]
        meeting_over = [thread.result(30) for thread in done]
    assert meeting_over == [None, None]
