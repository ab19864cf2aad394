"""Rasa's default pipeline on the same examples and messages, for comparison."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from assistant.evaluate import Outcome, Row, outcome, rows_of
from assistant.loaded import Understanding
from assistant.paths import PROJECT

Labelled = list[tuple[str, str]]
FULL_EPOCHS = 100
"""As config.stock.yml has it, and as Rasa writes it into a new project."""


@dataclass(frozen=True)
class Stock:
    """A trained default pipeline and what training it cost (CPU seconds)."""

    understanding: Understanding
    seconds: float

    def rows(self, rows: Labelled) -> list[Row]:
        """What it makes of each message; its FallbackClassifier is the only gate."""
        return rows_of(self.understanding, rows)

    def outcome(self, rows: Labelled) -> Outcome:
        """What becomes of the messages."""
        return outcome(self.rows(rows))


@contextmanager
def stock(train: Labelled, epochs: int = FULL_EPOCHS) -> Iterator[Stock]:
    """Train config.stock.yml's pipeline on (text, intent), for as many epochs."""
    from rasa.model_training import train_nlu

    folder = Path(tempfile.mkdtemp(prefix="careline-stock-"))
    try:
        by_intent = defaultdict(list)
        for text, intent in train:
            by_intent[intent].append(" ".join(text.split()))
        blocks = [
            {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
            for intent, texts in by_intent.items()
        ]
        data = folder / "nlu.yml"
        data.write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}), encoding="utf-8")
        config = folder / "config.yml"
        default = (PROJECT / "config.stock.yml").read_text(encoding="utf-8")
        config.write_text(re.sub(r"epochs: \d+", f"epochs: {epochs}", default), encoding="utf-8")
        began = time.process_time()
        model = train_nlu(str(config), str(data), str(folder / "models"))
        spent = time.process_time() - began
        assert model is not None
        with Understanding(Path(model)) as understanding:
            yield Stock(understanding, spent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
