"""Servers for the channels' tests: one of each kind for a module."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.assistant import SmallAssistant
from tests.support.databases import own_database
from tests.support.platforms import on_slack, on_telegram
from tests.support.slack import Slack, slack
from tests.support.telegram import Telegram, telegram
from tests.support.threaded import ThreadedCare, threaded_care


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest) -> str:
    """The care record's address: '' is SQLite. A module says with `ON` which one, or both."""
    kind = getattr(request, "param", None) or getattr(request.module, "ON", "sqlite")
    return own_database(request.getfixturevalue("postgres_url")) if kind == "postgresql" else ""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Modules with `ON = "both"` run on each database."""
    on = getattr(metafunc.module, "ON", None)
    if on == "both" and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def tg(database: str) -> Iterator[Telegram]:
    """A Telegram for the module, on each database a new one."""
    with telegram() as front:
        yield front


@pytest.fixture(scope="module")
def tg_care(
    tmp_path_factory: pytest.TempPathFactory, assistant: SmallAssistant, tg: Telegram, database: str
) -> Iterator[ThreadedCare]:
    """A care server that polls the module's Telegram."""
    folder = tmp_path_factory.mktemp("tg-care")
    settings = {**on_telegram(tg), "database_url": database}
    with threaded_care(folder, assistant, **settings) as server:
        yield server


@pytest.fixture(scope="module")
def slack_team(database: str) -> Iterator[Slack]:
    """A Slack for the module, on each database a new one."""
    with slack() as front:
        yield front


@pytest.fixture(scope="module")
def slack_care(
    tmp_path_factory: pytest.TempPathFactory,
    assistant: SmallAssistant,
    slack_team: Slack,
    database: str,
) -> Iterator[ThreadedCare]:
    """A care server that is connected to the module's Slack by Socket Mode, agents included."""
    folder = tmp_path_factory.mktemp("slack-care")
    settings = {**on_slack(slack_team, agents=True), "database_url": database}
    with threaded_care(folder, assistant, **settings) as server:
        yield server


@pytest.fixture(scope="module")
def all_care(
    tmp_path_factory: pytest.TempPathFactory,
    assistant: SmallAssistant,
    tg: Telegram,
    slack_team: Slack,
    database: str,
) -> Iterator[ThreadedCare]:
    """A care server with customers on all channels, colleagues and agents in Slack."""
    settings: dict[str, Any] = {
        **on_telegram(tg),
        **on_slack(slack_team, agents=True),
        "slack_members_internal": True,
        "database_url": database,
    }
    with threaded_care(tmp_path_factory.mktemp("all-care"), assistant, **settings) as server:
        yield server
