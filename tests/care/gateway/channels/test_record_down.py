"""The record does not answer: the platforms are told to send again, and nothing is lost or doubled."""

import time
from collections.abc import Iterator

import pytest

from care.record.ids import Author
from tests.support.assistant import SmallAssistant
from tests.support.databases import away, own_database
from tests.support.looped import until
from tests.support.platforms import on_slack, on_telegram
from tests.support.slack import Slack
from tests.support.telegram import Telegram
from tests.support.threaded import ThreadedCare, threaded_care

TEAM = "T000000001"


@pytest.fixture(params=["webhook", "asked for"])
def care(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    assistant: SmallAssistant,
    tg: Telegram,
    slack_team: Slack,
    postgres_url: str,
) -> Iterator[ThreadedCare]:
    """A care server on PostgreSQL that is called, or asks and is connected."""
    called = request.param == "webhook"
    given = {**on_telegram(tg, called=called), **on_slack(slack_team, called=called)}
    given["database_url"] = own_database(postgres_url)
    with threaded_care(tmp_path_factory.mktemp("down"), assistant, **given) as server:
        if called:
            slack_team.webhook = f"{server.url}/webhooks/slack"
        slack_team.called("auth.test")
        yield server
        slack_team.webhook = None


def test_what_comes_while_the_record_is_down_comes_again(
    tg: Telegram, slack_team: Slack, care: ThreadedCare, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = 81 if slack_team.webhook else 82
    room, before = slack_team.dm("bo"), len(slack_team.to(slack_team.dm("bo")))
    tg.say(chat, "before")
    tg.wait(chat, 1)
    tg.statuses.clear()
    event = {
        "type": "message",
        "channel": room,
        "channel_type": "im",
        "user": slack_team.users["bo"],
        "text": "during",
        "ts": f"{time.time():.6f}",
    }
    with away(care.settings.database_url), monkeypatch.context() as hurry:
        hurry.setattr(slack_team, "patience", 3.0)
        tg.say(chat, "during")
        tg.say(chat, "after")
        assert slack_team.event(event) in (0, 503)  # four tries of Slack's, none acknowledged
        if slack_team.webhook:
            assert until(lambda: set(tg.statuses)) == {503}
    answers = [sent.text for sent in tg.wait(chat, 3, seconds=90)]
    assert answers == ["You said: before", "You said: during", "You said: after"]
    until(lambda: slack_team.event(event) == 200, 60)
    assert slack_team.event(event) == 200
    posted = slack_team.wait(room, before + 1, seconds=60)[before:]
    assert [p.mrkdwn for p in posted] == ["You said: during"]
    assert care.by(Author.CUSTOMER, f"tg:{chat}") == ["before", "during", "after"]
    assert care.by(Author.CUSTOMER, f"sl:{TEAM}:{slack_team.users['bo']}") == ["during"]
