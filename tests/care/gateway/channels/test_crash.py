"""kill -9 of the care server with messages accepted by webhook: all answered, in order, none twice."""

import json
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.support.assistant import SmallAssistant
from tests.support.looped import until
from tests.support.platforms import TG_SECRET, as_environment, on_slack, on_telegram
from tests.support.server import CareServer
from tests.support.slack import Slack
from tests.support.slack_world import USERS as WRITERS
from tests.support.telegram import Telegram

CHATS = [9000 + number for number in range(4)]
EACH = 5
ALL = (len(CHATS) + len(WRITERS)) * EACH


@pytest.mark.timeout(900)
def test_forty_accepted_messages_survive_kill_9(
    tmp_path: Path, tg: Telegram, slack_team: Slack, assistant: SmallAssistant
) -> None:
    env = as_environment({**on_telegram(tg, called=True), **on_slack(slack_team, called=True)})
    rooms = {user: slack_team.dm(user) for user in WRITERS}
    server = CareServer(tmp_path, assistant.url, env=env).start()
    assistant.delay = 1.0  # so that not all is answered when all is accepted

    def answers() -> dict[str, list[str]]:
        """What every customer has got, in order."""
        told = {str(chat): [sent.text for sent in tg.to(chat)] for chat in CHATS}
        return told | {
            user: [posted.mrkdwn for posted in slack_team.to(room)] for user, room in rooms.items()
        }

    def count() -> int:
        return sum(map(len, answers().values()))

    try:
        with ThreadPoolExecutor(8) as writers:
            by_chat = [writers.submit(_on_telegram, server, chat) for chat in CHATS]
            in_slack = [
                writers.submit(_in_slack, server, slack_team, user, room)
                for user, room in rooms.items()
            ]
            accepted = sum(done.result() for done in by_chat + in_slack)
        assert accepted == ALL == 40
        _kill_between_two_sends(server, count)
        assistant.delay = 0.05
        server.serve()
        until(lambda: count() >= ALL, 180)
        time.sleep(1.5)  # time for an answer that should not come
    finally:
        assistant.delay = 0.0
        server.stop()
    wanted = [f"You said: m{number}" for number in range(EACH)]
    assert answers() == dict.fromkeys([*map(str, CHATS), *WRITERS], wanted)
    left = server.rows("SELECT count(*) AS n FROM messages WHERE state = 'accepted'")
    assert left[0]["n"] == 0


def _on_telegram(server: CareServer, chat: int) -> int:
    """Five messages of one chat, each after the last was acknowledged; returns how many were."""
    taken = 0
    for number in range(EACH):
        user = {"id": chat, "is_bot": False, "first_name": "C"}
        message = {
            "message_id": number + 1,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "C"},
            "from": user,
            "text": f"m{number}",
        }
        body = json.dumps({"update_id": chat * 10 + number, "message": message})
        headers = {"X-Telegram-Bot-Api-Secret-Token": TG_SECRET}
        url = f"{server.url}/webhooks/telegram"
        taken += requests.post(url, data=body, headers=headers, timeout=60).status_code == 200
    return taken


def _in_slack(server: CareServer, team: Slack, user: str, room: str) -> int:
    """The same in a direct message."""
    taken = 0
    for number in range(EACH):
        event = {
            "type": "message",
            "channel": room,
            "channel_type": "im",
            "user": team.users[user],
            "text": f"m{number}",
            "ts": f"1795300000.{number:06d}",
        }
        about = {"type": "event_callback", "team_id": "T000000001", "event_time": int(time.time())}
        body = json.dumps({**about, "event_id": f"Ev{room}{number}", "event": event})
        headers = {**team.signed(body), "Content-Type": "application/json"}
        url = f"{server.url}/webhooks/slack"
        taken += requests.post(url, data=body, headers=headers, timeout=60).status_code == 200
    return taken


def _kill_between_two_sends(server: CareServer, count: Callable[[], int]) -> None:
    """Kill it with work left, when all that the platforms took is in the record: a message that one
    took in the very moment of a crash cannot be told from one that it did not take."""
    process = server.process
    assert process is not None

    def quiet() -> bool:
        """Whether it is so while the server stands still; if not, it goes on for a while."""
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)  # what was on its way has arrived
        sent = count()
        known = server.rows("SELECT coalesce(sum(parts_sent), 0) AS n FROM deliveries")[0]["n"]
        assert sent < ALL, "nothing is left to be done after the crash"
        if 0 < sent == known:
            return True
        process.send_signal(signal.SIGCONT)
        time.sleep(0.3)
        return False

    until(quiet, 180)
    server.stop(signal.SIGKILL)
