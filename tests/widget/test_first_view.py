"""What the widget costs and does before anybody opens it, and how it is opened and closed."""

import gzip
import json
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.widget.chat import Open
from tests.widget.host_site import HostSite

BUILT = Path(__file__).resolve().parents[2] / "var" / "build" / "widget"


def test_loader_is_at_most_2_kb_and_all_of_it_at_most_12_kb_gzip() -> None:
    loader = (BUILT / "loader.js.gz").read_bytes()
    panel = next(BUILT.glob("panel-*.js.gz")).read_bytes()
    assert gzip.decompress(loader) == (BUILT / "loader.js").read_bytes()
    assert len(loader) <= 2048
    assert len(loader) + len(panel) <= 12 * 1024
    assert json.loads((BUILT / "sizes.json").read_text())["total"] == len(loader) + len(panel)


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
