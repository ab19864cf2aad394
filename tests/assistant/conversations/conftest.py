"""The product's dialogue, trained once without NLU, with its action server and an inner API."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from rasa.core.agent import Agent
from rasa.utils.endpoints import EndpointConfig

from assistant import overrides
from assistant.action_endpoint import ActionEndpoint
from assistant.tracker_store import WindowTrackerStore
from assistant.turns import Turns
from tests.assistant.conversations.talk import Talk
from tests.assistant.server import ActionServer
from tests.support.inner_api import TOKEN, Inner

ROOT = Path(__file__).parents[3]
CONFIG = Path(__file__).parent / "config.yml"


@pytest.fixture(scope="session")
def dialogue_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the model of the product's rules and stories."""
    given = os.environ.get("CARELINE_TEST_DIALOGUE")
    if given:
        return Path(given)
    out = tmp_path_factory.mktemp("dialogue")
    command = [sys.executable, "-W", "ignore", "-m", "rasa", "train", "core", "--out", str(out)]
    command += ["--config", str(CONFIG), "--domain", str(ROOT / "domain.yml")]
    command += ["--stories", str(ROOT / "data")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"}
    done = subprocess.run(
        command, cwd=out, env=environment, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return out


@pytest.fixture(scope="session")
def inner_api() -> Iterator[Inner]:
    """An inner API for the action server."""
    with Inner() as running:
        yield running


@pytest.fixture(scope="session")
def dialogue_actions(
    inner_api: Inner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ActionServer]:
    """The product's action server."""
    given = {
        "CARELINE_INNER_URL": inner_api.url,
        "CARELINE_INNER_TOKEN": TOKEN,
        "CARELINE_ASSISTANT_TOKEN": "not-used-by-actions",
        "CARELINE_VAR_DIR": str(tmp_path_factory.mktemp("var")),
    }
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        with ActionServer("actions") as server:
            yield server
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture(scope="session")
def dialogue_agent(dialogue_model: Path) -> Agent:
    """The dialogue, loaded once."""
    overrides.apply()
    agent = Agent()
    agent.load_model(str(dialogue_model))
    return agent


@pytest.fixture
def inner(inner_api: Inner) -> Inner:
    """The inner API as at its start."""
    inner_api.reset()
    return inner_api


@pytest.fixture
async def talk(
    dialogue_agent: Agent, dialogue_actions: ActionServer, inner: Inner, tmp_path: Path
) -> AsyncIterator[Callable[[], Talk]]:
    """Makes new customers."""
    store = WindowTrackerStore(
        dialogue_agent.domain, host=f"sqlite:///{tmp_path / 'tracker.db'}"
    )
    endpoint = ActionEndpoint(EndpointConfig(dialogue_actions.url))
    dialogue_agent.tracker_store = store
    dialogue_agent.action_endpoint = endpoint
    assert dialogue_agent.processor is not None
    dialogue_agent.processor.tracker_store = store
    dialogue_agent.processor.action_endpoint = endpoint
    yield lambda: Talk(dialogue_agent, Turns(dialogue_agent, store))
    await endpoint.close()
    store.close()
