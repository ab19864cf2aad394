"""Reads the training data and the answers as text and says what is wrong with them.

`python tests/nlu/data_lint.py [FOLDER]` prints one line a finding and fails when one of them is an
error. It needs PyYAML only, so it runs before anything is trained. What Rasa itself validates
(unknown intents, actions without a definition) is left to `rasa data validate`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import statistics
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any, Literal

import yaml

FEWEST_EXAMPLES = 25
MOST_TIMES_MEDIAN = 3.0
# One family of everything that is not ours: it is meant to be large.
MAY_BE_LARGE = frozenset({"out_of_scope"})
# Rasa's prefix of intents that a channel sends and nobody says: one example is enough for them.
NEVER_SAID = "EXTERNAL_"
# Share of common letter runs from which two examples teach the same sentence. Confusable requests
# are contrasted on purpose by one word, so the limit lies above what one changed word leaves.
SAME_LETTERS = 0.85
REVIEW_DAYS = 365
DECLINE_PARTS = ("acknowledge", "reason", "option", "choice", "person")

# Words that carry no request; without them padded copies of one sentence become equal.
_PADDING = frozenset(
    re.findall(
        r"\w+",
        "a an the please pls plz hi hello hey dear thanks thank kindly i you me my your we can "
        "could would like want need just",
    )
)
_CODE_FOLDERS = ("actions", "assistant", "care")
_RESPONSE_NAME = re.compile(r"\butter_\w*")
_BUILT_NAME = re.compile(r"""f["'](utter_\w*)\{""")

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing to put right: where it is (path below the project) and what it is."""

    level: Level
    check: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.level}: {self.where}: {self.text} [{self.check}]"


@dataclass(frozen=True)
class Example:
    """One sentence a customer may write, as it stands in the file."""

    intent: str
    text: str
    where: str


@dataclass(frozen=True)
class Variation:
    """One wording of an answer; `default` is the one without a condition."""

    name: str
    text: str
    metadata: Mapping[str, Any]
    default: bool
    where: str


@dataclass
class Corpus:
    """All that the checks look at, read once."""

    examples: list[Example] = field(default_factory=list)
    variations: list[Variation] = field(default_factory=list)
    intents: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    built_prefixes: set[str] = field(default_factory=set)


def read_corpus(root: Path) -> Corpus:
    """Reads domain (one file or a folder), data/ and the code that names answers.

    Raises:
        yaml.YAMLError: a file is not YAML.
    """
    corpus = Corpus()
    for path in _yaml_files(root):
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        where = path.relative_to(root).as_posix()
        _read_examples(corpus, content.pop("nlu", None) or [], where)
        _read_responses(corpus, content.pop("responses", None) or {}, where)
        corpus.intents.update(_names(content.get("intents") or []))
        # What is left is rules, stories, forms and the list of actions: there an answer is used.
        corpus.used.update(_RESPONSE_NAME.findall(yaml.safe_dump(content)))
    for folder in _CODE_FOLDERS:
        for path in _code_files(root / folder):
            source = path.read_text(encoding="utf-8")
            corpus.built_prefixes.update(_BUILT_NAME.findall(source))
            corpus.used.update(_RESPONSE_NAME.findall(source))
    return corpus


def _yaml_files(root: Path) -> list[Path]:
    roots = [root / "data", root / "domain"]
    found = [path for folder in roots for path in sorted(folder.rglob("*.yml"))]
    return found + [path for path in [root / "domain.yml"] if path.is_file()]


def _code_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.py")):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _names(items: Iterable[Any]) -> Iterator[str]:
    """Names in a domain list, where an item is `name` or `{name: settings}`."""
    for item in items:
        yield str(next(iter(item)) if isinstance(item, dict) else item)


def _read_examples(corpus: Corpus, blocks: Iterable[Mapping[str, Any]], where: str) -> None:
    for block in blocks:
        intent = block.get("intent")
        if intent is None:
            continue  # synonyms, lookup tables and regular expressions are not sentences
        corpus.intents.add(intent)
        for line in str(block.get("examples") or "").splitlines():
            text = line.strip().removeprefix("-").strip()
            if text:
                corpus.examples.append(Example(intent, text, where))


def _read_responses(corpus: Corpus, responses: Mapping[str, Any], where: str) -> None:
    for name, variations in responses.items():
        for one in variations or []:
            metadata = one.get("metadata") or {}
            default = not one.get("condition")
            text = str(one.get("text") or "")
            corpus.variations.append(Variation(name, text, metadata, default, where))


def words(text: str) -> tuple[str, ...]:
    """The words of a sentence without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    # Both apostrophes vanish, so that "don't" and "dont" are one word.
    return tuple(re.findall(r"\w+", re.sub("['\u2019]", "", plain)))


