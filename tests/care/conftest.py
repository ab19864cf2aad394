"""Fixtures for tests of the care server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from care.record.record import Record
from tests.support.databases import new_record_database, new_record_file


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Record]:
    """A fresh care record on each database."""
    if request.param == "sqlite":
        record = Record(new_record_file(tmp_path / "both.db"))
        yield record
        record.close()
        return
    with new_record_database(request.getfixturevalue("postgres_url")) as url:
        record = Record(url)
        yield record
        record.close()
