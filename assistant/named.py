"""Numbers and addresses of a message in words that were taught: 'where is 10023' asks for an order.

For understanding only; the entities are found in the text as written.
"""

from __future__ import annotations

import re

from assistant.entities import find

_FEWEST_LETTERS = 5
_CALLED = re.compile(
    r"\b(?:orders?|invoice|number|no\.?|nr|parcel|delivery|refund|purchase)\W{0,3}$", re.IGNORECASE
)
_BEFORE_ADDRESS = re.compile(
    r"[,;:(]?\s{0,3}(?:\b(?:and|with|under|my|the)\s{1,3}){0,3}\be?-?mail(?:\s{1,3}address)?"
    r"(?:\s{1,3}is|:)?\s{0,3}$|[,;:(]\s{0,3}$",
    re.IGNORECASE,
)
# What may stand before an address is looked for in this many characters.
_TAIL = 60


def named(text: str) -> str:
    """`text` with 'order' before a bare order number and without e-mail addresses; `text` itself
    where nothing else is said."""
    pieces, place = [], 0
    for found in sorted(find(text, kinds=("order_number", "email")), key=lambda one: one.start):
        if found.start < place:
            continue
        before = text[place : found.start]
        written = text[found.start : found.end]
        if found.entity == "email":
            tail = before[-_TAIL:]
            before = before[: len(before) - len(tail)] + _BEFORE_ADDRESS.sub("", tail)
            written = ""
        elif not _CALLED.search(before[-_TAIL:]):
            written = f"order {written}"
        pieces += [before, written]
        place = found.end
    rest = "".join([*pieces[::2], text[place:]])
    if sum(c.isalpha() for c in rest) < _FEWEST_LETTERS:
        return text
    return "".join([*pieces, text[place:]]).strip(" ,;")
