"""Two care servers on one PostgreSQL and one Redis behave as one."""

import json
import threading
from collections.abc import Iterator

import pytest
from websockets.sync.client import connect

from tests.support.assistant import SmallAssistant
from tests.support.customer import WebCustomer
from tests.support.server import CareServer


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory,
    assistant: SmallAssistant,
    postgres_url: str,
    redis_url: str,
) -> Iterator[tuple[CareServer, CareServer]]:
    """Two servers that share record and bus."""
    env = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_url}
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    first, second = (CareServer(folder, assistant.url, env) for folder in folders)
    first.start()
    second.start()
    yield first, second
    first.stop()
    second.stop()


def test_a_customer_on_one_server_hears_what_happens_on_the_other(
    pair: tuple[CareServer, CareServer],
) -> None:
    here, there = pair
    customer = WebCustomer(here.url)
    address = there.url.replace("http", "ws", 1) + "/ws/widget"
    with connect(address, origin=there.url, open_timeout=60) as socket:  # type: ignore[arg-type]
        hello = {"type": "hello", "token": customer.state["token"], "after": 0}
        socket.send(json.dumps(hello))
        customer.send("hello over there")
        heard: list[str] = []
        while "You said: hello over there" not in heard:
            frame = json.loads(socket.recv(timeout=60))
            if frame["type"] == "event" and "message" in frame["data"]:
                heard.append(frame["data"]["message"]["text"])


def test_messages_sent_to_both_servers_are_each_answered_once(
    pair: tuple[CareServer, CareServer],
) -> None:
    here, there = pair
    customer = WebCustomer(here.url)
    other = WebCustomer.again(there.url, customer)

    def send(who: WebCustomer, name: str) -> None:
        for number in range(10):
            who.send(f"{name}{number}")

    threads = [
        threading.Thread(target=send, args=(customer, "a")),
        threading.Thread(target=send, args=(other, "b")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    found = customer.wait_for("bot", 20, seconds=60)
    answers = [message["text"] for message in found if message["author"] == "bot"]
    said = [message["text"] for message in found if message["author"] == "customer"]
    assert sorted(answers) == sorted(f"You said: {text}" for text in said)
    assert len(set(answers)) == 20
    assert [text for text in said if text[0] == "a"] == [f"a{number}" for number in range(10)]
    order = {text: place for place, text in enumerate(said)}
    places = [order[text.removeprefix("You said: ")] for text in answers]
    assert places == sorted(places)
