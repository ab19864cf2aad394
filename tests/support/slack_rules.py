"""What Slack refuses in a message, as its API reference documents it."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Limits:
    """How strict the front is. `per_window` messages in `window` seconds to one channel."""

    text: int = 40_000
    section: int = 3000
    blocks: int = 50
    button_text: int = 75
    value: int = 2000
    elements: int = 25
    per_window: int = 8
    window: float = 1.0


@dataclass
class Fault:
    """An answer that the next fitting call gets."""

    method: str
    error: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    channel: str | None = None


def check_message(fields: dict[str, Any], limits: Limits) -> str | None:
    """Slack's error for a message that it would refuse; None for a good one."""
    blocks = fields.get("blocks") or []
    blocks = json.loads(blocks) if isinstance(blocks, str) else blocks
    if not fields.get("text") and not blocks:
        return "no_text"
    if len(str(fields.get("text") or "")) > limits.text:
        return "msg_too_long"
    if len(blocks) > limits.blocks or not all(_good_block(block, limits) for block in blocks):
        return "invalid_blocks"
    return None


def _good_block(block: dict[str, Any], limits: Limits) -> bool:
    kind = block.get("type")
    if kind == "section":
        return 1 <= len(block["text"]["text"]) <= limits.section
    if kind == "actions":
        elements = block["elements"]
        names = [element.get("action_id", n) for n, element in enumerate(elements)]
        good = all(_good_button(element, limits) for element in elements)
        return good and 1 <= len(elements) <= limits.elements and len(set(names)) == len(names)
    if kind == "context":
        return 1 <= len(block["elements"]) <= 10
    return kind in ("image", "divider") and ("image_url" in block or kind == "divider")


def _good_button(element: dict[str, Any], limits: Limits) -> bool:
    words = element["text"]["text"]
    return (
        element["type"] == "button"
        and 1 <= len(words) <= limits.button_text
        and len(element.get("value", "")) <= limits.value
        and len(element.get("action_id", "")) <= 255
        and element.get("style") in (None, "primary", "danger")
    )
