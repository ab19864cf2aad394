"""Running a list of named commands one after the other, and saying how each went."""

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HERE = ".venv/bin/python"
RASA = "assistant/.venv/bin/python"


@dataclass(frozen=True)
class Step:
    """One command, by a name that says what it shows."""

    name: str
    command: Sequence[str]
    again: Sequence[str] = ()
    """What of it is run a second time where it failed: what fails twice has failed."""


def run_all(steps: Sequence[Step]) -> int:
    """Run every step, also after one failed; returns 1 where any failed."""
    failed: list[str] = []
    for step in steps:
        print(f"\n=== {step.name}", flush=True)
        started = time.monotonic()
        status = subprocess.run(step.command, cwd=ROOT, check=False).returncode
        if status != 0 and step.again:
            print(f"=== {step.name}: what failed, once more", flush=True)
            status = subprocess.run(step.again, cwd=ROOT, check=False).returncode
        took = time.monotonic() - started
        print(f"=== {step.name}: {'ok' if status == 0 else 'FAILED'} ({took:.0f} s)", flush=True)
        if status != 0:
            failed.append(step.name)
    print(f"\n{len(steps) - len(failed)} steps ok, {len(failed)} failed", flush=True)
    for name in failed:
        print(f"failed: {name}")
    return 1 if failed else 0
