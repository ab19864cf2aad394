"""The desk's server side, without a browser: one server on SQLite and one on PostgreSQL."""

import shutil
from collections.abc import Iterator

import pytest

from care.record.record import Record
from tests.care.desk.colleague import Colleague
from tests.care.desk.office import Office
from tests.support.assistant import SmallAssistant
from tests.support.server import ROOT
from tests.support.threaded import threaded_care


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def office(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    assistant: SmallAssistant,
) -> Iterator[Office]:
    """A care server on each database, kept for all tests."""
    url = ""
    if request.param == "postgresql":
        url = _own_database(request.getfixturevalue("postgres_url"), "desk")
    folder = tmp_path_factory.mktemp("office")
    # Of our own, and no training: the tests call everything.
    data = shutil.copytree(ROOT / "data", folder / "data")
    own = {"database_url": url, "data_dir": data, "train_command": "true"}
    with threaded_care(folder, assistant, **own) as server:
        yield Office(server)


@pytest.fixture
def ana(office: Office) -> Colleague:
    """An agent who sees everything."""
    return office.colleague()


@pytest.fixture
def bo(office: Office) -> Colleague:
    """Another one."""
    return office.colleague()


def _own_database(address: str, name: str) -> str:
    """A database of our own on the session's server: other tests empty the usual one."""
    record = Record(address.replace("postgresql://", "postgresql+psycopg://"))
    with record.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    record.close()
    return address.rpartition("/")[0] + f"/{name}"
