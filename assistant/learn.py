"""`python -m assistant.learn`: a training from the desk, compared with the model at work.

The new model waits (candidates.py) until somebody puts it to work. Both models are asked the
held-out messages of `tests/nlu`, which neither has learnt from. Lines that the desk reads:
`step: NAME`, `result: {JSON}`, `failed: CODE`; all others are details.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from assistant.candidates import STATE, at_work, learnt_dir, waiting_dir
from assistant.fingerprint import fingerprint
from assistant.paths import PROJECT, var_dir
from assistant.train import read_state, up_to_date

FAILED = 3


class LearningFailed(Exception):
    """A training that ends without a model. `code`: why, as the desk explains it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; the defaults are the product's own files."""
    parser = argparse.ArgumentParser("assistant.learn", description=__doc__)
    parser.add_argument("--config", default="config.yml")
    parser.add_argument("--domain", default="domain.yml")
    parser.add_argument("--data", default="data")
    parser.add_argument("--models", type=Path, default=PROJECT / "models")
    parser.add_argument("--held-out", type=Path, default=PROJECT / "tests" / "nlu")
    parser.add_argument("--report", type=Path, default=var_dir() / "train")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Train and compare; returns the exit status."""
    arguments = read_arguments(given)
    try:
        result = learn(arguments)
    except LearningFailed as failure:
        print(f"failed: {failure.code}", flush=True)
        return FAILED
    print(f"result: {json.dumps(result)}", flush=True)
    return 0


def learn(arguments: argparse.Namespace) -> dict[str, Any]:
    """Train beside the model at work; returns `{before, after}` as measured() gives them.

    Raises LearningFailed: `nothing_new`, `bad_data`, `no_memory`.
    """
    step("reading")
    working = at_work(arguments.models)
    _prepare(arguments, working)
    step("learning")
    began = time.monotonic()
    command = [sys.executable, "-m", "assistant.train"]
    command += ["--models", str(waiting_dir(arguments.models)), "--report", str(arguments.report)]
    for name in ("config", "domain", "data"):
        command += [f"--{name}", str(getattr(arguments, name))]
    status = subprocess.run(command, check=False).returncode  # noqa: S603
    if status != 0:
        raise LearningFailed("no_memory" if status in (-9, 137) else "bad_data")
    took = round(time.monotonic() - began)
    state = read_state(waiting_dir(arguments.models) / STATE)
    new = waiting_dir(arguments.models) / state["model"]
    with tempfile.TemporaryDirectory(prefix="careline-held-out-") as folder:
        step("measuring_before")
        asked = held_out(arguments, Path(folder))
        before = measured(working, asked) if working else None
        step("measuring_after")
        after = measured(new, asked)
    changed = {} if before is None else _changes(before, after)
    for one in (before, after):
        if one is not None:
            del one["missed"]
    return {"before": before, "after": {**after, **changed, "seconds": took}}


def _prepare(arguments: argparse.Namespace, working: Path | None) -> None:
    """Refuse to learn nothing; let the training keep what the code has not changed."""
    now = fingerprint(PROJECT, arguments.config, arguments.domain, arguments.data)
    folders = (arguments.models, learnt_dir(arguments.models))
    states = [folder / STATE for folder in folders]
    held = [up_to_date(state, now, state.parent) for state in states]
    if working is not None and working.name in held:
        raise LearningFailed("nothing_new")
    folder = waiting_dir(arguments.models)
    folder.mkdir(parents=True, exist_ok=True)
    codes = [read_state(state).get("code") for state in states]
    if not (folder / STATE).exists() and any(codes):
        (folder / STATE).write_text(json.dumps({"code": next(filter(None, reversed(codes)))}))


def held_out(arguments: argparse.Namespace, folder: Path) -> Path:
    """The held-out messages that say something about this shop, copied into `folder`.

    Left out: topics that the assistant is not taught (where its report says which these are), and
    messages that it has learnt by now.
    """
    report = json.loads((arguments.report / "report.json").read_text(encoding="utf-8"))
    taught = {str(topic["intent"]) for topic in report["topics"]}
    learnt = _reviewed(PROJECT / arguments.data / "nlu" / "reviewed.yml")
    for path in sorted(arguments.held_out.glob("heldout_*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and "nlu" in content:
            blocks = [b for b in content["nlu"] if not taught or b["intent"] in taught]
            for block in blocks:
                lines = block["examples"].splitlines()
                kept = [line for line in lines if line.strip()[2:].strip().casefold() not in learnt]
                block["examples"] = "\n".join(kept) + "\n"
            text = yaml.safe_dump({"nlu": blocks}, allow_unicode=True, width=10_000)
            (folder / path.name).write_text(text, encoding="utf-8")
    return folder


def _reviewed(path: Path) -> set[str]:
    """What was accepted at the desk."""
    if not path.exists():
        return set()
    blocks = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    return {str(one["text"]).strip().casefold() for b in blocks for one in b["examples"]}


def measured(model: Path, folder: Path) -> dict[str, Any]:
    """What a model makes of the held-out messages.

    `accuracy`: share (0 to 1) whose topic is found; `wrong`: share that is answered wrongly
    (the others it asks back or passes on); `messages`: how many; `missed`: the texts not found.
    """
    from assistant.evaluate import evaluate
    from assistant.loaded import Understanding

    with Understanding(model) as understanding:
        report = evaluate(understanding, folder)
    sets = report["sets"].values()
    total = sum(one["messages"] for one in sets)
    share = {
        name: sum(one[name] * one["messages"] for one in sets) / max(total, 1)
        for name in ("accuracy", "wrong")
    }
    missed = sorted({str(row["text"]) for row in report["wrong"]})
    return {"model": model.name, "messages": total, **share, "missed": missed}


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    """How many messages are found now that were not, and the other way round."""
    old, new = set(before["missed"]), set(after["missed"])
    return {"better": len(old - new), "worse": len(new - old)}


def step(name: str) -> None:
    """Tell how far it is."""
    print(f"step: {name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
