"""Training the assistant from the desk: a process of its own, its progress, and the exchange of the
model while the assistant goes on answering.
"""

import asyncio
import contextlib
import json
import logging
import os
import shlex
from collections import deque
from pathlib import Path
from typing import Any

import aiohttp

from care.bus import Bus
from care.record.ids import AgentId
from care.record.record import Record
from care.record.trainings import (
    do_end_training,
    do_fail_interrupted,
    do_mark_live,
    do_start_training,
    last_training,
)
from care.settings import Settings

log = logging.getLogger(__name__)
LONGEST = 3600.0
LINES = 12


class TrainingRefused(Exception):
    """A training cannot begin, or its model cannot be put to work; the message says why."""


class Trainer:
    """At most one training at a time."""

    def __init__(self, settings: Settings, record: Record, bus: Bus) -> None:
        self.settings = settings
        self.record = record
        self.bus = bus
        self.lines: deque[str] = deque(maxlen=LINES)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """What an earlier process left unfinished has failed."""
        if self.record.sqlite:
            await self.record.write(do_fail_interrupted)

    async def stop(self) -> None:
        """End a training under way."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def measured(self) -> dict[str, Any] | None:
        """Accuracy of the newest model on examples that it had not seen: `{accuracy, …}`."""
        path = self.settings.var_dir / "train" / "report.json"
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return {name: found.get(name) for name in ("accuracy", "examples", "model")}

    async def begin(self, agent_id: AgentId, examples: int) -> int:
        """Start a training. Raises TrainingRefused where one is under way."""
        before = await asyncio.to_thread(self.measured)
        training_id = await self.record.write(do_start_training, agent_id, examples, before)
        if training_id is None:
            raise TrainingRefused("A training is under way already.")
        self.lines.clear()
        self._task = asyncio.create_task(self._run(training_id))
        return training_id

    async def go_live(self) -> str:
        """Make the assistant load the newest model; it answers all the while.

        Raises TrainingRefused where there is none, or the assistant does not take it.
        """
        last = await self.record.read(last_training)
        if last is None or last.state != "done":
            raise TrainingRefused("There is no newly trained model.")
        url = self.settings.assistant_url.rstrip("/") + "/webhooks/careline/reload"
        headers = {"Authorization": f"Bearer {self.settings.assistant_token}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as session,
                session.post(url, headers=headers, json={}) as response,
            ):
                answer = await response.json(content_type=None)
                if response.status != 200:
                    raise TrainingRefused(f"The assistant kept its model: {answer.get('reason')}.")
        except (aiohttp.ClientError, TimeoutError, ValueError) as failure:
            raise TrainingRefused("The assistant does not answer.") from failure
        model = str(answer.get("model"))
        await self.record.write(do_mark_live, last.id, model)
        await self._tell()
        return model

    async def _run(self, training_id: int) -> None:
        error: str | None = "The training was stopped."
        after: dict[str, Any] | None = None
        try:
            error = await self._train()
            after = None if error else await asyncio.to_thread(self.measured)
        except Exception as failure:
            log.exception("a training failed")
            error = f"The training could not be run: {type(failure).__name__}."
        finally:
            await self.record.write(do_end_training, training_id, after, error)
            await self._tell()

    async def _train(self) -> str | None:
        """Run the training; returns None, or why it failed."""
        environment = {**os.environ, "CARELINE_VAR_DIR": str(self.settings.var_dir.resolve())}
        process = await asyncio.create_subprocess_exec(
            *shlex.split(self.settings.train_command),
            cwd=Path.cwd(),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(LONGEST):
                assert process.stdout is not None
                async for raw in process.stdout:
                    self.lines.append(raw.decode("utf-8", "replace").rstrip()[:200])
                    await self._tell()
                status = await process.wait()
        except (TimeoutError, asyncio.CancelledError):
            process.kill()
            await process.wait()
            raise
        return None if status == 0 else f"The training ended with status {status}."

    async def _tell(self) -> None:
        await self.bus.send(None, {"type": "settings", "what": "training"})
