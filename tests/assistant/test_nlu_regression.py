"""The regression: scikit-learn's optimum, in few rounds, on rows that lie close together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from assistant.counts import Rows, count, phrases, vectorise
from assistant.regression import fit, log_softmax

CLASSES = 5
STRENGTH = 10.0


@pytest.fixture(scope="module")
def rows() -> NDArray[np.float32]:
    """Sentence vectors are like this: a common direction, and a few that hold most of the rest."""
    random = np.random.default_rng(1)
    spread = np.geomspace(3, 0.05, 24)
    return (4 + random.normal(size=(300, 24)) * spread).astype(np.float32)


@pytest.fixture(scope="module")
def labels(rows: NDArray[np.float32]) -> NDArray[np.int64]:
    random = np.random.default_rng(2)
    pull = (rows - rows.mean(axis=0)) @ random.normal(size=(24, CLASSES))
    return (pull + random.normal(size=pull.shape)).argmax(axis=1).astype(np.int64)


@pytest.fixture(scope="module")
def weights(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.random.default_rng(3).uniform(0.1, 1, len(rows)).astype(np.float32)


def objective(
    found: tuple[NDArray[np.float32], NDArray[np.float32]],
    rows: NDArray[np.float32],
    labels: NDArray[np.int64],
    weights: NDArray[np.float32],
) -> float:
    """What is minimised."""
    log_p = log_softmax(rows @ found[0] + found[1])
    told = (weights * log_p[np.arange(len(labels)), labels]).sum()
    return float(0.5 * (found[0] ** 2).sum() - STRENGTH * told)


def test_the_optimum_is_that_of_scikit_learn(
    rows: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float32]
) -> None:
    known = LogisticRegression(C=STRENGTH, max_iter=5000, tol=1e-8).fit(rows, labels, weights)
    best = (known.coef_.T.astype(np.float32), known.intercept_.astype(np.float32))
    found = fit(rows, labels, CLASSES, STRENGTH, weights, rounds=300)
    least = objective(best, rows, labels, weights)
    assert objective(found, rows, labels, weights) == pytest.approx(least, rel=1e-3)
    p, known_p = (np.exp(log_softmax(rows @ w + b)) for w, b in (found, best))
    assert np.abs(p - known_p).max() < 0.02


def test_few_rounds_come_near_it(
    rows: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float32]
) -> None:
    short, long = (fit(rows, labels, CLASSES, STRENGTH, weights, rounds=n) for n in (16, 300))
    least = objective(long, rows, labels, weights)
    assert objective(short, rows, labels, weights) <= 1.02 * least


def test_it_is_the_same_each_time(
    rows: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float32]
) -> None:
    one, two = (fit(rows, labels, CLASSES, STRENGTH, weights) for _ in range(2))
    assert (one[0] == two[0]).all()
    assert (one[1] == two[1]).all()


def test_a_feature_that_never_varies_does_no_harm(
    rows: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float32]
) -> None:
    wider = np.column_stack([rows, np.full(len(rows), 7, np.float32)]).astype(np.float32)
    found = fit(wider, labels, CLASSES, STRENGTH, weights)
    assert np.isfinite(found[0]).all()
    assert np.abs(found[0][-1]).max() < 1e-3


def test_rows_are_taken_in_the_order_that_is_asked() -> None:
    texts = ["where is my order", "", "refund", "is it here"]
    rows = vectorise(texts, phrases, np.ones(1 << 15, np.float32))
    taken: Rows = rows.taken(np.array([3, 1, 0]))
    for number, wanted in enumerate((3, 1, 0)):
        assert all((a == b).all() for a, b in zip(taken.row(number), rows.row(wanted), strict=True))
    assert len(taken.row(1)[0]) == 1
    assert len(taken.row(0)[0]) == len(count(texts[3], phrases))
