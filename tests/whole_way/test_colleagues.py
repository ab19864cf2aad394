"""Colleagues in Slack ask the second set of topics; nobody else ever gets them, whatever they ask."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from care.insight.reports import Asked, report
from care.record.record import now
from tests.support.customer import WebCustomer
from tests.support.looped import until
from tests.support.platforms import as_environment, on_slack
from tests.support.product import Product
from tests.support.slack import Slack, slack
from tests.support.slack_world import BOT_USER

TEAM = "T000000001"
QUESTIONS = {
    "internal_facilities": "the coffee machine on the second floor of our office is broken",
    "internal_it_help": "my work laptop won't start",
    "internal_hr_leave": "how many vacation days do I have left this year",
    "internal_expenses": "how do I file my travel expenses",
}
COLLEAGUE, STRANGER = "ana", "bo"
WORDS = ("lindenandoak.example", "#facilities", "4040", "Time off", "Expenses app", "cost centre")
"""What only colleagues may read, in the answers to these questions."""


@pytest.fixture(scope="module")
def team() -> Iterator[Slack]:
    """A Slack in which Bo belongs to another organisation."""
    with slack() as front:
        front.outside.add(front.users[STRANGER])
        yield front


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, team: Slack) -> Iterator[Product]:
    """The product, connected to that Slack."""
    env = as_environment({**on_slack(team), "slack_members_internal": True})
    started = Product(tmp_path_factory.mktemp("colleagues"), env).start()
    until(lambda: team.links, 60)
    yield started
    started.stop()


@pytest.mark.timeout(900)
def test_internal_topics_are_for_members_alone(product: Product, team: Slack) -> None:
    website = WebCustomer(product.url)
    team.say(COLLEAGUE, "hello")
    audience = "SELECT id FROM conversations WHERE audience = 'internal'"
    until(lambda: _rows(product, audience), 60)  # from when Slack has said who Ana is
    for question in QUESTIONS.values():
        for user in (COLLEAGUE, STRANGER):
            _ask(product, team, user, question)
        answered = len([m for m in website.messages() if m["author"] == "bot"])
        website.send(question)
        website.wait_for("bot", answered + 1)
    _wait_until_done(product)

    member, stranger = (f"sl:{TEAM}:{team.users[user]}" for user in (COLLEAGUE, STRANGER))
    got = _answers(product, member)
    assert [name for name in got if name.startswith("utter_internal")] == [
        f"utter_{topic}" for topic in QUESTIONS
    ]
    assert not [name for name in _answers(product, stranger) if "internal" in name]
    public = _rows(
        product,
        "SELECT m.text FROM messages m JOIN conversations c ON c.id = m.conversation_id"
        " WHERE c.audience = 'public' AND m.author = 'bot'",
    )
    assert len(public) >= 2 * len(QUESTIONS)
    assert not [row for row in public if any(word in row["text"] for word in WORDS)]
    offered = _rows(
        product,
        "SELECT b.payload FROM buttons b JOIN conversations c ON c.id = b.conversation_id"
        " WHERE c.audience = 'public' AND b.payload LIKE '%internal_%'",
    )
    assert offered == []


@pytest.mark.timeout(900)
def test_in_a_channel_that_others_share_a_colleague_is_a_customer(
    product: Product, team: Slack
) -> None:
    room = team.channels["help"]
    mention = {
        "type": "app_mention",
        "channel": room,
        "user": team.users[COLLEAGUE],
        "text": f"<@{BOT_USER}> {QUESTIONS['internal_it_help']}",
        "ts": "1795400000.000100",
    }
    assert team.event(mention, is_ext_shared_channel=True) == 200
    shown = team.wait(room, 1, thread="1795400000.000100")
    _wait_until_done(product)
    assert not any(word in posted.mrkdwn for posted in shown for word in WORDS)


@pytest.mark.timeout(900)
def test_colleagues_have_measures_of_their_own(product: Product) -> None:
    today = now().date()
    span = today - timedelta(days=1), today + timedelta(days=1)

    def volume(*, internal: bool) -> int:
        record = product.care.record()
        try:
            rows = record.read_now(report, Asked(*span, internal=internal))
        finally:
            record.close()
        return int(next(row["n"] for row in rows if row["key"] == "volume"))

    until(lambda: volume(internal=False) == 3, 60)  # the website, Bo, and the shared channel
    assert volume(internal=True) == 1


def _ask(product: Product, team: Slack, user: str, question: str) -> None:
    room = team.dm(user)
    before = len(team.to(room))
    team.say(user, question)
    team.wait(room, before + 1, seconds=60)
    _wait_until_done(product)


def _wait_until_done(product: Product) -> None:
    left = (
        "SELECT (SELECT count(*) FROM messages WHERE state = 'accepted')"
        " + (SELECT count(*) FROM deliveries WHERE state = 'pending') AS n"
    )
    until(lambda: _rows(product, left)[0]["n"] == 0, 60)


def _answers(product: Product, sender: str) -> list[str]:
    """Names of the bot's answers in a thread."""
    rows = _rows(
        product,
        "SELECT json_extract(m.payload, '$.response') AS name FROM messages m"
        " JOIN conversations c ON c.id = m.conversation_id"
        f" WHERE c.sender = '{sender}' AND m.author = 'bot' ORDER BY m.id",
    )
    return [str(row["name"]) for row in rows]


def _rows(product: Product, query: str) -> list[dict[str, Any]]:
    return product.care.rows(query)
