"""The first steps of every message, whatever its channel: validate, dedupe, identify, record.

When `accept_message` returns, the message is committed; whatever happens later, it is not lost.
"""

import unicodedata
from collections import defaultdict, deque
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sqlalchemy import Connection

from care.explained import Explained
from care.files import do_attach_files
from care.record.conversations import Conversation, do_current_or_open
from care.record.customers import do_find_or_add_customer
from care.record.ids import Author, ConversationId, MessageId, Seq
from care.record.messages import Draft, do_add_message, do_use_button, find_external
from care.record.schema import conversations
from care.settings import Settings


class Refused(Explained):
    """A message that is not accepted."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a channel received. Exactly one of `text`, `button` or `payload["files"]` carries it.

    `sender` names the thread (`web:…`, `tg:…`, `sl:…`), `identity` the person on the channel,
    `external_id` the message on the channel: the same one again is the same message.
    """

    channel: str
    sender: str
    identity: str
    external_id: str
    text: str | None = None
    button: str | None = None
    name: str | None = None
    context: dict[str, Any] = field(default_factory=dict)
    kind: str = "text"
    payload: dict[str, Any] = field(default_factory=dict)
    inbox: str = "default"
    audience: str = "public"


@dataclass(frozen=True, slots=True)
class Accepted:
    """Where an accepted message stands in the record. `duplicate`: it was there before."""

    message_id: MessageId
    seq: Seq
    conversation_id: ConversationId
    duplicate: bool


class Pace:
    """At most `per_minute` messages of one sender in a minute, counted in this process.

    `window` is another span than a minute, in seconds.
    """

    def __init__(self, per_minute: int, window: float = 60.0) -> None:
        self.per_minute = per_minute
        self.window = window
        self._times: dict[str, deque[float]] = defaultdict(deque)

    def check(self, sender: str) -> None:
        """Count one message; raises Refused (429) where it is one too many."""
        if len(self._times) > 10_000:
            self._times.clear()
        times, present = self._times[sender], monotonic()
        while times and present - times[0] > self.window:
            times.popleft()
        if len(times) >= self.per_minute:
            raise Refused(
                429, "too_fast", "You are writing faster than we can read. Please wait a moment."
            )
        times.append(present)


def check_text(raw: object, limit: int) -> str:
    """The text as it is kept; raises Refused with a reason a person understands."""
    if not isinstance(raw, str):
        raise Refused(400, "bad_text", "The message must be text.")
    text = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in text):
        raise Refused(400, "bad_text", "The message has characters that cannot be shown.")
    if not _visible(text):
        raise Refused(400, "empty", "The message is empty.")
    if len(text) > limit:
        raise Refused(
            413, "too_long", f"The message is too long: {len(text)} characters, {limit} fit."
        )
    return text


def accept_message(connection: Connection, incoming: Incoming, settings: Settings) -> Accepted:
    """Record a customer's message once. Raises Refused for what cannot be accepted."""
    known = find_external(connection, incoming.channel, incoming.external_id)
    if known is not None:
        return Accepted(known.id, Seq(0), known.conversation_id, duplicate=True)
    text, payload = _content(connection, incoming, settings)
    conversation = do_find_place(connection, incoming, settings)
    if incoming.context and incoming.context != conversation.context:
        merged = {**conversation.context, **incoming.context}
        change = conversations.update().where(conversations.c.id == conversation.id)
        connection.execute(change.values(context=merged))
    draft = Draft(
        author=Author.CUSTOMER,
        text=text,
        kind=incoming.kind,
        payload=payload,
        external_id=incoming.external_id,
        state="accepted",
    )
    message_id, seq = do_add_message(connection, conversation.id, incoming.channel, draft)
    uploads = [str(file["id"]) for file in payload.get("files") or () if file.get("id")]
    do_attach_files(connection, uploads, message_id)
    return Accepted(message_id, seq, conversation.id, duplicate=False)


def do_find_place(connection: Connection, incoming: Incoming, settings: Settings) -> Conversation:
    """The conversation that what came belongs to, opened where there is none, with its customer."""
    customer_id = do_find_or_add_customer(
        connection, incoming.channel, incoming.identity, incoming.name
    )
    return do_current_or_open(
        connection,
        incoming.sender,
        customer_id,
        incoming.channel,
        inbox=incoming.inbox,
        reopen_hours=settings.reopen_hours,
        audience=incoming.audience,
    )


def _content(
    connection: Connection, incoming: Incoming, settings: Settings
) -> tuple[str, dict[str, Any]]:
    if incoming.button is not None:
        used = do_use_button(connection, incoming.button, incoming.sender)
        if used is None:
            raise Refused(404, "unknown_button", "That choice is no longer there.")
        title, command, offered_in = used
        return title, {**incoming.payload, "command": command, "offered_in": offered_in}
    if incoming.text is None and incoming.payload.get("files"):
        return "", incoming.payload
    return check_text(incoming.text, settings.message_max_chars), incoming.payload


def _visible(text: str) -> bool:
    return any(unicodedata.category(sign)[0] not in "ZC" for sign in text)
