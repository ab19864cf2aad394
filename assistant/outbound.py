"""What goes out through the channel: the lines of one answer, in order.

Every response of the bot is one line, whatever it holds; Rasa's own channels split
at blank lines and send image and buttons apart. Responses with `once_per_turn: true`
in their metadata wait for the end of the turn and are said once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from rasa.core.channels.channel import OutputChannel

TOPIC_KINDS = ("faq", "task")


class AnswerLines(OutputChannel):
    """Collects one answer and hands on each line as it is made."""

    def __init__(self, channel: str, send: Callable[[str], None]) -> None:
        """Start an answer.

        Args:
            channel: the customer's channel; responses may differ by it.
            send: called with each line, without the newline.
        """
        self._channel = channel
        self._send = send
        self._held: dict[str, dict[str, Any]] = {}
        self._index = 0
        self.lines: list[str] = []
        self.untranslated = False
        """Whether a topic was answered in words that belong to no language in particular."""

    def name(self) -> str:
        """The customer's channel, so that `channel:` variations of responses work."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Turn one response of the bot into one line."""
        effect = _effect(message.get("custom"))
        if effect is not None:
            self._put({"type": "effect", "index": self._take_index(), "effect": effect})
            return
        line = _message(message)
        if line is None:
            return
        self.untranslated |= _is_untranslated(message, line)
        if line["metadata"].get("once_per_turn") is True:
            self._held.setdefault(line["response"] or json.dumps(line, sort_keys=True), line)
            return
        self._say(line)

    def release_held(self) -> None:
        """Say what waited for the end of the turn, each once."""
        for line in self._held.values():
            self._say(line)
        self._held.clear()

    def forget_held(self) -> None:
        """Leave unsaid what waited for the end of the turn."""
        self._held.clear()

    def close(self, line: Mapping[str, Any]) -> None:
        """Put the last line: an end or an error."""
        self._put(line)

    def _say(self, line: dict[str, Any]) -> None:
        self._put({"type": "message", "index": self._take_index(), **line})

    def _take_index(self) -> int:
        self._index += 1
        return self._index - 1

    def _put(self, line: Mapping[str, Any]) -> None:
        written = as_line(line)
        self.lines.append(written)
        self._send(written)


def as_line(line: Mapping[str, Any]) -> str:
    """One line of NDJSON, without the newline."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=str)


def replayed(lines: list[str]) -> list[str]:
    """The lines of an earlier answer, byte for byte but for the end's `replayed`."""
    last = json.loads(lines[-1])
    if last.get("type") != "end":
        return lines
    return [*lines[:-1], as_line({**last, "replayed": True})]


def _effect(custom: Any) -> dict[str, Any] | None:
    if not isinstance(custom, dict) or list(custom) != ["careline"]:
        return None
    given = custom["careline"]
    if not isinstance(given, dict) or not isinstance(given.get("effect"), str):
        return None
    return {"name": given["effect"], **{k: v for k, v in given.items() if k != "effect"}}


def _is_untranslated(message: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    chosen_by = {condition.get("name") for condition in message.get("condition") or []}
    return line["metadata"].get("kind") in TOPIC_KINDS and "language" not in chosen_by


def _message(message: Mapping[str, Any]) -> dict[str, Any] | None:
    buttons = message.get("buttons") or message.get("quick_replies") or []
    custom = message.get("custom") or None
    if custom is None and message.get("elements"):
        custom = {"elements": message["elements"]}
    text = (message.get("text") or "").strip() or None
    image = message.get("image") or None
    attachment = message.get("attachment") or None
    if not (text or buttons or image or attachment or custom):
        return None
    return {
        "text": text,
        "buttons": [
            {"title": str(b.get("title", "")), "payload": str(b.get("payload", ""))} for b in buttons
        ],
        "image": image,
        "attachment": attachment,
        "custom": custom,
        "response": message.get("utter_action"),
        "metadata": _metadata(message),
    }


def _metadata(message: Mapping[str, Any]) -> dict[str, Any]:
    """What the response's author wrote under `metadata:` beside the text."""
    inner = message.get("metadata")
    return dict(inner) if isinstance(inner, dict) else {}
