"""Where models lie: those of `make train`, those learnt at the desk, and the one that waits.

`models/` holds what `make train` made (or the image was built with), `models/learnt/` what was
trained at the desk and put to work there, `models/learnt/waiting/` what was trained and not yet put
to work. A model that waits is not loaded at a start: somebody has to say so first.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

LEARNT = "learnt"
WAITING = "waiting"
STATE = ".state.json"
KEPT_MODELS = 3


def learnt_dir(models: Path) -> Path:
    """The folder of models learnt at the desk."""
    return models / LEARNT


def waiting_dir(models: Path) -> Path:
    """The folder of the model that waits."""
    return models / LEARNT / WAITING


def at_work(models: Path) -> Path | None:
    """The model to work with: the newest one that does not wait; None where there is none."""
    return newest(models, learnt_dir(models))


def waiting(models: Path) -> Path | None:
    """The model that waits; None where there is none, or a later one is at work."""
    found, working = newest(waiting_dir(models)), at_work(models)
    if found is None or (working is not None and _age(working) > _age(found)):
        return None
    return found


def adopt(models: Path, model: Path) -> None:
    """A model that waited is the one to work with from now on. Another process may be quicker."""
    with contextlib.suppress(FileNotFoundError):
        os.replace(model, learnt_dir(models) / model.name)
        os.replace(model.parent / STATE, learnt_dir(models) / STATE)
    drop_old(learnt_dir(models))


def drop_old(folder: Path) -> None:
    """Keep only the newest few models of a folder."""
    for old in sorted(folder.glob("*.tar.gz"), key=_age)[:-KEPT_MODELS]:
        old.unlink(missing_ok=True)


def newest(*folders: Path) -> Path | None:
    """The model that was made last, in any of these folders; None where there is none."""
    found = [path for folder in folders for path in folder.glob("*.tar.gz")]
    return max(found, key=_age, default=None)


def _age(model: Path) -> tuple[float, str]:
    try:
        return (model.stat().st_mtime, model.name)
    except FileNotFoundError:
        return (0.0, model.name)
