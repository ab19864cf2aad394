"""kill -9 of the care server with messages accepted by webhook: all answered, in order, none twice."""

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.support.assistant import SmallAssistant
from tests.support.looped import until
from tests.support.server import CareServer
from tests.support.telegram import TOKEN, Telegram

SECRET = "crash-secret"
CHATS, EACH = 8, 5


@pytest.mark.timeout(600)
def test_forty_accepted_messages_survive_kill_9(
    tmp_path: Path, tg: Telegram, assistant: SmallAssistant
) -> None:
    env = {
        "CARELINE_TELEGRAM_TOKEN": TOKEN,
        "CARELINE_TELEGRAM_API": tg.url,
        "CARELINE_TELEGRAM_MODE": "webhook",
        "CARELINE_TELEGRAM_WEBHOOK_SECRET": SECRET,
    }
    server = CareServer(tmp_path, assistant.url, env=env).start()
    assistant.delay = 0.05
    chats = [9000 + number for number in range(CHATS)]
    try:
        with ThreadPoolExecutor(CHATS) as senders:
            accepted = sum(senders.map(lambda chat: _write(server, chat), chats))
        assert accepted == CHATS * EACH
        _kill_between_two_sends(server, tg, chats)
        server.serve()
        for chat in chats:
            tg.wait(chat, EACH, seconds=120)
        time.sleep(1.5)  # time for an answer that should not come
    finally:
        assistant.delay = 0.0
        server.stop()
    wanted = [f"You said: m{number}" for number in range(EACH)]
    assert {chat: [sent.text for sent in tg.to(chat)] for chat in chats} == dict.fromkeys(
        chats, wanted
    )
    left = server.rows("SELECT count(*) AS n FROM messages WHERE state = 'accepted'")
    assert left[0]["n"] == 0


def _write(server: CareServer, chat: int) -> int:
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
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        url = f"{server.url}/webhooks/telegram"
        taken += requests.post(url, data=body, headers=headers, timeout=30).status_code == 200
    return taken


def _kill_between_two_sends(server: CareServer, tg: Telegram, chats: list[int]) -> None:
    """Kill it with work left, when all that Telegram took is in the record: a message that the
    platform took in the very moment of a crash cannot be told from one that it did not take."""

    def quiet() -> bool:
        sent = sum(len(tg.to(chat)) for chat in chats)
        known = server.rows("SELECT coalesce(sum(parts_sent), 0) AS n FROM deliveries")[0]["n"]
        return bool(0 < sent < CHATS * EACH and sent == known)

    until(quiet, 60)
    server.stop(signal.SIGKILL)
    assert sum(len(tg.to(chat)) for chat in chats) < CHATS * EACH
