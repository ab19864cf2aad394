"""One care server and one browser for all tests of the desk; fresh people for each."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from care.record.record import Record
from scripts.node import npm_command
from tests.desk.office import Office, hashed_password
from tests.support.assistant import SmallAssistant
from tests.support.browser import browser_at
from tests.support.server import ROOT, CareServer
from tests.support.services import headless_chromium
from tests.widget.host_site import HostSite
from tests.widget.mail_server import MailServer

TRAIN = Path(__file__).parent / "small_training.py"


@pytest.fixture(scope="session")
def desk_built() -> Path:
    """The built browser parts; built now where they are missing, or the desk's sources newer."""
    folder = Path(os.environ.get("CARELINE_BUILD_DIR") or ROOT / "var/build")
    for part in ("desk", "widget"):
        mark = folder / part / ("manifest.json" if part == "desk" else "loader.js")
        newest = max(file.stat().st_mtime for file in (ROOT / part / "src").rglob("*.*"))
        if mark.exists() and (part == "widget" or mark.stat().st_mtime >= newest):
            continue
        npm, environment = npm_command()
        if not (ROOT / part / "node_modules").exists():
            subprocess.run([*npm, "ci"], cwd=ROOT / part, env=environment, check=True, timeout=600)
        command = [*npm, "run", "build"]
        subprocess.run(command, cwd=ROOT / part, env=environment, check=True, timeout=600)
    return folder


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    """A mail server that keeps what it is given."""
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory,
    assistant: SmallAssistant,
    mail_server: MailServer,
    desk_built: Path,
) -> Iterator[CareServer]:
    """The care server of all tests here."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "data", folder / "data")
    env = {
        "CARELINE_SMTP_URL": mail_server.url,
        "CARELINE_FILE_MAX_BYTES": "300000",
        "CARELINE_BUILD_DIR": str(desk_built),
        "CARELINE_DATA_DIR": str(folder / "data"),
        "CARELINE_TRAIN_COMMAND": f"{sys.executable} {TRAIN}",
        "CARELINE_MESSAGES_PER_MINUTE": "1000",
    }
    running = CareServer(folder, assistant.url, env).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def desk_record(server: CareServer) -> Iterator[Record]:
    """The server's record, for what cannot be done from outside."""
    record = server.record()
    yield record
    record.close()


@pytest.fixture(scope="session")
def site(server: CareServer) -> Iterator[HostSite]:
    """A shop's website with the widget."""
    running = HostSite(server.url).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with browser_at(headless_chromium()) as started:
        yield started


@pytest.fixture(scope="session")
def hashed() -> str:
    """The hash of everybody's password."""
    return hashed_password()


@pytest.fixture
def office(
    server: CareServer, desk_record: Record, browser: Browser, hashed: str
) -> Iterator[Office]:
    """The people of one test."""
    opened = Office(server, desk_record, browser, hashed)
    yield opened
    opened.close()
