"""Answer, ask back, or say that this is not known: pure, so that every decision can be explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from assistant.evidence import OUT_OF_SCOPE, Evidence
from assistant.thresholds import Thresholds

Kind = Literal["answer", "ask_back", "pass"]

MOST_CANDIDATES = 3
ONLY_GIVEN = "only a number or an address was given"
_LEAST_CANDIDATE = 0.03
# A part is a need of its own when the whole message gives its topic this probability, or when the
# part alone is so sure; not when it is as likely as this to mean a need that another part names.
# Chosen on pairs of training examples, each read by a model that had not seen them.
_SPOKEN_OF = 0.0002
_SURE_ALONE = 0.9
_OF_ANOTHER = 0.02
# Out of scope is believed alone only when it is nearly certain; else the scope score decides.
_SURE_OUTSIDE = 0.5


@dataclass(frozen=True)
class Asked:
    """One message as the gate sees it: evidence about the whole, about each of its parts (those
    numbered in `remarks` ask for nothing, those in `referring` speak of something named before),
    and about what is refused (when nothing else is said)."""

    whole: Evidence
    parts: Sequence[Evidence] = ()
    remarks: Sequence[int] = ()
    referring: Sequence[int] = ()
    affirmed: Evidence | None = None
    has_letters: bool = True
    only_entities: bool = False
    language: str = "en"


@dataclass(frozen=True)
class Policy:
    """How to decide: the gates, the languages that the encoder understands, intents that are said
    around a request rather than being one, topics offered for a bare number, families of intents
    (by the start of their names) that few customers mean, and small talk that may be taken for one
    another."""

    thresholds: Thresholds
    languages: Sequence[str] = ("en",)
    around: frozenset[str] = frozenset()
    number_topics: Sequence[str] = ()
    guarded: Sequence[str] = ()
    guard: float = 1.5
    pleasantries: frozenset[str] = frozenset()

    def for_parts(self) -> Thresholds:
        """The gates for a part: what is not served of a message is not even asked back."""
        kept = self.thresholds
        return replace(kept, confidence=min(kept.confidence, kept.part))

    def near_enough(self, found: Evidence) -> bool:
        """Whether the scope gate lets it through; guarded families must be `guard` nearer."""
        return found.scope >= self.thresholds.scope + self._extra(found)

    def far(self, found: Evidence) -> bool:
        """Whether it is so far off that not even asking back would help."""
        far = min(self.thresholds.far, self.thresholds.scope)
        return found.scope < far + self._extra(found)

    def _extra(self, found: Evidence) -> float:
        return self.guard if found.intent.startswith(tuple(self.guarded)) else 0.0


@dataclass(frozen=True)
class Decision:
    """What to do with a message and why; `lead` is the number of the part that `intent` is of,
    `also` are those of further parts that ask for something else."""

    kind: Kind
    intent: str
    confidence: float
    scope: float
    candidates: Sequence[tuple[str, float]]
    reason: str
    also: Sequence[int] = field(default_factory=tuple)
    lead: int = 0
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
        return _made("ask_back", asked.whole, ONLY_GIVEN, topics)
    if _refused(asked):
        reason = "what the message names is expressly not wanted"
        others = [c for c in _candidates(asked.whole) if c[0] != asked.whole.intent]
        return _made("ask_back", asked.whole, reason, others)
    several = _several(asked, policy)
    return several or _gated(asked.whole, policy)


def _gated(found: Evidence, policy: Policy) -> Decision:
    outside = found.intent == OUT_OF_SCOPE
    confidence = found.confidence
    if found.intent in policy.pleasantries:
        # 'Thank you, you are great': which of the two it is matters to nobody.
        confidence = sum(p for name, p in found.ranking if name in policy.pleasantries)
    if outside and (found.confidence >= _SURE_OUTSIDE or policy.far(found)):
        return _made("pass", found, "it looks like something the shop does not deal with", ())
    if policy.far(found):
        return _made("pass", found, "it is far from everything that was taught", ())
    candidates = _candidates(found)
    if not policy.near_enough(found):
        return _made("ask_back", found, "it is not near enough to what was taught", candidates)
    if outside or confidence < policy.thresholds.confidence:
        return _made("ask_back", found, "several topics are about as likely", candidates)
    reason = "near what was taught, and one topic is clearly likeliest"
    return _made("answer", found, reason, candidates)


def _several(asked: Asked, policy: Policy) -> Decision | None:
    """Two needs in one message, or one need among sentences beside the point."""
    clear = _clear(asked, replace(policy, thresholds=policy.for_parts()))
    needs = {name: n for name, n in clear.items() if not _of_another(asked, name, n, clear)}
    if len(clear) > 1 and needs:
        # What the whole message is most about comes first, then the others as they were said.
        lead, *rest = sorted(needs.values(), key=lambda n: (n != needs.get(asked.whole.intent), n))
        reason = "the message asks for more than one thing"
        if not rest:
            reason = "what else the message says may belong to the same request"
        made = _made("answer", asked.parts[lead], reason, _candidates(asked.parts[lead]))
        return replace(made, also=tuple(rest), lead=lead)
    kinds = [_gated(part, policy).kind for part in asked.parts]
    sure = [n for n, kind in enumerate(kinds) if kind == "answer" and _asks(asked, n, policy)]
    whole = _gated(asked.whole, policy)
    beside = all(
        kinds[n] == "pass" or not policy.near_enough(part) or part.intent in policy.around
        for n, part in enumerate(asked.parts)
        if n not in sure
    )
    alone = len({asked.parts[n].intent for n in sure}) == 1
    if alone and (beside or whole.kind != "answer" or whole.intent in policy.around):
        part = asked.parts[sure[0]]
        return _made("answer", part, "one sentence of the message is clear", _candidates(part))
    return None


def _asks(asked: Asked, number: int, policy: Policy) -> bool:
    """Whether a part may be a need: neither a remark nor what is said around requests."""
    return number not in asked.remarks and asked.parts[number].intent not in policy.around


def _clear(asked: Asked, policy: Policy) -> dict[str, int]:
    """The topics that parts are clearly about, each with the number of its first part.

    The whole message must speak of the topic too, unless the part is sure by itself; what refers
    back to something named before never is.
    """
    spoken = dict(asked.whole.ranking)
    clear: dict[str, int] = {}
    for number, part in enumerate(asked.parts):
        if not _asks(asked, number, policy) or _gated(part, policy).kind != "answer":
            continue
        alone = part.confidence >= _SURE_ALONE and number not in asked.referring
        if alone or spoken.get(part.intent, 0.0) >= _SPOKEN_OF:
            clear.setdefault(part.intent, number)
    return clear


def _of_another(asked: Asked, name: str, number: int, clear: dict[str, int]) -> bool:
    """Whether a part may only tell more of another need: it is a little likely to mean that."""
    likely = dict(asked.parts[number].ranking)
    others = max((likely.get(other, 0.0) for other in clear if other != name), default=0.0)
    return others > _OF_ANOTHER and name != asked.whole.intent


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
