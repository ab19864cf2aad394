"""The channel's contract, against a real assistant process."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.assistant.server import TOKEN, AssistantServer, message

Serve = Callable[..., AssistantServer]


def test_answer(server: AssistantServer) -> None:
    """Lines in order, one response one line, the end last."""
    got = server.say("test:answer", "jobs")
    assert got.status == 200
    assert got.headers["content-type"].startswith("application/x-ndjson")
    first, second, end = got.lines
    assert first == {
        "type": "message",
        "index": 0,
        "text": "See the jobs page.",
        "buttons": [{"title": "Hours", "payload": "/ask_hours"}],
        "image": "https://example.org/a.png",
        "attachment": None,
        "custom": None,
        "response": "utter_ask_jobs",
        "metadata": {},
    }
    assert (second["index"], second["response"]) == (1, "utter_helped")
    assert second["metadata"] == {"once_per_turn": True}
    assert end["type"] == "end"
    assert end["intent"] == {"name": "ask_jobs", "confidence": 1.0}
    assert end["replayed"] is False


def test_blank_lines_stay_one_message(server: AssistantServer) -> None:
    got = server.say("test:blank", "opening hours")
    assert got.texts[0] == "We are open from 9 to 18.\n\nOn Sundays we are closed."


def test_response_of_the_channel(server: AssistantServer) -> None:
    """`channel:` variations of responses go by the customer's channel."""
    assert server.say("sl:T:U", "opening hours", channel="slack").texts[0] == "*Open* 9 to 18."


def test_entities_and_slots_in_the_end(server: AssistantServer) -> None:
    end = server.say("test:slots", "parcel A12345").end
    assert end["entities"][0]["value"] == "A12345"
    assert end["slots"] == {"order_number": "A12345", "language": "en"}


def test_payload(server: AssistantServer) -> None:
    got = server.press("test:payload", '/track_order{"order_number": "A77777"}')
    assert got.texts == ["Looking for A77777."]
    assert got.end["intent"] == {"name": "track_order", "confidence": 1.0}


@pytest.mark.parametrize(
    "text", ["/greet", "  /greet", "//greet", "/restart", '/track_order{"order_number": "A1"}']
)
def test_typed_slash_is_no_command(server: AssistantServer, text: str) -> None:
    """What is typed is understood as words, never run as an intent."""
    got = server.say("test:slash", text)
    assert got.texts == ["I did not understand."]
    assert got.end["intent"] is None
    assert "order_number" not in got.end["slots"]


def test_typed_slash_is_understood(server: AssistantServer) -> None:
    assert server.say("test:slash2", "/hello").texts == ["Hello from the shop."]
    assert server.say("test:slash2", "/").status == 200


def test_effects_share_the_index(server: AssistantServer) -> None:
    got = server.say("test:effects", "count")
    kinds = [(line["type"], line.get("index")) for line in got.lines]
    assert kinds == [("message", 0), ("effect", 1), ("message", 2), ("end", None)]
    assert got.effects == [{"name": "interaction", "action": "action_count"}]
    assert got.texts[0] == "I count 1 and 15 intents."
    assert got.messages[1]["custom"] == {"card": {"title": "A card"}}


def test_same_id_same_lines(server: AssistantServer) -> None:
    """A message that was answered gets the same bytes again, effects included."""
    body = message("test:again", text="count")
    first = server.post("messages", body)
    server.say("test:again", "hello")
    again = server.post("messages", body)
    assert again.body.splitlines()[:-1] == first.body.splitlines()[:-1]
    assert again.end == {**first.end, "replayed": True}
    assert server.say("test:again", "count").texts[0] == "I count 3 and 15 intents."


def test_same_id_at_the_same_time(server: AssistantServer) -> None:
    """Twenty deliveries of one message are one turn."""
    body = message("test:burst", text="count")
    with ThreadPoolExecutor(20) as pool:
        got = list(pool.map(lambda _: server.post("messages", body), range(20)))
    assert {answer.texts[0] for answer in got} == {"I count 1 and 15 intents."}
    assert sum(not answer.end["replayed"] for answer in got) == 1


