"""The intent model: a regression on sentence vectors, counts of letters and words, neighbours.

Four views give log-probabilities (for the neighbours: the cosine to the nearest example of the
intent). They are added with fixed weights and divided by a temperature that is fitted on
predictions for examples left out of training: `log p = sum_v weight_v * view_v / t`, normalised.
Mixing counts into the same regression does worse than vectors alone; fusing late does better.
How near a text is to what was taught is told by a scope score (`assistant.scope`).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant import counts
from assistant.evidence import OUT_OF_SCOPE, Evidence
from assistant.regression import fit, log_softmax
from assistant.scope import DEFAULT_SCOPE, ScopeScore

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Weights of the views: vectors, letters, words, neighbours. Chosen by accuracy on several data sets;
# weights fitted to the likelihood trust naive Bayes too little, since it is always too sure.
VIEW_WEIGHTS = (1.0, 0.1, 0.25, 6.0)
# How many examples tell how near a text is to what was taught.
NEAREST = 3
RANKED = 10
_MANY_EXAMPLES = 25
# Neighbours are sought among this many directions of the vectors: a third of the memory to read.
_NEAR_WIDTH = 256
# Texts whose neighbours are sought at a time, so that their cosines stay in the processor's cache.
_BLOCK = 64
KINDS = (counts.characters, counts.phrases)


@dataclass(frozen=True)
class Examples:
    """Training examples: their vectors (examples x width; width 0 without encoder), texts as
    the model reads them, and intents."""

    vectors: Floats
    texts: Sequence[str]
    intents: Sequence[str]

    def weights(self) -> Floats:
        """1 for an example of an intent; the out-of-scope ones together weigh as one intent, or
        they would pull every unusual request to themselves."""
        names = np.array(self.intents)
        outside = names == OUT_OF_SCOPE
        weights = np.ones(len(names), dtype=np.float32)
        if outside.any() and not outside.all():
            sizes = np.unique(names[~outside], return_counts=True)[1]
            weights[outside] = min(1.0, float(np.median(sizes)) / float(outside.sum()))
        return weights


@dataclass(frozen=True)
class Hashed:
    """The counted features of some texts: characters and phrases, with the rarity of each."""

    rows: tuple[counts.Rows, counts.Rows]
    rarity: tuple[Floats, Floats]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Hashed:
        """Count training texts."""
        counted = [[counts.count(text, kind) for text in texts] for kind in KINDS]
        letters, words = (counts.rarity(one) for one in counted)
        first, second = counts.weighted(counted[0], letters), counts.weighted(counted[1], words)
        return cls((first, second), (letters, words))


@dataclass(frozen=True)
class Views:
    """What the four views say of several texts, (views, texts, classes), and how near each text
    is to what was taught, (texts, 4): see `assistant.scope`."""

    views: Floats
    nearness: Floats


@dataclass
class IntentModel:
    """A fitted model. All arrays are NumPy; nothing else is needed to read a message."""

    classes: list[str]
    dense: Floats
    dense_bias: Floats
    letters: counts.CountModel
    words: counts.CountModel
    basis: Floats
    index: Floats
    owners: Ints
    seen: NDArray[np.bool_]
    scope: ScopeScore = DEFAULT_SCOPE
    temperature: float = 1.0

    def views(self, vectors: Floats, texts: Sequence[str]) -> Views:
        """Read several texts, given with their vectors (texts x width)."""
        models = (self.letters, self.words)
        rows = [counts.vectorise(texts, k, m.rarity) for k, m in zip(KINDS, models, strict=True)]
        return self.views_of_rows(vectors, rows[0], rows[1], self.unseen(texts))

    def unseen(self, texts: Sequence[str]) -> Floats:
        """Share of each text's words, weighted by rarity, that no in-scope example has."""
        return np.array([counts.unseen(t, self.seen, self.words.rarity) for t in texts], np.float32)

    def views_of_rows(
        self, vectors: Floats, letters: counts.Rows, words: counts.Rows, unseen: Floats
    ) -> Views:
        """As `views`, with the features already counted."""
        by_letters = log_softmax(self.letters.logits(letters))
        by_words = log_softmax(self.words.logits(words))
        inside = np.array([name != OUT_OF_SCOPE for name in self.classes])
        if not self.dense.shape[0]:
            nothing = np.zeros_like(by_letters)
            near = np.zeros((len(vectors), 4), dtype=np.float32)
            near[:, 0] = 20 * np.exp((by_letters + by_words)[:, inside].max(axis=1))
            near[:, 3] = unseen
            return Views(np.stack([nothing, by_letters, by_words, nothing]), near)
        logits = vectors @ self.dense + self.dense_bias
        inner, outer, of_class = self._neighbours(vectors)
        near = np.stack([logits[:, inside].max(axis=1), inner, outer, unseen], axis=1)
        return Views(np.stack([log_softmax(logits), by_letters, by_words, of_class]), near)

    def read(self, vectors: Floats, texts: Sequence[str]) -> list[Evidence]:
        """What there is to say about each text."""
        views = self.views(vectors, texts)
        return [self.evidence(views, row) for row in range(len(texts))]

    def evidence(self, views: Views, row: int) -> Evidence:
        """One text in words and calibrated numbers."""
        return fused(self.classes, self.temperature, self.scope, views, row)

    def _neighbours(self, vectors: Floats) -> tuple[Floats, Floats, Floats]:
        """Mean cosine to the nearest examples in scope and out of scope; cosine to the nearest one
        of each class."""
        length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        turned = (vectors / length) @ self.basis
        starts = np.searchsorted(self.owners, np.arange(len(self.classes) + 1))
        blocks = [turned[at : at + _BLOCK] for at in range(0, max(len(turned), 1), _BLOCK)]
        nearest = np.concatenate([top_of_spans(block @ self.index.T, starts) for block in blocks])
        of_class = nearest[:, :, 0]
        if OUT_OF_SCOPE not in self.classes:
            outer = np.zeros(len(vectors), dtype=np.float32)
            return mean_of_top(nearest.reshape(len(vectors), -1)), outer, of_class
        outside = self.classes.index(OUT_OF_SCOPE)
        inside = np.delete(nearest, outside, axis=1).reshape(len(vectors), -1)
        return mean_of_top(inside), mean_of_top(nearest[:, outside]), of_class

    def to_bytes(self) -> bytes:
        """The model as an npz without pickled objects."""
        out = io.BytesIO()
        arrays: dict[str, Any] = {
            "classes": np.array("\n".join(self.classes)),
            "dense": self.dense,
            "dense_bias": self.dense_bias,
            "basis": self.basis,
            "index": self.index.astype(np.float16),
            "owners": self.owners,
            "seen": self.seen,
            "scope": self.scope.as_array(),
            "temperature": np.array(self.temperature),
        }
        for name, model in (("letters", self.letters), ("words", self.words)):
            arrays[f"{name}_rarity"] = model.rarity
            arrays[f"{name}_place"] = model.place
            arrays[f"{name}_weights"] = model.weights
        np.savez(out, **arrays)
        return out.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> IntentModel:
        """The model that `to_bytes` wrote.

        Raises:
            ValueError: it holds pickled objects.
        """
        with np.load(io.BytesIO(data), allow_pickle=False) as saved:

            def counted(name: str) -> counts.CountModel:
                parts = ("rarity", "place", "weights")
                return counts.CountModel(*(saved[f"{name}_{part}"] for part in parts))

            return cls(
                str(saved["classes"]).split("\n"),
                saved["dense"],
                saved["dense_bias"],
                counted("letters"),
                counted("words"),
                saved["basis"],
                saved["index"].astype(np.float32),
                saved["owners"],
                saved["seen"],
                ScopeScore.from_array(saved["scope"]),
                float(saved["temperature"]),
            )