def check_duplicates(corpus: Corpus) -> Iterator[Finding]:
    """The same sentence twice: in one intent it is wasted, in two it teaches a contradiction."""
    seen: dict[tuple[str, ...], Example] = {}
    for example in corpus.examples:
        # Sentences of signs alone ("???") have no words; they are compared as written.
        key = words(example.text) or (example.text,)
        first = seen.setdefault(key, example)
        if first is not example:
            text = f"'{example.text}' in {example.intent} is in {first.intent} ({first.where}) too"
            yield Finding("error", "duplicate", example.where, text)


def check_near_duplicates(corpus: Corpus) -> Iterator[Finding]:
    """Sentences of two intents that differ in padding or spelling only."""
    by_words: dict[tuple[str, ...], Example] = {}
    for example in corpus.examples:
        meaning = tuple(word for word in words(example.text) if word not in _PADDING)
        first = by_words.setdefault(meaning, example) if len(meaning) > 1 else example
        if first.intent != example.intent and words(first.text) != words(example.text):
            yield _near(first, example)
    for first, example in _alike_in_letters(corpus.examples):
        if first.intent != example.intent and words(first.text) != words(example.text):
            yield _near(first, example)


def _near(first: Example, second: Example) -> Finding:
    text = f"'{second.text}' ({second.intent}) is close to '{first.text}' ({first.intent})"
    return Finding("warning", "near-duplicate", second.where, text)


def trigrams(text: str) -> frozenset[str]:
    """Runs of three characters, word borders included."""
    padded = f"  {' '.join(words(text))} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2))


def _alike_in_letters(examples: list[Example]) -> Iterator[tuple[Example, Example]]:
    """Pairs whose trigrams overlap by SAME_LETTERS (Jaccard), found by prefix filtering.

    Sets that overlap by t share one of the (1 - t) rarest members of each (Chaudhuri et al. 2006,
    'A primitive operator for similarity joins'), so only those members are indexed.
    """
    grams = [trigrams(example.text) for example in examples]
    rarity = Counter(gram for one in grams for gram in one)
    index: dict[str, list[int]] = defaultdict(list)
    for right, one in enumerate(grams):
        ordered = sorted(one, key=lambda gram: (rarity[gram], gram))
        prefix = ordered[: len(ordered) - ceil(SAME_LETTERS * len(ordered)) + 1]
        for left in sorted({left for gram in prefix for left in index[gram]}):
            if len(one & grams[left]) >= SAME_LETTERS * len(one | grams[left]):
                yield examples[left], examples[right]
        for gram in prefix:
            index[gram].append(right)


def check_balance(corpus: Corpus) -> Iterator[Finding]:
    """Intents with too few examples, or so many that they drown the others."""
    said = (e.intent for e in corpus.examples if not e.intent.startswith(NEVER_SAID))
    counts = Counter(said)
    places = {example.intent: example.where for example in reversed(corpus.examples)}
    median = statistics.median(counts.values()) if counts else 0
    for intent, count in sorted(counts.items()):
        if count < FEWEST_EXAMPLES:
            text = f"{intent} has {count} examples, fewer than {FEWEST_EXAMPLES}"
            yield Finding("error", "balance", places[intent], text)
        elif count > MOST_TIMES_MEDIAN * median and intent not in MAY_BE_LARGE:
            text = f"{intent} has {count} examples, over {MOST_TIMES_MEDIAN:g} x {median:g}"
            yield Finding("error", "balance", places[intent], text)


