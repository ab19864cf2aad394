"""Places in the queue: told one by one or together, they are the order in which agents are given."""

from datetime import timedelta

from care.handoff.ownership import do_claim, do_release
from care.handoff.queue import count_waiting, place, places, usual_wait, waiting
from care.record.record import Record, now
from care.record.schema import conversations, handoffs
from tests.support.desk import backdate, new_agent, new_conversation, new_waiting


def test_every_place_is_the_one_in_the_order_of_priority_and_waiting(both: Record) -> None:
    start = now() - timedelta(hours=1)
    ids = [
        new_waiting(both, f"web:guest{number}", priority=priority)
        for number, priority in enumerate(("normal", "low", "urgent", "normal", "high", "urgent"))
    ]
    for number, one in enumerate(ids):  # the last two asked first, at the same moment
        since = start + timedelta(minutes=number if number < 4 else 0)
        backdate(both, conversations, conversations.c.id == one, waiting_since=since)
    backdate(both, conversations, conversations.c.id == ids[1], waiting_since=None)
    order = both.read_now(waiting)
    assert order == [ids[5], ids[2], ids[4], ids[0], ids[3], ids[1]]
    together, _ = both.read_now(places)
    assert together == [(one, number) for number, one in enumerate(order, start=1)]
    assert [both.read_now(place, one)[0] for one in order] == [1, 2, 3, 4, 5, 6]
    first, _ = both.read_now(places, 2)
    assert first == together[:2]
    assert both.read_now(place, new_conversation(both, "web:other"))[0] == 0
    assert both.read_now(count_waiting) == 6


def test_the_usual_wait_is_the_middle_of_the_newest_claims(both: Record) -> None:
    ana = new_agent(both, "Ana")
    for number in range(5):
        assert both.read_now(usual_wait) is None
        where = new_waiting(both, f"web:guest{number}")
        both.write_now(do_claim, where, ana)
        asked = now() - timedelta(minutes=10 * (number + 1))
        mine = handoffs.c.conversation_id == where
        backdate(
            both, handoffs, mine, requested_at=asked, claimed_at=asked + timedelta(seconds=number)
        )
        both.write_now(do_release, where, ana)
    assert both.read_now(usual_wait) == 2.0