def added(views: Floats) -> Floats:
    """The weighted sum of the views, (texts, classes) or (classes,)."""
    total: Floats = np.tensordot(np.array(VIEW_WEIGHTS, dtype=np.float32), views, axes=1)
    return total


def fused(
    classes: Sequence[str], temperature: float, scope: ScopeScore, views: Views, row: int
) -> Evidence:
    """The views of one text added up."""
    p = np.exp(log_softmax(added(views.views[:, row]) / np.float32(temperature)))
    order = np.argsort(-p, kind="stable")[:RANKED]
    ranking = tuple((classes[c], float(p[c])) for c in order)
    outside = float(p[classes.index(OUT_OF_SCOPE)]) if OUT_OF_SCOPE in classes else 0.0
    nearness = scope.of(views.nearness[row], outside)
    return Evidence(ranking[0][0], ranking[0][1], nearness, ranking)


def top_of_spans(cosine: Floats, starts: Ints) -> Floats:
    """The `NEAREST` largest different values of each span of columns, (rows, spans, NEAREST).

    Where a span has fewer, -inf stands. A few passes over all spans at once: one call for each span
    would be most of the time of a parse.

    Args:
        cosine: (rows, columns).
        starts: first column of each span, then the number of columns; no span is empty.
    """
    sizes = np.diff(starts)
    left = cosine.copy()
    out = np.empty((len(cosine), len(sizes), NEAREST), dtype=np.float32)
    for place in range(NEAREST):
        out[:, :, place] = np.maximum.reduceat(left, starts[:-1], axis=1)
        if place + 1 < NEAREST:
            left[left == np.repeat(out[:, :, place], sizes, axis=1)] = -np.inf
    return out


