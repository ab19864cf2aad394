"""The set-up check: what is right, what is missing, in words."""

from dataclasses import replace
from pathlib import Path

import pytest

from care.gateway.channels.check import check, run
from care.settings import Settings
from tests.support.platforms import on_slack, on_telegram
from tests.support.slack import Slack
from tests.support.slack_rules import Fault
from tests.support.telegram import Telegram


@pytest.fixture(scope="module")
def chosen(tg: Telegram, slack_team: Slack) -> Settings:
    """Settings for both platforms, all in order."""
    return Settings(**on_telegram(tg), **on_slack(slack_team, agents=True))


async def test_a_good_set_up_is_all_ok(chosen: Settings) -> None:
    found = await check(chosen, None)
    assert [finding.words for finding in found if finding.good is False] == []
    words = " ".join(finding.words for finding in found)
    assert "@RoboTestBot" in words
    assert "all scopes" in words
    assert "Socket Mode can connect" in words
    assert "support channel" in words


def test_a_test_message_is_sent(
    chosen: Settings, tg: Telegram, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(chosen, ["--to", "51"]) == 0
    assert "test message" in tg.wait(51, 1)[0].text
    assert "went to chat 51" in capsys.readouterr().out


async def test_what_is_wrong_is_named(chosen: Settings, slack_team: Slack) -> None:
    wrong = replace(chosen, telegram_token="1:other", telegram_mode="webhook")
    found = await check(wrong, None)
    assert "WEBHOOK_SECRET" in found[0].words
    slack_team.faults.append(Fault("apps.connections.open", "not_allowed_token_type"))
    slack_team.faults.append(Fault("conversations.history", "channel_not_found"))
    found = await check(replace(chosen, telegram_token="1:other"), None)
    wrong_words = [finding.words for finding in found if finding.good is False]
    assert any("BotFather" in words for words in wrong_words)
    assert any("connections:write" in words for words in wrong_words)
    assert any("/invite" in words for words in wrong_words)


def test_nothing_set_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Settings(var_dir=tmp_path), []) == 0
    said = capsys.readouterr().out
    assert "Telegram: off" in said
    assert "docs/operators/slack.md" in said
    assert "--to" not in said
    assert run(Settings(var_dir=tmp_path), ["--to"]) == 2


async def test_refused_tokens_are_named_with_where_the_right_ones_are(chosen: Settings) -> None:
    wrong = replace(chosen, telegram_token="1:other", slack_bot_token="xoxb-other")
    telegram, slack = [finding.words for finding in await check(wrong, None)]
    assert "CARELINE_TELEGRAM_TOKEN is refused. Ask BotFather" in telegram
    assert "CARELINE_SLACK_BOT_TOKEN is refused (invalid_auth)" in slack
    assert "OAuth & Permissions" in slack
    found = await check(replace(chosen, slack_app_token="xapp-other"), "C0NOWHERE")
    assert [f.words.partition(":")[2][:24] for f in found if f.good is False] == [
        " Socket Mode is refused ",
        " the test message to C0N",
    ]


async def test_platforms_out_of_reach_are_no_fault_of_the_tokens(chosen: Settings) -> None:
    away = "http://127.0.0.1:1"
    found = await check(replace(chosen, telegram_api=away, slack_api=f"{away}/api/"), None)
    assert [finding.words.partition(":")[0] for finding in found] == [
        "Telegram cannot be reached",
        "Slack cannot be reached",
    ]
