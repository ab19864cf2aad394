"""Slack's own markup in what people write, as the words that they meant."""

import re
from html import unescape

from care.gateway.channels.steps import clean

MARK = re.compile(r"<([^<>|]{1,2000})(?:\|([^<>]{0,2000}))?>")
HIDDEN = ("mailto:", "tel:")


def plain_words(raw: str, me: str | None = None) -> str:
    """Text without control marks: links as words and address, mentions as names, no entities.

    Mentions of `me` are taken out: they say whom the message is for, not what it says.
    """
    return clean(unescape(MARK.sub(lambda found: _mark(found[1], found[2], me), raw)))


def _mark(inside: str, label: str | None, me: str | None) -> str:
    if inside.startswith("@"):
        return "" if me is not None and inside[1:] == me else f"@{label or inside[1:]}"
    if inside.startswith("#"):
        return f"#{label or inside[1:]}"
    if inside.startswith("!"):
        return label or "@" + inside[1:].partition("^")[0]
    address = inside
    for start in HIDDEN:
        address = address.removeprefix(start)
    if label is None or label in (address, inside):
        return address
    return f"{label} ({address})"
