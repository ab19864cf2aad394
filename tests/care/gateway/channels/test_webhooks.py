"""Webhooks of both platforms: secrets and signatures, a corpus of everything they send, fuzzing."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from aiogram.enums import ContentType
from aiogram.types import Message, Update
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from care.gateway.channels.channel import check_settings
from care.record.ids import Author
from care.settings import SettingError, Settings
from tests.support.assistant import SmallAssistant
from tests.support.platforms import TG_SECRET, on_slack, on_telegram
from tests.support.shapes import model, mutated
from tests.support.slack import Slack
from tests.support.telegram import TOKEN, Telegram
from tests.support.threaded import ThreadedCare, threaded_care

ON = "postgresql"  # it takes less than SQLite: no NUL, no half of a pair of surrogates
PAYLOADS = Path(__file__).parents[3] / "payloads"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
fuzz = settings(
    max_examples=100,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def corpus(name: str) -> dict[str, Any]:
    """One file of the corpus: payloads by name."""
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return found


@pytest.fixture(scope="module")
def hooks(
    tmp_path_factory: pytest.TempPathFactory,
    assistant: SmallAssistant,
    tg: Telegram,
    slack_team: Slack,
    database: str,
) -> Iterator[ThreadedCare]:
    """A care server that both platforms call."""
    given_settings: dict[str, Any] = {
        "database_url": database,
        **on_telegram(tg, called=True),
        **on_slack(slack_team, called=True, agents=True),
        "messages_per_minute": 6000,
    }
    with threaded_care(tmp_path_factory.mktemp("hooks"), assistant, **given_settings) as server:
        slack_team.webhook = f"{server.url}/webhooks/slack"
        tg.called("setWebhook")
        slack_team.called("auth.test")
        yield server
        slack_team.webhook = None


@pytest.fixture(scope="module")
def http() -> Iterator[requests.Session]:
    """A client for the platforms' calls."""
    with requests.Session() as session:
        yield session


def to_telegram(http: requests.Session, server: ThreadedCare, raw: Any) -> int:
    """A call of Telegram's; returns the status."""
    url, headers = f"{server.url}/webhooks/telegram", {HEADER: TG_SECRET}
    return http.post(url, data=json.dumps(raw), headers=headers, timeout=60).status_code


def to_slack(
    http: requests.Session, server: ThreadedCare, team: Slack, body: str, kind: str = "json"
) -> requests.Response:
    """A signed call of Slack's."""
    content = "application/json" if kind == "json" else "application/x-www-form-urlencoded"
    headers = {**team.signed(body), "Content-Type": content}
    url = f"{server.url}/webhooks/slack"
    return http.post(url, data=body.encode(), headers=headers, timeout=60)


def test_a_customer_is_served_by_webhook_on_telegram(tg: Telegram, hooks: ThreadedCare) -> None:
    for number in range(3):
        tg.say(31, f"m{number}")
    assert [s.text for s in tg.wait(31, 3)] == [f"You said: m{n}" for n in range(3)]
    assert set(tg.statuses) == {200}
    assert tg.called("setWebhook")[0]["secret_token"] == TG_SECRET


def test_a_customer_is_served_by_webhook_in_slack(slack_team: Slack, hooks: ThreadedCare) -> None:
    room = slack_team.dm("dee")
    slack_team.say("dee", "topic")
    offer = slack_team.wait(room, 2)[1]
    assert slack_team.press("dee", offer, "Yes") == 200
    slack_team.wait(room, 3)
    assert "not an agent" in slack_team.slash("dee", "queue")
    assert set(slack_team.statuses) == {200}


@pytest.mark.parametrize("secret", [None, "", "wrong", TG_SECRET + "x", "\u00e9"])
def test_telegram_without_the_secret_is_refused(
    http: requests.Session, hooks: ThreadedCare, secret: str | None
) -> None:
    headers = {} if secret is None else {HEADER: secret.encode()}
    raw = json.dumps(corpus("telegram/updates")["message"])
    url = f"{hooks.url}/webhooks/telegram"
    before = hooks.rows("SELECT count(*) AS n FROM messages")
    assert http.post(url, data=raw, headers=headers, timeout=60).status_code == 403
    assert hooks.rows("SELECT count(*) AS n FROM messages") == before


