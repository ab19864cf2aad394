"""Trainings in another container: the examples go there, the steps and the result come back."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import trainer
from care.bus import Bus
from care.desk.learners import lines_here
from care.desk.training import Trainer, TrainingRefused
from care.record.agents import Role, do_add_agent
from care.record.audit import audit_rows
from care.record.record import Record
from care.record.trainings import Training, last_training
from care.settings import Settings

LEARN = """
import json, pathlib, sys
print("step: learning", flush=True)
known = (pathlib.Path(sys.argv[-1]) / "nlu" / "reviewed.yml").read_text()
print("a warning\\n\\x1b[0m", end="")
print("result: " + json.dumps({"before": None, "after": {"model": "m2", "accuracy": len(known)}}))
"""
TOKEN = "assistant-token"


@pytest.fixture
def trainer_url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of a trainer that learns nothing but the length of its examples."""
    monkeypatch.setattr(trainer, "DATA", tmp_path / "data")
    running = trainer.server("127.0.0.1", 0, TOKEN, [sys.executable, "-c", LEARN])
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join()


async def trained(record: Record, **settings: str) -> Training:
    """Train to the end."""
    desk = Trainer(Settings(**settings), record, Bus())  # type: ignore[arg-type]
    lead = await record.write(do_add_agent, "lead@example.com", "Lead", Role.SUPERVISOR, None)
    await desk.begin(lead, 0)
    with pytest.raises(TrainingRefused):
        await desk.begin(lead, 0)
    begun = [row.action for row in await record.read(audit_rows)]
    assert begun == ["training.started"]  # the refused one did not begin
    while True:
        found = await record.read(last_training)
        if found is not None and found.state != "running":
            await desk.stop()
            return found
        await asyncio.sleep(0.05)


async def test_the_trainer_gets_the_examples_and_tells_what_came_of_them(
    record: Record, trainer_url: str
) -> None:
    found = await trained(record, trainer_url=trainer_url, assistant_token=TOKEN)
    assert (found.state, found.error, found.model) == ("done", None, "m2")
    assert found.after is not None
    assert found.after["accuracy"] > 50


@pytest.mark.parametrize(
    ("url", "token", "error"),
    [("http://127.0.0.1:9", TOKEN, "no_trainer"), ("", "another", "not_allowed")],
)
async def test_a_training_that_cannot_be_done_says_why(
    record: Record, trainer_url: str, url: str, token: str, error: str
) -> None:
    found = await trained(record, trainer_url=url or trainer_url, assistant_token=token)
    assert (found.state, found.error, found.after) == ("failed", error, None)


async def test_who_stops_reading_ends_the_command_and_what_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    child = f"import time; time.sleep(1); open({str(mark)!r}, 'w')"
    code = f"import subprocess, sys; print('go', flush=True); subprocess.run([sys.executable, '-c', {child!r}])"
    (tmp_path / "run.py").write_text(code)
    lines = lines_here(f"{sys.executable} {tmp_path / 'run.py'}", tmp_path, {})
    async for line in lines:
        assert line == "go\n"
        break
    await lines.aclose()
    await asyncio.sleep(1.5)
    assert not mark.exists()
