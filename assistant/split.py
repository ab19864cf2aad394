"""Finds the requests in a message: what is asked, what is beside the point, what is not wanted.

Works on clauses, by signs and a few words; linear in the length of the (capped) text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_PARTS = 4
_FEWEST_LETTERS = 5

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_STARTER = (
    r"(?:i|i'd|i'm|i've|im|id|ive|we|my|can|could|how|what|what's|whats|when|where|where's|wheres"
    r"|which|who|why|do|does|did|is|are|was|will|would|should|please|pls|also|tell|show|send|give"
    r"|cancel|change|track|update|add|remove|delete|close|check|take|put|swap|need|want|if"
    r"|has|have|let|help|refund|return|explain|there|it|you|your|u|pay|talk|speak|get|sign|within"
    r"|make|leave|use|start|join|order|buy|swap|unsubscribe|subscribe|any|till|until)"
)
_ORDERED = r"(?:get me|give me|send me|tell me|please also)"
_JOINT = re.compile(
    rf"\s*,?\s+(?:and|plus|then|or)\s+(?:also\s+|then\s+|please\s+|btw\s+)?(?={_STARTER}\b)"
    rf"|\s*,\s+(?:also|but also|by the way|btw|another thing)\s*,?\s+"
    rf"|\s+(?:also|btw)\s+(?={_STARTER}\b)"
    r"|\s+as well as\s+"
    rf"|\s*,\s+(?={_ORDERED}\b)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"(?<=[.!?;,:])\s+|\s+-+\s+|\s+(?=but\b)|\s+(?=(?:i|we) (?:just|only|do) (?:want|need)\b)"
    r"|\s+(?=just (?:want|need|change|put|send|tell|take|add|remove|move|swap|cancel)\b)",
    re.IGNORECASE,
)
# 'I don't want to ...', 'not cancelling', 'no need for', 'never asked for', 'please don't ...'.
_NEGATED = re.compile(
    r"^\W*(?:(?:and|but|so|well|no|nope|ok|okay|please|pls|hey|hi|listen|look|also|again)\b[\s,]*)*"
    r"(?:(?:i|we)(?:'m|\s+am|'re|\s+are|m)?\s+)?(?:really\s+|just\s+|certainly\s+)?"
    r"(?:"
    r"(?:don'?t|do not|didn'?t|did not|never|won'?t|wouldn'?t)\s+"
    r"(?:really\s+|even\s+|actually\s+)?"
    r"(?:want|need|wish|ask(?:ed)?|mean|meant|say|said|request(?:ed)?|cancel|delete|close|change"
    r"|refund|send|remove|unsubscribe|return|like|tell|give|put|start|order|add|transfer|connect"
    r"|touch|stop|plan|intend|make|speak|care|subscribe|sign|switch|forget|feel like|have to|go)\b"
    r"|not\s+(?:cancel|chang|ask|look|return|complain|want|track|after|going to|trying|about|a\b"
    r"|the\b|interested|mak|add|leav|clos|delet|unsubscrib|here)\w*"
    r"|(?:there'?s |there is )?no (?:need|reason|intention|wish|interest)\b"
    r"|(?:i'?d |i would |we'?d )rather not\b"
    r"|no (?:new )?(?:refund|money back|cancellation|return|exchange|complaint|order|account"
    r"|newsletter|invoice|person|human|agent)\b(?= (?:needed|required|necessary|please|thanks)|[ ,.;]*$)"
    r"|nothing (?:went|is|was) wrong\b"
    r"|(?:i |we )?(?:haven'?t|have not|hasn'?t) (?:lost|forgotten|changed|asked|cancelled)\b"
    r"|no longer (?:want|need|wish)\b"
    r"|(?:this|it|that)(?:'s| is| was)(?:n'?t| not)\b"
    r")",
    re.IGNORECASE,
)
# What follows makes it a wish all the same: 'I don't want my account any more'.
_ENOUGH = re.compile(
    r"\b(?:any ?more|any ?longer|no longer|not yet|yet|work\w*|receiv\w*|wait\w*|see|get|know"
    r"|understand|remember|find|arrive\w*|until|unless|why)\b",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"^(?:(?:and|also|plus|but|so|then|oh|ps|p\.s\.|by the way|btw)\b[\s,:]*){1,3}", re.IGNORECASE
)
# Said about something, asking for nothing.
_REMARK = re.compile(
    r"^(?:it|this|that|they|he|she)(?:'s|'re| is| was| has| had| are| were| hasn'?t| isn'?t| didn'?t)\b",
    re.IGNORECASE,
)
_BUT = re.compile(r"^\W*(?:but|only|just|instead|rather|so)\b[\s,]*", re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """`text` is what remains of a message without what is expressly not wanted; `refused` is that
    part ('' when there is none)."""

    text: str
    refused: str


def _letters(text: str) -> int:
    return sum(c.isalpha() for c in text)


def wanted(text: str) -> Wanted:
    """Part what is wanted from what is refused.

    'I don't want to cancel, just change the address' is a wish to change the address. When nothing
    else is said ('please don't cancel'), `text` is empty.
    """
    clauses = [c for c in _CLAUSE.split(text) if c.strip()]
    refused = [c for c in clauses if _NEGATED.match(c) and not _ENOUGH.search(c)]
    kept = [c for c in clauses if c not in refused]
    if refused:
        kept = [_BUT.sub("", c) for c in kept]
        rest = " ".join(c for c in kept if _letters(c) >= _FEWEST_LETTERS)
        return Wanted(rest, " ".join(refused))
    return Wanted(text, "")


def affirmed(refused: str) -> str:
    """The refused clause without its negation, to see what it is that is refused."""
    match = _NEGATED.match(refused)
    if not match:
        return refused
    tail = re.sub(r"^\s*(?:to|for|a|an|the|any)\b\s*", "", refused[match.end() :].strip())
    verb = match.group().split()[-1]
    return tail if verb in ("want", "need", "wish", "to", "for", "said") else f"{verb} {tail}"


def parts(text: str) -> list[str]:
    """The requests that the message may consist of, in order; one when it does not fall apart."""
    found: list[str] = []
    for sentence in _SENTENCE.split(text):
        for piece in _JOINT.split(sentence):
            piece = _LINK.sub("", piece.strip(" ,;-"))
            if not piece:
                continue
            if _letters(piece) < _FEWEST_LETTERS and found:
                found[-1] = f"{found[-1]} {piece}"
            else:
                found.append(piece)
    return found[:MOST_PARTS] if len(found) > 1 else [text]


def is_remark(part: str) -> bool:
    """Whether a part only tells something ('it's a heavy one'), after which nothing is asked."""
    return bool(_REMARK.match(part)) and "?" not in part
