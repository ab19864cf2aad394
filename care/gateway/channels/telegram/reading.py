"""Reading a Telegram message: what was said, what came with it, and how it is kept."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from aiogram.types import Message, User

from care.gateway.accept import Incoming
from care.gateway.answer import HAND_OFF
from care.gateway.channels.steps import clean
from care.gateway.channels.telegram.names import CHANNEL, external_id, sender_of

COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
DEEP_LINK_ORDER = re.compile(r"order[_-]([A-Za-z0-9-]{3,40})")


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says. `ref`: how to fetch the file that came with it."""

    text: str
    kind: str = "text"
    payload: dict[str, Any] = field(default_factory=dict)
    ref: dict[str, Any] | None = None


def read_message(message: Message, user: User) -> tuple[Incoming, list[dict[str, Any]]] | None:
    """The message as the gateway takes it, and its files to fetch; None: nothing that we can read."""
    content = _content(message)
    if content is None:
        return None
    payload = {**content.payload, "order": f"{message.message_id:012d}"}
    if message.message_thread_id and message.is_topic_message:
        payload["topic"] = message.message_thread_id
    if message.forward_origin is not None:
        payload["forwarded"] = True
    if content.ref is not None:
        payload["files"] = [_shown(content.ref)]
    incoming = Incoming(
        CHANNEL,
        sender_of(message.chat, user.id),
        str(user.id),
        external_id(message),
        text=content.text or None,
        name=clean(user.full_name) or None,
        context=context_of(user),
        kind=content.kind,
        payload=payload,
    )
    return incoming, [content.ref] if content.ref else []


def context_of(user: User) -> dict[str, Any]:
    """What the client tells about itself; its language is only a hint."""
    locale = clean(user.language_code or "")
    return {"locale": locale} if locale else {}


def command_of(text: str, bot_name: str | None) -> tuple[str, dict[str, Any]] | None:
    """What a bot command asks for: its name, and what the gateway makes of it.

    None for text that is no command, or one for another bot in the group.
    """
    found = COMMAND.fullmatch(text)
    if found is None:
        return None
    name, whom, rest = found[1].lower(), found[2], (found[3] or "").strip()
    if whom and bot_name and whom.lower() != bot_name.lower():
        return None
    if name == "start" and rest:
        return name, _deep_link(rest)
    known = {"start": "/greet", "help": "/ask_capabilities", "human": HAND_OFF, "agent": HAND_OFF}
    return (name, {"command": known[name]}) if name in known else None


def _deep_link(parameter: str) -> dict[str, Any]:
    """`/start order_123`: the customer came by a link about an order."""
    order = DEEP_LINK_ORDER.fullmatch(parameter)
    if order is None:
        return {"command": "/greet", "deep_link": parameter[:64]}
    entities = json.dumps({"order_number": order[1]})
    return {"command": f"/track_order{entities}", "deep_link": parameter[:64]}


def _content(message: Message) -> Content | None:
    if message.text is not None:
        return _said(Content(clean(message.text)))
    if (file := _file(message)) is not None:
        caption = clean(message.caption or "")
        return Content(caption, "text" if caption else "file", ref=file)
    if message.sticker is not None:
        emoji = message.sticker.emoji or "\u2022"
        return Content(emoji, payload={"sticker": {"set": message.sticker.set_name}})
    if message.dice is not None:
        return Content(f"{message.dice.emoji} {message.dice.value}")
    return _place(message) or _card(message)


def _said(content: Content) -> Content | None:
    return content if content.text else None


def _place(message: Message) -> Content | None:
    """A place is kept as a geo: URI (RFC 5870), with the venue's name where it has one."""
    venue = message.venue
    location = venue.location if venue else message.location
    if location is None:
        return None
    uri = f"geo:{location.latitude:.6f},{location.longitude:.6f}"
    words = f"{venue.title}, {venue.address} ({uri})" if venue else uri
    place = {"latitude": location.latitude, "longitude": location.longitude}
    return Content(clean(words), "location", {"location": place})


def _card(message: Message) -> Content | None:
    if message.contact is not None:
        contact = message.contact
        name = " ".join(filter(None, (contact.first_name, contact.last_name)))
        own = contact.user_id is not None and message.from_user is not None
        proven = own and contact.user_id == message.from_user.id  # type: ignore[union-attr]
        card = {"name": name, "phone": contact.phone_number, "own": proven}
        return Content(clean(f"{name} {contact.phone_number}"), "contact", {"contact": card})
    if message.poll is not None:
        options = "\n".join(f"- {option.text}" for option in message.poll.options)
        return _said(Content(clean(f"{message.poll.question}\n{options}")))
    return None


def _file(message: Message) -> dict[str, Any] | None:
    """The file of a message: Telegram's id for it, a name, its type and size as told."""
    if message.photo:
        best = message.photo[-1]
        return _ref(best, "photo.jpg", "image/jpeg")
    for kind, name, media_type in (
        ("animation", "animation.mp4", "video/mp4"),
        ("document", "document", "application/octet-stream"),
        ("voice", "voice.ogg", "audio/ogg"),
        ("audio", "audio.mp3", "audio/mpeg"),
        ("video", "video.mp4", "video/mp4"),
        ("video_note", "video.mp4", "video/mp4"),
    ):
        found = getattr(message, kind)
        if found is not None:
            return _ref(found, name, media_type)
    return None


def _ref(found: Any, name: str, media_type: str) -> dict[str, Any]:
    return {
        "file_id": found.file_id,
        "name": clean(getattr(found, "file_name", None) or name)[:120] or name,
        "type": getattr(found, "mime_type", None) or media_type,
        "size": found.file_size or 0,
    }


def _shown(ref: dict[str, Any]) -> dict[str, Any]:
    """The file as the desk shows it until it is here: without an id there is nothing to open."""
    return {"id": None, "name": ref["name"], "type": ref["type"], "size": ref["size"]}