def test_messages_of_one_conversation_in_turn(server: AssistantServer) -> None:
    """No two turns of a conversation overlap: the count goes up by one each."""
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: server.say("test:turns", "count").texts[0], range(3)))
    assert sorted(got, key=str) == [f"I count {n} and 15 intents." for n in (1, 2, 3)]


def test_failed_action_ends_with_an_error(server: AssistantServer) -> None:
    """The customer is never left with silence, and the next turn works."""
    body = message("test:broken", text="broken")
    got = server.post("messages", body)
    error = {"type": "error", "reason": "action_failed", "action": "action_broken"}
    assert got.lines == [error]
    assert server.post("messages", body).lines == [error]
    assert server.say("test:broken", "hello").texts == ["Hello from the shop."]


def test_hand_over_and_back(server: AssistantServer) -> None:
    got = server.say("test:human", "human")
    assert got.effects == [{"name": "handoff", "reason": "customer_asked"}]
    assert server.say("test:human", "hello").texts == []
    order = {"sender": "test:human", "do": "hand_back", "agent": "Ada", "message_id": "back-1"}
    back = server.post("control", order)
    assert back.texts == ["Ada has handed you back to me."]
    assert server.post("control", order).end["replayed"] is True
    assert server.say("test:human", "hello").texts == ["Hello from the shop."]


def test_hand_back_inside_a_form(server: AssistantServer) -> None:
    server.say("test:form", "survey")
    server.say("test:form", "human")
    server.post("control", {"sender": "test:form", "do": "hand_back", "agent": "Ada"})
    got = server.say("test:form", "hello")
    assert got.texts == ["Hello from the shop."]
    assert "requested_slot" not in got.end["slots"]


def test_forget(server: AssistantServer) -> None:
    body = message("test:forget", text="parcel A12345")
    server.post("messages", body)
    assert server.post("control", {"sender": "test:forget", "do": "forget"}).json == {
        "forgotten": True
    }
    assert server.post("control", {"sender": "test:forget", "do": "forget"}).json == {
        "forgotten": False
    }
    assert "order_number" not in server.say("test:forget", "hello").end["slots"]
    assert server.post("messages", body).end["replayed"] is False


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", TOKEN[:-1]])
@pytest.mark.parametrize("path", ["messages", "control", "reload"])
def test_unknown_token(server: AssistantServer, token: str | None, path: str) -> None:
    got = server.post(path, message("test:t", text="hello"), token=token)
    assert (got.status, got.json) == (401, {"reason": "unknown token"})


GOOD = {"sender": "test:bad", "text": "hello", "message_id": "m", "channel": "web"}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "not json",
        b"\xff\xfe",
        '{"sender": "test:bad", "text": NaN}',
        "[" * 50_000,
        json.dumps({**GOOD, "text": "a\x00b"}),
        json.dumps({**GOOD, "text": "a\ud800b"}),
        json.dumps({**GOOD, "sender": "test:\x00"}),
        json.dumps({**GOOD, "metadata": {"a": [{"\udfff": 1}]}}),
        json.dumps({**GOOD, "metadata": "x"}),
        json.dumps({**GOOD, "sender": "other:x"}),
        json.dumps({**GOOD, "sender": "web:" + "x" * 201}),
        json.dumps({**GOOD, "sender": "web:x\n"}),
        json.dumps({**GOOD, "sender": 5}),
        json.dumps({**GOOD, "text": "x" * 2001}),
        json.dumps({**GOOD, "text": "   "}),
        json.dumps({**GOOD, "text": ["hello"]}),
        json.dumps({**GOOD, "payload": "/greet"}),
        json.dumps({k: v for k, v in GOOD.items() if k != "text"}),
        json.dumps({**GOOD, "text": None, "payload": "greet"}),
        json.dumps({k: v for k, v in GOOD.items() if k != "message_id"}),
        json.dumps({**GOOD, "channel": "Web!"}),
    ],
)
def test_bad_request(server: AssistantServer, body: str | bytes) -> None:
    """A 400 with a reason, and the server lives."""
    got = server.post("messages", body)
    assert got.status == 400
    assert got.json["reason"]
    assert server.get("health").status == 200


