"""Named commands, in what order they are run, and saying at the end how each went."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.lanes import Ended, Job, Lanes

ROOT = Path(__file__).resolve().parents[1]
HERE = ".venv/bin/python"
RASA = "assistant/.venv/bin/python"


@dataclass(frozen=True)
class Step:
    """One command, by a name that says what it shows. `$TMPDIR` is a folder of its own."""

    name: str
    command: Sequence[str]
    again: Sequence[str] = ()
    """What of it is run a second time where it failed: what fails twice has failed."""
    after: Sequence[str] = ()
    """Names of earlier steps that it comes after, however those ended."""
    seconds: float = 0
    """About how long it takes; nothing but the order of what is free to start hangs on it."""


def lanes_wanted() -> int:
    """How many steps may run at a time: `LANES`, else two, or one where there is one core."""
    given = os.environ.get("LANES") or str(min(2, os.cpu_count() or 1))
    if not given.isdecimal() or int(given) < 1:
        raise SystemExit(f"LANES is a number of steps at a time, 1 or more, not {given!r}")
    return int(given)


def run_all(steps: Sequence[Step], lanes: int = 1) -> int:
    """Run every step, also after one failed; returns 1 where any failed.

    What failed and may have a second try has it at the end, when nothing else runs. A step
    whose forerunner failed is run all the same: what it says is worth knowing, and the whole
    has failed anyway. Returns 128 and the signal's number where a signal ended it all.
    """
    _check(steps)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="careline-"))
    try:
        with Lanes(folder, ROOT) as running:
            ended = running.work_off(_jobs(steps, lanes), lanes)
            late = [s for s in steps if s.again and ended.get(s.name) is Ended.FAILED]
            tries = [Job(s.name, s.again, note="what failed, once more") for s in late]
            again = running.work_off(tries, 1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if running.stopped_by:
        print(f"\nstopped by {running.stopped_by.name}", flush=True)
        return 128 + running.stopped_by
    return _summary(ended, again, time.monotonic() - began)


def _check(steps: Sequence[Step]) -> None:
    known: set[str] = set()
    for step in steps:
        if step.name in known or not known.issuperset(step.after):
            raise ValueError(f"{step.name!r}: a name comes once, after those it waits for")
        known.add(step.name)


def _jobs(steps: Sequence[Step], lanes: int) -> list[Job]:
    """One at a time: as listed. Else first what the longest work hangs on, itself included."""
    ahead: dict[str, float] = {}
    for step in reversed(steps):
        followers = [ahead[s.name] for s in steps if step.name in s.after]
        ahead[step.name] = step.seconds + max(followers, default=0)
    order = steps if lanes == 1 else sorted(steps, key=lambda s: -ahead[s.name])
    return [Job(s.name, s.command, s.after) for s in order]


def _summary(ended: dict[str, Ended], again: dict[str, Ended], seconds: float) -> int:
    last = {**ended, **again}
    failed = [name for name, how in last.items() if how is Ended.FAILED]
    print(f"\n{len(last) - len(failed)} steps ok, {len(failed)} failed ({seconds:.0f} s)")
    for name in again.keys() - set(failed):
        print(f"ok at the second try: {name}")
    for name in failed:
        print(f"failed: {name}")
    sys.stdout.flush()
    return 1 if failed else 0
