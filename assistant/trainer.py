"""`python -m assistant.trainer`: trains for a care server in another container.

`POST /train` with the reviewed examples (YAML) as its body; the answer is the output of
`assistant.learn`, line by line as it comes. One training at a time. Inner address, token as for the
assistant. Standard library only: it waits most of its life.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from assistant.inbound import bears
from assistant.paths import PROJECT

DEFAULT_PORT = 5006
MOST_BODY = 20_000_000
# A fixed place: the same examples give the same fingerprint.
DATA = Path("/tmp/careline-data")  # noqa: S108


class Trainer(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    token: ClassVar[bytes] = b""
    learning: ClassVar[list[str]] = []
    busy: ClassVar[threading.Lock] = threading.Lock()

    def do_GET(self) -> None:
        """Health."""
        self._say(200 if self.path == "/health" else 404, "ok\n")

    def do_POST(self) -> None:
        """Train with the examples in the body."""
        if not self.token or not bears(self.headers.get("Authorization", ""), self.token):
            return self._say(401, "failed: not_allowed\n")
        length = self.headers.get("Content-Length", "")
        if self.path != "/train" or not length.isdigit() or int(length) > MOST_BODY:
            return self._say(400, "failed: bad_request\n")
        body = self.rfile.read(int(length))
        if not self.busy.acquire(blocking=False):
            return self._say(409, "failed: busy\n")
        try:
            self._train(body)
        finally:
            self.busy.release()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the care server tells what went wrong."""

    def _train(self, reviewed: bytes) -> None:
        shutil.rmtree(DATA, ignore_errors=True)
        shutil.copytree(PROJECT / "data", DATA)
        (DATA / "nlu" / "reviewed.yml").write_bytes(reviewed)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        with subprocess.Popen(  # noqa: S603
            [*self.learning, "--data", str(DATA)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=PROJECT,
            start_new_session=True,
        ) as running:
            assert running.stdout is not None
            try:
                for line in running.stdout:
                    self.wfile.write(line)
                    self.wfile.flush()
            except OSError:
                # Nobody waits for this training any more.
                os.killpg(running.pid, signal.SIGKILL)

    def _say(self, status: int, text: str) -> None:
        body = text.encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def server(host: str, port: int, token: str, learning: Sequence[str]) -> ThreadingHTTPServer:
    """A trainer that runs the command `learning`; port 0 takes a free one."""
    names = {"token": token.encode(), "learning": list(learning), "busy": threading.Lock()}
    return ThreadingHTTPServer((host, port), type("OneTrainer", (Trainer,), names))


def main(given: Sequence[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser("assistant.trainer", description=__doc__)
    parser.add_argument("--host", default=os.environ.get("CARELINE_ASSISTANT_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    arguments = parser.parse_args(given)
    token = os.environ.get("CARELINE_ASSISTANT_TOKEN", "")
    if not token:
        sys.exit("trainer: CARELINE_ASSISTANT_TOKEN is not set")
    learning = [sys.executable, "-m", "assistant.learn"]
    with server(arguments.host, arguments.port, token, learning) as running:
        print(f"trainer: ready on {arguments.host}:{arguments.port}", flush=True)
        running.serve_forever()


if __name__ == "__main__":
    main()
