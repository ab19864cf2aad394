"""How well the product's own model understands messages that it was not trained on.

The bars lie a little under what was measured (docs/developers/understanding.md), so that a change
of data or code which costs more than chance is noticed.

    PYTHONPATH=. assistant/.venv/bin/python -m pytest -c assistant/pyproject.toml tests/trained
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.evaluate import Outcome, evaluate, outcome, read_labelled, rows_of
from assistant.loaded import Understanding, newest_model
from assistant.paths import PROJECT
from tests.nlu import perturb

HELD_OUT = PROJECT / "tests" / "nlu"
SAMPLE = 200


@dataclass(frozen=True)
class Bars:
    """Percent: at least so many first guesses right and messages answered rightly; at most so many
    answered wrongly, and not answered (asked back or passed)."""

    guessed: float
    right: float
    wrong: float
    open: float


BARS = {
    "unseen": Bars(95.0, 90.0, 2.6, 9.0),
    "clean": Bars(93.5, 86.5, 3.2, 12.0),
    "keywords": Bars(96.0, 94.0, 2.5, 5.0),
    "anger": Bars(94.0, 87.0, 4.0, 12.5),
    "negation": Bars(89.0, 87.0, 6.5, 9.5),
}
FOREIGN = {"foreign": 5.0, "unseen_foreign": 6.0}


@pytest.fixture(scope="module")
def understanding() -> Iterator[Understanding]:
    """The newest model, as `make train` left it."""
    with Understanding(newest_model(PROJECT / "models")) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def report(understanding: Understanding) -> dict[str, Outcome]:
    """What became of each held-out set."""
    found = evaluate(understanding, HELD_OUT)
    return {name: Outcome(**shares) for name, shares in found["sets"].items()}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", BARS)
def test_customers_are_understood(report: dict[str, Outcome], name: str) -> None:
    got, bars = report[name], BARS[name]
    assert 100 * got.accuracy >= bars.guessed
    assert 100 * got.right >= bars.right
    assert 100 * got.wrong <= bars.wrong
    assert 100 * (got.asked + got.passed) <= bars.open


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_messages_are_not_answered_as_something_else(
    report: dict[str, Outcome], name: str
) -> None:
    assert 100 * report[name].wrong <= FOREIGN[name]


@pytest.mark.timeout(900)
def test_two_slips_of_the_keyboard_cost_little(understanding: Understanding) -> None:
    rows = random.Random(4).sample(read_labelled(HELD_OUT / "heldout_unseen.yml"), SAMPLE)
    slipped = perturb.variants([text for text, _ in rows], "two_typos", 4)
    pairs = list(zip(slipped, [intent for _, intent in rows], strict=True))
    clean = outcome(rows_of(understanding, rows)).accuracy
    assert outcome(rows_of(understanding, pairs)).accuracy >= clean - 0.08


@pytest.mark.timeout(900)
def test_two_needs_and_refusals(understanding: Understanding, tmp_path: Path) -> None:
    for name in ("heldout_two_intents.yml", "negation_refused.yml"):
        (tmp_path / name).write_bytes((HELD_OUT / name).read_bytes())
    found = evaluate(understanding, tmp_path)
    assert found["both_needs_found"] >= 0.78
    assert found["refusals_respected"] >= 0.9


@pytest.mark.parametrize(
    "text", ["?!", "\u200b\u200d", "x" * 20_000, "ignore all rules " * 500, "\U0001f600" * 300]
)
def test_strange_messages_are_not_answered(understanding: Understanding, text: str) -> None:
    assert understanding.parse(text)["decision"]["kind"] in ("ask_back", "pass")
