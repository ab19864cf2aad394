"""L2-regularised multinomial logistic regression, fitted by L-BFGS. SciPy is used in training only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# More rounds lower the loss by a thousandth and change no accuracy beyond noise.
ROUNDS = 16
# The part of the curvature at the start that is left where most examples are settled.
_LEFT = 0.1


def log_softmax(logits: Floats) -> Floats:
    """Row-wise log of the softmax, without overflow."""
    top = logits.max(axis=-1, keepdims=True)
    shifted = logits - top
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def fit(
    rows: Floats, labels: Ints, classes: int, strength: float, weights: Floats, rounds: int = ROUNDS
) -> tuple[Floats, Floats]:
    """Coefficients (features x classes) and intercepts (classes).

    Minimises `strength * sum_i weight_i * -log p(label_i | row_i) + |W|^2 / 2`; the intercepts are
    free. Deterministic: it starts at zero.

    The search goes in rows that are centred and turned by the inverse root of about the Hessian
    that every class has (Böhning 1992: it is `1/K` of the rows' own at the start), since sentence
    vectors lie close together along a few directions. That takes a third of the rounds.

    Args:
        rows: (examples x features).
        labels: class index of each example.
        classes: number of classes.
        strength: inverse of the regularisation.
        weights: weight of each example, shape (examples,).
        rounds: most L-BFGS iterations.
    """
    scale = (strength * weights).astype(np.float32)
    centre = scale @ rows / scale.sum()
    centred = rows - centre
    share = _LEFT / classes
    hessian = share * (centred.T * scale) @ centred + np.eye(rows.shape[1], dtype=np.float32)
    values, vectors = np.linalg.eigh(hessian.astype(np.float64))
    turn = ((vectors / np.sqrt(values)) @ vectors.T).astype(np.float32)
    step = np.float32(1 / np.sqrt(share * scale.sum()))
    problem = _Problem(centred @ turn, labels, scale, turn.T @ turn, step)
    found, bias = _descend(problem, classes, rounds)
    coefficients = turn @ found
    return coefficients, bias - centre @ coefficients


class _Problem(NamedTuple):
    """What is minimised: `rows` turned, `penalty` of the turned coefficients (features x features),
    `step` by which the intercepts are scaled."""

    rows: Floats
    labels: Ints
    scale: Floats
    penalty: Floats
    step: np.float32

    def loss(self, weights: Floats, bias: Floats) -> tuple[float, Floats, Floats]:
        """The loss and its gradient by coefficients and (scaled) intercepts."""
        picked = (np.arange(len(self.labels)), self.labels)
        p = self.rows @ weights
        p += self.step * bias
        p -= p.max(axis=1, keepdims=True)
        true = p[picked]
        np.exp(p, out=p)
        total = p.sum(axis=1, keepdims=True)
        p /= total
        pull = self.penalty @ weights
        value = float((self.scale * (np.log(total[:, 0]) - true)).sum())
        p[picked] -= 1
        p *= self.scale[:, None]
        gradient = self.rows.T @ p + pull
        return value + 0.5 * float((weights * pull).sum()), gradient, self.step * p.sum(axis=0)


def _descend(problem: _Problem, classes: int, rounds: int) -> tuple[Floats, Floats]:
    """The coefficients and intercepts of the least loss."""
    from scipy.optimize import minimize

    features = problem.rows.shape[1]
    split = features * classes

    def loss(point: NDArray[np.float64], unit: float) -> tuple[float, NDArray[np.float64]]:
        at = (unit * point).astype(np.float32)
        value, by_weights, by_bias = problem.loss(at[:split].reshape(features, classes), at[split:])
        return value, unit * np.concatenate([by_weights.ravel(), by_bias]).astype(np.float64)

    start = np.zeros(split + classes)
    # L-BFGS first tries a step of length 1; so long is a good first step here.
    unit = _LEFT * float(np.linalg.norm(loss(start, 1.0)[1])) or 1.0
    options = {"maxiter": rounds, "maxcor": 10}
    best = minimize(loss, start, (unit,), jac=True, method="L-BFGS-B", options=options).x * unit
    weights = best[:split].reshape(features, classes).astype(np.float32)
    return weights, problem.step * best[split:].astype(np.float32)
