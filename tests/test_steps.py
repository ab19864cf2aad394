"""Steps side by side: their order, what they say, second tries, and what a signal leaves."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from scripts import lanes
from scripts.steps import ROOT, Step, lanes_wanted, run_all
from scripts.test import STEPS

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run steps; gives the status and what was printed."""

    def go(*steps: Step, lanes: int = 2) -> tuple[int, str]:
        status = run_all(steps, lanes)
        printed = capfd.readouterr()
        assert not printed.err
        return status, printed.out

    return go


def sh(
    name: str, script: str, again: str = "", after: Sequence[str] = (), seconds: float = 0
) -> Step:
    """A step in the shell's words."""
    second = ["sh", "-c", again] if again else ()
    return Step(name, ["sh", "-c", script], second, after, seconds)


def order(printed: str, what: str) -> list[str]:
    """Names of the steps in the order of a notice."""
    return re.findall(rf"^=== (\w+): {what}", printed, re.M)


def test_two_run_at_a_time_and_never_three(run: Run, tmp_path: Path) -> None:
    # Each of two ends only when the other is there.
    script = f"cd {tmp_path}; touch $0; until [ -e one ] && [ -e two ]; do sleep 0.01; done"
    meet = [Step(name, ["sh", "-c", script, name]) for name in ("one", "two")]
    status, printed = run(*meet, sh("three", "true"))
    assert status == 0
    assert order(printed, "(?:started|ok)")[:2] == ["one", "two"]
    assert printed.index("=== three: started") > printed.index(": ok in")


