"""PostgreSQL, Redis and Chromium for tests: installed where missing, started, stopped.

Everything listens on loopback, on a free port, with its data in a temporary folder.
`python -m tests.support.services` installs what is missing, before suites run side by side.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.ports import free_port, wait_for_port

POSTGRES_FOLDERS = Path("/usr/lib/postgresql")


@cache
def _apt_updated() -> bool:
    subprocess.run(["apt-get", "update", "-qq"], check=True, timeout=300)
    return True


def install(package: str) -> None:
    """Install a Debian package. Raises RuntimeError with what to do where that is impossible."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise RuntimeError(f"the tests need {package}: install it, then run them again")
    _apt_updated()
    print(f"installing {package} ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package],
        check=True,
        timeout=900,
        env=environment,
        stdout=subprocess.DEVNULL,
    )


def chromium() -> str:
    """Path of a Chromium, installed where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    install("chromium")
    return chromium()


def headless_chromium() -> str:
    """Path of Chromium without its windows, a third quicker; the whole one where there is none."""
    found = shutil.which("chromium-headless-shell")
    if found is None:
        with contextlib.suppress(RuntimeError, subprocess.CalledProcessError):
            install("chromium-headless-shell")
        found = shutil.which("chromium-headless-shell")
    return found or chromium()


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL server with its data under `folder`; gives `postgresql://…/careline`."""
    tools = _postgres_tools()
    port, account = free_port(), _unprivileged_account()
    data = folder / "data"
    data.mkdir(parents=True)
    for path in (folder, data):
        shutil.chown(path, account)
    _open_parents(folder)
    initdb = [str(tools / "initdb"), "-D", str(data), "-U", "careline", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*initdb, "--no-sync"], check=True, user=account, stdout=subprocess.DEVNULL)
    # No socket in the file system: its path may be longer than one is allowed to be.
    options = ["-p", str(port), "-h", "127.0.0.1", "-k", "", "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [tools / "postgres", "-D", data, *options], user=account, stdout=log, stderr=log
        )
    try:
        wait_for_port(port)
        _create_database(tools, port, account)
        yield f"postgresql://careline@127.0.0.1:{port}/careline"
    finally:
        server.terminate()
        server.wait(60)


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A Redis server that keeps nothing; gives `redis://…`."""
    program, port = _redis_program(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(60)


def _redis_program() -> str:
    if shutil.which("redis-server") is None:
        install("redis-server")
    return shutil.which("redis-server") or "redis-server"


def _postgres_tools() -> Path:
    found = sorted(POSTGRES_FOLDERS.glob("*/bin/initdb"))
    if not found:
        install("postgresql")
        found = sorted(POSTGRES_FOLDERS.glob("*/bin/initdb"))
    return found[-1].parent


def _unprivileged_account() -> str | int:
    """PostgreSQL refuses to run as root: its own account does it then."""
    if os.geteuid() != 0:
        return os.geteuid()
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


def _open_parents(folder: Path) -> None:
    """Let the other account pass through the temporary folders above its own."""
    if os.geteuid() != 0:
        return
    for parent in folder.parents:
        if parent.stat().st_uid == 0 and len(parent.parts) > 2:
            parent.chmod(parent.stat().st_mode | 0o011)


def _create_database(tools: Path, port: int, account: str | int) -> None:
    command = [
        str(tools / "createdb"),
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-U",
        "careline",
        "careline",
    ]
    for _ in range(600):
        made = subprocess.run(command, user=account, capture_output=True, check=False)
        if made.returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(made.stderr.decode())


if __name__ == "__main__":
    for program in (_postgres_tools(), _redis_program(), chromium(), headless_chromium()):
        print(program)
