"""Bad networks, hostile pages, closed doors: the conversation survives or says what to do."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import requests
from playwright.sync_api import BrowserContext, Error, WebSocket, expect

from tests.support.assistant import SmallAssistant
from tests.support.server import CareServer
from tests.widget.agent import DeskAgent
from tests.widget.chat import Chat, Open, new_chat
from tests.widget.conftest import conversation_of
from tests.widget.host_site import HostSite
from tests.widget.proxy import Line


@pytest.fixture(scope="session")
def postgres_server(
    tmp_path_factory: pytest.TempPathFactory, bot: SmallAssistant, postgres_url: str
) -> Iterator[CareServer]:
    """A care server that keeps its record in PostgreSQL."""
    env = {"DATABASE_URL": postgres_url}
    running = CareServer(tmp_path_factory.mktemp("widget-pg"), bot.url, env).start()
    yield running
    running.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest) -> CareServer:
    """The care server of a test that must hold on both databases."""
    name = "server" if request.param == "sqlite" else "postgres_server"
    found: CareServer = request.getfixturevalue(name)
    return found


@pytest.fixture
def line(home: CareServer) -> Iterator[Line]:
    """A line to the care server that can be cut."""
    forward = Line(home.port).start()
    yield forward
    forward.stop()


@pytest.fixture
def far_chat(context: BrowserContext, line: Line) -> Iterator[Chat]:
    """A chat that reaches the care server over that line."""
    site = HostSite(line.url).start()
    yield new_chat(context, f"{site.url}/")
    site.stop()


def written(server: CareServer, text: str) -> list[str]:
    """The customers' messages in the record that begin with a text, in order."""
    rows = server.rows(
        "SELECT text FROM messages WHERE author = 'customer' "
        f"AND substr(text, 1, {len(text)}) = '{text}' ORDER BY id"
    )
    return [str(row["text"]) for row in rows]


def test_offline_messages_are_kept_told_and_delivered_exactly_once(
    far_chat: Chat, line: Line, context: BrowserContext, home: CareServer
) -> None:
    far_chat.open().asks("before the tunnel")
    line.cut()
    context.set_offline(True)
    for number in range(3):
        far_chat.say(f"tunnel {number}")
    expect(far_chat.notice).to_contain_text("kept and sent when it is back")
    expect(far_chat.widget.locator(".m.customer.wait")).to_have_count(3)
    names = far_chat.api("Object.keys(localStorage).filter((n) => n.includes(':out:')).length")
    assert names == 3
    assert written(home, "tunnel") == []
    line.mend()
    context.set_offline(False)
    expect(far_chat.bubble("You said: tunnel 2")).to_be_visible()
    expect(far_chat.widget.locator(".wait")).to_have_count(0)
    expect(far_chat.notice).to_be_empty()
    assert written(home, "tunnel") == ["tunnel 0", "tunnel 1", "tunnel 2"]
    assert far_chat.api("Object.keys(localStorage).some((n) => n.includes(':out:'))") is False


def test_messages_kept_in_storage_survive_a_reload(
    far_chat: Chat, line: Line, home: CareServer
) -> None:
    far_chat.open().asks("before the reload")
    line.cut()
    far_chat.say("kept over the reload")
    expect(far_chat.widget.locator(".m.customer.wait")).to_have_count(1)
    line.mend()
    far_chat.page.reload()
    far_chat.open()
    expect(far_chat.bubble("You said: kept over the reload")).to_be_visible()
    assert written(home, "kept over") == ["kept over the reload"]
    expect(far_chat.bubble("kept over the reload", "customer")).to_have_count(1)


def test_missed_messages_are_replayed_once_after_a_cut(
    far_chat: Chat, line: Line, home: CareServer
) -> None:
    far_chat.open().say("a person before the cut")
    agent = DeskAgent(home)
    conversation = conversation_of(home, "a person before the cut")
    expect(far_chat.bubble("I have asked a colleague.")).to_be_visible()
    agent.claim(conversation)
    agent.reply(conversation, "answer 0")
    expect(far_chat.bubble("answer 0", "agent")).to_be_visible()
    line.cut()
    for number in range(1, 4):
        agent.reply(conversation, f"answer {number}")
    line.mend()
    expect(far_chat.bubble("answer 3", "agent")).to_be_visible()
    answers = [text for author, text in far_chat.bubbles() if author == "agent"]
    assert answers == ["answer 0", "answer 1", "answer 2", "answer 3"]


def test_a_line_that_breaks_every_second_loses_and_doubles_nothing(
    far_chat: Chat, line: Line, home: CareServer
) -> None:
    far_chat.open().asks("before the flapping")
    for number in range(6):
        far_chat.say(f"flap {number}")
        line.cut()
        far_chat.page.wait_for_timeout(500)
        line.mend()
        far_chat.page.wait_for_timeout(500)
    expect(far_chat.bubble("You said: flap 5")).to_be_visible()
    assert written(home, "flap") == [f"flap {number}" for number in range(6)]
    own = [text for author, text in far_chat.bubbles() if author == "customer"]
    assert own[1:] == [f"flap {number}" for number in range(6)]
    answers = [text for author, text in far_chat.bubbles() if "flap " in text and author == "bot"]
    assert answers == [f"You said: flap {number}" for number in range(6)]


