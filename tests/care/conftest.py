"""Fixtures for tests of the care server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from care.record.migrate import migrate
from care.record.record import Record


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Record]:
    """A fresh care record on each database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'both.db'}"
    else:
        address: str = request.getfixturevalue("postgres_url")
        url = address.replace("postgresql://", "postgresql+psycopg://")
        emptied = Record(url)
        emptied.write_now(lambda c: c.exec_driver_sql("DROP SCHEMA public CASCADE"))
        emptied.write_now(lambda c: c.exec_driver_sql("CREATE SCHEMA public"))
        emptied.close()
    migrate(url)
    record = Record(url)
    yield record
    record.close()
