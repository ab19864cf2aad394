"""Answers as Slack takes them: mrkdwn in section blocks, and a plain text for notifications."""

from typing import Any

from care.gateway.rendering.markdown import runs_of
from care.gateway.rendering.runs import Run, cut, plain

SECTION_LIMIT = 3000
TEXT_ADVISED = 4000
BLOCKS_LIMIT = 50
"""Signs in a section, signs advised for `text`, blocks in a message (Slack's API reference)."""
NARROW = "\u200b"
"""A space without width: lets a mark begin inside a word, and keeps a written mark a sign."""
MARKS = "*_~`"
LONGEST_LINK = 1000
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def slack_message(text: str) -> dict[str, Any]:
    """`text` and `blocks` for chat.postMessage."""
    runs = runs_of(text)
    pieces = cut(runs, SECTION_LIMIT - 100, _size, _overhead)
    blocks = [section(mrkdwn_of(piece)) for piece in pieces[:BLOCKS_LIMIT]]
    return {"text": escape(short(plain(runs), TEXT_ADVISED - 200)), "blocks": blocks}


def section(mrkdwn: str) -> dict[str, Any]:
    """One section block; `verbatim` keeps Slack from making links and mentions of its own."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}}


def escape(text: str) -> str:
    """The three signs that Slack reads as control, as entities."""
    return "".join(ESCAPES.get(sign, sign) for sign in text)


def short(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "\u2026"


def mrkdwn_of(runs: list[Run]) -> str:
    """mrkdwn of a piece, each line of a style marked by itself."""
    found = ""
    for index, run in enumerate(runs):
        following = runs[index + 1].text[:1] if index + 1 < len(runs) else ""
        found += _run(run, found[-1:], following)
    if any(run.quote for run in runs):
        found = _quoted(runs)
    return found


def _run(run: Run, before: str, after: str) -> str:
    if run.pre:
        return f"```\n{escape(run.text)}\n```"
    if address := _address(run):
        words = escape(run.text).replace("|", "\u2223").replace("\n", " ")
        return _styled(run, f"<{address}|{words}>", before, after)
    if run.code:
        return _around(escape(run.text), "`", before, after)
    return _styled(run, _neutral(escape(run.text), before), before, after)


def _address(run: Run) -> str:
    """The address of a link as Slack reads it; none where it is too long for a section."""
    link = (run.link or "").replace("|", "%7C").replace(">", "%3E").replace("<", "%3C")
    address = link.replace("&", "&amp;")
    return address if len(address) <= LONGEST_LINK else ""


def _styled(run: Run, text: str, before: str, after: str) -> str:
    for wanted, mark in ((run.strike, "~"), (run.emphasis, "_"), (run.strong, "*")):
        if wanted:
            text = _around(text, mark, before, after)
    return text


def _around(text: str, mark: str, before: str, after: str) -> str:
    """Put marks around each line, inside its white space, where Slack sees them as marks."""
    lines = []
    for number, line in enumerate(text.split("\n")):
        core = line.strip()
        if not core:
            lines.append(line)
            continue
        lead, trail = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
        left = NARROW if number == 0 and not lead and before.isalnum() else ""
        right = NARROW if not trail and after.isalnum() else ""
        lines.append(f"{lead}{left}{mark}{core}{mark}{right}{trail}")
    return "\n".join(lines)


def _neutral(text: str, before: str) -> str:
    """Marks that the writer meant as signs (`*2*`, `_x_`) keep from becoming a style."""
    found = []
    for index, sign in enumerate(text):
        previous = text[index - 1] if index else before
        following = text[index + 1 : index + 2]
        opens = sign in MARKS and not previous.isalnum() and following.strip() != ""
        found.append(f"{sign}{NARROW}" if opens else sign)
    return "".join(found)


def _quoted(runs: list[Run]) -> str:
    """Lines of a quote begin with `>`."""
    lines: list[str] = [""]
    marks = [False]
    for index, run in enumerate(runs):
        following = runs[index + 1].text[:1] if index + 1 < len(runs) else ""
        first, *others = _run(run, lines[-1][-1:], following).split("\n")
        lines[-1] += first
        marks[-1] = marks[-1] or run.quote
        lines += others
        marks += [run.quote] * len(others)
    return "\n".join(
        f"> {line}".rstrip() if mark else line for line, mark in zip(lines, marks, strict=True)
    )


def _size(run: Run, sign: str) -> int:
    """The most that a sign can take: escaped, kept from being a mark, or a line marked anew."""
    if sign == "\n":
        marks = 4 * (run.strong + run.emphasis + run.strike + run.code)
        return 1 + marks + (2 if run.quote else 0)
    return len(ESCAPES.get(sign, sign)) + (sign in MARKS)


def _overhead(run: Run) -> int:
    """The most that the marks around a run can take."""
    marks = 4 * (run.strong + run.emphasis + run.strike + run.code)
    return marks + (8 if run.pre else 0) + (2 if run.quote else 0) + len(_address(run)) + 3
