"""What the widget costs and does before anybody opens it, and how it is opened and closed."""

import gzip
import json
from pathlib import Path

import requests
from playwright.sync_api import BrowserContext, Response, expect

from tests.support.server import CareServer
from tests.widget.chat import Open
from tests.widget.host_site import HostSite

BUILT = Path(__file__).resolve().parents[2] / "var" / "build" / "widget"


def test_loader_is_at_most_2_kb_and_with_the_panel_at_most_12_kb_by_plain_gzip() -> None:
    packed = {
        file.name.split("-")[0].split(".")[0]: len(gzip.compress(file.read_bytes(), 9))
        for file in BUILT.glob("*.js")
    }
    assert packed["loader"] <= 2048
    assert packed["loader"] + packed["panel"] <= 12 * 1024
    for file in BUILT.glob("*.js"):
        assert gzip.decompress(file.with_name(f"{file.name}.gz").read_bytes()) == file.read_bytes()
    told = json.loads((BUILT / "sizes.json").read_text())
    assert told["total"] == told["loader"] + told["panel"]


def test_a_first_conversation_with_its_rating_loads_no_more_than_12_kb_of_script(
    visit: Open,
) -> None:
    chat = visit()
    scripts: list[Response] = []
    chat.page.on("response", lambda r: scripts.append(r) if "/widget/" in r.url else None)
    chat.page.reload()
    chat.open().asks("a first question")
    chat.say("topic of the first conversation")
    expect(chat.widget.get_by_role("group", name="Did that help?")).to_be_visible()
    chat.say("rate csat")
    expect(chat.widget.locator(".score")).to_have_count(5)
    loaded = [one for one in scripts if one.url.endswith(".js")]
    names = [one.url.rsplit("/", 1)[1].split("-")[0] for one in loaded]
    assert names == ["loader.js", "panel"]
    assert sum(one.request.sizes()["responseBodySize"] for one in loaded) <= 12 * 1024


def test_page_opened_before_an_update_gets_the_panel_of_today(server: CareServer) -> None:
    for name in ("panel", "more"):
        old = requests.get(f"{server.url}/widget/{name}-0000000000.js", timeout=60)
        today = next(BUILT.glob(f"{name}-*.js"))
        assert old.content == today.read_bytes()
        assert old.headers["Cache-Control"] == "no-store"
        new = requests.get(f"{server.url}/widget/{today.name}", timeout=60)
        assert "immutable" in new.headers["Cache-Control"]
    assert requests.get(f"{server.url}/widget/other-0000000000.js", timeout=60).status_code == 404


def test_first_view_loads_only_the_loader_and_keeps_nothing(
    context: BrowserContext, site: HostSite
) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.url}/")
    expect(page.locator("careline-widget button.launcher")).to_be_visible()
    page.wait_for_timeout(300)
    foreign = [url for url in asked if not url.startswith(site.url)]
    assert foreign == [f"{site.care}/widget/loader.js"]
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_keyboard_opens_the_chat_and_the_focus_goes_to_the_text(visit: Open) -> None:
    chat = visit()
    chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Tab")
    expect(chat.launcher).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(chat.panel).to_be_visible()
    expect(chat.text).to_be_focused()
    expect(chat.launcher).to_have_attribute("aria-expanded", "true")


def test_escape_closes_the_chat_and_the_focus_returns(visit: Open) -> None:
    chat = visit().open()
    chat.page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()
    expect(chat.launcher).to_have_attribute("aria-expanded", "false")


def test_a_question_is_answered(visit: Open) -> None:
    visit().open().asks("Do you sell chairs?")
