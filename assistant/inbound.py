"""What may come in through the channel: one JSON object, checked before Rasa sees it.

A lone surrogate or a NUL in a message ends a stock server, 100 KB of text occupies
it for 22 s: nothing of that may pass.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_CHARACTERS = 2000
MOST_BODY_BYTES = 65_536
SENDER = re.compile(r"(web|tg|sl|test):[A-Za-z0-9:_\-.]{1,200}")
MESSAGE_ID = re.compile(r"[A-Za-z0-9:_\-.]{1,200}")
CHANNEL = re.compile(r"[a-z][a-z0-9_]{0,30}")
PAYLOAD = re.compile(r"/[A-Za-z_][A-Za-z0-9_/]{0,120}(\{.*\})?", re.DOTALL)
DEEPEST = 12


def bears(authorization: str, token: bytes) -> bool:
    """Whether an Authorization header bears this token, compared in constant time."""
    scheme, _, given = authorization.partition(" ")
    same = hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token)
    return scheme.lower() == "bearer" and same


class Refused(ValueError):
    """A request that is not taken; its text is the reason to answer with."""


@dataclass(frozen=True)
class Message:
    """A customer's message, or a payload that the gateway issued.

    Attributes:
        sender: the conversation's id, with its channel's namespace.
        text: what was typed; never an intent command. None where payload is set.
        payload: "/intent{...}" of a button or trigger. None where text is set.
        message_id: the same id is answered the same way again.
        channel: name of the customer's channel, for channel-specific responses.
        metadata: what the gateway adds for actions.
    """

    sender: str
    text: str | None
    payload: str | None
    message_id: str
    channel: str
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Control:
    """An order of the care server: hand_back or forget."""

    sender: str
    do: str
    agent: str | None
    message_id: str
    channel: str


def read_message(body: bytes) -> Message:
    """Check the body of a message; raises Refused with the reason."""
    given = _object(body)
    text, payload = given.get("text"), given.get("payload")
    if (text is None) == (payload is None):
        raise Refused("exactly one of text and payload must be given")
    metadata = given.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise Refused("metadata must be an object")
    return Message(
        sender=_matching(given, "sender", SENDER),
        text=None if text is None else _typed(text),
        payload=None if payload is None else _matching(given, "payload", PAYLOAD),
        message_id=_matching(given, "message_id", MESSAGE_ID),
        channel=_matching(given, "channel", CHANNEL),
        metadata=metadata or {},
    )


def read_control(body: bytes) -> Control:
    """Check the body of a control order; raises Refused with the reason."""
    given = _object(body)
    do = given.get("do")
    if do not in ("hand_back", "forget"):
        raise Refused("do must be hand_back or forget")
    agent = given.get("agent")
    if agent is not None and (not isinstance(agent, str) or len(agent) > 200):
        raise Refused("agent must be a short text")
    return Control(
        sender=_matching(given, "sender", SENDER),
        do=do,
        agent=agent,
        message_id=_matching(given, "message_id", MESSAGE_ID) if given.get("message_id") else "",
        channel=_matching(given, "channel", CHANNEL) if given.get("channel") else "web",
    )


def _object(body: bytes) -> dict[str, Any]:
    if len(body) > MOST_BODY_BYTES:
        raise Refused("too large")
    try:
        given = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused("not valid JSON in UTF-8") from None
    if not isinstance(given, dict):
        raise Refused("not a JSON object")
    _check_text(given, 0)
    return given


def _no_constant(name: str) -> None:
    # NaN and Infinity are not JSON; Python would read and write them all the same.
    raise ValueError(name)


def _check_text(value: Any, depth: int) -> None:
    """Refuse NUL and lone surrogates anywhere: databases cannot store them."""
    if depth > DEEPEST:
        raise Refused("nested too deep")
    if isinstance(value, str):
        if "\x00" in value:
            raise Refused("a NUL character is not allowed")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise Refused("a lone surrogate is not allowed") from None
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_text(key, depth + 1)
            _check_text(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check_text(inner, depth + 1)


def _typed(text: Any) -> str:
    if not isinstance(text, str):
        raise Refused("text must be a string")
    if not text.strip():
        raise Refused("text is empty")
    if len(text) > MOST_CHARACTERS:
        raise Refused(f"text is longer than {MOST_CHARACTERS} characters")
    return text


def _matching(given: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise Refused(f"{name} is missing or not well formed")
    return value
