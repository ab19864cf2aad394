"""One conversation, all the way: question, answer, not helpful, person, both ways, back to the
assistant, resolved, rated; then the record is read.
"""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.product import Product

expect.set_options(timeout=60_000)


class Shopper:
    """A customer with the widget open on the shop's page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.set_default_timeout(60_000)
        page.goto(url)
        self.widget = page.locator("careline-widget")
        self.widget.get_by_role("button", name=re.compile("chat", re.I)).first.click()
        self.log = self.widget.get_by_role("log")
        self.field = self.widget.get_by_role("textbox", name="Write a message")
        self.field.wait_for()

    def write(self, text: str) -> None:
        """Type and send."""
        self.field.fill(text)
        self.field.press("Enter")

    def press(self, title: str) -> None:
        """Press a quick reply."""
        self.log.get_by_role("button", name=title, exact=True).click()

    def reads(self, text: str) -> None:
        """Wait until this is on the screen."""
        expect(self.log.get_by_text(text).last).to_be_visible()


class Agent:
    """An agent at the desk."""

    def __init__(self, page: Page, url: str, sign_in: tuple[str, str]) -> None:
        self.page = page
        page.set_default_timeout(60_000)
        page.goto(f"{url}/desk")
        page.get_by_label("E-mail").fill(sign_in[0])
        page.get_by_label("Password", exact=True).fill(sign_in[1])
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/desk$"))
        self.transcript = page.get_by_role("log")

    def opens(self, text: str) -> None:
        """Open the waiting conversation that shows `text`."""
        self.page.get_by_role("button", name=re.compile("Unassigned")).click()
        self.page.get_by_text(text).first.click()
        self.transcript.wait_for()

    def does(self, name: str) -> None:
        """Press one of the desk's buttons."""
        self.page.get_by_role("button", name=re.compile(f"^{name}")).first.click()

    def writes(self, text: str, *, note: bool = False) -> None:
        """Send a reply or add a note."""
        self.does("Note" if note else "Reply")
        self.page.get_by_role("textbox", name="Note" if note else "Reply").fill(text)
        self.does("Add note" if note else "Send")


@pytest.mark.timeout(900)
def test_one_conversation_all_the_way(product: Product, browser: Browser) -> None:
    assert product.care.owner is not None
    shopper = Shopper(browser.new_context().new_page(), product.url)
    agent = Agent(browser.new_context().new_page(), product.url, product.care.owner)

    shopper.write("how long does delivery take?")
    shopper.reads("3-5 working days")
    shopper.press("No")
    shopper.press("Something is missing")
    shopper.press("Talk to a person")
    expect(shopper.widget.get_by_text("You are number 1 in the queue")).to_be_visible()

    agent.opens("Talk to a person")
    expect(agent.transcript.get_by_text("delivery_period").first).to_be_visible()
    agent.does("Take it")
    expect(shopper.log.get_by_text(re.compile("joined"))).to_be_visible()
    agent.writes("Good morning, I look into it now.")
    shopper.reads("Good morning, I look into it now.")
    agent.writes("Nothing the customer may read.", note=True)
    shopper.write("thank you, it is about order 10023")
    expect(agent.transcript.get_by_text("it is about order 10023")).to_be_visible()
    agent.writes("It arrives tomorrow.")
    shopper.reads("It arrives tomorrow.")

    agent.does("To bot")
    expect(shopper.log.get_by_text("The assistant answers again")).to_be_visible()
    shopper.write("which payment methods do you accept?")
    shopper.reads("PayPal")

    agent.does("Take it")
    agent.does("Resolve")
    shopper.log.get_by_role("button", name="2", exact=True).click()
    comment = shopper.widget.get_by_role("textbox", name="Would you like to tell us more?")
    comment.fill("The answer came late.")
    shopper.log.get_by_role("button", name="Send").click()
    shopper.reads("Thank you. This helps us.")

    _record_has_everything_once(product)
    assert "Nothing the customer may read" not in shopper.page.content()


def _record_has_everything_once(product: Product) -> None:
    rows = product.care.rows(
        "SELECT author, kind, text, intent, confidence, state FROM messages ORDER BY id"
    )
    assert {row["state"] for row in rows} == {"done"}
    customer = [row["text"] for row in rows if row["author"] == "customer"]
    assert customer == [
        "how long does delivery take?",
        "No",
        "Talk to a person",
        "thank you, it is about order 10023",
        "which payment methods do you accept?",
    ]
    agent = [(row["kind"], row["text"]) for row in rows if row["author"] == "agent"]
    assert [text for _, text in agent] == [
        "Good morning, I look into it now.",
        "Nothing the customer may read.",
        "It arrives tomorrow.",
    ]
    understood = {row["text"]: row["intent"] for row in rows if row["author"] == "customer"}
    assert understood["how long does delivery take?"] == "delivery_period"
    assert understood["which payment methods do you accept?"] == "check_payment_methods"
    assert understood["thank you, it is about order 10023"] is None
    bot = [row["text"] for row in rows if row["author"] == "bot"]
    assert len(bot) == len(set(bot)) or len(bot) - len(set(bot)) == bot.count("Did that help?") - 1
    given = product.care.rows("SELECT kind, score, comment FROM feedback ORDER BY id")
    thumbs = [(row["score"], row["comment"]) for row in given if row["kind"] == "thumb"]
    assert thumbs == [(0, "reason: incomplete")]
    ratings = [row for row in given if row["kind"] == "csat"]
    assert [(row["score"], row["comment"]) for row in ratings] == [(2, "The answer came late.")]
    handoffs = product.care.rows("SELECT reason, outcome FROM handoffs ORDER BY id")
    assert [row["outcome"] for row in handoffs] == ["handed_back", "resolved"]
    _log_is_silent_about_people(product)


def _log_is_silent_about_people(product: Product) -> None:
    for name in ("care", "assistant", "actions"):
        text = (product.folder / f"{name}.log").read_text()
        for private in ("order 10023", "came late", "delivery take", "owner@"):
            assert private not in text, name
