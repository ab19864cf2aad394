"""L2-regularised multinomial logistic regression, fitted by L-BFGS. SciPy is used in training only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# More rounds lower the loss by a thousandth and change no accuracy beyond noise.
ROUNDS = 40


def log_softmax(logits: Floats) -> Floats:
    """Row-wise log of the softmax, without overflow."""
    top = logits.max(axis=-1, keepdims=True)
    shifted = logits - top
    result: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def fit(
    rows: Any, labels: Ints, classes: int, strength: float, weights: Floats, rounds: int = ROUNDS
) -> tuple[Floats, Floats]:
    """Coefficients (features x classes) and intercepts (classes).

    Minimises `strength * sum_i weight_i * -log p(label_i | row_i) + |W|^2 / 2`; the intercepts are
    free. Deterministic: it starts at zero.

    Args:
        rows: float32 (examples x features), dense or a SciPy CSR matrix.
        labels: class index of each example.
        classes: number of classes.
        strength: inverse of the regularisation.
        weights: weight of each example, shape (examples,).
        rounds: most L-BFGS iterations.
    """
    from scipy.optimize import minimize

    features = rows.shape[1]
    split = features * classes
    picked = (np.arange(len(labels)), labels)
    scale = (strength * weights).astype(np.float32)

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w = point[:split].reshape(features, classes).astype(np.float32)
        log_p = log_softmax(rows @ w + point[split:].astype(np.float32))
        value = -float((scale * log_p[picked]).sum()) + 0.5 * float((w * w).sum())
        error = np.exp(log_p)
        error[picked] -= 1
        error *= scale[:, None]
        gradient = rows.T @ error + w
        return value, np.concatenate([gradient.ravel(), error.sum(axis=0)]).astype(np.float64)

    start = np.zeros(split + classes)
    options = {"maxiter": rounds, "maxcor": 10}
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return (
        best[:split].reshape(features, classes).astype(np.float32),
        best[split:].astype(np.float32),
    )
