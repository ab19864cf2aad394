"""Answers as Telegram takes them: HTML with its few tags, in parts that fit a message."""

from html import escape
from itertools import groupby

from care.gateway.rendering.markdown import runs_of
from care.gateway.rendering.runs import Run, cut

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
"""UTF-16 code units after the tags are taken out (Bot API, sendMessage and sendPhoto)."""


def telegram_parts(text: str, limit: int = TEXT_LIMIT) -> list[str]:
    """HTML of each part; no part of an empty text."""
    return [_html(piece) for piece in cut(runs_of(text), limit)]


def _html(runs: list[Run]) -> str:
    found = []
    for quote, group in groupby(runs, key=lambda run: run.quote):
        inner = "".join(_run(run) for run in group)
        found.append(f"<blockquote>{inner}</blockquote>" if quote else inner)
    return "".join(found)


def _run(run: Run) -> str:
    html = escape(run.text, quote=False)
    if run.pre:
        return f"<pre>{html}</pre>"
    if run.code:
        return f"<code>{html}</code>"
    for wanted, tag in ((run.strike, "s"), (run.emphasis, "i"), (run.strong, "b")):
        if wanted:
            html = f"<{tag}>{html}</{tag}>"
    if run.link:
        html = f'<a href="{escape(run.link)}">{html}</a>'
    return html
