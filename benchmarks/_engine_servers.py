"""What benchmarks/engine.py measures: small bots, our server, and Rasa's own beside it."""

from __future__ import annotations

import http.client
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.assistant.server import TOKEN
from tests.support.ports import free_port

ROOT = Path(__file__).parents[1]
BOT = ROOT / "tests" / "assistant" / "bot"
PYTHON = str(ROOT / "assistant" / ".venv" / "bin" / "python")
PATIENCE = 180
OURS = "assistant.rules.IndexedRulePolicy"


class Server:
    """A process that answers messages; asked over one kept connection per conversation."""

    def __init__(self, title: str, command: list[str], folder: Path, environment: dict[str, str]):
        """Start it and wait until it answers; `seconds_to_start` says how long that took."""
        self.title = title
        self.port = int(command[command.index("--port") + 1])
        given = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"}
        given |= {"OMP_NUM_THREADS": "1", "SANIC_HOST": "127.0.0.1", **environment}
        began = time.perf_counter()
        self._log = (folder / f"{self.port}.log").open("wb")
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=given, stdout=self._log, stderr=self._log
        )
        self.watched = psutil.Process(self._process.pid)
        while not self._ready():
            if self._process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise RuntimeError(f"{title} did not start: see {self._log.name}")
            time.sleep(0.05)
        self.seconds_to_start = time.perf_counter() - began

    def _ready(self) -> bool:
        raise NotImplementedError

    def ask(self, connection: http.client.HTTPConnection, sender: str, text: str) -> None:
        """One message; raises RuntimeError unless it was answered with something."""
        raise NotImplementedError

    def connect(self) -> http.client.HTTPConnection:
        """A connection for one conversation."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def cpu(self) -> float:
        """Processor seconds that the process's living threads have used.

        Linux counts them in nanoseconds there; elsewhere it is hundredths of a second.
        """
        tasks = Path(f"/proc/{self._process.pid}/task")
        if tasks.exists():
            files = [task / "schedstat" for task in tasks.iterdir()]
            return sum(int(path.read_text().split()[0]) for path in files) / 1e9
        times = self.watched.cpu_times()
        return float(times.user + times.system)

    def megabytes(self) -> float:
        """Memory that the process holds (RSS)."""
        return float(self.watched.memory_info().rss) / 1e6

    def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._log.close()


class OurServer(Server):
    """`python -m assistant.serve`."""

    def __init__(self, folder: Path, model: Path, *flags: str) -> None:
        """Serve a model with a fresh store; `--stock` imports TensorFlow too."""
        command = [PYTHON, "-m", "assistant.serve", "--port", str(free_port())]
        self._count = 0
        super().__init__(
            "ours" + (" with TensorFlow" if flags else ""),
            [*command, "--model", str(model), *flags],
            folder,
            {
                "CARELINE_ASSISTANT_TOKEN": TOKEN,
                "CARELINE_TRACKER_URL": f"sqlite:///{folder / 'ours.db'}",
            },
        )

    def _ready(self) -> bool:
        try:
            connection = self.connect()
            connection.request("GET", "/webhooks/careline/health")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def ask(self, connection: http.client.HTTPConnection, sender: str, text: str) -> None:
        """One message of the channel; a text with a slash goes as a button's payload."""
        self._count += 1
        key = "payload" if text.startswith("/") else "text"
        body = {"sender": f"test:{sender}", key: text, "channel": "web"}
        body["message_id"] = f"m{self._count}"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        connection.request("POST", "/webhooks/careline/messages", json.dumps(body), headers)
        answer = connection.getresponse().read().decode()
        if '"type":"message"' not in answer or '"type":"end"' not in answer:
            raise RuntimeError(f"{text}: {answer}")