@pytest.mark.parametrize(
    "change",
    [
        {"X-Slack-Signature": None},
        {"X-Slack-Request-Timestamp": None},
        {"X-Slack-Signature": "v0=00"},
        {"X-Slack-Signature": "v0=\u00e9".encode()},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "1"},
    ],
)
def test_slack_without_a_signature_is_refused(
    http: requests.Session, slack_team: Slack, hooks: ThreadedCare, change: dict[str, Any]
) -> None:
    body = json.dumps(_event(corpus("slack/events")["message"], "Ev-refused"))
    headers = {**slack_team.signed(body), "Content-Type": "application/json", **change}
    given_headers = {name: value for name, value in headers.items() if value is not None}
    url = f"{hooks.url}/webhooks/slack"
    assert http.post(url, data=body, headers=given_headers, timeout=60).status_code == 401


def test_old_foreign_and_replayed_slack_requests_do_nothing(
    http: requests.Session, slack_team: Slack, hooks: ThreadedCare
) -> None:
    url = f"{hooks.url}/webhooks/slack"
    event = {**corpus("slack/events")["message"], "text": "replay me", "ts": "1795309999.000001"}
    body = json.dumps(_event(event, "Ev-replay"))
    kind = {"Content-Type": "application/json"}
    old = {**slack_team.signed(body, at=time.time() - 400), **kind}
    assert http.post(url, data=body, headers=old, timeout=60).status_code == 401
    foreign = {**slack_team.signed(body, secret="other"), **kind}
    assert http.post(url, data=body, headers=foreign, timeout=60).status_code == 401
    good = {**slack_team.signed(body), **kind}
    for _ in range(3):
        assert http.post(url, data=body, headers=good, timeout=60).status_code == 200
    again = json.dumps(_event(event, "Ev-replay"))  # Slack's own retry: a new signature
    assert to_slack(http, hooks, slack_team, again + " ").status_code == 200
    rows = hooks.rows("SELECT id FROM messages WHERE text = 'replay me'")
    assert len(rows) == 1


@pytest.mark.parametrize("raw", ["", "[]", "17", "null", '"x"', "{", "[" * 100_000, "\xff"])
def test_what_is_no_json_object_is_refused(
    http: requests.Session, slack_team: Slack, hooks: ThreadedCare, raw: str
) -> None:
    headers = {HEADER: TG_SECRET}
    url = f"{hooks.url}/webhooks/telegram"
    body = raw.encode("latin-1")
    assert http.post(url, data=body, headers=headers, timeout=60).status_code == 400
    answer = http.post(
        f"{hooks.url}/webhooks/slack",
        data=raw.encode(),
        headers={**slack_team.signed(raw), "Content-Type": "application/json"},
        timeout=60,
    )
    assert answer.status_code in (200, 400)


def test_the_corpus_has_every_kind_of_update_and_message() -> None:
    kinds = set(Update.model_fields) - {"update_id"}
    assert set(corpus("telegram/updates")) == kinds
    contents = {kind.value for kind in ContentType} & set(Message.model_fields)
    assert set(corpus("telegram/messages")) == contents


@pytest.mark.parametrize("name", ["telegram/updates", "telegram/messages", "telegram/cases"])
def test_every_telegram_update_gets_a_2xx(
    http: requests.Session, hooks: ThreadedCare, name: str
) -> None:
    found = {key: to_telegram(http, hooks, raw) for key, raw in corpus(name).items()}
    assert {key: status for key, status in found.items() if status != 200} == {}


def test_sensible_acts_follow_from_the_telegram_corpus(
    http: requests.Session, hooks: ThreadedCare
) -> None:
    cases = corpus("telegram/cases")
    for raw in cases.values():
        to_telegram(http, hooks, raw)
    texts = {m.text for m in hooks.said("tg:777") if m.author is Author.CUSTOMER}
    assert "see my page \U0001f3e0 now" in texts
    assert "geo:59.330000,18.060000" in texts
    assert "/start order_123" in texts
    assert "abc" in texts  # control signs are left out
    group = hooks.by(Author.CUSTOMER, "tg:-1001234:777")
    assert group == ["hours?", "Robo hours?", "and Sunday?"]
    everything = {row["text"] for row in hooks.rows("SELECT text FROM messages")}
    assert not {"anyone for coffee?", "sale today", "news", "hi"} & everything
    notices = [m.text for m in hooks.said("tg:777") if m.kind == "notice"]
    assert any("shorter parts" in notice for notice in notices)


