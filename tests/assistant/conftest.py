"""Fixtures: a small bot trained once, its server in a process of its own, databases."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from assistant.lean import stand_in

stand_in()
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))

from tests.assistant.server import ActionServer, AssistantServer  # noqa: E402
from tests.support import services  # noqa: E402

ROOT = Path(__file__).parents[2]
BOT = Path(__file__).parent / "bot"


def train(out: Path, bot: Path = BOT, name: str = "small") -> Path:
    """Train a bot's folder with stock Rasa; returns the folder of the model."""
    command = [sys.executable, "-W", "ignore", "-m", "rasa", "train"]
    command += ["--config", str(bot / "config.yml"), "--domain", str(bot / "domain.yml")]
    command += ["--data", str(bot / "data"), "--out", str(out), "--fixed-model-name", name]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"}
    done = subprocess.run(
        command, env=environment, cwd=out.parent, capture_output=True, text=True, timeout=800
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return out


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small bot's model; set CARELINE_TEST_MODELS to use one at hand."""
    given = os.environ.get("CARELINE_TEST_MODELS")
    return Path(given) if given else train(tmp_path_factory.mktemp("bot") / "models")


@pytest.fixture(scope="session")
def actions() -> Iterator[ActionServer]:
    """The small bot's action server, on the SDK that the product uses."""
    with ActionServer() as server:
        yield server


@pytest.fixture
def serve(
    models: Path, tmp_path: Path
) -> Iterator[Callable[..., AssistantServer]]:
    """Start assistant processes; they are stopped after the test."""
    started: list[AssistantServer] = []

    def start(*flags: str, **environment: str) -> AssistantServer:
        url = f"sqlite:///{tmp_path / 'tracker.db'}"
        given = {"CARELINE_TRACKER_URL": url, "models": str(models), **environment}
        server = AssistantServer(tmp_path, flags, given).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def server(
    models: Path, actions: ActionServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AssistantServer]:
    """One assistant process for the tests that do not harm it."""
    folder = tmp_path_factory.mktemp("server")
    given = {
        "CARELINE_TRACKER_URL": f"sqlite:///{folder / 'tracker.db'}",
        "CARELINE_ACTIONS_URL": actions.url,
        "models": str(models),
    }
    running = AssistantServer(folder, (), given).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL server for the whole session."""
    with services.postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Redis server for the whole session."""
    with services.redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url
