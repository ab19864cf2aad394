"""Two care servers on one PostgreSQL and one Redis: one of them listens to each platform, the other
takes over when it is gone."""

import json
import signal
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.support.assistant import SmallAssistant
from tests.support.customer import WebCustomer
from tests.support.databases import own_database
from tests.support.looped import until
from tests.support.platforms import as_environment, on_slack, on_telegram
from tests.support.server import CareServer
from tests.support.slack import Slack
from tests.support.telegram import Telegram
from tests.support.threaded import ThreadedCare, threaded_care

Pair = tuple[CareServer, ThreadedCare]
CHATS = (61, 62, 63)


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory,
    assistant: SmallAssistant,
    tg: Telegram,
    slack_team: Slack,
    postgres_url: str,
    redis_url: str,
) -> Iterator[Pair]:
    """Two servers with the same settings: a process that can be killed, and this one."""
    settings = {**on_telegram(tg), **on_slack(slack_team)}
    shared = {"database_url": own_database(postgres_url), "redis_url": redis_url}
    env = as_environment({**shared, **settings})
    first = CareServer(tmp_path_factory.mktemp("one"), assistant.url, env).start()
    until(lambda: slack_team.links == 1, 60)
    tg.called("getUpdates", 60)
    with threaded_care(tmp_path_factory.mktemp("two"), assistant, **settings, **shared) as second:
        yield first, second
    first.stop()


def test_one_message_that_both_get_at_once_is_one_message(pair: Pair) -> None:
    here = WebCustomer(pair[0].url)
    there = WebCustomer.again(pair[1].url, here)
    keys = [uuid.uuid4().hex for _ in range(8)]

    def post(customer: WebCustomer, key: str) -> int:
        body = {"key": key, "text": key}
        url = f"{customer.url}/api/widget/messages"
        return customer.http.post(url, json=body, timeout=60).status_code

    with ThreadPoolExecutor(2) as both:
        for key in keys:
            statuses = both.map(lambda customer: post(customer, key), (here, there))  # noqa: B023
            assert list(statuses) == [202, 202]
    said = here.wait_for("bot", len(keys))
    assert [m["text"] for m in said if m["author"] == "customer"] == keys
    assert [m["text"] for m in said if m["author"] == "bot"] == [f"You said: {key}" for key in keys]


@pytest.mark.timeout(900)
def test_one_listens_and_the_other_takes_over(tg: Telegram, slack_team: Slack, pair: Pair) -> None:
    first, second = pair
    room = slack_team.dm("cy")
    for number in range(3):
        slack_team.say("cy", f"m{number}")
        for chat in CHATS:
            tg.say(chat, f"m{number}")
    _answered(tg, slack_team, room, 3)
    pending = "SELECT id FROM deliveries WHERE state = 'pending'"
    until(lambda: not second.rows(pending), 60)  # what was just taken is in the record
    assert tg.conflicts == 0
    assert slack_team.most_links == 1
    assert [json.loads(requests.get(f"{s.url}/healthz", timeout=60).text) for s in pair] == [
        {"status": "healthy", "reasons": []}
    ] * 2

    first.stop(signal.SIGKILL)
    # As if the time for which the first one held them had passed.
    second.care.record.write_now(lambda c: c.exec_driver_sql("UPDATE holders SET until = 0"))
    for number in range(3, 6):
        for chat in CHATS:
            tg.say(chat, f"m{number}")
    until(lambda: slack_team.links == 2, 60)
    for number in range(3, 6):
        slack_team.say("cy", f"m{number}")
    _answered(tg, slack_team, room, 6)
    assert slack_team.most_links == 1


def _answered(tg: Telegram, team: Slack, room: str, count: int) -> None:
    """Everything was answered once and in order."""
    wanted = [f"You said: m{number}" for number in range(count)]
    for chat in CHATS:
        assert [sent.text for sent in tg.wait(chat, count, seconds=90)] == wanted
    assert [posted.mrkdwn for posted in team.wait(room, count, seconds=90)] == wanted
