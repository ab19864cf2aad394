"""Node programs for tests: the npm packages of tests/support/npm, installed once, and started."""

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from scripts.node import npm_command
from tests.support.ports import wait_for_port

FOLDER = Path(__file__).parent / "npm"


def installed() -> Path:
    """The folder with its packages, installed from the lock file where they are not."""
    marker = FOLDER / "node_modules" / ".package-lock.json"
    with (FOLDER / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.exists():
            npm, environment = npm_command()
            command = [*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=FOLDER, env=environment, check=True, timeout=600)
    return FOLDER


def node_program() -> str:
    """Path of Node, the one that npm runs with."""
    npm, environment = npm_command()
    found = shutil.which("node", path=environment["PATH"]) or npm[0]
    return str(found)


@contextlib.contextmanager
def running(script: str, *arguments: str, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A Node program of the folder that listens on `port`."""
    folder = installed()
    process = subprocess.Popen(
        [node_program(), str(folder / script), *arguments],
        cwd=folder,
        env=dict(os.environ),
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the program listens; raises RuntimeError where it ended instead."""
    for _ in range(240):
        if process.poll() is not None:
            raise RuntimeError(f"the program ended with status {process.returncode}")
        with contextlib.suppress(TimeoutError):
            wait_for_port(port, 0.5)
            return
    raise TimeoutError(f"nothing listens on port {port}")
