"""Servers for the channels' tests: one of each kind for a module."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.assistant import SmallAssistant
from tests.support.databases import own_database
from tests.support.slack import APP_TOKEN, BOT_TOKEN, Slack, slack
from tests.support.telegram import TOKEN, Telegram, telegram
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
    settings = {"telegram_token": TOKEN, "telegram_api": tg.url, "database_url": database}
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
    settings = {
        "database_url": database,
        "slack_bot_token": BOT_TOKEN,
        "slack_app_token": APP_TOKEN,
        "slack_api": slack_team.api,
        "slack_support_channel": slack_team.channels["support"],
    }
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
        "database_url": database,
        "telegram_token": TOKEN,
        "telegram_api": tg.url,
        "slack_bot_token": BOT_TOKEN,
        "slack_app_token": APP_TOKEN,
        "slack_api": slack_team.api,
        "slack_support_channel": slack_team.channels["support"],
        "slack_members_internal": True,
    }
    with threaded_care(tmp_path_factory.mktemp("all-care"), assistant, **settings) as server:
        yield server
