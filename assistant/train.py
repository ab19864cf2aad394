"""`python -m assistant.train`: the model, if anything that it depends on changed.

The same files give the same model. It is published at once when it is whole, so a
server that starts or reloads meanwhile never sees half of it.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from assistant.candidates import drop_old, newest
from assistant.fingerprint import code_fingerprint, fingerprint
from assistant.paths import PROJECT, var_dir

SEED = "0"
# Rasa looks for its own class by name and does not see that ours is one; the others
# say something of libraries, not of our data.
_NOT_OURS = (
    "'RulePolicy' is not included",
    "Slot auto-fill has been removed",
    "DeprecationWarning",
    "Limited tf.",
    "does not include an entity extractor trained on your training data",
    "pkg_resources",
)


def read_arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; the defaults are the product's own files."""
    parser = argparse.ArgumentParser("assistant.train", description=__doc__)
    parser.add_argument("--config", default="config.yml")
    parser.add_argument("--domain", default="domain.yml")
    parser.add_argument("--data", default="data")
    parser.add_argument("--models", type=Path, default=PROJECT / "models")
    parser.add_argument("--force", action="store_true", help="train even if nothing changed")
    parser.add_argument("--stock", action="store_true", help="import all of Rasa, TensorFlow too")
    parser.add_argument("--report", type=Path, default=var_dir() / "train", help="its folder")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Train, publish, report; returns the exit status."""
    arguments = read_arguments(given)
    now = fingerprint(PROJECT, arguments.config, arguments.domain, arguments.data)
    state = arguments.models / ".state.json"
    code = code_fingerprint(PROJECT)
    held = up_to_date(state, now, arguments.models)
    if held is not None and not arguments.force:
        say(f"nothing changed since {held} was trained")
        return 0
    if os.environ.get("PYTHONHASHSEED") != SEED:
        # Rasa writes sets into models; only a fixed order makes them the same again.
        environment = {**os.environ, "PYTHONHASHSEED": SEED}
        command = [sys.executable, "-m", "assistant.train", *(given or sys.argv[1:])]
        sys.stdout.flush()
        os.execve(sys.executable, command, environment)  # noqa: S606
    began = time.monotonic()
    # Rasa keeps trained components and compares only the source of their class: after
    # a change in a module that the class uses it would take the old ones.
    anew = arguments.force or read_state(state).get("code") != code
    model = publish(train(arguments, anew), arguments.models, now)
    say(f"{model.name} is trained ({time.monotonic() - began:.0f} s)")
    # Written before the report: a report that fails must not cost a second training.
    state.write_text(json.dumps({"fingerprint": now, "code": code, "model": model.name}))
    report(model, arguments.report)
    return 0


def up_to_date(state: Path, now: str, models: Path) -> str | None:
    """Name of the model that these files gave before, if it is still the newest."""
    held = read_state(state)
    last = newest(models)
    same = held.get("fingerprint") == now and last is not None and last.name == held.get("model")
    return last.name if same and last else None


def read_state(state: Path) -> dict[str, str]:
    """What the last training noted; empty where there was none."""
    try:
        found: dict[str, str] = json.loads(state.read_text())
    except (OSError, ValueError):
        return {}
    return found


def train(arguments: argparse.Namespace, anew: bool) -> Path:
    """Train into a folder beside the published models, all of it or what changed."""
    os.environ.update(RASA_TELEMETRY_ENABLED="false", LOG_LEVEL="WARNING", TF_CPP_MIN_LOG_LEVEL="3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    say("reading data and loading Rasa (some seconds) ...")
    _log()
    plain = not arguments.stock and leave_out_neural(PROJECT / arguments.config)
    from rasa.api import train as rasa_train

    new = arguments.models / ".new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    result = rasa_train(
        domain=str(PROJECT / arguments.domain),
        config=str(PROJECT / arguments.config),
        training_files=[str(PROJECT / arguments.data)],
        output=str(new),
        fixed_model_name="new",
        force_training=anew,
        # Joined stories are for policies that generalise; memory and rules pass them over.
        core_additional_arguments={"augmentation_factor": 0} if plain else None,
    )
    if result.code != 0 or result.model is None:
        sys.exit(f"training: failed with code {result.code}")
    return Path(result.model)


def leave_out_neural(config: Path) -> bool:
    """Spare the import of TensorFlow where no component needs it; returns whether none does."""
    import yaml

    from assistant.lean import FOR_TRAINING, register_plain, stand_in, without_neural

    try:
        read = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return False  # Rasa says what is wrong with it.
    if not isinstance(read, dict) or not without_neural(read):
        return False
    stand_in(FOR_TRAINING)
    register_plain()
    return True


def publish(model: Path, models: Path, print_of_it: str) -> Path:
    """Move a whole model among the published ones; drops all but the last few."""
    name = time.strftime("%Y%m%d-%H%M%S", time.gmtime()) + f"-{print_of_it[:8]}.tar.gz"
    os.replace(model, models / name)
    shutil.rmtree(model.parent, ignore_errors=True)
    drop_old(models)
    return models / name


def report(model: Path, folder: Path) -> None:
    """Write what the model gets wrong into the folder and print the gist."""
    from assistant.report import make_report

    say("writing the report ...")
    made = make_report(model)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(made.as_dict(), indent=1))
    (folder / "report.md").write_text(made.as_markdown())
    print(made.summary(), flush=True)
    say(f"the whole report is in {folder / 'report.md'}")


def say(what: str) -> None:
    """One line of progress."""
    print(f"training: {what}", flush=True)


def _log() -> None:
    logging.basicConfig(level=logging.WARNING, format="training: %(message)s", stream=sys.stdout)
    # Rasa names each component when it starts to train it.
    logging.getLogger("rasa.engine.training.hooks").setLevel(logging.INFO)
    logging.captureWarnings(True)
    for handler in logging.root.handlers:
        handler.addFilter(_is_ours)


def _is_ours(record: logging.LogRecord) -> bool:
    text = record.getMessage()
    return not any(word in text for word in _NOT_OURS)


if __name__ == "__main__":
    sys.exit(main())
