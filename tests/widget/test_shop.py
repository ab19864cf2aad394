"""The demo shop, where the widget lives: signed-in customers, the full page, help without script."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.support.server import CareServer
from tests.widget.chat import Chat
from tests.widget.conftest import conversation_of
from tests.widget.host_site import HostSite
from tests.widget.test_looks import violations


def test_help_is_found_searched_and_read_without_script(
    browser: Browser, server: CareServer
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/products/oslo-sofa")
    page.get_by_role("navigation").get_by_role("link", name="Help").click()
    page.get_by_role("searchbox").fill("how long does delivery take")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="How long delivery takes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How long delivery takes")
    article = page.get_by_role("article")
    expect(article).to_contain_text("working days")
    expect(article).to_contain_text(
        re.compile(r"Looked after by \w+.*Last reviewed on \d{4}-\d{2}-\d{2}")
    )
    page.goto(f"{server.url}/chat")
    assert "The help pages do not." in page.content()
    context.close()


def test_shop_tells_the_chat_who_is_signed_in_and_that_nobody_is_any_more(
    context: BrowserContext, server: CareServer
) -> None:
    page = context.new_page()
    page.goto(f"{server.url}/sign-in")
    page.get_by_role("button", name="Be Ana").click()
    page.get_by_role("link", name="10023").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Order 10023")
    chat = Chat(page).open().asks("it is me")
    conversation = conversation_of(server, "it is me")
    rows = server.rows(
        "SELECT c.verified, c.name FROM conversations v JOIN customers c "
        f"ON c.id = v.customer_id WHERE v.id = {conversation}"
    )
    assert [(row["verified"], row["name"].split()[0]) for row in rows] == [(1, "Ana")]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sign out Ana").click()
    page.wait_for_url("**/?signed-out=1")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    chat.open()
    expect(chat.bubble("it is me", "customer")).to_have_count(0)


def test_full_page_chat_works_and_in_an_iframe_leaves_the_focus_where_it_is(
    context: BrowserContext, server: CareServer, site: HostSite
) -> None:
    page = context.new_page()
    page.goto(f"{server.url}/chat")
    chat = Chat(page)
    expect(chat.text).to_be_focused()
    expect(chat.launcher).to_be_hidden()
    chat.asks("on a page of its own")
    page.goto(f"{site.url}/frame")
    mine = page.get_by_label("Mine")
    mine.click()
    framed = page.frame_locator("iframe").locator("careline-widget")
    text = framed.locator(".composer textarea")
    expect(text).to_be_visible()
    expect(mine).to_be_focused()
    text.fill("in the frame of another website")
    text.press("Enter")
    answer = framed.locator(".bot .bubble").filter(has_text="You said: in the frame")
    expect(answer).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_on_the_pages_of_shop_help_and_chat(
    browser: Browser, server: CareServer, scheme: str
) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    paths = ("/", "/products/oslo-sofa", "/help", "/help/pages/delivery", "/sign-in", "/chat")
    for path in paths:
        page.goto(f"{server.url}{path}")
        expect(page.locator("careline-widget")).to_be_attached()
        if path == "/chat":
            expect(Chat(page).text).to_be_visible()
        assert violations(page, None) == [], path
    context.close()
