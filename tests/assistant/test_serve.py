"""The assistant as a process: starts lean, loses nothing when killed, changes its model in flight."""

from __future__ import annotations

import http.client
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.assistant.server import ActionServer, Answer, AssistantServer, message

Serve = Callable[..., AssistantServer]

TALK = (
    "hello", "opening hours", "mood", "yes", "survey", "gift cards", "yes", "because", "jobs",
    "parcel A12345", "count", "nothing I know", "broken", "survey", "no", "because of it", "human",
    "hello", "bye",
)


def talk(server: AssistantServer, sender: str) -> list[object]:
    """A conversation through forms, stories, actions and a handoff; without times."""
    lines: list[object] = []
    for text in TALK:
        for line in server.say(sender, text).lines:
            line.pop("latency_ms", None)
            lines.append(line)
    return lines


def test_lean_and_stock_answer_the_same(serve: Serve, actions: ActionServer) -> None:
    """Stand-ins for TensorFlow change nothing but time and memory."""
    lean = serve(CARELINE_ACTIONS_URL=actions.url)
    spoken = talk(lean, "test:lean")
    loaded = mapped(lean)
    lean.stop()
    stock = serve("--stock", CARELINE_ACTIONS_URL=actions.url)
    assert talk(stock, "test:stock") == spoken
    assert not any("tensorflow" in path for path in loaded)
    assert any("tensorflow" in path for path in mapped(stock))


def mapped(server: AssistantServer) -> list[str]:
    """The files that a process has in its memory."""
    assert server.process is not None
    return [entry.path for entry in psutil.Process(server.process.pid).memory_maps()]


def test_listens_on_loopback_only(serve: Serve) -> None:
    server = serve()
    assert server.process is not None
    open_ports = psutil.Process(server.process.pid).net_connections(kind="inet")
    listening = {c.laddr.ip for c in open_ports if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def test_no_model(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="make train"):
        serve(models=str(tmp_path / "none"))


def test_graceful_stop_finishes_the_turn(serve: Serve, actions: ActionServer) -> None:
    server = serve(CARELINE_ACTIONS_URL=actions.url)
    body = message("test:stop", text="broken please")
    got: list[Answer] = []
    waiting = threading.Thread(target=lambda: got.append(server.post("messages", body)))
    waiting.start()
    while server.get("health").status != 200:
        pass
    waiting.join(1)
    assert waiting.is_alive()
    assert server.stop() == 0
    waiting.join(60)
    again = serve(CARELINE_ACTIONS_URL=actions.url)
    assert again.post("messages", body).end["reason"] == "action_failed"


def test_killed_in_the_middle(serve: Serve, actions: ActionServer) -> None:
    """kill -9 during many conversations: every message is answered once, in order."""
    server = serve(CARELINE_ACTIONS_URL=actions.url)
    bodies = {
        sender: [message(sender, text="count") for _ in range(3)]
        for sender in (f"test:kill{n}" for n in range(12))
    }
    killer = threading.Timer(0.25, server.kill)
    killer.start()

    def converse(sender: str) -> None:
        for body in bodies[sender]:
            try:
                server.post("messages", body)
            except (OSError, http.client.HTTPException):
                return

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(converse, bodies))
    killer.join()
    again = serve(CARELINE_ACTIONS_URL=actions.url)
    for sender, sent in bodies.items():
        answers = [again.post("messages", body) for body in sent]
        counted = [answer.texts[0] for answer in answers]
        assert counted == [f"I count {n} and 15 intents." for n in (1, 2, 3)], sender


def test_store_down(serve: Serve) -> None:
    """No database, no answer: a bot that has forgotten everything must not speak."""
    server = serve(CARELINE_TRACKER_URL="postgresql://nobody@127.0.0.1:9/none")
    assert server.get("health").json["status"] == "store_down"
    for got in (
        server.say("test:down", "hello"),
        server.post("control", {"sender": "test:down", "do": "forget"}),
        server.post("control", {"sender": "test:down", "do": "hand_back"}),
    ):
        assert (got.status, got.json) == (503, {"reason": "store_down"})


def test_two_processes_on_postgresql(
    serve: Serve, postgres_url: str, redis_url: str, actions: ActionServer
) -> None:
    """Two assistants share conversations: no message lost, none answered twice."""
    shared = {
        "CARELINE_TRACKER_URL": postgres_url,
        "REDIS_URL": redis_url,
        "CARELINE_ACTIONS_URL": actions.url,
    }
    pair = serve(**shared), serve(**shared)
    body = message("test:pair", text="count")
    with ThreadPoolExecutor(10) as pool:
        got = list(pool.map(lambda n: pair[n % 2].post("messages", body), range(10)))
    assert {answer.texts[0] for answer in got} == {"I count 1 and 15 intents."}
    assert sum(not answer.end["replayed"] for answer in got) == 1
    with ThreadPoolExecutor(10) as pool:
        got = list(pool.map(lambda n: pair[n % 2].say("test:pair", "count"), range(2)))
    assert sorted(str(answer.texts[0]) for answer in got) == [
        f"I count {n} and 15 intents." for n in (2, 3)
    ]


def test_reload(serve: Serve, models: Path, tmp_path: Path) -> None:
    """A newer model takes over between two turns; conversations go on."""
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(models / "small.tar.gz", folder / "a.tar.gz")
    server = serve(models=str(folder))
    server.say("test:reload", "survey")
    shutil.copy(models / "small.tar.gz", folder / "b.tar.gz")
    with ThreadPoolExecutor(4) as pool:
        talking = [pool.submit(server.say, f"test:reload{n}", "hello") for n in range(40)]
        assert server.post("reload", {}).status == 200
        assert {answer.result().texts[0] for answer in talking} == {"Hello from the shop."}
    assert server.say("test:reload", "yes").texts == ["Why?"]


def test_reload_of_a_broken_model(serve: Serve, models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(models / "small.tar.gz", folder / "a.tar.gz")
    server = serve(models=str(folder))
    (folder / "b.tar.gz").write_bytes(b"no model")
    assert server.post("reload", {}).status == 409
    assert server.say("test:broken-model", "hello").texts == ["Hello from the shop."]
