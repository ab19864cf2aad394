"""The assistant and its action server as processes, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
TOKEN = "token-of-the-tests"
READY_SECONDS = 240
_ids = itertools.count()


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers in lower case, and the lines or the one object."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of an NDJSON answer."""
        return [json.loads(line) for line in self.body.splitlines()]

    @property
    def end(self) -> dict[str, Any]:
        """The last line."""
        return self.lines[-1]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The lines that say something."""
        return [line for line in self.lines if line["type"] == "message"]

    @property
    def texts(self) -> list[str | None]:
        """What was said."""
        return [line["text"] for line in self.messages]

    @property
    def effects(self) -> list[dict[str, Any]]:
        """What the care server shall do."""
        return [line["effect"] for line in self.lines if line["type"] == "effect"]

    @property
    def json(self) -> dict[str, Any]:
        """The one object of an answer that is not NDJSON."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class AssistantServer:
    """`python -m assistant.serve` in a process of its own."""

    def __init__(
        self, folder: Path, flags: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        """Prepare to serve; `environment` may name another folder of `models`."""
        given = dict(environment or {})
        self.port = free_port()
        self.log = folder / f"assistant-{self.port}.log"
        self._command = [sys.executable, "-m", "assistant.serve", "--port", str(self.port)]
        self._command += ["--model", given.pop("models", "models"), *flags]
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "CARELINE_ASSISTANT_TOKEN": TOKEN,
            "CARELINE_ACTION_SECONDS": "30",
            **given,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> AssistantServer:
        """Start and wait until it is ready; raises RuntimeError with the log otherwise."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            if self._answers():
                return self
            time.sleep(0.1)
        raise RuntimeError(f"the assistant did not start:\n{self.log.read_text()[-4000:]}")

    def _answers(self) -> bool:
        try:
            return self.get("health").status in (200, 503)
        except OSError:
            return False

    def stop(self) -> int:
        """Stop gracefully; returns the exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(90)

    def kill(self) -> None:
        """Kill at once, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(60)

    def say(self, sender: str, text: str, **more: Any) -> Answer:
        """A typed message; `message_id` is new unless given."""
        return self.post("messages", message(sender, text=text, **more))

    def press(self, sender: str, payload: str, **more: Any) -> Answer:
        """A button or trigger."""
        return self.post("messages", message(sender, payload=payload, **more))

    def get(self, path: str) -> Answer:
        """A GET below the channel's address."""
        return self._request("GET", path, None, {})

    def post(self, path: str, body: Any, token: str | None = TOKEN) -> Answer:
        """A POST below the channel's address; bytes and text go as they are."""
        if isinstance(body, dict):
            body = json.dumps(body)
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self._request("POST", path, body, headers)

    def _request(
        self, method: str, path: str, body: Any, headers: Mapping[str, str]
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=180)
        try:
            connection.request(method, f"/webhooks/careline/{path}", body, dict(headers))
            got = connection.getresponse()
            named = {name.lower(): value for name, value in got.getheaders()}
            return Answer(got.status, named, got.read().decode())
        finally:
            connection.close()


def message(sender: str, **more: Any) -> dict[str, Any]:
    """The body of a message."""
    return {"sender": sender, "message_id": f"m{next(_ids)}", "channel": "web", **more}


class ActionServer:
    """The small bot's actions, served by the SDK in the care server's environment."""

    def __init__(self, module: str = "tests.assistant.bot.actions") -> None:
        """Prepare to serve the module's actions."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/webhook"
        python = ROOT / ".venv" / "bin" / "python"
        self._command = [str(python), "-W", "ignore", "-m", "rasa_sdk", "--actions", module]
        self._command += ["--port", str(self.port)]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ActionServer:
        """Start and wait until it answers."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "SANIC_HOST": "127.0.0.1"}
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/health")
                if connection.getresponse().status == 200:
                    return self
            except OSError:
                time.sleep(0.1)
            finally:
                connection.close()
        raise RuntimeError("the action server did not start")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Kill it, and the processes of its own that do the work and would outlive it."""
        if self._process is not None:
            own = psutil.Process(self._process.pid).children(recursive=True)
            self._process.kill()
            self._process.wait(60)
            for process in own:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
