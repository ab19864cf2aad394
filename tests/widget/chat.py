"""The widget as a customer meets it: what to look at and what to press, by role and name."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

WAIT = 60_000
expect.set_options(timeout=WAIT)


class Chat:
    """One browser tab with the widget. Locators pierce the widget's shadow root."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.widget = page.locator("careline-widget")
        self.launcher = self.widget.locator("button.launcher")
        self.panel = self.widget.locator(".panel")
        self.log = self.widget.get_by_role("log")
        self.text = self.widget.locator(".composer textarea")
        self.send_button = self.widget.locator(".send")
        self.notice = self.widget.locator(".notice")
        self.info = self.widget.locator(".info")
        self.live = self.widget.locator("[aria-live=polite]")

    def open(self) -> "Chat":
        """Press the launcher and wait for the panel."""
        self.launcher.click()
        expect(self.panel).to_be_visible()
        return self

    def say(self, text: str) -> "Chat":
        """Write a message and send it."""
        self.text.fill(text)
        self.text.press("Enter")
        return self

    def bubble(self, text: str | re.Pattern[str], author: str = "bot") -> Locator:
        """Messages of an author that contain a text."""
        return self.widget.locator(f".m.{author} .bubble").filter(has_text=text)

    def asks(self, text: str) -> "Chat":
        """Say something and wait for the assistant's echo."""
        self.say(text)
        expect(self.bubble(f"You said: {text}")).to_be_visible()
        return self

    def bubbles(self) -> list[tuple[str, str]]:
        """Author and text of everything in the log, in order."""
        found: list[tuple[str, str]] = []
        for one in self.widget.locator(".m").all():
            author = (one.get_attribute("class") or "").split()[1]
            bubble = one.locator(".bubble")
            found.append((author, bubble.inner_text() if bubble.count() else ""))
        return found

    def stored(self, name: str) -> str | None:
        """What the browser keeps for the default inbox."""
        value: str | None = self.page.evaluate(
            "(name) => localStorage.getItem('careline:default:' + name)", name
        )
        return value

    def api(self, script: str) -> Any:
        """Run script with the page's own API in reach."""
        return self.page.evaluate(script)


Open = Callable[..., Chat]


def new_chat(context: BrowserContext, url: str) -> Chat:
    """A tab at `url`, with the launcher there."""
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(url)
    chat = Chat(page)
    expect(chat.launcher).to_be_attached()
    return chat
