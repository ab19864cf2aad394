"""The care server as its own process, as in production, on a record of its own."""

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from care.record.record import Record
from tests.support.ports import free_port, wait_for_http

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class CareServer:
    """A care server process. `folder` holds its var folder and log; `env` its settings."""

    folder: Path
    assistant_url: str
    env: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    inner_port: int = field(default_factory=free_port)
    owner: tuple[str, str] | None = None
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Public address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def inner_url(self) -> str:
        """Inner address."""
        return f"http://127.0.0.1:{self.inner_port}"

    @property
    def log_text(self) -> str:
        """All that the process has logged."""
        return (self.folder / "care.log").read_text()

    def record(self) -> Record:
        """The record, opened for looking. Close it after."""
        url = self.env.get("DATABASE_URL", f"sqlite:///{self.folder / 'var' / 'care.db'}")
        return Record(url.replace("postgresql://", "postgresql+psycopg://"))

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of a SELECT on the record."""
        record = self.record()
        try:
            return record.read_now(lambda c: [dict(r._mapping) for r in c.exec_driver_sql(query)])
        finally:
            record.close()

    def start(self) -> "CareServer":
        """Migrate, make the first owner, serve, and wait until it answers."""
        made = subprocess.run(
            [sys.executable, "-m", "care", "prepare"],
            env=self._environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        if found := re.search(r"E-mail:\s*(\S+)\s+Password:\s*(\S+)", made.stdout):
            self.owner = (found[1], found[2])
        return self.serve()

    def serve(self) -> "CareServer":
        """Serve what is prepared."""
        with (self.folder / "care.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "care", "serve"],
                env=self._environment(),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        try:
            wait_for_http(f"{self.url}/healthz", 180)
        except TimeoutError:
            self.stop()
            raise TimeoutError(self.log_text[-2000:]) from None
        return self

    def stop(self, sign: int = signal.SIGTERM) -> None:
        """End the process (SIGKILL: as a crash) and wait for its end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sign)
            self.process.wait(60)
        self.process = None

    def secrets(self) -> dict[str, str]:
        """The generated secrets."""
        stored: dict[str, str] = json.loads((self.folder / "var" / "secrets.json").read_text())
        return stored

    def _environment(self) -> dict[str, str]:
        keep = {k: v for k, v in os.environ.items() if not k.startswith("CARELINE_")}
        own = {
            "CARELINE_VAR_DIR": str(self.folder / "var"),
            "CARELINE_PORT": str(self.port),
            "CARELINE_INNER_PORT": str(self.inner_port),
            "CARELINE_ASSISTANT_URL": self.assistant_url,
            "CARELINE_ASSISTANT_TOKEN": "assistant-token",
            "CARELINE_ASSISTANT_TIMEOUT": "30",
            "CARELINE_WORKER_LEASE": "3",
        }
        return {**keep, **own, **self.env}
