"""Every event is acted on once, also with several processes and after a failure."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, insert

from care.bus import Bus
from care.record.audit import audit_rows
from care.record.events import Event, do_add_event
from care.record.follower import Follower
from care.record.ids import ConversationId
from care.record.record import Record, now
from care.record.schema import audit


def act(connection: Connection, found: list[Event]) -> list[ConversationId]:
    for event in found:
        if event.kind == "test":
            row = {"action": "seen", "target": f"event:{event.data['n']}", "data": {}}
            connection.execute(insert(audit).values(**row, created_at=now()))
    return []


def add(record: Record, count: int) -> None:
    for number in range(count):
        record.write_now(
            lambda c, number=number: do_add_event(c, "test", None, {"n": number}, public=False)
        )


def seen(record: Record) -> list[str]:
    rows = record.read_now(lambda c: audit_rows(c, limit=1000))
    return sorted((row.target for row in rows), key=lambda name: int(name[6:]))


async def test_it_acts_on_what_was_there_and_on_what_comes(record: Record) -> None:
    add(record, 3)
    follower = Follower(record, Bus(), "t", act, from_start=True, batch=2)
    await follower.catch_up()
    assert seen(record) == ["event:0", "event:1", "event:2"]
    await follower.catch_up()
    assert len(seen(record)) == 3


async def test_the_first_time_may_begin_with_what_comes(record: Record) -> None:
    add(record, 3)
    follower = Follower(record, Bus(), "t", act)
    await follower.start()
    await follower.stop()
    add(record, 1)
    await follower.catch_up()
    assert seen(record) == ["event:0"]


def test_a_failure_skips_nothing_and_repeats_nothing(record: Record) -> None:
    add(record, 5)
    broken = True

    def fragile(connection: Connection, found: list[Event]) -> list[ConversationId]:
        act(connection, found)
        if broken:
            raise RuntimeError("half way")
        return []

    follower = Follower(record, Bus(), "t", fragile, from_start=True)
    with pytest.raises(RuntimeError):
        record.write_now(follower.step)
    assert seen(record) == []
    broken = False
    record.write_now(follower.step)
    assert len(seen(record)) == 5


def test_of_several_processes_one_acts(both: Record) -> None:
    other = Record(both.url)
    both.write_now(Follower(both, Bus(), "t", act, from_start=True).step)
    add(both, 40)

    def work(record: Record) -> None:
        follower = Follower(record, Bus(), "t", act, batch=3)
        for _ in range(40):
            record.write_now(follower.step)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, [both, other, both, other]))
    other.close()
    assert seen(both) == [f"event:{number}" for number in range(40)]
