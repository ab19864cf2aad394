"""Texts as runs of one style each, and cutting them into pieces that a platform takes."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

LONGEST_SIGN = 40
"""Code points that are kept together as one sign; a longer pile of accents is cut anywhere."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style. `link`: an address that is safe to offer."""

    text: str
    strong: bool = False
    emphasis: bool = False
    strike: bool = False
    code: bool = False
    pre: bool = False
    quote: bool = False
    link: str | None = None


def plain(runs: list[Run]) -> str:
    """The text alone; a link whose text is not its address is followed by the address."""
    return "".join(
        f"{run.text} ({run.link})" if run.link and run.text not in run.link else run.text
        for run in runs
    )


def units(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts."""
    return len(text) + sum(1 for sign in text if ord(sign) > 0xFFFF)


def _units_of(_: Run, sign: str) -> int:
    return units(sign)


def cut(
    runs: list[Run],
    limit: int,
    size: Callable[[Run, str], int] = _units_of,
    overhead: Callable[[Run], int] = lambda _: 0,
) -> list[list[Run]]:
    """Pieces of at most `limit`, cut at the last paragraph, line, sentence or word that fits.

    `size` measures one sign of a run, `overhead` what the marks around a run add. Nothing but white
    space at the cuts is lost.
    """
    pieces: list[list[Run]] = []
    rest = _trimmed(runs)
    while rest:
        end = _end(rest, limit, size, overhead)
        head, tail = _split(rest, end)
        pieces.append(_trimmed(head))
        rest = _trimmed(tail)
    return [piece for piece in pieces if piece]


def _end(
    runs: list[Run], limit: int, size: Callable[[Run, str], int], overhead: Callable[[Run], int]
) -> int:
    text = "".join(run.text for run in runs)
    used = position = 0
    for run in runs:
        used += overhead(run)
        for sign in run.text:
            used += size(run, sign)
            if used > limit:
                return _break_before(text, position)
            position += 1
    return len(text)


def _break_before(text: str, end: int) -> int:
    """The best place to cut at or before `end`; at least one sign stays in front of it."""
    for mark, keep in (("\n\n", 0), ("\n", 0), (". ", 1), (" ", 0)):
        found = text.rfind(mark, 0, end + 1)
        if found >= max(end // 2, 1):
            return found + keep
    for at in range(end, max(end - LONGEST_SIGN, 0), -1):
        if not _belongs_to_previous(text, at):
            return at
    return max(end, 1)


def _belongs_to_previous(text: str, at: int) -> bool:
    joined = text[at - 1] == "\u200d" or text[at] == "\u200d"
    return joined or unicodedata.category(text[at])[0] == "M"


def _split(runs: list[Run], at: int) -> tuple[list[Run], list[Run]]:
    head: list[Run] = []
    for index, run in enumerate(runs):
        if at < len(run.text):
            first = [*head, replace(run, text=run.text[:at])] if at else head
            return first, [replace(run, text=run.text[at:]), *runs[index + 1 :]]
        head.append(run)
        at -= len(run.text)
    return head, []


def _trimmed(runs: list[Run]) -> list[Run]:
    """Without white space at both ends."""
    found = [run for run in runs if run.text]
    while found and not found[0].text.lstrip():
        found = found[1:]
    while found and not found[-1].text.rstrip():
        found = found[:-1]
    if found:
        found[0] = replace(found[0], text=found[0].text.lstrip("\n "))
        found[-1] = replace(found[-1], text=found[-1].text.rstrip())
    return found