def test_with_one_lane_they_run_as_listed_and_say_it_at_once(run: Run) -> None:
    steps = [sh("short", "echo 1", seconds=1), sh("long", "echo 2 >&2; echo 3", seconds=9)]
    done = subprocess.run(
        [sys.executable, "-c", f"from scripts.steps import *; run_all({steps!r})"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    assert re.sub(r"\d+ s\b", "", done.stdout).split("\n") == [
        "", "=== short", "1", "=== short: ok in ",
        "", "=== long", "2", "3", "=== long: ok in ",
        "", "2 steps ok, 0 failed ()", "",
    ]  # fmt: skip


def test_what_the_longest_work_hangs_on_starts_first(run: Run) -> None:
    _, printed = run(
        sh("lint", "true", seconds=1),
        sh("long", "true", seconds=50),
        sh("training", "true", seconds=40),
        sh("trained", "true", after=["training"], seconds=20),
    )
    assert order(printed, "started") == ["training", "long", "trained", "lint"]


def test_a_step_starts_when_what_it_comes_after_has_ended(run: Run, tmp_path: Path) -> None:
    mark, looked = tmp_path / "mark", tmp_path / "looked"
    status, _ = run(
        sh("training", f"until [ -e {looked} ]; do sleep 0.01; done; touch {mark}"),
        sh("trained", f"test -e {mark}", after=["training"], seconds=9),
        sh("other", f"test ! -e {mark} && touch {looked}"),
    )
    assert status == 0


def test_after_a_failure_everything_is_run_and_the_whole_has_failed(run: Run) -> None:
    status, printed = run(
        sh("training", "echo no; exit 3"),
        sh("trained", "true", after=["training"]),
        sh("a", "true"),
    )
    assert status == 1
    assert "=== trained: started, though training failed\n" in printed
    assert order(printed, "FAILED in") == ["training"]
    assert sorted(order(printed, "ok in")) == ["a", "trained"]
    assert re.search(r"^2 steps ok, 1 failed .*\nfailed: training\n$", printed, re.M)


def test_what_failed_is_tried_again_at_the_end_and_alone(run: Run, tmp_path: Path) -> None:
    busy = tmp_path / "busy"
    status, printed = run(
        sh("weak", "echo first > $TMPDIR/note; false", f"test ! -e {busy} && cat $TMPDIR/note"),
        sh("broken", "false", "false"),
        sh("slow", f"touch {busy}; sleep 0.5; rm {busy}"),
        sh("last", "true", after=["slow"]),
    )
    assert status == 1
    end = printed.index("=== last: ok in")
    assert printed.index("=== weak: what failed, once more\nfirst\n=== weak: ok in") > end
    assert printed.count("=== broken: what failed, once more") == 1
    assert printed.endswith("ok at the second try: weak\nfailed: broken\n")


def test_what_a_step_says_is_printed_in_one_piece(run: Run) -> None:
    script = "for i in 1 2 3; do echo $0; sleep 0.05; done"
    _, printed = run(*(Step(n, ["sh", "-c", script, n]) for n in ("one", "two")))
    for name in ("one", "two"):
        assert f"\n=== {name}\n{name}\n{name}\n{name}\n=== {name}: ok in" in printed


def test_a_long_silence_is_broken(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "QUIET", 0.2)
    _, printed = run(sh("long", "sleep 2"), sh("too", "sleep 2"))
    assert re.search(r"^=== still running: long \(\d s\), too \(\d s\)$", printed, re.M)


def test_each_step_has_a_temporary_folder_of_its_own_that_does_not_stay(run: Run) -> None:
    _, printed = run(
        *(sh(name, "ls -A $TMPDIR; touch $TMPDIR/x; echo at=$TMPDIR") for name in "ab")
    )
    folders = re.findall(r"^=== \w\nat=(.+)$", printed, re.M)
    assert len(set(folders)) == 2
    assert not any(Path(folder).parent.exists() for folder in folders)


def test_what_a_step_leaves_running_ends_with_it(run: Run) -> None:
    _, printed = run(sh("leaves", "sleep 60 & echo $!"))
    assert _gone(int(re.findall(r"^\d+$", printed, re.M)[0]))


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_and_what_was_said_is_shown(
    sign: signal.Signals, tmp_path: Path
) -> None:
    stubborn = "trap '' TERM; sleep 60 & wait"
    steps = [sh("stubborn", stubborn), sh("two", f"echo $$ > {tmp_path}/pid; echo hello; sleep 60")]
    steps.append(sh("never", "echo never"))
    program = "from scripts import lanes; from scripts.steps import *; import sys; "
    program += f"lanes.GRACE = 0.5; sys.exit(run_all({steps!r}, 2))"
    runner = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        note = tmp_path / "pid"
        while not (note.exists() and note.read_text().endswith("\n")):
            assert runner.poll() is None
            time.sleep(0.02)
        runner.send_signal(sign)
        printed, _ = runner.communicate(timeout=60)
    finally:
        runner.kill()
    assert runner.returncode == 128 + sign
    assert "\n=== two\nhello\n=== two: stopped in" in printed
    assert printed.endswith(f"\nstopped by {sign.name}\n")
    assert "never" not in printed
    assert _gone(int(note.read_text()))


def _gone(pid: int) -> bool:
    """Whether a process has ended, or does within a while."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    "steps",
    [[sh("a", "true", after=["b"]), sh("b", "true")], [sh("a", "true"), sh("a", "true")]],
    ids=["before what it waits for", "a name twice"],
)
def test_a_list_that_cannot_be_worked_off_is_refused(steps: list[Step]) -> None:
    with pytest.raises(ValueError, match="'a'"):
        run_all(steps)


@pytest.mark.parametrize("given", ["0", "-1", "two"])
def test_lanes_that_are_no_number_are_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("LANES", given)
    with pytest.raises(SystemExit, match="LANES"):
        lanes_wanted()
    monkeypatch.setenv("LANES", "3")
    assert lanes_wanted() == 3


def test_what_reads_the_trained_model_comes_after_training() -> None:
    after = {step.name: step.after for step in STEPS}
    readers = {"tests/trained", "tests/whole_way", "core"}
    found = {step.name for step in STEPS if readers & set(step.command)}
    assert len(found) == 3
    assert all("training" in after[name] for name in found)
