"""Inboxes: how the widget looks and behaves on one of the shop's websites.

Kept in the record as JSON, edited at the desk. An inbox that was never saved has the defaults;
`default` always exists. Everything is validated here, before it is kept.
"""

import re
import secrets
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, insert, select, update

from care.handoff.hours import Hours, hours_of
from care.record.audit import do_audit
from care.record.ids import AgentId
from care.record.record import now
from care.record.schema_web import inboxes

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
PREVIEW = "preview-"
COLOUR = re.compile(r"#[0-9a-f]{6}")
FIELD_KINDS = ("text", "email", "phone", "choice", "consent")
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
LOCALES = ("en", "de", "es", "fr", "ar")
CONTRAST = 4.5
"""Least contrast between the two colours of the widget (WCAG 2.2, 1.4.3)."""


class BadInbox(ValueError):
    """Settings that cannot be kept; `field` names the place, the message says why."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field = field_name


class Outdated(Exception):
    """Somebody else saved the inbox since it was read."""


@dataclass(frozen=True, slots=True)
class FormField:
    """One question before the chat."""

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """What an inbox may set. Texts are `{locale: {key: text}}`, over those of the widget."""

    accent: str = "#1f5f4a"
    ink: str = "#ffffff"
    side: str = "end"
    scheme: str = "auto"
    radius: int = 14
    origins: tuple[str, ...] = ()
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    form: tuple[FormField, ...] = ()
    hours: dict[str, Any] | None = None
    files: bool = True
    transcript: bool = True


@dataclass(frozen=True, slots=True)
class Inbox:
    """An inbox. `version` 0: never saved, the defaults."""

    name: str
    settings: InboxSettings
    version: int = 0


def find_inbox(connection: Connection, name: str) -> Inbox | None:
    """The inbox `name`; None where there is none."""
    row = connection.execute(select(inboxes).where(inboxes.c.name == name)).first()
    if row is not None:
        return Inbox(name, settings_of(row.settings), row.version)
    return Inbox(name, InboxSettings()) if name == "default" else None


def hours_for(connection: Connection, inbox: Inbox | None) -> Hours:
    """The hours of an inbox: its own, else those of the shop."""
    own = inbox.settings.hours if inbox else None
    return Hours.of(own) if own else hours_of(connection)


def all_inboxes(connection: Connection) -> list[Inbox]:
    """Every inbox, `default` first."""
    rows = connection.execute(select(inboxes).order_by(inboxes.c.name))
    saved = {row.name: Inbox(row.name, settings_of(row.settings), row.version) for row in rows}
    first = saved.pop("default", Inbox("default", InboxSettings()))
    return [first, *(one for one in saved.values() if not is_preview(one.name))]


def do_keep_preview(connection: Connection, agent_id: AgentId, value: dict[str, Any]) -> str:
    """Keep an agent's unsaved settings for looking at; returns the name for /chat/preview?inbox=….

    Raises BadInbox. One preview an agent, under a name that nobody guesses; no chat can be had in it.
    """
    row = {"settings": as_json(settings_of(value)), "updated_by": agent_id, "updated_at": now()}
    mine = inboxes.c.name.startswith(PREVIEW, autoescape=True), inboxes.c.updated_by == agent_id
    known = connection.execute(select(inboxes.c.name).where(*mine)).scalar()
    if known is not None:
        connection.execute(update(inboxes).where(inboxes.c.name == known).values(**row))
        return str(known)
    name = f"{PREVIEW}{secrets.token_hex(8)}"
    connection.execute(insert(inboxes).values(name=name, version=1, **row))
    return name


def is_preview(name: str) -> bool:
    """Whether an inbox is there for looking at only."""
    return name.startswith(PREVIEW)


def do_save_inbox(
    connection: Connection, name: str, value: dict[str, Any], version: int, agent_id: AgentId | None
) -> Inbox:
    """Keep an inbox's settings and note who did it. Raises BadInbox, Outdated."""
    if not NAME.fullmatch(name) or is_preview(name):
        raise BadInbox("name", "a name has small letters, digits and hyphens, at most 40")
    settings = settings_of(value)
    known = connection.execute(select(inboxes.c.version).where(inboxes.c.name == name)).scalar()
    if (known or 0) != version:
        raise Outdated(name)
    row = {
        "settings": as_json(settings),
        "version": version + 1,
        "updated_by": agent_id,
        "updated_at": now(),
    }
    if known is None:
        connection.execute(insert(inboxes).values(name=name, **row))
    else:
        connection.execute(update(inboxes).where(inboxes.c.name == name).values(**row))
    do_audit(connection, agent_id, "inbox.saved", f"inbox:{name}", {"version": version + 1})
    return Inbox(name, settings, version + 1)


