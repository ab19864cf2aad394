"""How long a chat channel takes: relay between a customer and an agent in Slack, and webhooks.

Both platforms are the tests' servers (tests/support) on loopback; no assistant answers in between,
a stand-in does. The same signed events go to stock Rasa's own Slack connector, in the same run,
and both servers are killed after their acknowledgements to see what was kept. Rasa's Telegram
connector is not beside ours: it answers every webhook with 500 (Rasa 3.6.21).
`make bench ONLY=channels`, about five minutes.
"""

import itertools
import json
import os
import platform
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from benchmarks._slack_stock import running, train
from care.record.ids import ConversationId
from tests.support.assistant import SmallAssistant
from tests.support.customer import WebCustomer
from tests.support.looped import until
from tests.support.platforms import TG_SECRET, as_environment, on_slack, on_telegram
from tests.support.server import CareServer
from tests.support.slack import Slack, slack
from tests.support.slack_room import card_of
from tests.support.slack_rules import Limits
from tests.support.slack_world import Posted
from tests.support.telegram import Telegram, telegram

ROUNDS = 20
PAUSE = 1.2
"""Seconds between two relayed messages: one a second is what the platforms allow a chat."""
EVENTS = 200
WARM_UP = 10
KILLED_AFTER = 20
TEAM = "T000000001"
CHAT = 501
_numbers = itertools.count(1)


def main() -> None:
    """Measure and print."""
    print(f"conditions: {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
          f"Python {platform.python_version()}, loopback, SQLite with a sync a commit, one care "
          f"server; {ROUNDS} relayed messages and {EVENTS} calls a row, one after the other")  # fmt: skip
    small = SmallAssistant().start()
    with (
        tempfile.TemporaryDirectory(prefix="careline-channels-") as name,
        telegram() as tg,
        slack(Limits(per_window=10_000)) as team,
    ):
        folder = Path(name)
        print(f"{'milliseconds':66} {'p50':>7} {'p95':>7}")
        relay(folder / "relay", small, tg, team)
        webhooks(folder / "hooks", small, tg, team)
        stock(folder, team)
    small.close()


def relay(folder: Path, small: SmallAssistant, tg: Telegram, team: Slack) -> None:
    """An agent in a thread of Slack and customers elsewhere, in the default modes."""
    env = as_environment({**on_telegram(tg), **on_slack(team, agents=True)})
    with serving(folder, small, env) as server:
        until(lambda: team.links, 60)
        _agent(server)
        tg.say(CHAT, "a person please")
        room = Room(team, _conversation(server, f"tg:{CHAT}"))
        row("agent in Slack to customer on Telegram", room.out(lambda: _telegram(tg)))
        row("customer on Telegram to agent in Slack", room.back(lambda words: tg.say(CHAT, words)))
        customer = WebCustomer(server.url)
        customer.send("a person please")
        room = Room(team, _conversation(server, None))
        row("agent in Slack to customer on the website", room.out(lambda: _website(customer)))
        row("customer on the website to agent in Slack", room.back(customer.send))


def webhooks(folder: Path, small: SmallAssistant, tg: Telegram, team: Slack) -> None:
    """Calls of both platforms until they are acknowledged: by then the message is committed."""
    env = as_environment({**on_telegram(tg, called=True), **on_slack(team, called=True)})
    with serving(folder, small, env) as server:
        updates, events = f"{server.url}/webhooks/telegram", f"{server.url}/webhooks/slack"
        row("Telegram webhook, acknowledged (kept by then)", acknowledged(_updates(updates)))
        row("Slack webhook, acknowledged (kept by then)", acknowledged(_events(team, events)))
        twice = "again" + str(next(_numbers))
        for _ in range(2):
            _post(_event(team, events, twice, "1795600000.000001"))
        _burst(team, events, server)
        kept = _kept(server, "burst")
        told("ours", kept, _kept(server, twice))


def stock(folder: Path, team: Slack) -> None:
    """The same events at Rasa's own connector."""
    model = train(folder)
    again = "again" + str(next(_numbers))
    with running(folder, model, team.api) as server:
        for _ in range(2):
            _post(_event(team, server.url, again, "1795700000.000001"))
        until(lambda: server.kept(again), 120)
        time.sleep(5)
        twice = server.kept(again)
        times = acknowledged(_events(team, server.url))
        row("Slack webhook of stock Rasa, acknowledged (not kept yet)", times)
    with running(folder, model, team.api) as server:
        for number in range(KILLED_AFTER):
            _post(_event(team, server.url, f"burst {number}", f"1795700001.{number:06d}"))
        server.process.kill()
        told("stock Rasa", server.kept("burst"), twice)


def told(who: str, kept: int, twice: int) -> None:
    """What became of acknowledged messages."""
    what = f"{who}: kept of {KILLED_AFTER} acknowledged messages after kill -9"
    print(f"{what:66} {kept:7}")
    print(f"{who + ': messages made of one event that Slack sent twice':66} {twice:7}")


