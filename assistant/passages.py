"""Passages of the shop's own answers and help pages, and the search for the best of them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from assistant import counts

Floats = NDArray[np.float32]

_LONGEST = 700
_SHARED_WORDS = 0.35
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_HEADING = re.compile(r"^#{1,4} +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Passage:
    """A piece of text that can be quoted: `source` is the response's name or the page's file,
    `audience` is customer or internal."""

    text: str
    source: str
    title: str
    audience: str = "customer"


def of_responses(data: dict[str, Any]) -> Iterator[Passage]:
    """The answers of a Rasa file that have a title: those with an owner who keeps them true."""
    for name, variants in (data.get("responses") or {}).items():
        for variant in variants or []:
            metadata = variant.get("metadata") or {}
            if variant.get("condition") or not metadata.get("title") or not variant.get("text"):
                continue
            inner = metadata.get("audience") == "internal" or "internal" in name
            audience = "internal" if inner else "customer"
            yield Passage(variant["text"].strip(), name, str(metadata["title"]), audience)


def of_page(text: str, source: str) -> Iterator[Passage]:
    """The sections of a help page in Markdown, each under the page's and its own title."""
    front = _FRONT.match(text)
    about = yaml.safe_load(front.group(1)) if front else {}
    body = text[front.end() :] if front else text
    title = str(about.get("title") or source)
    audience = str(about.get("audience") or "customer")
    pieces = _HEADING.split(body)
    for heading, piece in zip(["", *pieces[1::2]], pieces[::2], strict=True):
        if len(piece.strip()) < 20:
            continue
        full = title if not heading or heading == title else f"{title}: {heading}"
        yield Passage(piece.strip(), source, full, audience)


def collect(paths: Iterable[Path], root: Path) -> list[Passage]:
    """The passages of all YAML and Markdown files, in order of their names."""
    found: list[Passage] = []
    for path in sorted(set(paths)):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".md":
            found += of_page(text, path.relative_to(root).as_posix())
        else:
            found += of_responses(yaml.safe_load(text) or {})
    return found


@dataclass(frozen=True)
class Hit:
    """A passage with its score (0-1 mostly; larger is better)."""

    passage: Passage
    score: float

    def as_dict(self) -> dict[str, Any]:
        """For the message property `passages`."""
        return {**asdict(self.passage), "score": round(self.score, 3)}


class PassageIndex:
    """Finds passages by meaning and by rare words that they share with the question.

    A passage is found by its title and by each of its paragraphs; its score is the best cosine of
    these plus 0.35 times the share of the question's words, weighted by rarity, that it holds.
    """

    def __init__(self, passages: Sequence[Passage], owners: Sequence[int], vectors: Floats) -> None:
        """Args:
        passages: what can be found.
        owners: the number of the passage that each vector is of.
        vectors: (pieces, width); width 0 when only words are compared.
        """
        self.passages = list(passages)
        self._owners = np.asarray(owners, dtype=np.int64)
        self._vectors = vectors
        texts = [f"{p.title}\n{p.text}" for p in passages]
        self._words = [set(_words(text)) for text in texts]
        self._rarity = counts.rarity([counts.count(text, _words) for text in texts])

    @staticmethod
    def pieces(passages: Sequence[Passage]) -> tuple[list[str], list[int]]:
        """The texts to encode, and the number of the passage that each is of."""
        texts: list[str] = []
        owners: list[int] = []
        for number, passage in enumerate(passages):
            blocks = [b.strip() for b in re.split(r"\n\s*\n", passage.text) if len(b.strip()) > 15]
            # The paragraph alone loses what it is about.
            for text in [passage.title, *(f"{passage.title}. {b[:_LONGEST]}" for b in blocks)]:
                texts.append(text)
                owners.append(number)
        return texts, owners

    def search(self, question: str, vector: Floats, most: int = 3) -> list[Hit]:
        """The best passages, best first.

        Args:
            question: a cleaned message.
            vector: its sentence vector, (width,).
            most: how many at most.
        """
        if not self.passages:
            return []
        asked = set(_words(question))
        weights = {word: float(self._rarity[counts.bucket(word)]) for word in sorted(asked)}
        total = sum(weights.values()) or 1.0
        score = np.array(
            [sum(weights[w] for w in asked & held) / total for held in self._words], np.float32
        )
        score *= np.float32(_SHARED_WORDS if self._vectors.shape[1] else 1.0)
        if self._vectors.shape[1]:
            best = np.full(len(self.passages), -1.0, dtype=np.float32)
            np.maximum.at(best, self._owners, self._vectors @ vector)
            score = score + best
        order = np.argsort(-score, kind="stable")[:most]
        return [Hit(self.passages[n], float(score[n])) for n in order]

    def vectors_as_bytes(self) -> bytes:
        """The vectors and their owners as npz."""
        out = io.BytesIO()
        np.savez(out, owners=self._owners, vectors=self._vectors.astype(np.float16))
        return out.getvalue()


_WORD = re.compile(r"[^\W\d_]{3,}")
_COMMON_TEXT = """the and for you your are can how what when where who why which does with that this
have has not will would could should from our any get want need please about there they was were"""
_COMMON = frozenset(_COMMON_TEXT.split())


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text.lower()):
        word = match.group()
        if word not in _COMMON:
            # Plural and singular meet.
            yield word[:-1] if len(word) > 4 and word.endswith("s") else word
