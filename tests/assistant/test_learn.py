"""A training from the desk: compared with the model at work, and waiting until it is wanted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.candidates import adopt, at_work, learnt_dir, waiting, waiting_dir
from assistant.evaluate import read_labelled
from assistant.learn import held_out, read_arguments
from tests.assistant.test_train import BOT, ROOT, folder, train

__all__ = ["folder"]
HELD_OUT = """
nlu:
- intent: goodbye
  examples: |
    - cheerio
    - I must be off, farewell
    - bye for now
- intent: no_such_topic
  examples: |
    - never asked
"""
REVIEWED = """
version: "3.1"
nlu:
- intent: goodbye
  examples:
  - text: "cheerio\\n"
    metadata: {accepted_by: Linnea}
"""


def learn(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command on the small bot."""
    command = [sys.executable, "-m", "assistant.learn", "--models", str(folder / "models")]
    command += ["--report", str(folder / "report"), "--held-out", str(folder / "held_out")]
    for name in ("config", "domain"):
        command += [f"--{name}", str(BOT / f"{name}.yml")]
    command += ["--data", str(folder / "data")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=800
    )


def test_it_learns_measures_both_models_and_waits(folder: Path) -> None:
    train(folder)
    models = folder / "models"
    (folder / "held_out").mkdir()
    (folder / "held_out" / "heldout_small.yml").write_text(HELD_OUT)
    assert learn(folder).stdout.splitlines()[-1] == "failed: nothing_new"
    old = at_work(models)
    (folder / "data" / "nlu").mkdir()
    (folder / "data" / "nlu" / "reviewed.yml").write_text(REVIEWED)
    done = learn(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = [line for line in done.stdout.splitlines() if line.startswith("step: ")]
    assert steps == [
        f"step: {name}" for name in ("reading", "learning", "measuring_before", "measuring_after")
    ]
    result = json.loads(done.stdout.splitlines()[-1].removeprefix("result: "))
    assert old is not None
    assert result["before"]["model"] == old.name
    # What was accepted cannot be asked.
    assert result["before"]["messages"] == result["after"]["messages"] == 3
    assert 0 <= result["after"]["accuracy"] <= 1
    assert at_work(models) == old
    new = waiting(models)
    assert new is not None
    assert new.name == result["after"]["model"]
    adopt(models, new)
    assert at_work(models) == learnt_dir(models) / new.name
    assert waiting(models) is None
    assert learn(folder).stdout.splitlines()[-1] == "failed: nothing_new"


def test_what_is_not_taught_and_what_was_learnt_is_not_asked(tmp_path: Path) -> None:
    for name in ("data/nlu", "report", "held_out", "asked"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "held_out" / "heldout_small.yml").write_text(HELD_OUT)
    (tmp_path / "data" / "nlu" / "reviewed.yml").write_text(REVIEWED)
    report = {"topics": [{"intent": "goodbye"}]}
    (tmp_path / "report" / "report.json").write_text(json.dumps(report))
    given = {"data": tmp_path / "data", "report": tmp_path / "report"}
    given["held-out"] = tmp_path / "held_out"
    flags = [f"--{name}={path}" for name, path in given.items()]
    held_out(read_arguments(flags), tmp_path / "asked")
    asked = read_labelled(tmp_path / "asked" / "heldout_small.yml")
    assert asked == [("I must be off, farewell", "goodbye"), ("bye for now", "goodbye")]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder with one model of `make train`."""
    waiting_dir(tmp_path).mkdir(parents=True)
    _model(tmp_path, "made", 1)
    return tmp_path


def _model(folder: Path, name: str, age: int) -> Path:
    path = folder / f"{name}.tar.gz"
    path.touch()
    os.utime(path, (age, age))
    return path


def test_a_later_model_of_make_train_outdates_the_one_that_waits(made: Path) -> None:
    new = _model(waiting_dir(made), "new", 2)
    assert waiting(made) == new
    later = _model(made, "later", 3)
    assert waiting(made) is None
    assert at_work(made) == later


def test_two_processes_that_adopt_at_once_agree(made: Path) -> None:
    new = _model(waiting_dir(made), "new", 5)
    for _ in range(2):
        adopt(made, new)
    assert at_work(made) == learnt_dir(made) / "new.tar.gz"
    for age in range(6, 12):
        adopt(made, _model(waiting_dir(made), f"m{age}", age))
    assert sorted(path.name for path in learnt_dir(made).glob("*.tar.gz")) == [
        "m10.tar.gz",
        "m11.tar.gz",
        "m9.tar.gz",
    ]
