"""How near a text is to anything that was taught: one score from five measurements.

With out-of-scope examples the score is the log-odds of a logistic regression on: the largest logit
of an in-scope intent, the mean cosine to the 3 nearest in-scope examples, that to the 3 nearest
out-of-scope ones, the share of words never seen in scope, and the log-probability of out_of_scope.
It is fitted on predictions for examples left out of training. Without such examples it is the
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


@dataclass(frozen=True)
class ScopeScore:
    """`weights` of the five measurements and an `offset`."""

    weights: tuple[float, ...]
    offset: float

    def of(self, nearness: Floats, outside: float) -> float:
        """The score of one text; larger is nearer.

        Args:
            nearness: largest logit, mean cosine in scope, out of scope, share unseen, (4,).
            outside: probability of out_of_scope (0-1).
        """
        last = float(np.log(outside + _LEAST_PROBABILITY))
        return float(np.dot(self.weights[:4], nearness)) + self.weights[4] * last + self.offset

    def as_array(self) -> NDArray[np.float64]:
        """Six numbers, for storage."""
        return np.array([*self.weights, self.offset])

    @classmethod
    def from_array(cls, saved: NDArray[np.float64]) -> ScopeScore:
        """The score that `as_array` wrote."""
        return cls(tuple(float(v) for v in saved[:5]), float(saved[5]))


DEFAULT_SCOPE = ScopeScore((1.0, 10.0, 0.0, 0.0, 0.0), 0.0)


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
    coefficients, intercepts = fit((rows - mean) / spread, labels, 2, 1.0, weights)
    slope = (coefficients[:, 1] - coefficients[:, 0]) / spread
    offset = float(intercepts[1] - intercepts[0] - slope @ mean)
    return ScopeScore(tuple(float(v) for v in slope), offset)
