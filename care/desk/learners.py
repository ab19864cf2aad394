"""Where a training's work is done: here, or by the trainer in another container; line by line."""

import asyncio
import contextlib
import os
import re
import shlex
import signal
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import aiohttp

LINE_LIMIT = 1_000_000
"""Bytes of the longest line that is read."""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
"""Libraries colour their warnings, and end the colour in front of the next line."""


async def lines_here(
    command: str, folder: Path, environment: Mapping[str, str]
) -> AsyncGenerator[str]:
    """Run a command; what it prints. It ends with whoever stops reading. Raises OSError."""
    process = await asyncio.create_subprocess_exec(
        *shlex.split(command),
        cwd=folder,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LINE_LIMIT,
        # A group of its own: the command starts others, which must end with it.
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        async for raw in process.stdout:
            yield plain(raw)
        if await process.wait() < 0:
            yield "failed: no_memory"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def lines_there(url: str, token: str, reviewed: bytes) -> AsyncGenerator[str]:
    """Ask the trainer at `url`, with the reviewed examples (YAML). Raises aiohttp.ClientError."""
    patience = aiohttp.ClientTimeout(total=None, connect=10)
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(timeout=patience, read_bufsize=LINE_LIMIT) as session,
        session.post(url.rstrip("/") + "/train", data=reviewed, headers=headers) as answer,
    ):
        async for raw in answer.content:
            yield plain(raw)


def plain(raw: bytes) -> str:
    """A printed line as text, without colours."""
    return COLOURS.sub("", raw.decode("utf-8", "replace"))
