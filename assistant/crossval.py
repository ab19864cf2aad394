"""Predictions for training examples by models that did not see them: what the confidence,
the thresholds and the training report are built on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.evidence import OUT_OF_SCOPE, Evidence
from assistant.model import (
    Examples,
    Hashed,
    IntentModel,
    Views,
    added,
    fitted_temperature,
    fused,
    train,
)
from assistant.regression import log_softmax
from assistant.scope import DEFAULT_SCOPE, ScopeScore, fit_scope

_FEW = 1500
_UNSEEN = -30.0
SEED = 7


@dataclass(frozen=True)
class LeftOut:
    """What was found about each example while it was left out, in the order of the examples."""

    found: Sequence[Evidence]
    intents: Sequence[str]
    texts: Sequence[str]

    def right(self) -> NDArray[np.bool_]:
        """Whether the first guess was the example's intent."""
        return np.array(
            [e.intent == i for e, i in zip(self.found, self.intents, strict=True)], dtype=bool
        )


@dataclass(frozen=True)
class Learned:
    """A model of all examples and what its siblings found about those left out."""

    model: IntentModel
    left_out: LeftOut


_last: dict[str, Learned] = {}


def learn(examples: Examples, names: Examples, seed: int = SEED) -> Learned:
    """Train on everything, with the confidence calibrated by cross-validation.

    The last result is kept in the process, since the classifier and the gate of one training both
    need it.

    Args:
        examples: the examples as people wrote them.
        names: the intents' names as examples, for every fold (see `name_examples`).
        seed: decides the folds.
    """
    digest = hashlib.sha256(np.ascontiguousarray(examples.vectors).tobytes())
    digest.update(repr((list(examples.texts), list(examples.intents), seed)).encode())
    key = digest.hexdigest()
    if key not in _last:
        _last.clear()
        _last[key] = _learn(examples, names, seed)
    return _last[key]


def name_examples(intents: Sequence[str]) -> list[str]:
    """The intents whose names are examples: all but out_of_scope."""
    return sorted(set(intents) - {OUT_OF_SCOPE})


def folds(intents: Sequence[str], count: int, seed: int) -> NDArray[np.int64]:
    """A fold number for each example; every intent is spread evenly."""
    generator = np.random.default_rng(seed)
    fold = np.zeros(len(intents), dtype=np.int64)
    names = np.array(intents)
    for number, name in enumerate(sorted(set(intents))):
        rows = np.flatnonzero(names == name)
        fold[generator.permutation(rows)] = (np.arange(len(rows)) + number) % count
    return fold


def _learn(examples: Examples, names: Examples, seed: int) -> Learned:
    both = Examples(
        np.concatenate([examples.vectors, names.vectors]),
        [*examples.texts, *names.texts],
        [*examples.intents, *names.intents],
    )
    hashed = Hashed.of(both.texts)
    classes = sorted(set(both.intents))
    views = _left_out(both, len(examples.texts), hashed, classes, seed)
    labels = np.searchsorted(np.array(classes), np.array(examples.intents))
    inside = np.array([name != OUT_OF_SCOPE for name in examples.intents])
    temperature = fitted_temperature(added(views.views[:, inside]), labels[inside])
    scope = _scope(classes, temperature, views, inside)
    count = len(examples.texts)
    found = [fused(classes, temperature, scope, views, row) for row in range(count)]
    model = train(both, hashed, np.arange(len(both.texts)))
    return Learned(
        replace(model, temperature=temperature, scope=scope),
        LeftOut(found, list(examples.intents), list(examples.texts)),
    )


def _scope(
    classes: list[str], temperature: float, views: Views, inside: NDArray[np.bool_]
) -> ScopeScore:
    if OUT_OF_SCOPE not in classes:
        return DEFAULT_SCOPE
    log_p = log_softmax(added(views.views) / np.float32(temperature))
    return fit_scope(views.nearness, np.exp(log_p[:, classes.index(OUT_OF_SCOPE)]), inside)


def _left_out(both: Examples, count: int, hashed: Hashed, classes: list[str], seed: int) -> Views:
    """The views of the first `count` examples, each by a model trained on the other folds.

    Five folds; ten when there are few examples, since a fifth less of them would matter.
    """
    many = 10 if count < _FEW else 5
    fold = folds(both.intents[:count], many, seed)
    views = np.full((4, count, len(classes)), _UNSEEN, dtype=np.float32)
    nearness = np.zeros((count, 4), dtype=np.float32)
    extra = np.arange(count, len(both.texts))
    for number in range(many):
        tests = np.flatnonzero(fold == number)
        if not len(tests):
            continue
        model = train(both, hashed, np.concatenate([np.flatnonzero(fold != number), extra]))
        rows = [r.taken(tests) for r in hashed.rows]
        unseen = model.unseen([both.texts[t] for t in tests])
        part = model.views_of_rows(both.vectors[tests], rows[0], rows[1], unseen)
        columns = np.searchsorted(np.array(classes), np.array(model.classes))
        for view in range(4):
            views[view][np.ix_(tests, columns)] = part.views[view]
        nearness[tests] = part.nearness
    return Views(views, nearness)
