"""A morning at the demo shop: colleagues, customers and what they said, for pictures of the desk.

Everything goes the way of real people: customers write as the widget does, agents act by the desk.
"""

import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
from playwright.sync_api import Page, expect
from sqlalchemy import Connection, update

from care.record.agents import Role
from care.record.record import now
from care.record.schema import conversations
from tests.desk.desk import Desk
from tests.desk.office import Guest, Office
from tests.support.customer import WebCustomer

CANNED = (
    (
        "hello",
        "Greeting",
        "Hello {{customer.first_name}}, this is {{agent.first_name}}. One moment.",
    ),
    ("carrier", "With the carrier", "I have asked the carrier about {{slot.order_number}}."),
    ("bye", "Farewell", "Thank you for writing to {{shop}}, {{customer.first_name}}."),
)
WAITING = (
    ("Jonas Weber", ("do you deliver to Norway?", "I want to talk to a person")),
    ("Priya Nair", ("my lamp arrived with a crack in the glass", "get me a person please")),
    ("Tomasz Zak", ("what are your opening hours", "let me talk to somebody")),
    ("Sofia Lind", ("can I change the delivery address of my order?", "I want a human")),
)


@dataclass
class Scene:
    """Who is there: `desk` is the agent whose screen is shown."""

    office: Office
    desk: Desk
    lead: Desk
    colleague: Desk
    main: Guest


def verified(office: Office, subject: str, name: str, email: str) -> WebCustomer:
    """A customer whom the shop vouches for."""
    claims = {"sub": subject, "name": name, "email": email, "exp": time.time() + 600}
    token = jwt.encode(claims, office.server.secrets()["identity_secret"], "HS256")
    return WebCustomer(office.server.url, identity=token)


def talk(office: Office, web: WebCustomer, name: str, *said: str, page: str = "/") -> Guest:
    """Say these one after the other, each after the answer to the one before."""
    for text in said:
        before = sum(message["author"] != "customer" for message in web.messages())
        body = {"key": uuid.uuid4().hex, "text": text, "page": page}
        sent = web.http.post(f"{office.server.url}/api/widget/messages", json=body, timeout=60)
        assert sent.status_code == 202, sent.text
        _until_answered(web, before)
    return Guest(name, web, office.conversation_of(name))


def _until_answered(web: WebCustomer, before: int) -> None:
    end = time.monotonic() + 60
    while sum(message["author"] != "customer" for message in web.messages()) <= before:
        assert time.monotonic() < end, web.messages()
        time.sleep(0.1)
    time.sleep(0.3)


def morning(office: Office, **screen: Any) -> Scene:
    """Fill the queue; Mira has taken the conversation of Ana Ferro."""
    lead = office.agent("Linnea Berg", Role.OWNER, **screen)
    colleague = office.agent("Bo Adams", **screen)
    desk = office.agent("Mira Holt", **screen)
    for shortcut, title, text in CANNED:
        lead.api("POST", "/canned", {"shortcut": shortcut, "title": title, "text": text})
    members = [colleague.agent_id, desk.agent_id]
    lead.api("POST", "/teams", {"name": "Deliveries", "members": members})
    _earlier(office, desk)
    for name, said in WAITING:
        talk(office, WebCustomer(office.server.url, name=name), name, *said)
    ana = verified(office, "demo-ana", "Ana Ferro", "ana@example.com")
    main = talk(
        office,
        ana,
        "Ana Ferro",
        "where is my order 10023",
        "it was promised for yesterday, the parcel is late",
        "I want to talk to a person",
        page="/orders/10023",
    )
    taken = office.conversation_of("Jonas Weber")
    colleague.open_id(taken).claim().say("Hello Jonas, yes: five to seven working days to Norway.")
    desk.open_id(main.conversation_id).claim()
    desk.say("Hello Ana, I am Mira. I am asking the carrier where your parcel is right now.")
    desk.note("@Bo_Adams do you know whether Nord Parcel drives on Saturdays?")
    colleague.open_id(main.conversation_id).note("They do, until noon. I would tell her Saturday.")
    desk.mode("Reply")
    return Scene(office, desk, lead, colleague, main)


def _earlier(office: Office, desk: Desk) -> None:
    """A conversation of the same customer that went badly, and its rating."""
    ana = verified(office, "demo-ana", "Ana Ferro", "ana@example.com")
    guest = talk(office, ana, "Ana Ferro", "a pillow case is missing", "I want a person")
    desk.open_id(guest.conversation_id).claim().say("I am sorry. It leaves our house today.")
    desk.press("Resolve")
    expect(desk.owner).to_have_text("Resolved")
    body = {"kind": "csat", "score": 2, "comment": "I had to explain it twice"}
    answer = ana.http.post(f"{office.server.url}/api/widget/feedback", json=body, timeout=60)
    assert answer.status_code == 201, answer.text
    a_week_ago(office, guest)


def a_week_ago(office: Office, guest: Guest) -> None:
    """So long ago that what the customer writes next is a new conversation."""

    def move(connection: Connection) -> None:
        then = now() - timedelta(days=6)
        ours = conversations.c.id == guest.conversation_id
        times = {"opened_at": then, "resolved_at": then, "last_message_at": then}
        there = {name: value for name, value in times.items() if name in conversations.c}
        connection.execute(update(conversations).where(ours).values(**there))

    office.record.write_now(move)


def shot(page: Page, path: Path, **more: Any) -> Path:
    """A picture of what the page shows, once it stands still."""
    page.wait_for_timeout(400)
    page.screenshot(path=path, animations="disabled", caret="hide", **more)
    return path
