"""Some commands at a time, each in a process group and a temporary folder of its own.

What a command says is kept and printed whole when it ends; where only one may run, it is
printed as it comes. Nothing that a command started and that stayed in its group outlives it.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

PULSE = 0.1
GRACE = 15.0
"""Seconds that a command has to end after SIGTERM."""
QUIET = 120.0
"""Seconds without a word after which it is said what runs."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(Enum):
    """How a command ended."""

    OK = "ok"
    FAILED = "FAILED"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Job:
    """A command, under its heading."""

    name: str
    command: Sequence[str]
    after: Sequence[str] = ()
    note: str = ""

    @property
    def heading(self) -> str:
        """What its output stands under."""
        return f"=== {self.name}" + (f": {self.note}" if self.note else "")


@dataclass
class _Running:
    job: Job
    process: "subprocess.Popen[bytes]"
    began: float
    said: Path | None


class Lanes:
    """Works off lists of jobs. `folder` holds what they say and their temporary files."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.stopped_by: signal.Signals | None = None
        self._folder, self._root = folder, root
        self._places: dict[str, Path] = {}
        self._before: dict[int, Any] = {}
        self._told = time.monotonic()

    def __enter__(self) -> "Lanes":
        """Note signals instead of dying of them, until the end."""
        self._before = {sign: signal.signal(sign, self._note) for sign in _SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Treat signals as before."""
        for sign, before in self._before.items():
            signal.signal(sign, before)

    def work_off(self, jobs: Sequence[Job], lanes: int) -> dict[str, Ended]:
        """Run the jobs, the first that may start first, `lanes` at a time.

        A job may start when all that it comes after have ended. After a signal nothing more
        starts, and what runs is ended.
        """
        waiting, running = list(jobs), list[_Running]()
        ended: dict[str, Ended] = {}
        try:
            while (waiting or running) and not self.stopped_by:
                free = [job for job in waiting if ended.keys() >= set(job.after)]
                for job in free[: lanes - len(running)]:
                    waiting.remove(job)
                    running.append(self._start(job, ended, live=lanes == 1))
                time.sleep(PULSE)
                for one in [r for r in running if r.process.poll() is not None]:
                    running.remove(one)
                    ended[one.job.name] = self._end(one)
                if lanes > 1:
                    self._tell_what_runs(running)
        finally:
            _end_groups([one.process for one in running])
        return ended | {one.job.name: _tell(one, Ended.STOPPED) for one in running}

    def _note(self, number: int, _: FrameType | None) -> None:
        self.stopped_by = self.stopped_by or signal.Signals(number)

    def _tell_what_runs(self, running: Sequence[_Running]) -> None:
        """A log that stands still looks like a run that hangs."""
        present = time.monotonic()
        if running and present - self._told > QUIET:
            names = (f"{one.job.name} ({present - one.began:.0f} s)" for one in running)
            print(f"=== still running: {', '.join(names)}", flush=True)
            self._told = present

    def _start(self, job: Job, ended: dict[str, Ended], *, live: bool) -> _Running:
        self._told = time.monotonic()
        failed = [name for name in job.after if ended[name] is Ended.FAILED]
        though = f", though {', '.join(failed)} failed" if failed else ""
        print(f"\n{job.heading}{though}" if live else f"{job.heading}: started{though}", flush=True)
        place = self._places.setdefault(job.name, self._folder / str(len(self._places)))
        place.mkdir(exist_ok=True)
        said = None if live else self._folder / f"{place.name}.log"
        output = said.open("wb") if said else None
        try:
            process = subprocess.Popen(
                job.command,
                cwd=self._root,
                env={**os.environ, "TMPDIR": str(place)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output and subprocess.STDOUT,
                start_new_session=True,
            )
        finally:
            if output:
                output.close()
        return _Running(job, process, time.monotonic(), said)

    def _end(self, one: _Running) -> Ended:
        _signal_group(one.process, signal.SIGKILL)
        how = Ended.OK if one.process.returncode == 0 else Ended.FAILED
        if how is Ended.OK:  # else a second try may want to know what failed
            shutil.rmtree(self._places[one.job.name], ignore_errors=True)
        return _tell(one, how)


def _tell(one: _Running, how: Ended) -> Ended:
    if one.said:
        print(f"\n{one.job.heading}", flush=True)
        with one.said.open("rb") as said:
            shutil.copyfileobj(said, sys.stdout.buffer)
        one.said.unlink()
    seconds = time.monotonic() - one.began
    print(f"=== {one.job.name}: {how.value} in {seconds:.0f} s", flush=True)
    return how


def _signal_group(leader: "subprocess.Popen[bytes]", sign: int) -> bool:
    """Signal a command and all that stayed in its group; False where nobody is left."""
    try:
        os.killpg(leader.pid, sign)
    except (ProcessLookupError, PermissionError):  # macOS denies where all have ended
        return False
    return True


def _end_groups(leaders: Sequence["subprocess.Popen[bytes]"]) -> None:
    left = [leader for leader in leaders if _signal_group(leader, signal.SIGTERM)]
    end = time.monotonic() + GRACE
    while left and time.monotonic() < end:
        time.sleep(PULSE)
        # A leader that nobody has waited for counts as one of its group.
        left = [one for one in left if one.poll() is None or _signal_group(one, 0)]
    for leader in left:
        _signal_group(leader, signal.SIGKILL)
    for leader in leaders:
        leader.wait()
