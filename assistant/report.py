"""What a trained model gets wrong, in words: for whoever writes the examples.

The classifier predicts every example by a model that did not see it, to set its
thresholds; it keeps those guesses in the model as left_out.json. This reads them, so
a report costs no second training.
"""

from __future__ import annotations

import json
import tarfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

GUESSES = "left_out.json"
WEAK_BELOW = 0.8
FEW_EXAMPLES = 20
SHOWN_CONFUSIONS = 15
SHOWN_TEXTS = 3


@dataclass(frozen=True)
class Guess:
    """One example and what a model that had not seen it took it for.

    `confidence` is between 0 and 1.
    """

    text: str
    intent: str
    guess: str
    confidence: float


@dataclass(frozen=True)
class Topic:
    """One intent: how many of its examples were understood, and what the others were taken for."""

    intent: str
    examples: int
    right: int
    taken_for: dict[str, int]

    @property
    def accuracy(self) -> float:
        """Share of the examples that were understood, 0 to 1."""
        return self.right / self.examples

    @property
    def weak(self) -> bool:
        """Whether the topic needs better or more examples."""
        return self.accuracy < WEAK_BELOW or self.examples < FEW_EXAMPLES


@dataclass(frozen=True)
class Confusion:
    """One intent taken for another, with some of the texts."""

    intent: str
    taken_for: str
    count: int
    texts: list[str]

    def in_words(self) -> str:
        """The confusion as a sentence."""
        said = "; ".join(f"“{text}”" for text in self.texts)
        times = "once" if self.count == 1 else f"{self.count} times"
        return f"{self.intent} was taken for {self.taken_for} {times}: {said}"


@dataclass(frozen=True)
class Report:
    """The report of one model; `accuracy` is between 0 and 1, None without guesses."""

    model: str
    examples: int
    accuracy: float | None
    topics: list[Topic]
    confusions: list[Confusion]

    def weak_topics(self) -> list[Topic]:
        """The topics that need work, the weakest first."""
        return sorted((t for t in self.topics if t.weak), key=lambda t: (t.accuracy, t.intent))

    def as_dict(self) -> dict[str, Any]:
        """For report.json."""
        found = asdict(self)
        for written, topic in zip(found["topics"], self.topics, strict=True):
            written["accuracy"] = round(topic.accuracy, 4)
        return {**found, "weak_topics": [t.intent for t in self.weak_topics()]}

    def summary(self) -> str:
        """A few lines for the terminal."""
        if self.accuracy is None:
            return "This model keeps no guesses to report on."
        weak = ", ".join(f"{t.intent} {t.accuracy:.0%}" for t in self.weak_topics()[:8])
        lines = [
            f"{self.accuracy:.1%} of {self.examples} examples in {len(self.topics)} intents are "
            "understood by a model that has not seen them.",
            f"Weak topics: {weak or 'none'}.",
        ]
        return "\n".join(lines + [c.in_words() for c in self.confusions[:3]])

    def as_markdown(self) -> str:
        """For report.md."""
        lines = [f"# What {self.model} gets wrong", "", self.summary(), ""]
        if self.accuracy is None:
            return "\n".join(lines)
        lines += ["## Confusions", ""]
        lines += [f"- {c.in_words()}" for c in self.confusions]
        lines += ["", "## Every topic", "", "| intent | examples | understood | taken for |", "|---|---|---|---|"]
        for topic in sorted(self.topics, key=lambda t: (t.accuracy, t.intent)):
            others = ", ".join(f"{name} ({n})" for name, n in topic.taken_for.items())
            lines.append(f"| {topic.intent} | {topic.examples} | {topic.accuracy:.0%} | {others} |")
        return "\n".join(lines) + "\n"


def make_report(model: Path) -> Report:
    """Report on a model; one without guesses gives a report that says so."""
    return report_on(read_guesses(model), model.name)


def report_on(guesses: Sequence[Guess], name: str) -> Report:
    """Count what was understood and what was taken for what."""
    totals = Counter(g.intent for g in guesses)
    right = Counter(g.intent for g in guesses if g.guess == g.intent)
    mistaken: dict[tuple[str, str], list[Guess]] = defaultdict(list)
    for guess in guesses:
        if guess.guess != guess.intent:
            mistaken[guess.intent, guess.guess].append(guess)
    topics = []
    for intent in sorted(totals):
        others = Counter({b: len(found) for (a, b), found in mistaken.items() if a == intent})
        topics.append(Topic(intent, totals[intent], right[intent], dict(others.most_common())))
    ordered = sorted(mistaken.items(), key=lambda item: (-len(item[1]), item[0]))
    return Report(
        model=name,
        examples=len(guesses),
        accuracy=right.total() / len(guesses) if guesses else None,
        topics=topics,
        confusions=[_confusion(pair, found) for pair, found in ordered[:SHOWN_CONFUSIONS]],
    )


def read_guesses(model: Path) -> list[Guess]:
    """The guesses that a model's classifier kept; none where it kept none."""
    with tarfile.open(model) as archive:
        for member in archive.getmembers():
            if Path(member.name).name != GUESSES:
                continue
            found = archive.extractfile(member)
            assert found is not None
            return [Guess(**row) for row in json.load(found)]
    return []


def _confusion(pair: tuple[str, str], found: Sequence[Guess]) -> Confusion:
    surest = sorted(found, key=lambda g: (-g.confidence, g.text))
    return Confusion(pair[0], pair[1], len(found), [g.text for g in surest[:SHOWN_TEXTS]])