class Room:
    """Bo in the thread of one conversation in the support channel."""

    def __init__(self, team: Slack, conversation: ConversationId) -> None:
        self.team, self.support = team, team.channels["support"]
        self.card = card_of(team, conversation)
        assert team.press("bo", self.card, "Claim") == 200
        until(lambda: any("Bo has" in str(p.blocks) for p in team.to(self.support, self.card.ts)))

    def out(self, arrivals: Callable[[], Callable[[str], float]]) -> list[float]:
        """Milliseconds from the agent's post to the customer's platform."""
        times, at = [], arrivals()
        for _ in range(ROUNDS):
            words, begun = f"out {next(_numbers)}.", time.monotonic()
            self.team.say("bo", words, channel=self.support, thread=self.card.ts)
            times.append((at(words) - begun) * 1000)
            time.sleep(PAUSE)
        return times

    def back(self, say: Callable[[str], Any]) -> list[float]:
        """Milliseconds from the customer's message to the agent's thread."""
        times = []
        for _ in range(ROUNDS):
            words, begun = f"back {next(_numbers)}.", time.monotonic()
            say(words)
            posted = until(lambda: self._told(words))  # noqa: B023
            times.append((posted[0].at - begun) * 1000)
            time.sleep(PAUSE)
        return times

    def _told(self, words: str) -> list[Posted]:
        return [p for p in self.team.to(self.support, self.card.ts) if words in p.mrkdwn]


def _telegram(tg: Telegram) -> Callable[[str], float]:
    return lambda words: until(lambda: [s.at for s in tg.to(CHAT) if words in s.text])[0]


def _website(customer: WebCustomer) -> Callable[[str], float]:
    """When a long poll that was open brought the words."""
    found: dict[str, float] = {}
    after = max(event.get("seq", 0) for event in customer.events())

    def listen() -> None:
        nonlocal after
        url = f"{customer.url}/api/widget/events"
        for _ in range(100 * ROUNDS):
            given = customer.http.get(url, params={"after": after, "wait": 20}, timeout=40)
            arrived = time.monotonic()
            for event in given.json()["events"]:
                after = max(after, event.get("seq", 0))
                text = event.get("data", {}).get("message", {}).get("text", "")
                found.setdefault(text, arrived)
            if len([text for text in found if text.startswith("out ")]) >= ROUNDS:
                return

    threading.Thread(target=listen, daemon=True).start()
    return lambda words: until(lambda: found.get(words, 0.0))


def acknowledged(calls: Iterator[requests.Request]) -> list[float]:
    """Milliseconds of each call, over one kept connection."""
    times = []
    with requests.Session() as session:
        for call in itertools.islice(calls, EVENTS + WARM_UP):
            prepared = call.prepare()
            begun = time.perf_counter()
            answer = session.send(prepared, timeout=30)
            times.append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == 200, answer.status_code
    return times[WARM_UP:]


def _updates(url: str) -> Iterator[requests.Request]:
    for number in itertools.count(1):
        chat = 600 + number % 20
        message = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "C"},
            "from": {"id": chat, "is_bot": False, "first_name": "C"},
            "text": "opening hours",
        }
        body = json.dumps({"update_id": number, "message": message})
        yield requests.Request(
            "POST", url, {"X-Telegram-Bot-Api-Secret-Token": TG_SECRET}, data=body
        )


def _events(team: Slack, url: str) -> Iterator[requests.Request]:
    for number in itertools.count(1):
        yield _event(team, url, "opening hours", f"1795500000.{number:06d}")


def _event(team: Slack, url: str, text: str, stamp: str) -> requests.Request:
    event = {"type": "message", "channel": team.dm("ana"), "channel_type": "im",
             "user": team.users["ana"], "text": text, "ts": stamp}  # fmt: skip
    about = {"type": "event_callback", "team_id": TEAM, "api_app_id": "A1", "event_id": f"Ev{stamp}",
             "event_time": int(time.time()), "authorizations": [{"user_id": "UCAREBOT1"}]}  # fmt: skip
    body = json.dumps({**about, "event": event})
    headers = {**team.signed(body), "Content-Type": "application/json"}
    return requests.Request("POST", url, headers, data=body)


def _post(call: requests.Request) -> None:
    with requests.Session() as session:
        assert session.send(call.prepare(), timeout=30).status_code == 200


def _burst(team: Slack, url: str, server: CareServer) -> None:
    for number in range(KILLED_AFTER):
        _post(_event(team, url, f"burst {number}", f"1795600001.{number:06d}"))
    server.stop(signal.SIGKILL)


def _kept(server: CareServer, prefix: str) -> int:
    query = (
        f"SELECT count(*) AS n FROM messages WHERE author = 'customer' AND text LIKE '{prefix}%'"
    )
    return int(server.rows(query)[0]["n"])


def _agent(server: CareServer) -> None:
    record = server.record()
    columns = "email, name, role, active, capacity, settings, created_at"
    values = "'bo@example.com', 'Bo', 'agent', 1, 6, '{}', '2026-01-01 00:00:00'"
    record.write_now(
        lambda c: c.exec_driver_sql(f"INSERT INTO agents ({columns}) VALUES ({values})")
    )
    record.close()


def _conversation(server: CareServer, sender: str | None) -> ConversationId:
    where = f"sender = '{sender}'" if sender else "channel = 'web'"
    query = f"SELECT id FROM conversations WHERE {where} AND owner = 'queue'"
    return ConversationId(until(lambda: server.rows(query), 30)[0]["id"])


@contextmanager
def serving(folder: Path, small: SmallAssistant, env: dict[str, str]) -> Iterator[CareServer]:
    """A care server in a process of its own."""
    folder.mkdir()
    wide = {"CARELINE_MESSAGES_PER_MINUTE": "1000000"}
    server = CareServer(folder, small.url, {**env, **wide}).start()
    try:
        yield server
    finally:
        server.stop()


def row(title: str, times: list[float]) -> None:
    """One line of the table."""
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    print(f"{title:66} {cuts[49]:7.1f} {cuts[94]:7.1f}", flush=True)


if __name__ == "__main__":
    main()
