"""Where the two gates stand, set on predictions for examples left out of training."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.crossval import LeftOut
from assistant.evidence import OUT_OF_SCOPE

# Share of the rightly understood examples that may be passed; nearer ones are asked back at least.
_PASSED = 0.01
# Shares of the rightly understood examples that the scope gate may turn away, tried in turn.
_TURNED_AWAY = (0.005, 0.01, 0.02, 0.03, 0.035, 0.04, 0.045, 0.05, 0.06, 0.08)
_CONFIDENCES = np.linspace(0.1, 0.98, 89)


@dataclass(frozen=True)
class Thresholds:
    """An answer is given from `scope` on (the scope score) and from `confidence` on (0-1); what
    does not reach `scope` is asked back from `far` on and passed below. One of several parts of a
    message is a need of its own from the confidence `part` on."""

    scope: float
    confidence: float
    far: float = float("inf")
    part: float = 1.0


@dataclass(frozen=True)
class Targets:
    """The most that may happen to examples left out: `wrong`, the share of in-scope examples with
    a wrong answer; `foreign`, the share of out-of-scope examples answered as something else;
    `part_wrong`, the share of wrong ones among the examples that would be let in as parts."""

    wrong: float = 0.02
    foreign: float = 0.05
    part_wrong: float = 0.035


@dataclass(frozen=True)
class _Columns:
    scope: NDArray[np.float64]
    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    answers: NDArray[np.bool_]

    def rates(self, scope: float, confidence: float) -> tuple[float, float, float]:
        """Shares answered rightly, wrongly (both of in scope), and of foreign ones answered."""
        answered = (self.scope >= scope) & (self.confidence >= confidence) & self.answers
        inside = max(int(self.inside.sum()), 1)
        outside = max(int((~self.inside).sum()), 1)
        right = (answered & self.inside & self.right).sum() / inside
        wrong = (answered & self.inside & ~self.right).sum() / inside
        return float(right), float(wrong), float((answered & ~self.inside).sum() / outside)


def choose(
    left_out: LeftOut, targets: Targets, around: Collection[str] = frozenset()
) -> Thresholds:
    """The thresholds that answer most examples rightly within the targets.

    When no pair keeps to them, the strictest is taken.

    Args:
        left_out: what was found about examples left out of training.
        targets: the most that may go wrong.
        around: intents that are never a need of a message with several parts.
    """
    names = np.array(left_out.intents)
    columns = _Columns(
        np.array([e.scope for e in left_out.found]),
        np.array([e.confidence for e in left_out.found]),
        left_out.right(),
        names != OUT_OF_SCOPE,
        np.array([e.intent != OUT_OF_SCOPE for e in left_out.found]),
    )
    gates = _gates(columns, targets)
    needs = np.array([e.intent not in around for e in left_out.found])
    return replace(gates, part=_part(columns, needs, gates, targets.part_wrong))


def _gates(columns: _Columns, targets: Targets) -> Thresholds:
    """The thresholds for whole messages."""
    known = columns.scope[columns.inside & columns.right]
    far = float(np.quantile(known, _PASSED)) if len(known) else 0.0
    best, most = None, -1.0
    for share in _TURNED_AWAY:
        scope = float(np.quantile(known, share)) if len(known) else 0.0
        for confidence in _CONFIDENCES:
            right, wrong, foreign = columns.rates(scope, float(confidence))
            if wrong <= targets.wrong and foreign <= targets.foreign:
                if right > most:
                    best, most = Thresholds(scope, float(confidence), min(far, scope)), right
                break
    strictest = float(np.quantile(known, _TURNED_AWAY[-1])) if len(known) else 0.0
    return best or Thresholds(strictest, float(_CONFIDENCES[-1]), min(far, strictest))


def _part(
    columns: _Columns, needs: NDArray[np.bool_], gates: Thresholds, wrong: float
) -> float:
    """The least confidence at which so few of the parts let in are wrong.

    Messages with two needs are put together from single ones, so each example left out stands for
    a part. A part is let in more easily than a message, which can be asked back: what is not
    served of several needs is passed over in silence.
    """
    near = (columns.scope >= gates.scope) & columns.inside & columns.answers & needs
    for confidence in _CONFIDENCES:
        let_in = near & (columns.confidence >= confidence)
        if confidence < gates.confidence and (let_in & ~columns.right).sum() <= wrong * let_in.sum():
            return float(confidence)
    return gates.confidence
