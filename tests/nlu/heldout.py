"""Reads the held-out sets of this folder; the only reader, so that tests and benchmarks agree."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
LABELLED = (
    "heldout_clean",
    "heldout_keywords",
    "heldout_anger",
    "heldout_negation",
    "heldout_unseen",
)
FOREIGN = ("heldout_foreign", "heldout_unseen_foreign")


@dataclass(frozen=True)
class Labelled:
    """A message and the name of the intent that is right for it."""

    text: str
    intent: str


@dataclass(frozen=True)
class TwoIntents:
    """A message with two needs, in the order in which they are said."""

    text: str
    intents: tuple[str, str]


@dataclass(frozen=True)
class InLanguage:
    """A message in another language; `language` is its ISO 639-1 code."""

    text: str
    intent: str
    language: str


@dataclass(frozen=True)
class Found:
    """An entity in a message: its kind, the words as written, and the normalised value."""

    entity: str
    text: str
    value: str


@dataclass(frozen=True)
class EntityCase:
    """A message and all entities that must be found in it (none: nothing may be found)."""

    shape: str
    text: str
    entities: tuple[Found, ...]


def load(name: str) -> Any:
    """Return the parsed YAML of the set `name` (a file name without `.yml`)."""
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


def labelled(name: str) -> list[Labelled]:
    """Return the messages of a set in Rasa's format, in the order of the file.

    Raises:
        ValueError: a line under `examples` is not `- text`.
    """
    return [
        Labelled(text, item["intent"])
        for item in load(name)["nlu"]
        for text in example_lines(item["examples"])
    ]


def example_lines(block: str) -> list[str]:
    """Return the examples of a Rasa `examples: |` block, without their dashes."""
    texts = []
    for line in block.splitlines():
        if not line.startswith("- ") or not line[2:].strip():
            raise ValueError(f"not an example line: {line!r}")
        texts.append(line[2:].strip())
    return texts


def refused() -> list[Labelled]:
    """Return the messages that ask for nothing, with the intent that must not be acted on."""
    return [Labelled(row["text"], row["not"]) for row in load("negation_refused")]


def two_intents() -> list[TwoIntents]:
    """Return the messages with two needs."""
    rows = load("heldout_two_intents")
    return [TwoIntents(row["text"], (row["intents"][0], row["intents"][1])) for row in rows]


def foreign(name: str = "heldout_foreign") -> list[str]:
    """Return the messages of the set `name`, which have nothing to do with a shop."""
    return [str(text) for text in load(name)]


def languages() -> list[InLanguage]:
    """Return the messages in German, Spanish, French, Italian and Portuguese."""
    rows = load("heldout_languages")
    return [InLanguage(row["text"], row["intent"], row["language"]) for row in rows]


def entity_cases() -> list[EntityCase]:
    """Return the messages with the values to be found; `today` and `region` are in `load`."""
    return [
        EntityCase(
            row["shape"],
            row["text"],
            tuple(Found(e["entity"], e["text"], e["value"]) for e in row["entities"]),
        )
        for row in load("heldout_entities")["cases"]
    ]


def everything() -> dict[str, list[str]]:
    """Return the texts of every set, by the name of its file."""
    sets = {name: [row.text for row in labelled(name)] for name in LABELLED}
    sets["negation_refused"] = [row.text for row in refused()]
    sets["heldout_two_intents"] = [two.text for two in two_intents()]
    sets |= {name: foreign(name) for name in FOREIGN}
    sets["heldout_languages"] = [row.text for row in languages()]
    sets["heldout_entities"] = [case.text for case in entity_cases()]
    return sets
