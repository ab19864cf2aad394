"""What the model depends on, as one short text that changes when any of it does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

SERVING_ONLY = frozenset(
    {
        "action_endpoint",
        "candidates",
        "channel",
        "database",
        "evaluate",
        "inbound",
        "learn",
        "locks",
        "outbound",
        "overrides",
        "prior_states",
        "reload",
        "report",
        "schema",
        "serve",
        "tracker_store",
        "trainer",
        "turns",
        "window",
    }
)
"""Modules of assistant/ that a trained model does not depend on."""


def code(project: Path) -> Iterator[Path]:
    """The code and the libraries that a model is trained with, in a fixed order."""
    modules = sorted((project / "assistant").glob("*.py"))
    yield from (path for path in modules if path.stem not in SERVING_ONLY)
    yield project / "assistant" / "uv.lock"


def dependencies(project: Path, config: str, domain: str, data: str) -> Iterator[Path]:
    """Every file that goes into a model, in a fixed order."""
    yield from code(project)
    yield project / config
    for folder in (project / domain, project / data):
        if folder.is_dir():
            yield from sorted(path for path in folder.rglob("*") if path.is_file())
        else:
            yield folder


def fingerprint(project: Path, config: str, domain: str, data: str) -> str:
    """64 hexadecimal digits over names and contents; raises OSError where a file is missing."""
    return _digest(project, dependencies(project, config, domain, data))


def code_fingerprint(project: Path) -> str:
    """The same over the code alone."""
    return _digest(project, code(project))


def _digest(project: Path, paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        name = path.relative_to(project) if path.is_relative_to(project) else path
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
