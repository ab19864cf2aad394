"""Our store and turns against Rasa's own, over hundreds of random turns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rasa.core.tracker_store import SQLTrackerStore

from assistant.tracker_store import WindowTrackerStore
from tests.assistant.dialogue import Ours, Stock, sayings, state


def said(line: str) -> dict[str, Any] | None:
    """A line of ours in the form of Rasa's collecting channel."""
    found = json.loads(line)
    if found["type"] != "message":
        return None
    return {k: v for k in ("text", "buttons", "image") if (v := found[k])}


def flat(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages as said, whatever the channel made of blank lines and images."""
    pieces: list[dict[str, Any]] = []
    for message in messages:
        for part in str(message.get("text") or "").strip().split("\n\n"):
            if part:
                pieces.append({"text": part})
        pieces += [{k: message[k]} for k in ("buttons", "image") if k in message]
    return pieces


@pytest.mark.parametrize(
    ("seed", "turns", "cached", "stock_sql"),
    [(1, 140, 500, False), (2, 140, 0, False), (3, 140, 500, False), (4, 60, 500, True)],
)
async def test_same_conversation(
    models: Path, tmp_path: Path, seed: int, turns: int, cached: int, stock_sql: bool
) -> None:
    """Same replies, slots, loops and pauses, with and without memory between turns."""
    theirs = SQLTrackerStore(db=str(tmp_path / "stock.db")) if stock_sql else None
    stock = Stock(models, theirs)
    ours = Ours(models, WindowTrackerStore(host=f"sqlite:///{tmp_path / 'ours.db'}", cached=cached))
    for number, text in enumerate(sayings(seed, turns)):
        expected = await stock.say("test:x", text)
        lines = await ours.lines("test:x", text)
        got = [found for line in lines if (found := said(line)) is not None]
        # Ours says at the end of the turn what is said once per turn.
        expected.sort(key=lambda message: message.get("text") == "Did that help?")
        assert flat(got) == flat(expected), (number, text)
        if number % 5 == 0:
            left, right = await ours.tracker("test:x"), await stock.tracker("test:x")
            mine, expected_state = state(left), state(right)
            if not stock_sql:
                # Rasa's store in memory loses what was said inside a form.
                del mine["said"], expected_state["said"]
            assert mine == expected_state, (number, text)
    ours.store.close()
