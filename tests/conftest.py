"""Fixtures that several rooms' tests share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from care.care import Care, build
from care.record.record import Record
from care.settings import Settings
from tests.support import services
from tests.support.assistant import SmallAssistant
from tests.support.databases import new_record_file
from tests.support.server import CareServer

# How long an example takes says nothing about the product.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    """A fresh care record on SQLite."""
    opened = Record(new_record_file(tmp_path / "care.db"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def assistant() -> Iterator[SmallAssistant]:
    """A small assistant for the whole session."""
    small = SmallAssistant().start()
    yield small
    small.close()


@pytest.fixture(scope="session")
def care_server(
    tmp_path_factory: pytest.TempPathFactory, assistant: SmallAssistant
) -> Iterator[CareServer]:
    """A care server process for the whole session, in front of the small assistant."""
    server = CareServer(tmp_path_factory.mktemp("care"), assistant.url).start()
    yield server
    server.stop()


@pytest_asyncio.fixture
async def care(tmp_path: Path, assistant: SmallAssistant) -> AsyncIterator[Care]:
    """The care server's parts, at work in this process on a record of their own."""
    settings = Settings(
        var_dir=tmp_path,
        assistant_url=assistant.url,
        assistant_token=assistant.token,
        inner_token="inner-token",
        assistant_timeout=30.0,
    )
    new_record_file(tmp_path / "care.db")
    parts = build(settings)
    await parts.start()
    yield parts
    await parts.stop()


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


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of Chromium."""
    return services.chromium()
