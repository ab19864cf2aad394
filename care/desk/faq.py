"""What the assistant knows, read from data/: its intents with an example, its answers by topic.

The desk offers the intents for corrections and the answers as suggestions. Files are read again
when they change.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from care.record.messages import Message

DATA = Path("data")
FOLDERS = ("faq", "nlu")
LEAST = 0.25
UNKNOWN = 2.0
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORD = re.compile(r"\w{3,}", re.UNICODE)
_MARKUP = re.compile(r"\[([^\]]+)\](?:\{[^}]*\}|\([^)]*\))")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the assistant. `examples`: the words of each question that it answers."""

    topic: str
    title: str
    text: str
    kind: str
    examples: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything read from the data files."""

    examples: dict[str, tuple[str, ...]]
    answers: dict[str, Answer]
    rarity: dict[str, float]


def knowledge(folder: Path = DATA) -> Knowledge:
    """What the files in `folder` say, read again where one of them changed."""
    files = [file for name in FOLDERS for file in sorted((folder / name).glob("*.yml"))]
    return _read(tuple((file, file.stat().st_mtime_ns) for file in files))


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return [word.lower() for word in _WORD.findall(text)]


def suggestions(known: Knowledge, said: list[Message], limit: int = 3) -> list[dict[str, Any]]:
    """Answers that fit what the customer said last, best first: `{topic, title, text, score}`.

    A topic's score is how sure the assistant was of it, or how near one of its examples is, if
    that is more: the weight of the words in both over the weight of the words in either, rare
    words weighing more (0 to 1).
    """
    asked = {word for message in said for word in words_of(message.text)}
    sure = _ranked(said[-1]) if said else {}
    scores = {
        topic: max(sure.get(topic, 0.0), _nearness(known.rarity, asked, answer.examples))
        for topic, answer in known.answers.items()
        if answer.kind == "faq"
    }
    best = sorted(scores, key=lambda topic: (-scores[topic], topic))[:limit]
    return [
        {
            "topic": topic,
            "title": known.answers[topic].title,
            "text": known.answers[topic].text,
            "score": round(scores[topic], 3),
        }
        for topic in best
        if scores[topic] >= LEAST
    ]


def _nearness(
    rarity: dict[str, float], asked: set[str], examples: tuple[frozenset[str], ...]
) -> float:
    def weight(words: set[str] | frozenset[str]) -> float:
        return sum(rarity.get(word, UNKNOWN) for word in words)

    return max(
        (weight(asked & words) / (weight(asked | words) or 1.0) for words in examples), default=0.0
    )


def _ranked(message: Message) -> dict[str, float]:
    ranking = (message.understanding or {}).get("ranking") or []
    return {
        str(item.get("name") or item.get("intent")): float(item.get("confidence") or 0)
        for item in ranking
        if isinstance(item, dict)
    }


@cache
def _read(files: tuple[tuple[Path, int], ...]) -> Knowledge:
    examples: dict[str, tuple[str, ...]] = {}
    texts: dict[str, dict[str, Any]] = {}
    for file, _ in files:
        text = file.read_text(encoding="utf-8")
        content = yaml.load(text, Loader=_LOADER) or {}  # noqa: S506  (a safe loader, in C)
        for item in content.get("nlu") or []:
            if "intent" in item:
                name = str(item["intent"])
                examples[name] = (*examples.get(name, ()), *_examples(item.get("examples")))
        for name, variants in (content.get("responses") or {}).items():
            if name.startswith("utter_") and variants:
                texts.setdefault(name.removeprefix("utter_"), variants[0])
    answers = {
        topic: _answer(topic, variant, examples.get(topic, ()))
        for topic, variant in texts.items()
        if isinstance(variant, dict) and variant.get("text")
    }
    return Knowledge(examples, answers, _rarity(answers))


def _examples(raw: Any) -> tuple[str, ...]:
    if isinstance(raw, list):
        lines = [str(item.get("text", "") if isinstance(item, dict) else item) for item in raw]
    else:
        lines = str(raw or "").splitlines()
    plain = (_MARKUP.sub(r"\1", line).strip().removeprefix("- ").strip() for line in lines)
    return tuple(line for line in plain if line)


def _answer(topic: str, variant: dict[str, Any], examples: tuple[str, ...]) -> Answer:
    metadata = variant.get("metadata") or {}
    text = str(variant["text"]).strip()
    title = str(metadata.get("title") or topic.replace("_", " "))
    sets = (frozenset(words_of(line)) for line in (*examples, title))
    return Answer(topic, title, text, str(metadata.get("kind") or ""), tuple(sets))


def _rarity(answers: dict[str, Answer]) -> dict[str, float]:
    """Inverse document frequency: ln(1 + N / n) of a word that n of N topics' examples have."""
    seen = Counter(
        word
        for answer in answers.values()
        for word in {word for words in answer.examples for word in words}
    )
    return {word: math.log(1 + len(answers) / count) for word, count in seen.items()}