def test_too_large(server: AssistantServer) -> None:
    got = server.post("messages", json.dumps({**GOOD, "metadata": {"x": "y" * 70_000}}))
    assert (got.status, got.json) == (413, {"reason": "too large"})


@pytest.mark.parametrize("text", ["😀😀😀", "\u200b\u200bhello\u200b", "…?!", "שלום", "x" * 2000])
def test_odd_text_is_answered(server: AssistantServer, text: str) -> None:
    got = server.say("test:odd", text)
    assert got.status == 200
    assert got.end["type"] == "end"


def test_bad_control(server: AssistantServer) -> None:
    assert server.post("control", {"sender": "test:x", "do": "dance"}).status == 400
    assert server.post("control", {"sender": "x", "do": "forget"}).status == 400


def test_health_says_no_more_than_needed(server: AssistantServer) -> None:
    got = server.get("health")
    assert got.status == 200
    assert set(got.json) == {"status", "model", "ready"}


def test_rasas_own_doors_are_closed(server: AssistantServer) -> None:
    """No HTTP API, no other channel."""
    for path in ("/domain", "/conversations/test:x/tracker", "/model/parse", "/webhooks/rest/webhook"):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("POST", path, "{}")
        assert connection.getresponse().status in (404, 405)
        connection.close()


def test_hanging_up_does_not_stop_the_turn(server: AssistantServer) -> None:
    """The care server dies while the answer comes: the same message finds it."""
    body = message("test:hangup", text="count")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    connection.request("POST", "/webhooks/careline/messages", json.dumps(body), headers)
    connection.close()
    assert server.post("messages", body).texts[0] == "I count 1 and 15 intents."
    assert server.say("test:hangup", "count").texts[0] == "I count 2 and 15 intents."


def test_busy(serve: Serve, tmp_path, actions) -> None:  # type: ignore[no-untyped-def]
    """More turns than may wait are sent away with a time to come back."""
    credentials = tmp_path / "credentials.yml"
    credentials.write_text(
        "assistant.channel.CarelineChannel:\n  token: ${CARELINE_ASSISTANT_TOKEN}\n  most_waiting: 2\n"
    )
    running = serve(
        "--credentials", str(credentials), CARELINE_ACTIONS_URL=actions.url, CARELINE_ACTION_SECONDS="4"
    )
    with ThreadPoolExecutor(6) as pool:
        slow = list(pool.map(lambda n: running.say(f"test:busy{n}", "broken please"), range(6)))
    assert {answer.status for answer in slow} == {200, 429}
    refused = next(answer for answer in slow if answer.status == 429)
    assert refused.json == {"reason": "busy"}
    assert int(refused.headers["retry-after"]) > 0
    assert running.say("test:busy", "hello").status == 200


def test_action_that_takes_too_long(serve: Serve, actions) -> None:  # type: ignore[no-untyped-def]
    running = serve(CARELINE_ACTIONS_URL=actions.url, CARELINE_ACTION_SECONDS="1")
    assert running.say("test:slow", "broken please").end["reason"] == "action_failed"


def test_no_action_server(serve: Serve) -> None:
    running = serve(CARELINE_ACTIONS_URL="http://127.0.0.1:9/webhook")
    assert running.say("test:none", "count").lines == [
        {"type": "error", "reason": "action_failed", "action": "action_count"}
    ]
    assert running.say("test:none", "hello").texts == ["Hello from the shop."]


@pytest.mark.parametrize("token", ["", "short"])
def test_no_start_without_a_token(serve: Serve, token: str) -> None:
    with pytest.raises(RuntimeError, match="CARELINE_ASSISTANT_TOKEN"):
        serve(CARELINE_ASSISTANT_TOKEN=token)
