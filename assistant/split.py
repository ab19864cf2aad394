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
    r"(?:i|i'd|i'm|i've|im|id|ive|we|can|could|how|what|what's|whats|when|where|where's|wheres"
    r"|which|who|why|do|does|did|is|are|was|will|would|should|please|pls|also|tell|show|send|give"
    r"|cancel|change|track|update|add|remove|delete|close|check|take|put|swap|need|want|if|whether"
    r"|has|have|let|help|refund|return|explain|there|it|you|u|pay|talk|speak|get|sign|within"
    r"|make|leave|use|start|join|order|buy|unsubscribe|subscribe|any|till|until|open|complain"
    r"|download|find|reset|rate|request|report|upgrade|downgrade|switch|set up|ask|exchange|replace"
    r"|pause|stop|register|redeem|reschedule|edit|correct|know|see)"
)
_ORDERED = r"(?:get me|give me|send me|tell me|please also)"
_TOLD = r"(?:cancel|change|track|update|close|delete|reset|unsubscribe me|refund|remove|add) (?:my|the|me|order)"
_AND = r"(?:and|&|\+|plus|then|or|/)"
# 'one more thing', 'on top of that': what follows is asked besides.
_BESIDES = (
    r"(?:(?:one|just one) (?:more|other|last) (?:thing|question|request)"
    r"|another (?:thing|question|request)|(?:my )?(?:other|last|next|second|third) (?:thing|question)"
    r"(?: is)?|on top of that|apart from that|besides,|besides that|additionally|in addition"
    r"|furthermore|while (?:i'm|i am|we're|we are) at it|by the way|btw|secondly|thirdly|lastly)"
)
_JOINT = re.compile(
    rf"\s*,?\s+{_AND}\s+(?:also\s+|then\s+|please\s+|btw\s+)?(?:to\s+)?(?={_STARTER}\b)"
    r"|\s*,?\s+(?:and|but)\s+(?=(?:the|this|that|our|my|your)\s[^.,;?!]{3,40}?\s"
    r"(?:is|isn'?t|was|wasn'?t|does|doesn'?t|did|didn'?t|has|hasn'?t|won'?t|can'?t|cannot|never"
    r"|fails?|failed|came|arrived|broke|crashe[sd]|stopped)\b[^.,;?!]{0,40}?\b(?:too|as well|either)\b)"
    rf"|\s*,\s+(?:also|but also|another thing)\s*,?\s+"
    rf"|\s*[,-]?\s+(?:and\s+|oh and\s+)?{_BESIDES}\s*[,:-]?\s+"
    rf"|\s*,\s+(?:and\s+)?(?:second|third|next|finally)\s*[,:]?\s+(?={_STARTER}\b)"
    rf"|\s+(?:also|btw)\s+(?={_STARTER}\b)"
    r"|\s+as well as\s+"
    rf"|\s*,\s+(?=(?:{_ORDERED}|{_TOLD})\b)"
    rf"|\s+[-*\u2022\u2013\u2014]+\s+(?:also\s+)?(?={_STARTER}\b)",
    re.IGNORECASE,
)
# A question after a comma is one of its own where a wish or a question stands before it.
_ASKING = r"(?:how|what|what's|when|where|where's|which|who|why|can|could|do|does|is there|are there)"
_COMMA_QUESTION = re.compile(rf"\s*,\s+(?={_ASKING}\b)", re.IGNORECASE)
_BACK = re.compile(r"\b(?:it|its|them|they|this|that|these|those|one)\b", re.IGNORECASE)
_WISH = re.compile(
    r"^\W*(?:please\s+)?(?:(?:i|we)\s+(?:want|need|wanna|would like)\b|(?:i|we)'d like\b"
    r"|(?:can|could|how|what|when|where|cancel|change|track|update|send|show|tell|give|order)\b)",
    re.IGNORECASE,
)
_LINE_END = re.compile(
    rf"(?<![.!?;:,\s])[^\S\n]*\n\s*(?=[-*\u2022\dA-Z]|(?i:{_STARTER})\b)"
)
_NUMBER = re.compile(r"(?:^|(?<=\s))[\[(]?([1-4a-d])[.):\]](?:\s+|(?=[a-z]))", re.IGNORECASE)
_ANNOUNCED = re.compile(
    r"^[^.?!:]{0,60}\b(?:questions?|things?|requests?|issues?|problems?|points?|matters?)\b"
    r"[^.?!:]{0,30}:\s*",
    re.IGNORECASE,
)
# 'I need an invoice, a refund and a new password': one head for several things.
_HEAD = re.compile(
    r"^(?:(?:i|we)\s+(?:also\s+|just\s+)?(?:need|want|require|would like)|(?:i|we)'d like"
    r"|(?:please\s+)?(?:give|send|get) me|(?:can|could) i (?:get|have)|tell me about)\s+"
    r"(?!to\b)",
    re.IGNORECASE,
)
# 'cancel my order and my account', 'where is my parcel and my refund'.
_VERB_HEAD = re.compile(
    r"^(?:(?:(?:i|we)\s+(?:also\s+|just\s+)?(?:need|want|would like) to\s+|(?:i|we)'d like to\s+"
    r"|(?:can|could) (?:i|you)\s+|how (?:do|can) i\s+|please\s+)?"
    r"(?:cancel|change|update|delete|close|track|download|remove|see|find|check)"
    r"|where(?:'s| is| are)|(?:show|send|give|tell) me)\s+(?=(?:both\s+)?(?:my|the)\b)",
    re.IGNORECASE,
)
_THING = r"(?:an?|the|my|your|our|some|info|information|details|help)"
_THINGS = re.compile(
    rf"\s*,\s*(?:and\s+|&\s+)?(?={_THING}\b)|\s+(?:and|&|\+|plus)\s+(?:also\s+)?(?={_THING}\b)",
    re.IGNORECASE,
)
_NAMED_THINGS = re.compile(
    r"\s*,\s*(?:and\s+|&\s+)?(?=(?:my|the)\b)|\s+(?:and|&|\+|plus)\s+(?:also\s+)?(?=(?:my|the)\b)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"(?<=[.!?;,:])\s+|\s+-+\s+|\s+(?=but\b)|\s+(?=(?:i|we) (?:just|only|do) (?:want|need)\b)"
    r"|\s+(?=just (?:want|need|change|put|send|tell|take|add|remove|move|swap|cancel)\b)"
    r"|\s+(?=not (?:a|an|the|my) (?:refund|replacement|voucher|credit|return|exchange|person|bot)\b)",
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
    r"^(?:(?:and|also|plus|but|so|then|oh|ps|p\.s\.|first(?:ly| of all)?[,:]|second(?:ly)?[,:]"
    rf"|third(?:ly)?[,:]|finally,|{_BESIDES})(?:\b|(?<=[,:]))[\s,:-]*){{1,3}}",
    re.IGNORECASE,
)
# Said about something, asking for nothing.
_REMARK = re.compile(
    r"^(?:it|this|that|they|he|she)(?:'s|'re| is| was| has| had| are| were| hasn'?t| isn'?t| didn'?t)\b"
    r"|^(?:i|we)(?:'ve| have|ve)?\s+(?:just\s+|already\s+|recently\s+)?"
    r"(?:ordered|bought|purchased|placed an order)\b",
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
    for sentence in _sentences(text):
        for piece in _clauses(sentence):
            piece = _LINK.sub("", piece.strip(" ,;-*\u2022")).strip()
            if not piece:
                continue
            if _letters(piece) < _FEWEST_LETTERS and found:
                found[-1] = f"{found[-1]} {piece}"
            else:
                found += _things(piece)
    return found[:MOST_PARTS] if len(found) > 1 else [text]


def _sentences(text: str) -> list[str]:
    """Sentences and the points of a numbered list; what announces a list is left out."""
    announced = _ANNOUNCED.match(text)
    rest = text[announced.end() :] if announced else text
    points: list[tuple[int, int]] = []
    for match in _NUMBER.finditer(rest):
        if len(points) < MOST_PARTS and match[1].lower() in (
            "1234"[len(points)],
            "abcd"[len(points)],
        ):
            points.append(match.span())
    if len(points) > 1:
        starts = [0, *(end for _, end in points)]
        ends = [*(start for start, _ in points), len(rest)]
        pieces = [rest[a:b] for a, b in zip(starts, ends, strict=True)]
    else:
        pieces = [rest if _letters(rest) >= _FEWEST_LETTERS else text]
    return [one for piece in pieces for one in _SENTENCE.split(piece)]


def _clauses(sentence: str) -> list[str]:
    """A sentence cut at its joints; 'cancel and refund it' stays whole, one word is no request."""
    cuts = list(_JOINT.finditer(sentence))
    if _WISH.match(sentence):
        cuts += _COMMA_QUESTION.finditer(sentence)
    pieces, place = [], 0
    for cut in sorted(cuts, key=lambda match: match.start()):
        if cut.start() >= place and len(sentence[place : cut.start()].split()) > 1:
            pieces.append(sentence[place : cut.start()])
            place = cut.end()
    return [*pieces, sentence[place:]]


def _things(piece: str) -> list[str]:
    """Several things that are wanted under one head, each with the head before it."""
    for head, joint in ((_HEAD, _THINGS), (_VERB_HEAD, _NAMED_THINGS)):
        found = head.match(piece)
        if found:
            rest = re.sub(r"^both\s+", "", piece[found.end() :], flags=re.IGNORECASE)
            things = [thing for thing in joint.split(rest) if _letters(thing) > 1]
            return [found.group() + thing for thing in things] if len(things) > 1 else [piece]
    return [piece]


def lines_as_sentences(text: str) -> str:
    """A message in several lines with a full stop's weight where one request ends and the next
    begins; lines that only wrap stay one sentence."""
    return _LINE_END.sub("; ", text)


def refers_back(part: str) -> bool:
    """Whether a part speaks of something named before ('where is it?'): alone it says little."""
    return bool(_BACK.search(part))


def is_remark(part: str) -> bool:
    """Whether a part only tells something ('it's a heavy one'), after which nothing is asked."""
    return bool(_REMARK.match(part)) and "?" not in part