def test_every_slack_request_gets_a_2xx(
    http: requests.Session, slack_team: Slack, hooks: ThreadedCare
) -> None:
    failed = {}
    for key, event in corpus("slack/events").items():
        body = json.dumps(_event(event, f"Ev-{key}"))
        status = to_slack(http, hooks, slack_team, body).status_code
        if status != 200:
            failed[key] = status
    for key, body in corpus("slack/bodies").items():
        status = to_slack(http, hooks, slack_team, json.dumps(body)).status_code
        if status != 200:
            failed[key] = status
    support = slack_team.channels["support"]
    for key, payload in corpus("slack/interactions").items():
        raw = json.dumps(payload).replace('"SUPPORT"', f'"{support}"')
        form = urlencode({"payload": raw})
        status = to_slack(http, hooks, slack_team, form, "form").status_code
        if status != 200:
            failed[key] = status
    for key, fields in corpus("slack/commands").items():
        status = to_slack(http, hooks, slack_team, urlencode(fields), "form").status_code
        if status != 200:
            failed[key] = status
    assert failed == {}


def test_the_challenge_of_slacks_set_up_is_answered(
    http: requests.Session, slack_team: Slack, hooks: ThreadedCare
) -> None:
    body = json.dumps({**corpus("slack/bodies")["url_verification"], "challenge": "other"})
    assert to_slack(http, hooks, slack_team, body).json() == {"challenge": "other"}


def test_what_a_database_cannot_keep_is_no_crash(
    http: requests.Session, hooks: ThreadedCare, tg: Telegram
) -> None:
    user = {"id": 58, "is_bot": False, "first_name": "Al\x00ma", "language_code": "e\x00n"}
    chat = {"id": 58, "type": "private", "first_name": "Al\x00ma"}
    said = {"message_id": 1, "date": 0, "chat": chat, "from": user, "text": "he\x00llo"}
    query = {"id": "1", "from": user, "chat_instance": "1", "message": said, "data": "\x00"}
    assert to_telegram(http, hooks, {"update_id": 581, "message": said}) == 200
    assert to_telegram(http, hooks, {"update_id": 582, "callback_query": query}) == 200
    tg.wait(58, 1)
    assert hooks.by(Author.CUSTOMER, "tg:58") == ["hello"]


@fuzz
@given(raw=model(Update))
def test_no_update_that_aiogram_knows_is_a_crash(
    http: requests.Session, hooks: ThreadedCare, raw: dict[str, Any]
) -> None:
    assert to_telegram(http, hooks, raw) == 200


@fuzz
@given(data=st.data())
def test_no_mutated_update_is_a_crash(
    http: requests.Session, hooks: ThreadedCare, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["telegram/updates", "telegram/messages", "telegram/cases"]))
    cases = corpus(name)
    raw = cases[data.draw(st.sampled_from(sorted(cases)))]
    changed = mutated(raw, data.draw)
    status = to_telegram(http, hooks, changed)
    assert status == (200 if isinstance(changed, dict) else 400)


@fuzz
@given(data=st.data())
def test_no_mutated_slack_request_is_a_crash(
    http: requests.Session, slack_team: Slack, hooks: ThreadedCare, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(["events", "interactions", "commands", "bodies"]))
    cases = corpus(f"slack/{kind}")
    raw = cases[data.draw(st.sampled_from(sorted(cases)))]
    if kind == "events":
        raw = _event(raw, "Ev-fuzz")
    changed = mutated(raw, data.draw)
    if kind in ("events", "bodies"):
        answer = to_slack(http, hooks, slack_team, json.dumps(changed))
    else:
        form = {"payload": json.dumps(changed)} if kind == "interactions" else changed
        body = urlencode(form) if isinstance(form, dict) else json.dumps(form)
        answer = to_slack(http, hooks, slack_team, body, "form")
    assert answer.status_code < 500


@pytest.mark.parametrize(
    ("given_settings", "words"),
    [
        ({"telegram_token": TOKEN, "telegram_mode": "webhook"}, "WEBHOOK_SECRET"),
        ({"telegram_token": TOKEN, "telegram_mode": "pull"}, "TELEGRAM_MODE"),
        ({"telegram_token": "no-token"}, "TELEGRAM_TOKEN"),
        ({"slack_bot_token": "x", "slack_mode": "webhook"}, "SIGNING_SECRET"),
        ({"slack_bot_token": "x"}, "APP_TOKEN"),
        ({"slack_bot_token": "x", "slack_mode": "push"}, "SLACK_MODE"),
    ],
)
def test_channels_do_not_start_without_their_secrets(
    given_settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingError, match=words):
        check_settings(Settings(**given_settings))


def _event(event: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": "T000000001",
        "event_id": name,
        "event_time": int(time.time()),
        "event": event,
    }