def test_without_websocket_the_chat_works_both_ways(
    visit: Open, server: CareServer, agent: DeskAgent
) -> None:
    chat = visit("/no-socket")
    polls: list[str] = []
    chat.page.on("request", lambda r: polls.append(r.url) if "/events" in r.url else None)
    chat.open().say("a person without a socket")
    conversation = conversation_of(server, "a person without a socket")
    expect(chat.bubble("I have asked a colleague.")).to_be_visible()
    agent.claim(conversation)
    agent.reply(conversation, "over the long poll")
    expect(chat.bubble("over the long poll", "agent")).to_be_visible()
    assert polls
    assert all("token" not in url for url in polls)


AT_ONCE = """(field) => {
    for (let number = 0; number < 15; number++) {
        field.value = `burst ${String(number).padStart(2, "0")}`;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    }
}"""


def test_messages_in_a_burst_are_slowed_told_and_none_is_lost(
    visit: Open, server: CareServer
) -> None:
    chat = visit().open().asks("before the burst")
    token = chat.stored("token")

    def elsewhere(number: int) -> None:
        """The same customer on another device: together they are too fast on any machine."""
        body = {"key": f"elsewhere-{number}", "text": f"elsewhere {number}"}
        headers = {"Authorization": f"Bearer {token}"}
        requests.post(f"{server.url}/api/widget/messages", json=body, headers=headers, timeout=60)

    with ThreadPoolExecutor(20) as devices:
        sent = [devices.submit(elsewhere, number) for number in range(20)]
        chat.text.evaluate(AT_ONCE)
        expect(chat.notice).to_contain_text("That was fast")
        for one in sent:
            one.result()
    expect(chat.bubble("You said: burst 14")).to_be_visible()
    assert written(server, "burst") == [f"burst {number:02}" for number in range(15)]
    expect(chat.notice).to_be_empty()


def test_page_navigation_within_an_app_keeps_one_socket(visit: Open) -> None:
    chat = visit("/spa")
    sockets: list[WebSocket] = []
    chat.page.on("websocket", lambda socket: sockets.append(socket))
    chat.open().asks("before the steps")
    for path in ("/a", "/b", "/c"):
        chat.api(f"go('{path}')")
    chat.asks("after the steps")
    chat.api("swap()")
    expect(chat.panel).to_be_visible()
    chat.asks("in the new body")
    assert len(sockets) == 1
    assert not sockets[0].is_closed()


def test_script_included_twice_is_one_widget(visit: Open) -> None:
    chat = visit("/twice")
    chat.page.wait_for_timeout(300)
    assert chat.api("document.querySelectorAll('careline-widget').length") == 1
    chat.open().asks("only one of you?")


def test_back_and_forward_restore_a_live_chat(visit: Open, site: HostSite) -> None:
    chat = visit().open()
    chat.asks("before leaving")
    chat.api("window.remembered = true")
    chat.page.goto(f"{site.url}/plain")
    chat.page.evaluate("setTimeout(() => history.back(), 50)")
    for _ in range(600):
        with suppress(Error):  # in the very moment of the change nobody can be asked
            if chat.api("window.remembered") is True:
                break
        chat.page.wait_for_timeout(100)
    else:
        raise AssertionError("the page did not come from the cache")
    chat.asks("after coming back")


@pytest.mark.parametrize("page", ["/frozen", "/no-storage", "/full-storage", "/wrong-clock"])
def test_chat_works_on_a_hostile_page(visit: Open, page: str) -> None:
    chat = visit(page).open()
    chat.asks(f"hello from {page}")
    chat.asks("and again")
    assert [a for a, _ in chat.bubbles()] == ["bot", "customer", "bot", "customer", "bot"]


def test_expired_session_says_so_and_goes_on(visit: Open, server: CareServer) -> None:
    chat = visit().open().asks("while the session lives")
    record = server.record()
    record.write_now(lambda c: c.exec_driver_sql("DELETE FROM customer_sessions"))
    record.close()
    chat.say("after the session ended")
    expect(chat.bubble("You said: after the session ended")).to_be_visible()
    expect(chat.notice).to_contain_text("had expired")
    assert written(server, "after the session ended") == ["after the session ended"]


def test_care_server_restart_is_survived(
    context: BrowserContext, server: CareServer, site: HostSite
) -> None:
    chat = new_chat(context, f"{site.url}/").open().asks("before the restart")
    server.stop()
    chat.say("during the restart")
    expect(chat.notice).to_contain_text("No connection")
    server.serve()
    expect(chat.bubble("You said: during the restart")).to_be_visible()
    time.sleep(0.2)
    assert written(server, "during the restart") == ["during the restart"]
