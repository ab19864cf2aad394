"""One cleaning of a message, for understanding only: the record keeps what was written.

Every step is linear in the length of the text, and the text is capped first, so that no message,
however long or strange, takes a slow path.
"""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 1000
# NFKC can turn one character into eighteen: cap before it as well as after.
_RAW_CHARACTERS = 4000
_START_SHARE = 0.6

_SPACES = re.compile(r"\s+")
_REPEATED_LETTER = re.compile(r"([^\W\d_])\1{2,}")
_REPEATED_SIGN = re.compile(r"([^\w\s])\1{1,}")
_QUOTES = str.maketrans("\u2018\u2019`\u00b4\u201c\u201d", "''''\"\"")

_GREETING = re.compile(
    r"(?:hi|hiya|hey|hello|helo|hallo|greetings|howdy|good (?:morning|afternoon|evening|day)"
    r"|dear (?:sirs?(?: or madam)?|madam|team|all|customer service|support)|to whom it may concern"
    r")\b(?:[ ,]{1,3}(?:there|everyone|all|guys|folks|team|again|sir|madam|everybody))?"
    r"[ ,.!:;-]{0,4}",
    re.IGNORECASE,
)
_POLITE_START = re.compile(
    r"(?:please|pls|plz|kindly|excuse me|sorry to (?:bother|trouble) you"
    r"|(?:i )?hope (?:you(?: are|'re)|your|all is|this)[a-z' ]{0,30}?(?:well|day|good|fine)"
    r"|quick question|just a quick question|one question|i have a (?:quick )?question"
    r"|thanks in advance|thank you in advance"
    r"|[^:.!?]{0,60}\b(?:question|asking|mind|kind|help|quick|ask)\b[^:.!?]{0,40}(?=:)"
    r")[ ,.!:;-]{0,4}(?:\b(?:but|and) )?",
    re.IGNORECASE,
)
_POLITE_END = re.compile(
    r"[ ,.!;-]{1,4}(?:please|pls|plz|thanks|thank you|thx|many thanks|thanks a lot|cheers"
    r"|thank you (?:so|very) much|thanks so much|thanks (?:in advance|for (?:your|the) help)"
    r"|thank you (?:in advance|for (?:your|the) (?:help|time))|(?:kind|best|warm) regards|regards"
    r"|have a (?:nice|good|great) day|that would be (?:great|lovely|nice)"
    r"|(?:any|your) help (?:is|would be) (?:much )?appreciated|much appreciated"
    r"|(?:it |that |this )?would be (?:great|lovely|nice|good) if you could (?:help|let me know"
    r"|tell me|answer|reply)[a-z ,]{0,30}|(?:i'?m |i am )?looking forward to [a-z ]{1,40}"
    r"|(?:best|warm) wishes|(?:and )?have a (?:good|nice|great) (?:one|day|evening|weekend|time)"
    r"|(?:best|kind) wishes, [a-z]{2,15})[ .!?,;]{0,4}$",
    re.IGNORECASE,
)
_SHORTEST_CORE = 3
# Politeness at the end is looked for in this many characters.
_TAIL = 90


def _kept(character: str) -> bool:
    """Zero-width, direction and control characters carry no meaning here; newlines do."""
    if character in "\n\t\r":
        return True
    return unicodedata.category(character) not in ("Cf", "Cc", "Co", "Cs", "Cn")


def cap(text: str, limit: int = MAX_CHARACTERS) -> str:
    """`text`, or its start and its end when it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    start = int(limit * _START_SHARE)
    return text[:start] + " " + text[-(limit - start - 1) :]


def clean(text: str) -> str:
    """NFKC, invisible characters removed, repeats and white space collapsed, capped.

    At most `MAX_CHARACTERS` long. Case and punctuation stay.
    """
    text = unicodedata.normalize("NFKC", cap(text, _RAW_CHARACTERS))
    text = "".join(c for c in text if _kept(c)).translate(_QUOTES)
    text = _SPACES.sub(" ", text).strip()
    text = _REPEATED_LETTER.sub(r"\1\1", text)
    return cap(_REPEATED_SIGN.sub(r"\1", text))


def core(cleaned: str) -> str:
    """The request of a cleaned message without greeting and politeness around it.

    A message that is nothing else ('hello', 'thanks') stays whole.
    """
    text = cleaned
    for _ in range(4):
        shorter = _without_start(text)
        tail = _POLITE_END.search(shorter[-_TAIL:])
        if tail:
            shorter = shorter[: len(shorter) - len(shorter[-_TAIL:]) + tail.start()].rstrip(" ,;-")
        if not _worth_keeping(shorter) or shorter == text:
            break
        text = shorter
    return text


def _without_start(text: str) -> str:
    for pattern in (_GREETING, _POLITE_START):
        head = pattern.match(text)
        if head and _worth_keeping(text[head.end() :]):
            text = text[head.end() :]
    return text


def _worth_keeping(text: str) -> bool:
    return sum(c.isalnum() for c in text[:40]) >= _SHORTEST_CORE


def has_letters(text: str) -> bool:
    """Whether there is anything to read in the text."""
    return any(c.isalpha() for c in text)