class StockServer(Server):
    """`rasa run` with its REST channel and its SQL tracker store on SQLite."""

    def __init__(self, folder: Path, model: Path) -> None:
        """Serve a model with a fresh store."""
        folder.mkdir(exist_ok=True)
        self.database = folder / "stock.db"
        endpoints, credentials = folder / "endpoints.yml", folder / "credentials.yml"
        endpoints.write_text(f"tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: {self.database}\n")
        credentials.write_text("rest:\n")
        command = [PYTHON, "-W", "ignore", "-m", "rasa", "run", "--port", str(free_port())]
        command += ["--interface", "127.0.0.1", "--model", str(model)]
        command += ["--endpoints", str(endpoints), "--credentials", str(credentials)]
        super().__init__("stock Rasa", command, folder, {})

    def _ready(self) -> bool:
        try:
            connection = self.connect()
            self.ask(connection, "ready", "/restart")
            return True
        except (OSError, RuntimeError, http.client.HTTPException):
            return False

    def ask(self, connection: http.client.HTTPConnection, sender: str, text: str) -> None:
        """One message of the REST channel."""
        body = json.dumps({"sender": sender, "message": text})
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/webhooks/rest/webhook", body, headers)
        got = connection.getresponse()
        answer = got.read().decode()
        if got.status != 200 or (text != "/restart" and '"text"' not in answer):
            raise RuntimeError(f"{text}: {got.status} {answer}")

    def lengthen(self, pattern: str, sender: str, turns: int) -> None:
        """Write a long conversation into the store by repeating the turns of a short one.

        Reaching 1,000 turns by asking would take stock about ten minutes.
        """
        with sqlite3.connect(self.database, timeout=30) as base:
            rows = base.execute(
                "SELECT type_name, intent_name, action_name, data FROM events "
                "WHERE sender_id = ? ORDER BY id",
                (pattern,),
            ).fetchall()
            first = next(i for i, row in enumerate(rows) if row[0] == "user")
            start, body = rows[:first], rows[first:]
            said = sum(row[0] == "user" for row in body)
            at = time.time() - 600
            written = []
            for row in start + body * (turns // said):
                at += 600 / ((len(body) * turns // said) + len(start) + 1)
                data = {**json.loads(row[3]), "timestamp": at}
                written.append((sender, row[0], at, row[1], row[2], json.dumps(data)))
            base.executemany(
                "INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                written,
            )


def train(folder: Path, bot: Path, policy: str) -> Path:
    """Train a bot with one of the rule policies; returns the model."""
    config = (bot / "config.yml").read_text().replace(OURS, policy)
    if policy != OURS:
        # Rasa's check for contradictions takes minutes with 1,000 rules.
        config = config.replace("name: RulePolicy", "name: RulePolicy\n    check_for_contradictions: false")
    chosen = folder / f"{bot.name}-{policy.split('.')[-1]}.yml"
    chosen.write_text(config)
    command = [PYTHON, "-W", "ignore", "-m", "rasa", "train", "--config", str(chosen)]
    command += ["--domain", str(bot / "domain.yml"), "--data", str(bot / "data")]
    command += ["--out", str(folder), "--fixed-model-name", chosen.stem]
    given = {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"}
    given["LOG_LEVEL"] = "WARNING"
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    model = folder / f"{chosen.stem}.tar.gz"
    if done.returncode or not model.exists():
        sys.exit(done.stdout + done.stderr)
    return model


def topics_bot(folder: Path, topics: int) -> Path:
    """A bot of FAQ topics alone: one rule and one answer each, asked by button.

    It has no understanding, so what is measured is the dialogue's part of a turn.
    """
    bot = folder / f"topics{topics}"
    (bot / "data").mkdir(parents=True)
    names = [f"topic_{number}" for number in range(topics)]
    (bot / "config.yml").write_text((BOT / "config.yml").read_text())
    domain = ['version: "3.1"', "intents:", *(f"- {name}" for name in names), "responses:"]
    rules = ['version: "3.1"', "rules:"]
    for name in names:
        domain += [f"  utter_{name}:", f"  - text: About {name}."]
        rules += [f"- rule: {name}", "  steps:", f"  - intent: {name}", f"  - action: utter_{name}"]
    (bot / "domain.yml").write_text("\n".join(domain) + "\n")
    (bot / "data" / "rules.yml").write_text("\n".join(rules) + "\n")
    return bot


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server, stopped afterwards."""
    try:
        yield server
    finally:
        server.stop()
