"""The desk's server side, without a browser: one server on SQLite and one on PostgreSQL."""

import shutil
from collections.abc import Iterator

import pytest

from tests.care.desk.colleague import Colleague
from tests.care.desk.office import Office
from tests.support.assistant import SmallAssistant
from tests.support.databases import own_database
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
        url = own_database(request.getfixturevalue("postgres_url"))
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
