"""Training the assistant from the desk: its progress, and the exchange of the model while the
assistant goes on answering.

The work is done by `assistant.learn`: as a process of its own on this machine, or by the trainer in
another container (`CARELINE_TRAINER_URL`). Both say the same lines.
"""

import asyncio
import contextlib
import json
import logging
import socket
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from sqlalchemy import Connection

from care.bus import Bus
from care.desk.learners import lines_here, lines_there
from care.desk.reviewed import reviewed_file
from care.record.audit import do_audit
from care.record.ids import AgentId
from care.record.record import Record
from care.record.trainings import (
    do_end_training,
    do_fail_interrupted,
    do_mark_live,
    do_start_training,
    last_done,
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
        self.step: str | None = None
        self._result: dict[str, Any] = {}
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

    async def begin(self, agent_id: AgentId, examples: int) -> int:
        """Start a training. Raises TrainingRefused where one is under way."""

        def start(connection: Connection) -> int | None:
            new = do_start_training(connection, agent_id, examples)
            if new is not None:
                do_audit(connection, agent_id, "training.started", "assistant")
            return new

        training_id = await self.record.write(start)
        if training_id is None:
            raise TrainingRefused("A training is under way already.")
        self.lines.clear()
        self.step, self._result = None, {}
        self._task = asyncio.create_task(self._run(training_id))
        return training_id

    async def go_live(self) -> str:
        """Make the assistant load the newly trained model; it answers all the while.

        Every process behind the assistant's name is told. Raises TrainingRefused where there is no
        such model, or an assistant does not take it.
        """
        done = await self.record.read(last_done)
        if done is None or done.live_at is not None:
            raise TrainingRefused("There is no newly trained model.")
        urls = await _each(self.settings.assistant_url.rstrip("/"))
        models = [await self._reload(url) for url in urls]
        await self.record.write(do_mark_live, done.id, models[0])
        await self._tell()
        return models[0]

    async def _reload(self, url: str) -> str:
        headers = {"Authorization": f"Bearer {self.settings.assistant_token}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as session,
                session.post(
                    url + "/webhooks/careline/reload", headers=headers, json={}
                ) as response,
            ):
                answer = await response.json(content_type=None)
                if response.status != 200:
                    raise TrainingRefused(f"The assistant kept its model: {answer.get('reason')}.")
        except (aiohttp.ClientError, TimeoutError, ValueError) as failure:
            raise TrainingRefused(
                "The assistant does not answer. It keeps its model; try again when it runs."
            ) from failure
        return str(answer.get("model"))

    async def _run(self, training_id: int) -> None:
        error: str | None = "stopped"
        try:
            async with asyncio.timeout(LONGEST):
                error = await self._train()
        except TimeoutError:
            error = "too_long"
        except (OSError, aiohttp.ClientError):
            log.exception("a training could not be run")
            error = "no_trainer"
        except Exception:
            log.exception("a training failed")
            error = "failed"
        finally:
            before, after = self._result.get("before"), self._result.get("after")
            if error is None and after is None:
                error = "failed"
            await self.record.write(do_end_training, training_id, before, after, error)
            await self._tell()

    async def _train(self) -> str | None:
        """Run the training; returns None, or a word for why it failed."""
        if self.settings.trainer_url:
            reviewed, _ = await self.record.read(reviewed_file)
            url, token = self.settings.trainer_url, self.settings.assistant_token
            lines = lines_there(url, token, reviewed.encode())
        else:
            var = str(self.settings.var_dir.resolve())
            lines = lines_here(self.settings.train_command, Path.cwd(), {"CARELINE_VAR_DIR": var})
        error = None
        async with contextlib.aclosing(lines):
            async for line in lines:
                what, _, rest = line.partition(": ")
                if what == "failed":
                    error = rest.strip()
                elif what == "result":
                    self._result = json.loads(rest)
                elif what == "step":
                    self.step = rest.strip()
                    await self._tell()
                elif line.strip():
                    self.lines.append(line.rstrip()[:200])
        return error

    async def _tell(self) -> None:
        await self.bus.send(None, {"type": "settings", "what": "training"})


async def state_of(record: Record) -> tuple[Any, Any]:
    """The newest run, and the newest that gave a model."""
    return await record.read(last_training), await record.read(last_done)


async def _each(url: str) -> list[str]:
    """The address of every process behind a URL: several assistants may share one name."""
    parts = urlsplit(url)
    try:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(parts.hostname or "", parts.port or parts.scheme, proto=6)
    except OSError as failure:
        raise TrainingRefused("The assistant does not answer.") from failure
    hosts = dict.fromkeys(str(item[4][0]) for item in found if item[0] == socket.AF_INET)
    if len(hosts) < 2:
        return [url]
    port = f":{parts.port}" if parts.port else ""
    return [parts._replace(netloc=host + port).geturl() for host in hosts]
