"""Counted features of a text: character n-grams, and words with their neighbours.

They need no package and no training. Features are hashed, so a word never seen still shares most
of its n-grams with the one that was meant.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 15
_SIZES = (2, 3, 4, 5)
_WORD = re.compile(r"\w+")
_MAX_WORD = 30

Floats = NDArray[np.float32]


def characters(text: str) -> Iterator[str]:
    """The n-grams of 2 to 5 characters inside each word, padded with a space on both sides."""
    for match in _WORD.finditer(text.lower()):
        word = f" {match.group()[:_MAX_WORD]} "
        for size in _SIZES:
            for start in range(max(1, len(word) - size + 1)):
                yield word[start : start + size]


def phrases(text: str) -> Iterator[str]:
    """Each word, and each pair of neighbours with the start and the end of the text marked."""
    found = [m.group()[:_MAX_WORD] for m in _WORD.finditer(text.lower())]
    yield from found
    for left, right in zip(["^", *found], [*found, "$"], strict=True):
        yield f"{left} {right}"


@dataclass(frozen=True)
class Rows:
    """Rows of a sparse matrix in compressed form (indptr, indices, values), `BUCKETS` wide."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    values: Floats

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def row(self, number: int) -> tuple[NDArray[np.int32], Floats]:
        """Buckets and values of one row."""
        span = slice(self.indptr[number], self.indptr[number + 1])
        return self.indices[span], self.values[span]

    def taken(self, numbers: NDArray[np.int64]) -> Rows:
        """The rows of those numbers, in that order."""
        sizes = np.diff(self.indptr)[numbers]
        indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        places = np.arange(indptr[-1]) + np.repeat(self.indptr[numbers] - indptr[:-1], sizes)
        return Rows(indptr, self.indices[places], self.values[places])


def count(text: str, kind: Callable[[str], Iterator[str]]) -> dict[int, int]:
    """How often each hashed feature occurs."""
    counts: dict[int, int] = {}
    for feature in kind(text):
        place = zlib.crc32(feature.encode()) % BUCKETS
        counts[place] = counts.get(place, 0) + 1
    return counts


def rarity(counted: Sequence[dict[int, int]]) -> Floats:
    """Inverse document frequency of each bucket, shape (BUCKETS,): `ln((1+n)/(1+df)) + 1`."""
    buckets = np.fromiter((b for counts in counted for b in counts), dtype=np.int64)
    frequency = np.bincount(buckets, minlength=BUCKETS)
    weights: Floats = (np.log((1 + len(counted)) / (1 + frequency)) + 1).astype(np.float32)
    return weights


def vectorise(texts: Sequence[str], kind: Callable[[str], Iterator[str]], weights: Floats) -> Rows:
    """Rows of `(1 + ln count) * rarity`, each scaled to length 1."""
    return weighted([count(text, kind) for text in texts], weights)


def weighted(counted: Sequence[dict[int, int]], weights: Floats) -> Rows:
    """As `vectorise`, for texts that are counted already."""
    indptr, indices, values = [0], [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
    for counts in counted:
        index = np.fromiter(counts.keys(), dtype=np.int32, count=len(counts))
        value = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        value = (1 + np.log(value)) * weights[index]
        indices.append(index)
        values.append(value / max(float(np.sqrt((value**2).sum())), 1e-9))
        indptr.append(indptr[-1] + len(index))
    return Rows(
        np.array(indptr, dtype=np.int64),
        np.concatenate(indices),
        np.concatenate(values).astype(np.float32),
    )


@dataclass(frozen=True)
class CountModel:
    """Multinomial naive Bayes over weighted counts; fitted in one pass.

    `place` maps a bucket to its row of `weights` (rows x classes), -1 when it was never seen.
    """

    rarity: Floats
    place: NDArray[np.int32]
    weights: NDArray[np.float16]

    def logits(self, rows: Rows) -> Floats:
        """Unnormalised log-likelihoods (texts x classes)."""
        out = np.zeros((len(rows), self.weights.shape[1]), dtype=np.float32)
        for number in range(len(rows)):
            buckets, values = rows.row(number)
            places = self.place[buckets]
            known = places >= 0
            out[number] = values[known] @ self.weights[places[known]].astype(np.float32)
        return out


def fit_counts(
    rows: Rows,
    chosen: NDArray[np.int64],
    labels: NDArray[np.int64],
    classes: int,
    weights: Floats,
    rarity_: Floats,
    smoothing: float = 0.02,
) -> CountModel:
    """Naive Bayes on the chosen rows.

    The weight of feature f for class c is `ln((n_fc + a) / sum_f(n_fc + a))` less its mean over
    the classes, where n is the sum of the weighted rows and a the smoothing.

    Args:
        rows: all rows.
        chosen: numbers of the rows to learn from, shape (n,).
        labels: class of each chosen row, shape (n,).
        classes: number of classes.
        weights: weight of each chosen row, shape (n,).
        rarity_: the rarity that `rows` was made with; kept in the model.
        smoothing: a.
    """
    taken = rows.taken(chosen)
    sizes = np.diff(taken.indptr)
    cells = taken.indices.astype(np.int64) * classes + np.repeat(labels, sizes)
    values = taken.values * np.repeat(weights, sizes)
    sums = np.bincount(cells, values, BUCKETS * classes).reshape(BUCKETS, classes)
    seen = np.flatnonzero(sums.any(axis=1))
    kept = sums[seen].astype(np.float32) + smoothing
    total = kept.sum(axis=0) + smoothing * (BUCKETS - len(seen))
    logs = np.log(kept / total)
    place = np.full(BUCKETS, -1, dtype=np.int32)
    place[seen] = np.arange(len(seen), dtype=np.int32)
    centred = logs - logs.mean(axis=1, keepdims=True)
    return CountModel(rarity_, place, centred.astype(np.float16))


def bucket(word: str) -> int:
    """The bucket of one word."""
    return zlib.crc32(word[:_MAX_WORD].encode()) % BUCKETS


def seen_words(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which word buckets occur in the texts, shape (BUCKETS,)."""
    seen = np.zeros(BUCKETS, dtype=np.bool_)
    for text in texts:
        seen[[bucket(m.group()) for m in _WORD.finditer(text.lower())]] = True
    return seen


def unseen(text: str, seen: NDArray[np.bool_], rarity_: Floats) -> float:
    """Share (0-1) of the words of a text that are not in `seen`, weighted by their rarity.

    Numbers are left aside: an order number is new by nature.
    """
    found = [m.group() for m in _WORD.finditer(text.lower())]
    buckets = [bucket(word) for word in found if not any(c.isdigit() for c in word)]
    if not buckets:
        return 0.0
    weight = rarity_[buckets]
    return float(weight[~seen[buckets]].sum() / weight.sum())
