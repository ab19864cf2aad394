"""Where the assistant keeps what it builds; nothing is created or opened at import."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def var_dir() -> Path:
    """The folder for built and measured things: `CARELINE_VAR_DIR`, else `var/` of the project."""
    return Path(os.environ.get("CARELINE_VAR_DIR") or PROJECT / "var")


def encoder_dir() -> Path:
    """The folder of the built encoder files."""
    return var_dir() / "encoder"
