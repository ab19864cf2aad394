"""Answer, ask back, or say that this is not known: pure, so that every decision can be explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.evidence import OUT_OF_SCOPE, Evidence
from assistant.thresholds import Thresholds

Kind = Literal["answer", "ask_back", "pass"]

MOST_CANDIDATES = 3
_LEAST_CANDIDATE = 0.03
# Out of scope is believed alone only when it is nearly certain; else the scope score decides.
_SURE_OUTSIDE = 0.5


@dataclass(frozen=True)
class Asked:
    """One message as the gate sees it: evidence about the whole, about each of its parts, and
    about what is refused (when nothing but a refusal is said)."""

    whole: Evidence
    parts: Sequence[Evidence] = ()
    affirmed: Evidence | None = None
    has_letters: bool = True
    only_entities: bool = False
    language: str = "en"


@dataclass(frozen=True)
class Policy:
    """How to decide: the gates, the languages that the encoder understands, intents that are said
    around a request rather than being one, and topics offered for a bare number."""

    thresholds: Thresholds
    languages: Sequence[str] = ("en",)
    around: frozenset[str] = frozenset()
    number_topics: Sequence[str] = ()
    part_confidence: float = 0.6


@dataclass(frozen=True)
class Decision:
    """What to do with a message and why; `also` are the numbers of further parts that ask for
    something else, `parts` what each part was taken for."""

    kind: Kind
    intent: str
    confidence: float
    scope: float
    candidates: Sequence[tuple[str, float]]
    reason: str
    also: Sequence[int] = field(default_factory=tuple)
    ranking: Sequence[tuple[str, float]] = field(default_factory=tuple)

    def as_dict(self) -> dict[str, Any]:
        """The message property `decision`."""
        return {
            "kind": self.kind,
            "intent": self.intent,
            "confidence": round(self.confidence, 4),
            "scope": round(self.scope, 3),
            "candidates": [
                {"intent": name, "confidence": round(p, 4)} for name, p in self.candidates
            ],
            "reason": self.reason,
        }


def decide(asked: Asked, policy: Policy) -> Decision:
    """Decide about one message."""
    if not asked.has_letters and not asked.only_entities:
        return _made("ask_back", asked.whole, "there is nothing to read in the message", ())
    if asked.language not in policy.languages:
        return _made("pass", asked.whole, "language", ())
    if asked.only_entities:
        topics = [(name, 0.0) for name in policy.number_topics]
        return _made("ask_back", asked.whole, "only a number or an address was given", topics)
    if _refused(asked):
        reason = "what the message names is expressly not wanted"
        others = [c for c in _candidates(asked.whole) if c[0] != asked.whole.intent]
        return _made("ask_back", asked.whole, reason, others)
    several = _several(asked, policy)
    return several or _gated(asked.whole, policy.thresholds)


def _gated(found: Evidence, gates: Thresholds) -> Decision:
    outside = found.intent == OUT_OF_SCOPE
    if outside and (found.confidence >= _SURE_OUTSIDE or found.scope < gates.scope):
        return _made("pass", found, "it looks like something the shop does not deal with", ())
    if found.scope < gates.scope:
        return _made("pass", found, "it is far from everything that was taught", ())
    candidates = _candidates(found)
    if outside or found.confidence < gates.confidence:
        return _made("ask_back", found, "several topics are about as likely", candidates)
    return _made("answer", found, "near what was taught, and one topic is clearly likeliest", candidates)


def _several(asked: Asked, policy: Policy) -> Decision | None:
    """Two needs in one message, or one need among sentences beside the point."""
    sure = [
        number
        for number, part in enumerate(asked.parts)
        if _gated(part, policy.thresholds).kind == "answer"
        and part.confidence >= policy.part_confidence
        and part.intent not in policy.around
    ]
    intents = list(dict.fromkeys(asked.parts[n].intent for n in sure))
    whole = _gated(asked.whole, policy.thresholds)
    if len(intents) > 1:
        first = {asked.parts[n].intent: n for n in reversed(sure)}
        numbers = sorted(first.values())
        lead = asked.parts[numbers[0]]
        made = _made("answer", lead, "the message asks for more than one thing", _candidates(lead))
        return _with_also(made, numbers[1:])
    if len(intents) == 1 and (whole.kind != "answer" or whole.intent in policy.around):
        lead = asked.parts[sure[0]]
        return _made("answer", lead, "one sentence of the message is clear", _candidates(lead))
    return None


def _with_also(decision: Decision, numbers: Sequence[int]) -> Decision:
    return Decision(**{**decision.__dict__, "also": tuple(numbers)})


def _refused(asked: Asked) -> bool:
    """Whether the likeliest intent is the very thing that the customer does not want.

    The encoder is nearly blind to 'not': when the message and its opposite are read alike, the
    reading says nothing about the wish.
    """
    return asked.affirmed is not None and asked.affirmed.intent == asked.whole.intent


def _candidates(found: Evidence) -> list[tuple[str, float]]:
    likely = [(n, p) for n, p in found.ranking if n != OUT_OF_SCOPE and p >= _LEAST_CANDIDATE]
    return likely[:MOST_CANDIDATES]


def _made(
    kind: Kind, found: Evidence, reason: str, candidates: Sequence[tuple[str, float]]
) -> Decision:
    return Decision(
        kind,
        found.intent,
        found.confidence,
        found.scope,
        candidates,
        reason,
        ranking=found.ranking,
    )
