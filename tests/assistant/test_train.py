"""Training: only when something changed, the same model from the same files, published whole."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from assistant import fingerprint as fingerprints
from assistant.candidates import KEPT_MODELS
from assistant.fingerprint import SERVING_ONLY, code_fingerprint, fingerprint
from assistant.report import Guess, make_report, report_on
from assistant.train import publish, up_to_date

ROOT = Path(__file__).parents[2]
BOT = Path(__file__).parent / "bot"


def train(
    folder: Path, *flags: str, config: str = "config.yml", watched: str | None = None
) -> str:
    """Run the command on the small bot; returns what it printed.

    `watched` is a program to run instead, with the command's arguments in place of `{}`.
    """
    given = ["--models", str(folder / "models"), "--report", str(folder / "report"), *flags]
    given += ["--config", str(BOT / config), "--domain", str(BOT / "domain.yml")]
    given += ["--data", str(folder / "data")]
    command = [sys.executable, "-m", "assistant.train", *given]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if watched is not None:
        command = [sys.executable, "-c", watched.format(given)]
        environment["PYTHONHASHSEED"] = "0"
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=800
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def contents(model: Path) -> dict[str, bytes]:
    """What is in a model, but for its id and time."""
    with tarfile.open(model) as archive:
        files = {m.name: archive.extractfile(m) for m in archive.getmembers() if m.isfile()}
        return {n: f.read() for n, f in files.items() if f and not n.endswith("metadata.json")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # Rasa reads the configuration of the project; the data is what a test changes.
    shutil.copytree(BOT / "data", tmp_path / "data")
    return tmp_path


def test_only_when_something_changed(folder: Path) -> None:
    """Train, then nothing to do, then a changed example, and by force the same bytes again."""
    first = train(folder)
    assert "is trained" in first
    models = folder / "models"
    (model,) = models.glob("*.tar.gz")
    assert not (models / ".new").exists()
    assert "nothing changed" in train(folder)
    assert (folder / "report" / "report.json").exists()
    assert "is trained" in train(folder, "--force")
    again = max(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    assert contents(again) == contents(model)
    examples = folder / "data" / "nlu.yml"
    examples.write_text(examples.read_text().replace("- bye", "- bye\n      - farewell"))
    assert "is trained" in train(folder)


def test_without_tensorflow_the_same_is_learnt(folder: Path) -> None:
    """Joined stories are left out too: memory and rules pass them over."""
    watched = "import sys; from assistant.train import main; main({}); "
    watched += "print('tensorflow' in sys.modules)"
    learnt = []
    for flags, loaded in ((["--force"], "False"), (["--force", "--stock"], "True")):
        out = train(folder, *flags, config="plain.yml", watched=watched)
        assert out.splitlines()[-1] == loaded
        newest = max((folder / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
        learnt.append(in_any_order(contents(newest)))
        newest.unlink()
    assert learnt[0] == learnt[1]
    assert any("memorized_turns" in name for name in learnt[0])


def in_any_order(files: dict[str, bytes]) -> dict[str, object]:
    """What was learnt, lists sorted; without the note of how it was configured."""

    def sort(value: object) -> object:
        if isinstance(value, dict):
            return {key: sort(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return sorted((sort(inner) for inner in value), key=repr)
        return value

    read = {name: data for name, data in files.items() if "fingerprints-for" not in name}
    return {n: sort(json.loads(d)) if n.endswith(".json") else d for n, d in read.items()}


def test_up_to_date(tmp_path: Path) -> None:
    state, models = tmp_path / "state.json", tmp_path / "models"
    models.mkdir()
    assert up_to_date(state, "a", models) is None
    state.write_text(json.dumps({"fingerprint": "a", "model": "one.tar.gz"}))
    assert up_to_date(state, "a", models) is None
    (models / "one.tar.gz").touch()
    assert up_to_date(state, "a", models) == "one.tar.gz"
    assert up_to_date(state, "b", models) is None
    state.write_text("broken")
    assert up_to_date(state, "a", models) is None


def test_publish_keeps_the_last_few(tmp_path: Path) -> None:
    for number in range(KEPT_MODELS + 2):
        new = tmp_path / ".new"
        new.mkdir()
        (new / "new.tar.gz").write_text(str(number))
        found = publish(new / "new.tar.gz", tmp_path, f"{number}abcdefgh")
        os.utime(found, (number, number))
        assert not new.exists()
    kept = sorted(path.read_text() for path in tmp_path.glob("*.tar.gz"))
    assert kept == [str(n) for n in range(2, KEPT_MODELS + 2)]


def project(folder: Path) -> Path:
    for name in ("assistant/rules.py", "assistant/channel.py", "assistant/uv.lock", "config.yml"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    (folder / "domain.yml").write_text("domain")
    (folder / "data").mkdir()
    (folder / "data" / "nlu.yml").write_text("nlu")
    return folder


@pytest.mark.parametrize(
    "changed", ["assistant/rules.py", "assistant/uv.lock", "config.yml", "domain.yml", "data/nlu.yml"]
)
def test_fingerprint_sees_every_dependency(tmp_path: Path, changed: str) -> None:
    found = project(tmp_path)
    before = fingerprint(found, "config.yml", "domain.yml", "data")
    assert fingerprint(found, "config.yml", "domain.yml", "data") == before
    (found / changed).write_text("changed")
    assert fingerprint(found, "config.yml", "domain.yml", "data") != before


def test_fingerprint_leaves_out_what_only_serves(tmp_path: Path) -> None:
    found = project(tmp_path)
    before = fingerprint(found, "config.yml", "domain.yml", "data"), code_fingerprint(found)
    (found / "assistant" / "channel.py").write_text("changed")
    assert before == (fingerprint(found, "config.yml", "domain.yml", "data"), code_fingerprint(found))


def test_serving_modules_exist() -> None:
    modules = {path.stem for path in Path(fingerprints.__file__).parent.glob("*.py")}
    assert modules >= SERVING_ONLY


def test_report() -> None:
    guesses = [Guess(f"where is it {n}", "track_order", "track_order", 0.9) for n in range(30)]
    guesses += [Guess(f"money back {n}", "get_refund", "track_refund", 0.5 + n / 10) for n in range(4)]
    guesses += [Guess("refund me", "get_refund", "get_refund", 0.8)]
    made = report_on(guesses, "m.tar.gz")
    assert made.accuracy == 31 / 35
    assert [topic.intent for topic in made.weak_topics()] == ["get_refund"]
    assert made.confusions[0].in_words() == (
        "get_refund was taken for track_refund 4 times: “money back 3”; “money back 2”; “money back 1”"
    )
    assert "get_refund 20%" in made.summary()
    assert "| get_refund | 5 | 20% | track_refund (4) |" in made.as_markdown()
    assert made.as_dict()["weak_topics"] == ["get_refund"]


def test_report_reads_the_guesses_from_the_model(tmp_path: Path) -> None:
    (tmp_path / "left_out.json").write_text(
        json.dumps([{"text": "x", "intent": "a", "guess": "b", "confidence": 0.4}])
    )
    with tarfile.open(tmp_path / "m.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "left_out.json", "components/classifier/left_out.json")
    assert make_report(tmp_path / "m.tar.gz").confusions[0].taken_for == "b"


def test_report_without_guesses(models: Path) -> None:
    made = make_report(next(models.glob("*.tar.gz")))
    assert made.accuracy is None
    assert "no guesses" in made.summary()