def check_unused(corpus: Corpus) -> Iterator[Finding]:
    """Answers that no rule, story, form, action or code names."""
    for name, where in sorted({(v.name, v.where) for v in corpus.variations}):
        if not (name in corpus.used or _is_built(name, corpus)):
            yield Finding("error", "unused", where, f"nothing uses {name}")


def _is_built(name: str, corpus: Corpus) -> bool:
    """Whether code builds this name: f"utter_{intent}" reaches an intent's answer only."""
    for prefix in corpus.built_prefixes:
        if prefix == "utter_" and name.removeprefix(prefix) in corpus.intents:
            return True
        if prefix != "utter_" and name.startswith(prefix):
            return True
    return False


def check_care(corpus: Corpus, today: dt.date) -> Iterator[Finding]:
    """Answers that nobody looks after: no owner, no title, no review date or an old one."""
    for one in corpus.variations:
        if not (one.where.startswith("data/") or one.metadata.get("kind") in ("faq", "task")):
            continue  # small talk in the domain states no facts that could age
        for key in ("owner", "reviewed") + (("title",) if one.default else ()):
            if not one.metadata.get(key):
                yield Finding("error", "care", one.where, f"{one.name} has no {key}")
        if one.metadata.get("reviewed"):
            yield from _check_review(one, today)


def _check_review(one: Variation, today: dt.date) -> Iterator[Finding]:
    given = one.metadata["reviewed"]
    try:
        reviewed = dt.date.fromisoformat(str(given))
    except ValueError:
        yield Finding("error", "care", one.where, f"{one.name}: reviewed is no date: {given}")
        return
    if reviewed + dt.timedelta(days=REVIEW_DAYS) < today:
        text = f"{one.name} was last reviewed on {reviewed}, over {REVIEW_DAYS} days ago"
        yield Finding("warning", "review", one.where, text)
    if reviewed > today:
        text = f"{one.name} is marked as reviewed in the future, on {reviewed}"
        yield Finding("warning", "review", one.where, text)


def check_declines(corpus: Corpus) -> Iterator[Finding]:
    """A 'no' to a customer needs all its parts, and each part must stand in the text.

    `metadata: {parts: {acknowledge: "I understand", reason: "because", ...}}` names for each part
    the words of the text that carry it; marking a part that is not written does not count.
    """
    for one in corpus.variations:
        if not one.name.startswith("utter_decline_"):
            continue
        parts = one.metadata.get("parts")
        if not isinstance(parts, dict):
            text = f"{one.name} does not say which words are its {', '.join(DECLINE_PARTS)}"
            yield Finding("error", "decline", one.where, text)
            continue
        for part in DECLINE_PARTS:
            marked = " ".join(words(str(parts.get(part) or "")))
            if not marked or marked not in " ".join(words(one.text)):
                text = f"{one.name} lacks the part '{part}': name words of its text that carry it"
                yield Finding("error", "decline", one.where, text)


def lint(root: Path, today: dt.date | None = None) -> list[Finding]:
    """All findings for the project below `root`; `today` (UTC) decides what is overdue."""
    corpus = read_corpus(root)
    day = today or dt.datetime.now(dt.UTC).date()
    found: list[Finding] = []
    for check in (check_duplicates, check_near_duplicates, check_balance, check_unused):
        found.extend(check(corpus))
    found.extend(check_care(corpus, day))
    found.extend(check_declines(corpus))
    return list(dict.fromkeys(found))


def main(arguments: list[str] | None = None) -> int:
    """Prints the findings; 1 when one is an error, 2 when there is no data to read."""
    parser = argparse.ArgumentParser(description="Checks the training data and the answers.")
    here = Path(__file__).resolve().parents[2]
    parser.add_argument("folder", nargs="?", type=Path, default=here)
    root: Path = parser.parse_args(arguments).folder
    if not (root / "data").is_dir():
        print(f"{root} has no folder data/", file=sys.stderr)
        return 2
    found = lint(root)
    for finding in found:
        print(finding)
    errors = sum(finding.level == "error" for finding in found)
    print(f"{errors} errors, {len(found) - errors} warnings")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
