"""The inner API: what the action server is told, and what it is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from care.record.desk_settings import do_set_desk_setting
from tests.support.assistant import SmallAssistant
from tests.support.customer import WebCustomer
from tests.support.desk import go, new_agent
from tests.support.server import CareServer

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = {"time_zone": "Europe/Vienna", "week": {day: [["00:00", "24:00"]] for day in DAYS}}
NEVER: dict[str, Any] = {"time_zone": "Europe/Vienna", "week": {}}


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, assistant: SmallAssistant
) -> Iterator[CareServer]:
    """A care server whose hours these tests change."""
    folder: Path = tmp_path_factory.mktemp("inner")
    server = CareServer(folder, assistant.url).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def sender(server: CareServer) -> str:
    """A customer's conversation, as the action server names it."""
    customer = WebCustomer(server.url)
    customer.send("hello there")
    return str(server.rows("SELECT sender FROM conversations")[-1]["sender"])


def _ask(server: CareServer, path: str, **query: str) -> requests.Response:
    token = {"Authorization": f"Bearer {server.secrets()['inner_token']}"}
    return requests.get(f"{server.inner_url}{path}", params=query, headers=token, timeout=60)


def _set_hours(server: CareServer, hours: dict[str, Any]) -> None:
    record = server.record()
    record.write_now(do_set_desk_setting, "hours", hours)
    record.close()


def _hours(server: CareServer, sender: str) -> dict[str, Any]:
    answer = _ask(server, f"/inner/conversations/{sender}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["hours"]
    return found


def test_a_conversation_is_told_without_what_is_not_proven(server: CareServer, sender: str) -> None:
    found = _ask(server, f"/inner/conversations/{sender}").json()
    assert found["channel"] == "web"
    assert found["verified"] is False
    assert found["email"] is None
    assert found["owner"] == "bot"
    assert found["queue"]["waiting"] == 0


def test_people_are_there_within_the_hours(server: CareServer, sender: str) -> None:
    _set_hours(server, ALWAYS)
    assert _hours(server, sender)["open"] is True


def test_the_next_opening_is_told_in_the_shops_own_time(server: CareServer, sender: str) -> None:
    _set_hours(server, NEVER)
    assert _hours(server, sender) == {"open": False, "next_opening": None}
    _set_hours(server, ALWAYS)
    assert _hours(server, sender)["next_opening"].endswith(("+01:00", "+02:00"))


def test_somebody_at_the_desk_outside_the_hours_is_there(server: CareServer, sender: str) -> None:
    _set_hours(server, NEVER)
    record = server.record()
    agent = new_agent(record, "Bo")
    assert _hours(server, sender)["open"] is True
    public = requests.get(f"{server.url}/api/widget/inbox", timeout=60).json()
    assert public["settings"]["hours"]["open"] is True
    go(record, agent)
    record.close()
    assert _hours(server, sender)["open"] is False


def test_unknown_things_are_not_found(server: CareServer) -> None:
    assert _ask(server, "/inner/conversations/web:nobody").status_code == 404
    assert _ask(server, "/inner/orders/99999", email="x@example.com").status_code == 404
    assert _ask(server, "/inner/orders/%27%3B--").status_code == 404


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer wrong", "Basic x"])
def test_nothing_is_told_without_the_token(server: CareServer, sender: str, token: str) -> None:
    address = f"{server.inner_url}/inner/conversations/{sender}"
    answer = requests.get(address, headers={"Authorization": token}, timeout=60)
    assert answer.status_code == 401
    assert "hours" not in answer.text


def test_the_inner_calls_are_not_public(server: CareServer, sender: str) -> None:
    assert requests.get(f"{server.url}/inner/conversations/{sender}", timeout=60).status_code == 404
