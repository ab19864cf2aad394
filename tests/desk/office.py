"""The people of a test: agents with browsers, customers who write, all on one care server."""

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Connection, delete, select, update
from sqlalchemy import text as sql

from care.desk.passwords import hash_now
from care.record.agents import Role, do_add_agent, do_change_agent, do_sign_in
from care.record.audit import do_audit
from care.record.desk_settings import desk_setting, do_set_desk_setting
from care.record.ids import AgentId, TeamId
from care.record.record import Record
from care.record.schema import agents, conversations, customers
from care.record.schema_desk import agent_presence, sign_in_failures
from care.record.schema_web import inboxes
from care.record.teams import do_add_team
from tests.desk.desk import PASSWORD, WAIT, Desk
from tests.support.customer import WebCustomer
from tests.support.server import CareServer

_numbers = itertools.count(1)
FIRST = ("Ana", "Cy", "Oda", "Jonas", "Mira", "Tomasz", "Priya", "Hugo", "Sofia", "Noah")


def new_name(first: str = "") -> str:
    """A name that nobody else in the session has."""
    number = next(_numbers)
    return f"{first or FIRST[number % len(FIRST)]} No{number}"


@dataclass
class Guest:
    """A customer with a conversation."""

    name: str
    web: WebCustomer
    conversation_id: int

    def says(self, text: str) -> "Guest":
        """Write a message."""
        self.web.send(text)
        return self


@dataclass
class Office:
    """Agents and customers of one test."""

    server: CareServer
    record: Record
    browser: Browser
    hashed: str
    contexts: list[BrowserContext] = field(default_factory=list)

    def employ(
        self,
        name: str = "",
        role: Role = Role.AGENT,
        *,
        sight: str = "all",
        teams: tuple[TeamId, ...] = (),
        capacity: int = 6,
        **settings: Any,
    ) -> tuple[AgentId, str, str]:
        """An account: its id, name and e-mail address. The password is PASSWORD."""
        name = name or new_name("Agent")
        email = f"{name.lower().replace(' ', '.')}.{next(_numbers)}@example.com"

        def add(connection: Connection) -> AgentId:
            chosen = {"sight": sight, "language": "en", "sound": False, **settings}
            new = do_add_agent(connection, email, name, role, self.hashed, chosen, teams)
            do_change_agent(connection, new, capacity=capacity)
            return new

        return self.record.write_now(add), name, email

    def context(self, **options: Any) -> BrowserContext:
        """A browser without any past."""
        given = {"viewport": {"width": 1400, "height": 860}, "locale": "en-GB", **options}
        fresh = self.browser.new_context(**given)
        fresh.set_default_timeout(WAIT)
        self.contexts.append(fresh)
        return fresh

    def agent(self, name: str = "", role: Role = Role.AGENT, **more: Any) -> Desk:
        """An agent who is signed in and looks at the inbox."""
        options = {key: more.pop(key) for key in ("color_scheme", "viewport") if key in more}
        agent_id, name, email = self.employ(name, role, **more)
        context = self.context(**options)
        token = self.record.write_now(do_sign_in, agent_id, "Test browser", 12)
        cookie = {"name": "careline_desk", "value": token, "url": self.server.url}
        context.add_cookies([{**cookie, "httpOnly": True, "sameSite": "Lax"}])  # type: ignore[typeddict-item]
        page = context.new_page()
        desk = Desk(page, self.server.url, agent_id, name, email)
        return self.go(desk)

    def go(self, desk: Desk, path: str = "/desk") -> Desk:
        """Open a page of the desk and wait until its line is live."""
        desk.page.goto(f"{self.server.url}{path}")
        expect(desk.page.locator(".line.live")).to_be_attached()
        return desk

    def second_tab(self, desk: Desk) -> Desk:
        """One more tab of the same agent."""
        page = desk.context.new_page()
        return self.go(Desk(page, desk.url, desk.agent_id, desk.name, desk.email))

    def customer(self, *said: str, name: str = "") -> Guest:
        """A customer who has said something; waits for the bot's answers."""
        name = name or new_name()
        web = WebCustomer(self.server.url, name=name)
        marks = said or (f"hello from {name}",)
        for count, text in enumerate(marks, start=1):
            web.send(text)
            if "person" not in text:
                web.wait_for("bot", count)
        return Guest(name, web, self.conversation_of(name))

    def waiting(self, *said: str, name: str = "") -> Guest:
        """A customer who waits for a person."""
        guest = self.customer(*said, "I want a person", name=name)
        self.until(lambda: self.rows(guest.conversation_id)[0]["owner"] != "bot")
        return guest

    def conversation_of(self, name: str) -> int:
        """The newest conversation of the customer with this name."""
        query = (
            select(conversations.c.id)
            .join(customers, customers.c.id == conversations.c.customer_id)
            .where(customers.c.name == name)
            .order_by(conversations.c.id.desc())
            .limit(1)
        )
        return int(self.record.read_now(lambda c: c.execute(query).scalar_one()))

    def rows(self, conversation_id: int) -> list[dict[str, Any]]:
        """The conversation's row in the record."""
        query = sql("SELECT * FROM conversations WHERE id = :id")
        found = self.record.read_now(lambda c: c.execute(query, {"id": conversation_id}).all())
        return [dict(row._mapping) for row in found]

    def owner_of(self, guest: Guest) -> int | None:
        """Which agent has the conversation."""
        row = self.rows(guest.conversation_id)[0]
        return row["agent_id"] if row["owner"] == "agent" else None

    def team(self, name: str = "") -> TeamId:
        """A team."""
        return self.record.write_now(do_add_team, name or new_name("Team"))

    def setting(self, key: str, **values: Any) -> None:
        """Change some of a desk setting, for this test."""

        def change(connection: Connection) -> None:
            do_set_desk_setting(connection, key, {**desk_setting(connection, key), **values})
            do_audit(connection, None, "settings.changed", f"settings:{key}")

        self.record.write_now(change)

    def until(self, true: Any, seconds: float = 60) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it never became so"
            time.sleep(0.05)

    def close(self) -> None:
        """Everybody leaves; what they left is settled, so that the next test begins empty."""
        for context in self.contexts:
            context.close()
        self.record.write_now(_do_settle)


def _do_settle(connection: Connection) -> None:
    connection.execute(
        update(conversations)
        .where(conversations.c.status != "resolved")
        .values(status="resolved", owner="bot", agent_id=None, team_id=None)
    )
    ours = agents.c.email.like("%@example.com")
    connection.execute(update(agents).where(ours).values(active=False))
    connection.execute(delete(agent_presence))
    connection.execute(delete(sign_in_failures))
    connection.execute(delete(inboxes))
    for key in ("assignment", "hours", "sla"):
        do_set_desk_setting(connection, key, {})


def hashed_password() -> str:
    """The hash of PASSWORD, made once."""
    return hash_now(PASSWORD)


def no_violations(page: Page) -> list[str]:
    """Listen for scripts that the page's policy refused, and for errors."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console",
        lambda line: (
            found.append(line.text)
            if "Content Security Policy" in line.text or "TrustedHTML" in line.text
            else None
        ),
    )
    return found
