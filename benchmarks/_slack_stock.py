"""Stock Rasa with its own Slack connector, for benchmarks/channels.py."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port, wait_for_http
from tests.support.product import RASA
from tests.support.server import ROOT
from tests.support.slack_world import BOT_TOKEN, SECRET

BOT = ROOT / "tests" / "assistant" / "bot"
CONNECTED = """import functools, sys
import rasa.core.channels.slack as slack
slack.AsyncWebClient = functools.partial(slack.AsyncWebClient, base_url={api!r})
from rasa.__main__ import main
main()
"""
"""The connector knows one address, slack.com: only that is replaced."""


@dataclass
class Stock:
    """A running server; `process` may be killed."""

    url: str
    store: Path
    process: "subprocess.Popen[bytes]"

    def kept(self, prefix: str) -> int:
        """How many of the customers' messages that begin so are in its tracker store."""
        with sqlite3.connect(self.store, timeout=30) as base:
            query = "SELECT count(*) FROM events WHERE type_name = 'user' AND data LIKE ?"
            return int(base.execute(query, (f'%"text": "{prefix}%"input_channel%',)).fetchone()[0])


def train(folder: Path) -> Path:
    """A model of the small bot with Rasa's own policies."""
    config = folder / "stock.yml"
    ours = (BOT / "config.yml").read_text()
    config.write_text(ours.replace("assistant.rules.IndexedRulePolicy", "RulePolicy"))
    command = [str(RASA), "-W", "ignore", "-m", "rasa", "train", "--config", str(config)]
    command += ["--domain", str(BOT / "domain.yml"), "--data", str(BOT / "data")]
    command += ["--out", str(folder), "--fixed-model-name", "stock"]
    done = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return folder / "stock.tar.gz"


@contextmanager
def running(folder: Path, model: Path, api: str) -> Iterator[Stock]:
    """`rasa run` with its Slack channel and its SQL tracker store, whose Slack is at `api`."""
    port, store = free_port(), folder / "rasa.db"
    (folder / "endpoints.yml").write_text(
        f"tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: {store}\n"
    )
    (folder / "credentials.yml").write_text(
        f"slack:\n  slack_token: {BOT_TOKEN}\n  slack_signing_secret: {SECRET}\n"
    )
    script = folder / "connected.py"
    script.write_text(CONNECTED.format(api=api))
    command = [str(RASA), "-W", "ignore", str(script), "run", "--port", str(port)]
    command += ["-i", "127.0.0.1", "--model", str(model)]
    command += ["--endpoints", str(folder / "endpoints.yml")]
    command += ["--credentials", str(folder / "credentials.yml")]
    with (folder / "rasa.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=log, stderr=log)
    try:
        wait_for_http(f"http://127.0.0.1:{port}/webhooks/slack/", 240, ready=True)
        yield Stock(f"http://127.0.0.1:{port}/webhooks/slack/webhook", store, process)
    finally:
        process.kill()
        process.wait(30)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"}