def as_json(settings: InboxSettings) -> dict[str, Any]:
    """The settings as plain JSON: what `settings_of` reads."""
    plain = asdict(settings)
    plain["origins"] = list(settings.origins)
    plain["form"] = [{**asdict(one), "choices": list(one.choices)} for one in settings.form]
    return plain


def settings_of(value: dict[str, Any]) -> InboxSettings:
    """Checked settings from JSON. Raises BadInbox."""
    if not isinstance(value, dict):
        raise BadInbox("", "the settings must be an object")
    if unknown := set(value) - {entry.name for entry in fields(InboxSettings)}:
        raise BadInbox(min(unknown), "there is no such setting")
    settings = replace(InboxSettings(), **value)
    _check_look(settings)
    hours = settings.hours
    if hours is not None:
        try:
            Hours.of(hours)
        except (ValueError, AttributeError, TypeError) as reason:
            raise BadInbox("hours", str(reason)) from None
    return replace(
        settings,
        origins=tuple(_origin(one) for one in _list("origins", settings.origins, 50)),
        form=_form(_list("form", settings.form, 8)),
        texts=_texts(settings.texts),
    )


def _check_look(settings: InboxSettings) -> None:
    for name in ("accent", "ink"):
        if not COLOUR.fullmatch(str(getattr(settings, name)).lower()):
            raise BadInbox(name, "a colour is written as #1f5f4a")
    if contrast(settings.accent, settings.ink) < CONTRAST:
        raise BadInbox("ink", f"text on this colour is hard to read: less than {CONTRAST} to 1")
    if settings.side not in ("start", "end"):
        raise BadInbox("side", "start or end")
    if settings.scheme not in ("auto", "light", "dark"):
        raise BadInbox("scheme", "auto, light or dark")
    if type(settings.radius) is not int or not 0 <= settings.radius <= 30:
        raise BadInbox("radius", "a whole number from 0 to 30")
    for name in ("files", "transcript"):
        if type(getattr(settings, name)) is not bool:
            raise BadInbox(name, "true or false")


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _list(name: str, value: Any, most: int) -> list[Any]:
    if not isinstance(value, list | tuple) or len(value) > most:
        raise BadInbox(name, f"a list of at most {most}")
    return list(value)


def _origin(value: Any) -> str:
    parts = urlsplit(value) if isinstance(value, str) else None
    if not parts or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInbox("origins", "an origin is written as https://shop.example")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise BadInbox("origins", "an origin has no path: https://shop.example")
    return f"{parts.scheme}://{parts.netloc}".lower()


def _form(values: list[Any]) -> tuple[FormField, ...]:
    made = []
    for value in values:
        one = value if isinstance(value, FormField) else _form_field(value)
        if not FIELD_NAME.fullmatch(str(one.name)) or one.kind not in FIELD_KINDS:
            raise BadInbox("form", "a field has a name of small letters and a known kind")
        if not isinstance(one.label, str) or not 0 < len(one.label) <= 200:
            raise BadInbox("form", "every field needs a label of at most 200 characters")
        if one.kind == "choice" and len(one.choices) < 2:
            raise BadInbox("form", "a choice needs at least two choices")
        made.append(one)
    if len({one.name for one in made}) != len(made):
        raise BadInbox("form", "every field needs a name of its own")
    return tuple(made)


def _form_field(value: Any) -> FormField:
    try:
        choices = tuple(str(choice)[:100] for choice in value.get("choices", ()))
        return FormField(**{**value, "choices": choices, "required": bool(value.get("required"))})
    except (TypeError, AttributeError):
        raise BadInbox("form", "a field has name, label, kind, required, choices") from None


def _texts(value: Any) -> dict[str, dict[str, str]]:
    if not isinstance(value, dict):
        raise BadInbox("texts", "texts are {locale: {key: text}}")
    for locale, texts in value.items():
        if locale not in LOCALES or not isinstance(texts, dict):
            raise BadInbox("texts", f"locales are {', '.join(LOCALES)}")
        for key, text in texts.items():
            if not isinstance(key, str) or not isinstance(text, str) or len(text) > 500:
                raise BadInbox("texts", "a text has at most 500 characters")
    return value
