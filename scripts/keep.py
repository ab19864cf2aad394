"""Runs one program of the product and starts it again when it ends by itself.

honcho stops everything as soon as one process ends; a crashed assistant must not take the care
server with it. Used by the Procfile: `python scripts/keep.py NAME COMMAND…`.
"""

import signal
import subprocess
import sys
import time
from types import FrameType

SHORTEST, LONGEST = 1.0, 30.0


def main(name: str, command: list[str]) -> int:
    """Keep `command` running until this process is told to stop."""
    stopping = False
    process: subprocess.Popen[bytes] | None = None

    def stop(sign: int, _: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        if process is not None and process.poll() is None:
            process.send_signal(sign)

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, stop)
    pause = SHORTEST
    while not stopping:
        started = time.monotonic()
        process = subprocess.Popen(command)
        status = process.wait()
        if stopping:
            break
        pause = SHORTEST if time.monotonic() - started > LONGEST else min(pause * 2, LONGEST)
        print(f"{name} ended with status {status}; starting it again in {pause:.0f} s", flush=True)
        time.sleep(pause)
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: keep.py NAME COMMAND…")
    sys.exit(main(sys.argv[1], sys.argv[2:]))
