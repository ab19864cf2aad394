"""Free ports and waiting for servers."""

import contextlib
import itertools
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import cache

# Below the ports that systems give to whoever asks for any, Linux from 32768 and macOS from 49152:
# between its choice and its use nobody else is given a port of these.
FIRST, BLOCK, BLOCKS = 12_000, 500, 40


@cache
def _block() -> tuple[socket.socket, Iterator[int]]:
    """Ports for this process alone: who holds a block's first port holds the block."""
    for first in range(FIRST, FIRST + BLOCK * BLOCKS, BLOCK):
        held = socket.socket()
        try:
            held.bind(("127.0.0.1", first))
        except OSError:
            held.close()
            continue
        return held, itertools.cycle(range(first + 1, first + BLOCK))
    raise RuntimeError(f"all {BLOCKS} blocks of ports are in use")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, nor another process of tests will."""
    for port in itertools.islice(_block()[1], BLOCK):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


def wait_for_http(url: str, seconds: float = 60, *, ready: bool = False) -> None:
    """Wait until `url` answers anything at all (`ready`: a 2xx). Raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=10).close()
            return
        except urllib.error.HTTPError:
            if not ready:
                return
            time.sleep(0.2)
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {seconds} s")


def wait_for_port(port: int, seconds: float = 120) -> None:
    """Wait until something accepts connections on the port. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port} after {seconds} s")
