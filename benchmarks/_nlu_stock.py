"""Rasa's default pipeline on the same examples and messages, for comparison."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import yaml

from assistant.evaluate import first_guess
from assistant.loaded import Understanding
from assistant.paths import PROJECT


def stock(train: list[tuple[str, str]], test: list[tuple[str, str]]) -> str:
    """Train config.stock.yml's pipeline and say how it does, in one line."""
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
        began = time.process_time()
        model = train_nlu(str(PROJECT / "config.stock.yml"), str(data), str(folder / "models"))
        spent = time.process_time() - began
        assert model is not None
        with Understanding(Path(model)) as understanding:
            hits = sum(first_guess(understanding.parse(t)) == i for t, i in test)
        share = 100 * hits / len(test)
        return f"Rasa's default pipeline, same ten-shot examples: {share:.2f} ({spent:.0f} CPU s)"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
