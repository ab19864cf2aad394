"""What the classifier found out about one text, as one frozen record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OUT_OF_SCOPE = "out_of_scope"
FALLBACK = "nlu_fallback"


def intent_of(parsed: Mapping[str, Any]) -> str:
    """The name of a parse's intent; '' where it has none."""
    return str((parsed.get("intent") or {}).get("name") or "")


@dataclass(frozen=True)
class Evidence:
    """Intent, how sure, how near to what was taught.

    `confidence` is the calibrated probability of `intent` (0-1); `scope` is the nearness score
    (unbounded, larger is nearer); `ranking` holds the likeliest intents, `intent` first.
    """

    intent: str
    confidence: float
    scope: float
    ranking: tuple[tuple[str, float], ...]

    def as_dict(self) -> dict[str, Any]:
        """For a message property."""
        return {
            "intent": self.intent,
            "confidence": self.confidence,
            "scope": self.scope,
            "ranking": [list(pair) for pair in self.ranking],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Evidence:
        """The record that `as_dict` wrote."""
        ranking = tuple((str(name), float(p)) for name, p in data["ranking"])
        return cls(data["intent"], data["confidence"], data["scope"], ranking)
