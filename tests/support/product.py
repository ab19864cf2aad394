"""The whole product as `make run` starts it, on free ports and a folder of its own.

Needs the environments, the browser parts and a trained model: `make test` sees to them.
"""

import os
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.ports import free_port, wait_for_http, wait_for_port
from tests.support.server import ROOT, CareServer

RASA = ROOT / "assistant" / ".venv" / "bin" / "python"


@dataclass
class Product:
    """Assistant, action server and care server. `folder` holds their data and logs."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    assistant_port: int = field(default_factory=free_port)
    actions_port: int = field(default_factory=free_port)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    care: CareServer = field(init=False)

    def __post_init__(self) -> None:
        """Put the care server's settings together."""
        shared = {"CARELINE_ASSISTANT_TOKEN": self.token, "CARELINE_INNER_TOKEN": self.token[::-1]}
        self.care = CareServer(self.folder, self.assistant_url, {**self.env, **shared})

    @property
    def url(self) -> str:
        """Public address."""
        return self.care.url

    @property
    def assistant_url(self) -> str:
        """Inner address of the assistant."""
        return f"http://127.0.0.1:{self.assistant_port}"

    def start(self) -> "Product":
        """Start all three and wait until each answers."""
        try:
            self.start_assistant(wait=False)
            self.start_actions()
            self.care.start()
            self.wait_for_assistant()
        except BaseException:
            self.stop()
            raise
        return self

    def start_assistant(self, *, wait: bool = True) -> None:
        """Start the assistant, on its tracker store in this folder."""
        tracker = self.env.get("DATABASE_URL", f"sqlite:///{self.folder / 'var' / 'tracker.db'}")
        own = {
            "CARELINE_ASSISTANT_PORT": str(self.assistant_port),
            "CARELINE_ACTION_SECONDS": "20",
            "CARELINE_ACTIONS_URL": f"http://127.0.0.1:{self.actions_port}/webhook",
            "CARELINE_TRACKER_URL": tracker,
            "CARELINE_ASSISTANT_TOKEN": self.token,
            "RASA_TELEMETRY_ENABLED": "false",
        }
        (self.folder / "var").mkdir(parents=True, exist_ok=True)
        self._run("assistant", [str(RASA), "-m", "assistant.serve"], own)
        if wait:
            self.wait_for_assistant()

    def wait_for_assistant(self) -> None:
        """Wait until the assistant is ready to answer."""
        wait_for_http(f"{self.assistant_url}/webhooks/careline/health", 240, ready=True)

    def start_actions(self) -> None:
        """Start the action server."""
        own = {
            "CARELINE_INNER_TOKEN": self.token[::-1],
            "CARELINE_INNER_URL": self.care.inner_url,
            "CARELINE_VAR_DIR": str(self.folder / "var"),
        }
        command = [sys.executable, "-m", "actions", "--port"]
        self._run("actions", [*command, str(self.actions_port)], own)
        wait_for_port(self.actions_port, 180)

    def kill(self, name: str, sign: int = signal.SIGKILL) -> None:
        """End the assistant or the action server."""
        process = self.processes.pop(name)
        process.send_signal(sign)
        process.wait(60)

    def stop(self) -> None:
        """End everything."""
        self.care.stop()
        for name in list(self.processes):
            self.kill(name, signal.SIGTERM)

    def _run(self, name: str, command: list[str], own: dict[str, str]) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("CARELINE_")}
        environment = {**clean, "PYTHONPATH": str(ROOT), **self.env, **own}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log
            )
