"""What Telegram refuses in a message, as its Bot API documents it."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

TAGS = {"b", "i", "s", "u", "code", "pre", "a", "blockquote", "tg-spoiler"}


@dataclass
class Limits:
    """How strict the front is. `per_window` messages in `window` seconds to one chat."""

    text: int = 4096
    caption: int = 1024
    data: int = 64
    per_window: int = 4
    window: float = 1.0


@dataclass
class Fault:
    """An answer that the next fitting call gets. `after_taking`: the message was taken before."""

    method: str
    status: int
    description: str
    parameters: dict[str, Any] = field(default_factory=dict)
    chat: int | None = None
    after_taking: bool = False


class _Reader(HTMLParser):
    """Reads Telegram's HTML; raises ValueError for what Telegram cannot parse."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS or (tag == "a" and [name for name, _ in attrs] != ["href"]):
            raise ValueError(f"can't parse entities: unsupported start tag {tag!r}")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ValueError(f"can't parse entities: unexpected end tag {tag!r}")

    def handle_data(self, data: str) -> None:
        self.text += data


def visible(text: str, mode: str | None) -> str:
    """The text after entities are parsed. Raises ValueError where they cannot be."""
    if mode is None:
        return text
    if mode != "HTML":
        raise ValueError(f"unsupported parse_mode {mode}")
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.open:
        raise ValueError("can't parse entities: a tag is not closed")
    return reader.text


def check_message(
    method: str, fields: dict[str, Any], uploads: dict[str, bytes], limits: Limits
) -> None:
    """Raise ValueError with Telegram's words for a message that it would refuse."""
    if method == "sendMessage":
        shown = visible(str(fields.get("text") or ""), fields.get("parse_mode"))
        if not shown.strip():
            raise ValueError("message text is empty")
        _check_length(shown, limits.text, "message is too long")
    elif method in ("sendPhoto", "sendDocument"):
        caption = visible(str(fields.get("caption") or ""), fields.get("parse_mode"))
        _check_length(caption, limits.caption, "message caption is too long")
        what = str(fields.get(method.removeprefix("send").lower()) or "")
        if what.startswith("attach://") and what.removeprefix("attach://") not in uploads:
            raise ValueError("there is no such upload")
        if not what:
            raise ValueError("there is no file in the request")
    else:
        raise ValueError("method not supported by this front")
    _check_keyboard(json.loads(fields.get("reply_markup") or "{}"), limits)


def _check_length(text: str, limit: int, problem: str) -> None:
    if len(text.encode("utf-16-le")) // 2 > limit:
        raise ValueError(problem)


def _check_keyboard(markup: dict[str, Any], limits: Limits) -> None:
    for row in markup.get("inline_keyboard", []):
        for button in row:
            if not button.get("text"):
                raise ValueError("button text is empty")
            if not 1 <= len(str(button.get("callback_data", "")).encode()) <= limits.data:
                raise ValueError("BUTTON_DATA_INVALID")
