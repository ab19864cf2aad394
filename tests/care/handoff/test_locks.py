"""On PostgreSQL, whoever changes a conversation takes its row before the counter of events.

A customer's message holds the row and then needs the counter. Who waits for the row while holding
the counter (or what belongs to the conversation) would wait crosswise, for ever.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text, update

from care.desk.seen import do_mark_seen
from care.gateway.gateway import _reply
from care.handoff.clocks import do_refresh_clocks
from care.handoff.ownership import (
    do_assign,
    do_claim,
    do_hand_back,
    do_release,
    do_request_handoff,
    do_resolve,
)
from care.handoff.snoozing import do_reopen, do_snooze, do_unsnooze
from care.handoff.transfers import (
    do_accept_transfer,
    do_cancel_transfer,
    do_decline_transfer,
    do_transfer,
)
from care.record.conversations import access_conversation
from care.record.events import do_add_event
from care.record.ids import AgentId, Author, ConversationId, HandoffReason
from care.record.record import Record, now
from care.record.schema import conversations
from care.record.tags import do_add_tag, do_drop_tag
from tests.support.desk import new_agent, new_conversation, new_waiting, say

Act = Callable[[Connection], Any]
SOON = timedelta(hours=1)
ACTS = (
    "request",
    "claim",
    "assign",
    "release",
    "hand back",
    "resolve",
    "reopen",
    "reply",
    "transfer",
    "accept",
    "decline",
    "cancel",
    "tag",
    "untag",
    "snooze",
    "wake",
    "clocks",
    "seen",
)


def act_of(record: Record, name: str) -> tuple[ConversationId, Act]:
    """A conversation in the state that the act needs, and the act."""
    ana, bo = new_agent(record, "Ana"), new_agent(record, "Bo")
    if name == "request":
        new = new_conversation(record, "web:one")
        return new, lambda c: do_request_handoff(c, new, HandoffReason.CUSTOMER_ASKED)
    where = new_waiting(record, "web:one")
    if name in ("claim", "assign"):
        version = record.read_now(access_conversation, where).version
        acts: dict[str, Act] = {
            "claim": lambda c: do_claim(c, where, ana),
            "assign": lambda c: do_assign(c, where, ana, version),
        }
        return where, acts[name]
    record.write_now(do_claim, where, ana)
    return where, _act_of_owner(record, name, where, ana, bo)


def _act_of_owner(
    record: Record, name: str, where: ConversationId, ana: AgentId, bo: AgentId
) -> Act:
    offer = 0
    if name in ("accept", "decline", "cancel"):
        offer = record.write_now(
            lambda c: do_transfer(c, where, ana, to_agent_id=bo, online=True).id
        )
    if name == "reopen":
        record.write_now(do_resolve, where, ana)
    if name == "wake":
        record.write_now(do_snooze, where, ana, now() + SOON)
    if name == "seen":
        say(record, where, Author.CUSTOMER, "are you there?")
    found = record.read_now(access_conversation, where)
    acts: dict[str, Act] = {
        "release": lambda c: do_release(c, where, ana),
        "hand back": lambda c: do_hand_back(c, where, ana),
        "resolve": lambda c: do_resolve(c, where, ana),
        "reopen": lambda c: do_reopen(c, where, {ana}, ana),
        "reply": lambda c: _reply(c, where, ana, "key", "Hello", []),
        "transfer": lambda c: do_transfer(c, where, ana, "yours", to_agent_id=bo),
        "accept": lambda c: do_accept_transfer(c, offer, bo),
        "decline": lambda c: do_decline_transfer(c, offer, bo),
        "cancel": lambda c: do_cancel_transfer(c, offer),
        "tag": lambda c: do_add_tag(c, where, "late"),
        "untag": lambda c: do_drop_tag(c, where, "late"),
        "snooze": lambda c: do_snooze(c, where, ana, now() + SOON),
        "wake": lambda c: do_unsnooze(c, where),
        "clocks": lambda c: do_refresh_clocks(c, where),
        "seen": lambda c: do_mark_seen(c, found, ana, 10**6),
    }
    return acts[name]


def wait_for_one_who_waits(record: Record) -> None:
    """Until a transaction waits for a lock of another."""
    query = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    end = time.monotonic() + 60
    while not record.read_now(lambda c: c.execute(query).scalar_one()):
        assert time.monotonic() < end, "nobody waits for the conversation"
        time.sleep(0.01)


@pytest.mark.parametrize("both", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", ACTS)
def test_who_waits_for_a_conversation_holds_nothing_that_others_need(
    both: Record, name: str
) -> None:
    where, act = act_of(both, name)
    with ThreadPoolExecutor(1) as pool, both.engine.connect() as customer:
        customer.exec_driver_sql("SET LOCAL lock_timeout = '400ms'")
        written = update(conversations).where(conversations.c.id == where)
        customer.execute(written.values(last_message_at=now()))
        other = pool.submit(both.write_now, act)
        try:
            wait_for_one_who_waits(both)
            do_add_event(customer, "message.created", where, {}, public=False)
            customer.commit()
        except BaseException:
            customer.rollback()
            raise
        finally:
            other.result(60)


@pytest.mark.parametrize("both", ["postgresql"], indirect=True)
def test_messages_and_changes_of_owner_at_once_all_happen(both: Record) -> None:
    ana, where = new_agent(both, "Ana"), new_waiting(both, "web:one")

    def take_and_give() -> None:
        for _ in range(10):
            both.write_now(do_claim, where, ana)
            both.write_now(do_release, where, ana)

    def write(number: int) -> None:
        say(both, where, Author.CUSTOMER, f"message {number}")

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(take_and_give), *(pool.submit(write, n) for n in range(30))]
        for one in done:
            one.result(60)
    query = text("SELECT count(*), max(seq) - min(seq) + 1 FROM events")
    counted, span = both.read_now(lambda c: c.execute(query).one())
    assert counted == span
