"""The desk as an agent meets it: what to look at and what to press, by role and name."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from care.record.ids import AgentId

WAIT = 60_000
PASSWORD = "three-quiet-herons"
expect.set_options(timeout=WAIT)


@dataclass
class Desk:
    """One agent's browser tab with the desk."""

    page: Page
    url: str
    agent_id: AgentId
    name: str
    email: str

    @property
    def context(self) -> BrowserContext:
        """The agent's browser."""
        return self.page.context

    @property
    def transcript(self) -> Locator:
        """What was said in the open conversation."""
        return self.page.get_by_role("log", name="Transcript")

    @property
    def composer(self) -> Locator:
        """Where replies and notes are written."""
        return self.page.locator("#composer")

    @property
    def toast(self) -> Locator:
        """Notices at the edge."""
        return self.page.locator(".toast")

    def view(self, name: str) -> "Desk":
        """Show one of the views of the queue."""
        if name in ("Mine", "Unassigned", "All"):
            self.page.locator(".tabs > .tab", has_text=name).first.click()
        else:
            self.page.get_by_role("button", name="More views").click()
            self.page.get_by_role("menuitemradio", name=name).click()
        return self

    def count(self, view: str) -> Locator:
        """The number beside a view: mine, unassigned, all."""
        return self.page.locator(f'.count[data-view="{view}"]')

    def row(self, name: str) -> Locator:
        """The row of a customer in the queue."""
        return self.page.locator("a.row").filter(
            has=self.page.locator(".row-name", has_text=re.compile(f"^{re.escape(name)}$"))
        )

    def open(self, name: str) -> "Desk":
        """Open the conversation of a customer from the queue."""
        self.row(name).click()
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()
        return self

    def open_id(self, conversation_id: int) -> "Desk":
        """Open a conversation by its address."""
        self.page.goto(f"{self.url}/desk/c/{conversation_id}")
        expect(self.transcript).to_be_visible()
        return self

    def claim(self) -> "Desk":
        """Take the open conversation."""
        self.page.locator(".talk-head").get_by_role("button", name="Take it").click()
        expect(self.owner).to_have_attribute("data-owner", "mine")
        return self

    @property
    def owner(self) -> Locator:
        """Who has the open conversation."""
        return self.page.locator(".owner")

    def say(self, text: str) -> "Desk":
        """Write to the customer and wait until it is recorded."""
        self.composer.fill(text)
        self.composer.press("Enter")
        expect(self.bubble(text)).to_be_visible()
        expect(self.page.get_by_text("Sending")).to_have_count(0)
        return self

    def note(self, text: str) -> "Desk":
        """Leave a note."""
        self.mode("Note")
        self.say(text)
        return self

    def mode(self, name: str) -> "Desk":
        """Write a Reply or a Note."""
        self.page.locator(".modes").get_by_role("button", name=re.compile(f"^{name}")).click()
        return self

    def press(self, name: str) -> "Desk":
        """Press a button under the composer."""
        self.page.locator(".composer-foot").get_by_role("button", name=name).click()
        return self

    def bubble(self, text: str, author: str = "") -> Locator:
        """Messages with a text, of an author (customer, bot, agent)."""
        where = f".bubble-line.{author}" if author else ".bubble-line"
        return self.transcript.locator(where).filter(
            has=self.page.locator(".bubble", has_text=text)
        )

    def said(self) -> list[str]:
        """Author and text of all messages in the transcript, in order."""
        found = []
        for line in self.transcript.locator(".bubble-line").all():
            author = (line.get_attribute("class") or "").split()[2]
            found.append(f"{author}: {line.locator('.bubble').inner_text()}")
        return found

    def api(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A call of the desk's API from the page: `{status, body}`."""
        found: dict[str, Any] = self.page.evaluate(
            """async ([method, path, body]) => {
                const answer = await fetch('/api/desk' + path, {
                    method,
                    headers: {'X-Careline': 'desk', 'Content-Type': 'application/json'},
                    body: body === null ? undefined : JSON.stringify(body),
                });
                const text = await answer.text();
                return {status: answer.status, body: text ? JSON.parse(text) : null};
            }""",
            [method, path, body],
        )
        return found
