"""One care server, one website and one browser for all tests of the widget."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from care.inboxes import do_save_inbox
from tests.support.assistant import Line, SmallAssistant, default_script, effect, say
from tests.support.browser import browser_at
from tests.support.server import CareServer
from tests.widget.agent import DeskAgent
from tests.widget.chat import Chat, Open, new_chat
from tests.widget.host_site import HostSite
from tests.widget.mail_server import MailServer

MARKDOWN = (
    "**Delivery** takes *3-5 days*.\n\n- by post\n- by courier\n\n"
    "See [the page](https://example.com/delivery) or https://example.com/fees.\n"
    "[bad](javascript:alert(1)) <img src=x onerror=alert(1)> `code`"
)
FORM = [
    {"name": "name", "label": "Your name", "kind": "text", "required": True},
    {"name": "email", "label": "E-mail", "kind": "email", "required": True},
    {"name": "topic", "label": "Topic", "kind": "choice", "choices": ["Order", "Return"]},
    {"name": "consent", "label": "I agree", "kind": "consent", "required": True},
]
CLOSED = {"time_zone": "UTC", "week": {}, "holidays": []}


def script(body: dict[str, Any]) -> list[Line]:
    """What the small assistant says in these tests."""
    said = str(body.get("text") or body.get("payload") or "")
    if said == "markdown":
        return [say(MARKDOWN)]
    if said == "choices":
        return [say("Which one?", ("First", "/first"), ("Second", "/second"))]
    if said == "cards":
        cards = [
            {"title": f"Chair {n}", "text": "Oak", "link": "https://example.com/chair"}
            for n in range(3)
        ]
        return [say("Our chairs:", custom={"cards": cards})]
    if said == "picture":
        return [say("Like this:", image="/pictures/table.svg")]
    if said.startswith("rate "):
        return [say("One question:"), effect("ask_rating", kind=said.split()[1])]
    if said.startswith("/feedback_helpful"):
        return [effect("feedback", kind="thumb", score=1), say("Good to know.")]
    return default_script(body)


@pytest.fixture(scope="session")
def bot() -> Iterator[SmallAssistant]:
    """The small assistant behind the care server."""
    small = SmallAssistant(script).start()
    yield small
    small.close()


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    """A mail server that keeps what it is given."""
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, bot: SmallAssistant, mail_server: MailServer
) -> Iterator[CareServer]:
    """The care server, with an inbox that asks first and one that is closed."""
    env = {"CARELINE_SMTP_URL": mail_server.url, "CARELINE_FILE_MAX_BYTES": "200000"}
    running = CareServer(tmp_path_factory.mktemp("widget"), bot.url, env).start()
    record = running.record()
    inboxes: dict[str, dict[str, Any]] = {
        "form": {"form": FORM},
        "closed": {"hours": CLOSED},
        "elsewhere": {"origins": ["https://shop.example"]},
    }
    for name, settings in inboxes.items():
        record.write_now(do_save_inbox, name, settings, 0, None)
    record.close()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def site(server: CareServer) -> Iterator[HostSite]:
    """A shop's website of another origin."""
    running = HostSite(server.url).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    """Chromium."""
    with browser_at(chromium_path, ["--disable-back-forward-cache"]) as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A customer's browser, without any past."""
    fresh = browser.new_context(viewport={"width": 1100, "height": 800}, locale="en-GB")
    yield fresh
    fresh.close()


@pytest.fixture
def visit(context: BrowserContext, site: HostSite) -> Open:
    """Go to a page of the website; gives the chat there."""

    def go(path: str = "/") -> Chat:
        return new_chat(context, f"{site.url}{path}")

    return go


@pytest.fixture(scope="session")
def agent(server: CareServer) -> DeskAgent:
    """An agent at the desk."""
    return DeskAgent(server)


def conversation_of(server: CareServer, text: str) -> int:
    """The conversation in which a customer wrote `text`."""
    for _ in range(600):
        rows = server.rows(
            f"SELECT conversation_id FROM messages WHERE text = '{text}' AND author = 'customer'"
        )
        if rows:
            return int(rows[0]["conversation_id"])
        time.sleep(0.1)
    raise AssertionError(f"nobody wrote {text!r}")
