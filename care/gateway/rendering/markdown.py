"""The Markdown subset of answers: paragraphs, lists, quotes, code, strong, emphasis, strike, links.

Everything else stays as it was written. Headings become strong lines, pictures their description.
HTML is text. A link leads to the web, a mail address or a telephone, or it is text.
"""

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markdown_it import MarkdownIt

from care.gateway.rendering.runs import Run

if TYPE_CHECKING:
    from markdown_it.token import Token

SAFE = ("https://", "http://", "mailto:", "tel:")
STYLES = {"strong": "strong", "em": "emphasis", "s": "strike"}
UNUSED = ["code", "reference", "html_block", "html_inline", "entity", "lheading"]


TIMES = re.compile(r"(?<=\d)\*+(?=\d)")
STAR = "\ue000"
"""Stands for a star between digits while the text is parsed: 5*3*2 has no emphasis."""


def runs_of(text: str) -> list[Run]:
    """The text as runs, blocks separated by empty lines."""
    kept = TIMES.sub(lambda found: STAR * len(found[0]), text.replace(STAR, ""))
    return _Writer().write(_parser().parse(kept))


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable(UNUSED)


class _Writer:
    """Walks over the tokens of a text once."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.lists: list[int | None] = []
        self.quotes = 0
        self.quote_begins = False
        self.heading = False
        self.gap = ""

    def write(self, tokens: "list[Token]") -> list[Run]:
        for token in tokens:
            self._block(token)
        return self.runs

    def _block(self, token: "Token") -> None:
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            start = int(token.attrGet("start") or 1) if kind.startswith("ordered") else None
            self.lists.append(start)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self.lists.pop()
        elif kind == "list_item_open":
            self._item()
        elif kind == "blockquote_open":
            self.quotes += 1
            self.quote_begins = True
        elif kind == "blockquote_close":
            self.quotes -= 1
        elif kind in ("heading_open", "heading_close"):
            self.heading = kind == "heading_open"
        elif kind == "inline":
            self._start(self.gap)
            self._inline(token)
            self.gap = "\n" if token.hidden or self.lists else "\n\n"
        elif kind == "fence":
            self._start(self.gap)
            self._add(Run(token.content.rstrip("\n"), pre=True))
            self.gap = "\n\n"
        elif kind == "hr":
            self._start(self.gap)
            self._add(Run(token.markup))
            self.gap = "\n\n"
        if kind in ("bullet_list_close", "ordered_list_close") and not self.lists:
            self.gap = "\n\n"

    def _item(self) -> None:
        number = self.lists[-1]
        mark = "\u2022 "
        if number is not None:
            mark = f"{number}. "
            self.lists[-1] = number + 1
        if len(self.lists) > 1:
            self.gap = "\n"
        self._start(self.gap)
        self._add(Run("  " * (len(self.lists) - 1) + mark))
        self.gap = ""

    def _start(self, gap: str) -> None:
        if self.runs and gap:
            inside = self.quotes > 0 and not self.quote_begins
            self.runs.append(Run(gap, quote=inside))
        self.gap = ""
        self.quote_begins = False

    def _inline(self, token: "Token") -> None:
        style = Run("", strong=self.heading)
        link = None
        for child in token.children or []:
            name, _, end = child.type.rpartition("_")
            if name in STYLES:
                change: dict[str, Any] = {STYLES[name]: end == "open"}
                style = replace(style, **change)
            elif child.type == "link_open":
                address = str(child.attrGet("href") or "").replace(quote(STAR), "*")
                link = address if address.lower().startswith(SAFE) else None
            elif child.type == "link_close":
                link = None
            elif child.type in ("softbreak", "hardbreak"):
                self._add(replace(style, text="\n", link=link))
            elif child.type == "code_inline":
                self._add(replace(style, text=child.content, code=True, link=link))
            elif child.content:
                self._add(replace(style, text=child.content, link=link))

    def _add(self, run: Run) -> None:
        text = run.text.replace(STAR, "*")
        self.runs.append(replace(run, text=text, quote=self.quotes > 0) if text else run)
