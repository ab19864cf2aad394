"""A care server killed in the middle of 20 conversations loses nothing and repeats nothing."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.assistant import SmallAssistant
from tests.support.customer import WebCustomer
from tests.support.server import CareServer

CONVERSATIONS, EACH, KILLS = 20, 4, 3


@pytest.fixture
def slow_assistant() -> Iterator[SmallAssistant]:
    """An assistant that takes a moment, so that kills hit turns under way."""
    small = SmallAssistant()
    small.delay = 0.1
    yield small.start()
    small.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path: Path, slow_assistant: SmallAssistant
) -> Iterator[CareServer]:
    """A server of its own, on each database."""
    env = {}
    if request.param == "postgresql":
        env["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    started = CareServer(tmp_path, slow_assistant.url, env).start()
    yield started
    started.stop()


def test_nothing_accepted_is_lost_and_nothing_is_answered_twice(server: CareServer) -> None:
    first = len(server.rows("SELECT id FROM conversations"))
    customers = [WebCustomer(server.url) for _ in range(CONVERSATIONS)]

    def talk(customer: WebCustomer) -> None:
        for number in range(EACH):
            customer.send(f"m{number}", seconds=300)

    threads = [threading.Thread(target=talk, args=(customer,)) for customer in customers]
    for thread in threads:
        thread.start()
    for _ in range(KILLS):
        time.sleep(0.7)
        server.stop(signal.SIGKILL)
        server.serve()
    for thread in threads:
        thread.join(300)
    _wait_until_answered(server)

    said = server.rows(
        "SELECT conversation_id, author, text, state FROM messages "
        f"WHERE conversation_id > {first} ORDER BY id"
    )
    threads_of: dict[int, list[tuple[str, str]]] = {}
    for row in said:
        assert row["state"] == "done"
        threads_of.setdefault(row["conversation_id"], []).append((row["author"], row["text"]))
    assert len(threads_of) == CONVERSATIONS
    for found in threads_of.values():
        assert [text for who, text in found if who == "customer"] == ["m0", "m1", "m2", "m3"]
        answers = [text for who, text in found if who == "bot"]
        assert answers == [f"You said: m{number}" for number in range(EACH)]


def _wait_until_answered(server: CareServer, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not server.rows("SELECT id FROM messages WHERE state = 'accepted'"):
            return
        time.sleep(0.3)
    raise AssertionError("messages still wait")
