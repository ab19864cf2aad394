"""The widget's socket: first frame, replay by number, snapshots, close codes."""

import json
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from care.record.events import do_add_event
from care.record.ids import ConversationId
from tests.support.customer import WebCustomer
from tests.support.server import CareServer


def dial(server: CareServer, **hello: Any) -> Connection:
    """Connect and say hello."""
    socket = connect(f"ws://127.0.0.1:{server.port}/ws/widget", open_timeout=60)
    socket.send(json.dumps({"type": "hello", **hello}))
    return socket


def until_ready(socket: Connection) -> list[dict[str, Any]]:
    """Frames up to and with `ready`."""
    frames: list[dict[str, Any]] = []
    while not frames or frames[-1]["type"] != "ready":
        frames.append(json.loads(socket.recv(60)))
    return frames


def close_code(socket: Connection) -> int:
    """The code with which the server ends the connection."""
    with suppress(ConnectionClosed):
        while True:
            socket.recv(60)
    assert socket.close_code is not None
    return socket.close_code


def test_what_was_missed_is_replayed_once_in_order_and_then_it_is_live(
    care_server: CareServer,
) -> None:
    customer = WebCustomer(care_server.url)
    customer.send("first")
    customer.wait_for("bot", 1)
    seen = customer.events()[0]["seq"]
    with dial(care_server, token=customer.state["token"], after=seen) as socket:
        frames = until_ready(socket)
        texts = [frame["data"]["message"]["text"] for frame in frames[:-1]]
        assert texts == ["You said: first"]
        assert frames[-1]["last_seq"] == frames[-2]["seq"]
        customer.send("second")
        live: list[dict[str, Any]] = []
        while len(live) < 2:
            frame = json.loads(socket.recv(60))
            if frame["type"] == "event":
                live.append(frame)
        texts = [frame["data"]["message"]["text"] for frame in live]
        assert texts == ["second", "You said: second"]
        assert live[0]["seq"] < live[1]["seq"]


def test_a_gap_over_500_events_is_told_as_a_snapshot(care_server: CareServer) -> None:
    customer = WebCustomer(care_server.url)
    customer.send("before the gap")
    customer.wait_for("bot", 1)
    conversation = ConversationId(
        care_server.rows("SELECT MAX(conversation_id) AS id FROM messages")[0]["id"]
    )
    record = care_server.record()

    def look(connection: Any) -> None:
        for number in range(510):
            data = {"by": "agent", "seq": number}
            do_add_event(connection, "message.seen", conversation, data, public=True)

    record.write_now(look)
    record.close()
    with dial(care_server, token=customer.state["token"], after=1) as socket:
        frames = until_ready(socket)
    assert [frame["type"] for frame in frames] == ["snapshot", "ready"]
    assert frames[0]["last_seq"] == frames[1]["last_seq"]
    texts = [e["data"]["message"]["text"] for e in frames[0]["history"] if "message" in e["data"]]
    assert texts == ["before the gap", "You said: before the gap"]


def test_number_from_another_record_gets_a_snapshot(care_server: CareServer) -> None:
    customer = WebCustomer(care_server.url)
    with dial(care_server, token=customer.state["token"], after=10**6) as socket:
        assert [frame["type"] for frame in until_ready(socket)] == ["snapshot", "ready"]


@pytest.mark.parametrize("token", ["", "rubbish", None, 5])
def test_without_a_session_the_door_closes(care_server: CareServer, token: object) -> None:
    with dial(care_server, token=token, after=0) as socket:
        assert close_code(socket) == 4401


@pytest.mark.parametrize(
    "frame", ["{", "[]", '"hello"', '{"type": 5}', '{"type": "hello", "after": "x"}', "{}"]
)
def test_bad_first_frame_closes_the_door(care_server: CareServer, frame: str) -> None:
    with connect(f"ws://127.0.0.1:{care_server.port}/ws/widget", open_timeout=60) as socket:
        socket.send(frame)
        assert close_code(socket) in (4400, 4401)


def test_bad_later_frame_closes_the_door_and_a_ping_is_answered(care_server: CareServer) -> None:
    customer = WebCustomer(care_server.url)
    with dial(care_server, token=customer.state["token"], after=0) as socket:
        until_ready(socket)
        socket.send(json.dumps({"type": "ping"}))
        assert json.loads(socket.recv(60)) == {"type": "pong"}
        socket.send(json.dumps({"type": "command"}))
        assert close_code(socket) == 4400


def test_notes_and_inner_events_never_reach_the_customer(care_server: CareServer) -> None:
    customer = WebCustomer(care_server.url)
    customer.send("a person, please")
    customer.wait_for("bot", 1)
    with dial(care_server, token=customer.state["token"], after=0) as socket:
        frames = until_ready(socket)
    kinds = {frame["kind"] for frame in frames if frame["type"] == "event"}
    assert kinds <= {
        "message.created",
        "message.updated",
        "message.seen",
        "conversation.owner_changed",
        "conversation.status_changed",
    }
    stored = care_server.rows("SELECT COUNT(*) AS n FROM events WHERE NOT public")[0]["n"]
    assert stored > 0
