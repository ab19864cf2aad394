"""How near a text is to anything that was taught: one score from five measurements.

With out-of-scope examples the score is the log-odds of a logistic regression on: the largest logit
of an in-scope intent, the mean cosine to the 3 nearest in-scope examples, that to the 3 nearest
out-of-scope ones, the share of words never seen in scope, the log-probability of out_of_scope, and
the products of each two of these (they let in 1.5% more of our messages at the same share of
foreign ones). It is fitted on predictions for examples left out of training. Without such examples it is the
largest logit plus ten times the mean cosine, which found more foreign messages of CLINC150 than
the probability, the energy or either part alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Fewer out-of-scope examples than this do not stand for the rest of the world.
FEWEST = 50
_LEAST_PROBABILITY = 1e-3


MEASURED = 5
_PAIRS = np.triu_indices(MEASURED)


def _with_products(rows: Floats) -> Floats:
    """Standardised measurements and beside them their 15 products, (texts, 20)."""
    products = rows[:, _PAIRS[0]] * rows[:, _PAIRS[1]]
    both: Floats = np.concatenate([rows, products], axis=1).astype(np.float32)
    return both


@dataclass(frozen=True)
class ScopeScore:
    """`weights` of the five measurements and their products, after each measurement is moved by its
    `centre` and divided by its `spread`; and an `offset`."""

    weights: tuple[float, ...]
    offset: float
    centre: tuple[float, ...] = (0.0,) * MEASURED
    spread: tuple[float, ...] = (1.0,) * MEASURED

    def of(self, nearness: Floats, outside: float) -> float:
        """The score of one text; larger is nearer.

        Args:
            nearness: largest logit, mean cosine in scope, out of scope, share unseen, (4,).
            outside: probability of out_of_scope (0-1).
        """
        row = np.array([*nearness, np.log(outside + _LEAST_PROBABILITY)], dtype=np.float64)
        row = (row - self.centre) / self.spread
        products = row[_PAIRS[0]] * row[_PAIRS[1]]
        return float(np.dot(self.weights, [*row, *products])) + self.offset

    def as_array(self) -> NDArray[np.float64]:
        """All its numbers, for storage."""
        return np.array([*self.centre, *self.spread, self.offset, *self.weights])

    @classmethod
    def from_array(cls, saved: NDArray[np.float64]) -> ScopeScore:
        """The score that `as_array` wrote."""
        numbers = [float(v) for v in saved]
        centre, spread = numbers[:MEASURED], numbers[MEASURED : 2 * MEASURED]
        rest = numbers[2 * MEASURED :]
        return cls(tuple(rest[1:]), rest[0], tuple(centre), tuple(spread))


DEFAULT_SCOPE = ScopeScore((1.0, 10.0) + (0.0,) * 18, 0.0)


def fit_scope(nearness: Floats, outside: Floats, inside: NDArray[np.bool_]) -> ScopeScore:
    """Fit the score on examples left out of training; both kinds weigh the same.

    Args:
        nearness: (examples, 4).
        outside: probability of out_of_scope, (examples,).
        inside: whether each example is in scope, (examples,).
    """
    if int((~inside).sum()) < FEWEST or inside.sum() < FEWEST:
        return DEFAULT_SCOPE
    from assistant.regression import fit

    rows = np.column_stack([nearness, np.log(outside + _LEAST_PROBABILITY)]).astype(np.float32)
    mean, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    share = float(inside.mean())
    weights = np.where(inside, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
    labels = inside.astype(np.int64)
    features = _with_products((rows - mean) / spread)
    coefficients, intercepts = fit(features, labels, 2, 1.0, weights, rounds=200)
    slope = coefficients[:, 1] - coefficients[:, 0]
    return ScopeScore(
        tuple(float(v) for v in slope),
        float(intercepts[1] - intercepts[0]),
        tuple(float(v) for v in mean),
        tuple(float(v) for v in spread),
    )
