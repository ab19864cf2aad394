"""The client against the care server itself, as its own process."""

import dataclasses
import json

import pytest
import requests

from actions.care_server import CareDown, CareServer, OrderRefused, care_server
from tests.support.ports import free_port
from tests.support.server import CareServer as CareProcess


@pytest.fixture
def client(care_server: CareProcess) -> CareServer:
    """A client of the running care server."""
    secrets = json.loads((care_server.folder / "var" / "secrets.json").read_text("utf-8"))
    session = requests.Session()
    session.trust_env = False
    return CareServer(care_server.inner_url, secrets["inner_token"], session)


async def test_orders_are_given_only_to_who_proves_them(client: CareServer) -> None:
    order = await client.order("10023", "web:nobody", "Ana@example.com")
    assert order is not None
    assert order["number"] == "10023"
    assert {"status", "items", "total", "expected"} <= set(order)
    assert await client.order("10023", "web:nobody", "eve@example.com") is None
    assert await client.order("10023", "web:nobody", None) is None
    assert await client.order("../conversations", "web:nobody", "ana@example.com") is None


async def test_an_order_on_its_way_cannot_be_cancelled(client: CareServer) -> None:
    with pytest.raises(OrderRefused):
        await client.cancel("10023", "web:nobody", "ana@example.com")
    assert await client.cancel("10024", "web:nobody", "eve@example.com") is None
    done = await client.cancel("10024", "web:nobody", "ana@example.com")
    assert done is not None
    assert done["status"] == "cancelled"


async def test_an_unknown_conversation_is_empty(client: CareServer) -> None:
    assert await client.conversation("web:unknown/..?x") == {}


async def test_a_wrong_token_and_a_dead_server_are_down(client: CareServer) -> None:
    with pytest.raises(CareDown):
        await dataclasses.replace(client, token="wrong").conversation("web:x")
    with pytest.raises(CareDown):
        await dataclasses.replace(client, url=f"http://127.0.0.1:{free_port()}").conversation("x")


def test_the_client_needs_no_file_where_its_token_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARELINE_VAR_DIR", "/dev/null/nothing-can-be-written-here")
    monkeypatch.setenv("CARELINE_INNER_TOKEN", "given")
    care_server.cache_clear()
    try:
        assert care_server().token == "given"
    finally:
        care_server.cache_clear()
