"""The desk's socket: every event once and in order, also over a cut; and when it ends."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection
from websockets.sync.client import connect

from care.record.agents import Role, session_id_of
from care.record.events import do_add_event
from care.record.ids import Author
from tests.care.desk.colleague import Colleague, Line
from tests.care.desk.office import Office
from tests.support.desk import say


def test_twenty_desks_get_each_of_a_hundred_events_once_in_order_also_over_a_cut(
    office: Office,
) -> None:
    where = office.waiting()
    people = [office.colleague() for _ in range(20)]
    lines = [one.line() for one in people]
    starts = [line.ready()[0] for line in lines]
    start = starts[-1]
    for number in range(100):
        say(office.record, where, Author.CUSTOMER, f"message {number}")
        if number % 7 == 0:
            office.wake()
    office.wake()
    last = office.last_seq()
    assert last >= start + 100

    def hear(place: int) -> list[int]:
        """Every other desk is cut off after some events and comes back."""
        line, heard = lines[place], list[int]()
        if place % 2:
            heard = [event["seq"] for event in line.events(start + 3 * place)]
            line.close()
            line = people[place].line(after=heard[-1])
            ready, missed = line.ready()
            heard += [event["seq"] for event in missed]
            assert ready >= heard[-1]
        if heard[-1:] < [last]:
            heard += [event["seq"] for event in line.events(last)]
        line.close()
        return heard

    with ThreadPoolExecutor(20) as pool:
        heard = list(pool.map(hear, range(20)))
    for place, seqs in enumerate(heard):
        assert seqs == list(range(starts[place] + 1, seqs[-1] + 1))
        assert seqs[-1] >= last


def test_a_gap_that_is_too_long_is_told_as_a_snapshot(office: Office, ana: Colleague) -> None:
    where, before = office.waiting(), office.last_seq()

    def much(connection: Connection) -> None:
        for number in range(510):
            do_add_event(
                connection, "message.seen", where, {"by": "agent", "seq": number}, public=True
            )

    office.record.write_now(much)
    office.wake()
    for after in (before, 10**8, -1):
        line = ana.line(after=after)
        assert line.next()["type"] == "snapshot"
        line.close()


def test_a_session_that_is_revoked_ends_its_socket_and_only_that(
    office: Office, ana: Colleague
) -> None:
    lost = Colleague(ana.url, ana.id, ana.name, ana.email, office.sign_in(ana.id))
    mine, its = ana.line(), lost.line()
    mine.ready()
    its.ready()
    shown = ana.get("/me/sessions")["sessions"]
    assert [one["this"] for one in shown if one["id"] == session_id_of(ana.token)] == [True]
    ana.do(f"/me/sessions/{session_id_of(lost.token)}", "DELETE")
    assert its.close_code() == 4401
    answer = lost.call("GET", "/me")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "signed_out")
    assert lost.line().close_code() == 4401
    mine.socket.send(json.dumps({"type": "ping"}))
    while mine.next()["type"] != "pong":
        pass
    assert ana.refused(f"/me/sessions/{session_id_of(lost.token)}", "DELETE")[0] == 404
    mine.close()


def test_nobody_ends_the_session_of_somebody_else(
    office: Office, ana: Colleague, bo: Colleague
) -> None:
    assert bo.refused(f"/me/sessions/{session_id_of(ana.token)}", "DELETE") == (404, "not_found")
    assert ana.get("/me")["id"] == ana.id


def test_who_no_longer_works_here_is_cut_off_at_once(office: Office, ana: Colleague) -> None:
    owner = office.colleague(Role.OWNER)
    line = ana.line()
    line.ready()
    owner.do(f"/people/{ana.id}", "PATCH", active=False)
    assert line.close_code() == 4401
    assert ana.refused("/me", "GET") == (401, "signed_out")


@pytest.mark.parametrize(
    "headers",
    [{"Cookie": ""}, {"Cookie": "careline_desk=guessed"}, {"Origin": "http://evil.example"}],
)
def test_without_a_session_of_ours_the_door_closes(
    office: Office, ana: Colleague, headers: dict[str, str]
) -> None:
    assert ana.line(0, headers).close_code() == 4401


@pytest.mark.parametrize(
    "frame", ["{", "[]", '{"type": 5}', '{"type": "hello", "after": "x"}', "7"]
)
def test_a_bad_first_frame_closes_the_door(office: Office, ana: Colleague, frame: str) -> None:
    with connect(
        f"{ana.url.replace('http', 'ws')}/ws/desk",
        additional_headers=ana.cookie,
        origin=ana.url,  # type: ignore[arg-type]
    ) as socket:
        socket.send(frame)
        assert Line(socket).close_code() == 4400


def test_a_bad_later_frame_ends_it_and_nonsense_in_a_good_one_does_not(
    office: Office, ana: Colleague
) -> None:
    line = ana.line()
    line.ready()
    nonsense: list[Any] = ["x", None, -1, 10**30, 10**8, [], True]
    for number in nonsense:
        line.socket.send(json.dumps({"type": "viewing", "conversation_id": number}))
        line.socket.send(json.dumps({"type": "typing", "conversation_id": number, "mode": 3}))
    line.socket.send(json.dumps({"type": "ping"}))
    while line.next()["type"] != "pong":
        pass
    line.socket.send("{")
    assert line.close_code() == 4400


def test_colleagues_see_who_looks_and_the_customer_only_that_somebody_writes(
    office: Office, ana: Colleague, bo: Colleague
) -> None:
    where = office.waiting()
    hers, his = ana.line(), bo.line()
    hers.ready()
    his.ready()
    for kind in ("viewing", "typing"):
        hers.socket.send(json.dumps({"type": kind, "conversation_id": where}))
    seen = list[bool]()
    while len(seen) < 2:
        frame = his.next()
        if frame["type"] == "viewing" and frame["agent_id"] == ana.id:
            seen.append(frame["typing"])
    assert seen == [False, True]
    hers.close()
    while (frame := his.next())["type"] != "viewing" or frame["on"]:
        pass
    assert frame["agent_id"] == ana.id
    his.close()