def mean_of_top(values: Floats) -> Floats:
    """Mean of the `NEAREST` largest along the last axis, without those that are -inf."""
    if values.shape[-1] > NEAREST:
        values = np.partition(values, -NEAREST, axis=-1)[..., -NEAREST:]
    there = np.isfinite(values)
    total = np.where(there, values, 0).sum(axis=-1)
    mean: Floats = (total / np.maximum(there.sum(axis=-1), 1)).astype(np.float32)
    return mean


def names_as_text(classes: Sequence[str]) -> list[str]:
    """An intent's name read as an example of it: `track_order` says a good deal."""
    return [name.replace("_", " ").replace("/", " ").replace("?", "").lower() for name in classes]


def train(examples: Examples, hashed: Hashed, rows: Ints) -> IntentModel:
    """Fit a model on some of the examples, with temperature 1. Deterministic.

    Args:
        examples: examples of at least two intents.
        hashed: the counted features of all `examples`.
        rows: numbers of the examples to learn from.
    """
    order = np.array(sorted(rows, key=lambda r: (examples.intents[r], r)), dtype=np.int64)
    names = [examples.intents[r] for r in order]
    classes = sorted(set(names))
    labels = np.searchsorted(np.array(classes), np.array(names)).astype(np.int64)
    weights = examples.weights()[order]
    letters, words = (
        counts.fit_counts(r, order, labels, len(classes), weights, rarity)
        for r, rarity in zip(hashed.rows, hashed.rarity, strict=True)
    )
    vectors = examples.vectors[order]
    if vectors.shape[1]:
        many = float(np.median(np.bincount(labels))) >= _MANY_EXAMPLES
        strength = 10.0 if many else 30.0
        dense, bias = fit(vectors, labels, len(classes), strength, weights)
    else:
        dense, bias = np.zeros((0, len(classes)), np.float32), np.zeros(len(classes), np.float32)
    length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    basis = principal(vectors / length)
    index = (vectors / length @ basis).astype(np.float16).astype(np.float32)
    inside = [examples.texts[r] for r in order if examples.intents[r] != OUT_OF_SCOPE]
    seen = counts.seen_words(inside)
    return IntentModel(classes, dense, bias, letters, words, basis, index, labels, seen)


def principal(rows: Floats) -> Floats:
    """The directions that hold most of the rows, (width, at most `_NEAR_WIDTH`), orthonormal.

    Products of rows hardly change when both are seen along these directions only.
    """
    width = rows.shape[1]
    if width <= _NEAR_WIDTH:
        return np.eye(width, dtype=np.float32)
    vectors = np.linalg.eigh((rows.T @ rows).astype(np.float64))[1]
    return np.ascontiguousarray(vectors[:, ::-1][:, :_NEAR_WIDTH], dtype=np.float32)


def fitted_temperature(log_p: Floats, labels: Ints) -> float:
    """The temperature, 0.2 to 5, under which the true labels are likeliest (Guo et al. 2017).

    Args:
        log_p: of examples left out of training, (texts, classes), normalised or not.
        labels: class of each text.
    """
    picked = (np.arange(len(labels)), labels)
    grid = np.exp(np.linspace(np.log(0.2), np.log(5.0), 49))
    losses = [-float(log_softmax(log_p / np.float32(t))[picked].mean()) for t in grid]
    return float(grid[int(np.argmin(losses))])
