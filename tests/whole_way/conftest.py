"""One running product and one browser for all tests of the whole way."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from care.record.record import Record
from tests.support.browser import browser_at
from tests.support.product import Product


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def product(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Product]:
    """The running product, on each database."""
    env = {}
    if request.param == "postgresql":
        env["DATABASE_URL"] = request.getfixturevalue("postgres_url")
        empty(env["DATABASE_URL"])
    started = Product(tmp_path_factory.mktemp(f"product-{request.param}"), env).start()
    yield started
    started.stop()


def empty(url: str) -> None:
    """Leave nothing of an earlier product in the database."""
    record = Record(url.replace("postgresql://", "postgresql+psycopg://"))
    for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
        record.write_now(lambda c, what=statement: c.exec_driver_sql(what))
    record.close()


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    """Chromium, without a window."""
    with browser_at(chromium_path) as started:
        yield started
