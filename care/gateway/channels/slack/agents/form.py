"""The form that opens on Resolve: reason, tags, a note for colleagues."""

import re
from typing import Any

from care.record.ids import ConversationId
from care.texts import text

FORM = "careline_resolve_form"
REASONS = ("solved", "no_answer", "duplicate", "unwanted", "other")
TAG = re.compile(r"[\w][\w .&/+-]{0,39}", re.UNICODE)
MOST_TAGS = 10


def resolve_form(conversation: ConversationId) -> dict[str, Any]:
    """The modal view."""
    options = [{"text": _plain(f"slack_reason_{reason}"), "value": reason} for reason in REASONS]
    choice = {"type": "static_select", "action_id": "choice", "options": options}
    words = {"type": "plain_text_input", "action_id": "words", "max_length": 400}
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": str(conversation),
        "title": _plain("slack_resolve"),
        "submit": _plain("slack_resolve"),
        "close": _plain("cancel"),
        "blocks": [
            _input("reason", "slack_form_reason", {**choice, "initial_option": options[0]}),
            _input("tags", "slack_form_tags", words, optional=True),
            _input("note", "slack_form_note", {**words, "multiline": True}, optional=True),
        ],
    }


def tags_in(words: str) -> list[str]:
    """Tags written with commas between them. Raises ValueError for one that is none."""
    found = [" ".join(part.lower().split()) for part in words.split(",")]
    tags = list(dict.fromkeys(tag for tag in found if tag))
    if len(tags) > MOST_TAGS or not all(TAG.fullmatch(tag) for tag in tags):
        raise ValueError(text("slack_bad_tags"))
    return tags


def _input(block: str, label: str, element: dict[str, Any], *, optional: bool = False) -> Any:
    return {
        "type": "input",
        "block_id": block,
        "label": _plain(label),
        "element": element,
        "optional": optional,
    }


def _plain(key: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text(key)}
