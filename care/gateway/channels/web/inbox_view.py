"""How the widget of an inbox looks and speaks: settings and texts in the customer's language."""

import gzip
import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from care.files import TYPES
from care.gateway.channels.web.access import care_of, inbox_for
from care.handoff.opening import people_there
from care.inboxes import LOCALES, Inbox, InboxSettings, all_inboxes, hours_for
from care.mail import can_mail
from care.settings import Settings

SOURCE = Path(__file__).resolve().parents[4] / "widget" / "locales"
SPOKEN = ("greeting", "intro", "suggestions")
"""Texts that are part of the settings; the others are the widget's own."""


def build_folder() -> Path:
    """Where the build put the widget."""
    return Path(os.environ.get("CARELINE_BUILD_DIR") or "var/build") / "widget"


def takes_gzip(request: Request) -> bool:
    """Whether the browser unpacks gzip."""
    return "gzip" in request.headers.get("accept-encoding", "")


async def read_inbox(request: Request) -> Response:
    """GET /api/widget/inbox?inbox=&locale=: public, the same for every customer."""
    care = care_of(request)
    inbox = await inbox_for(request, request.query_params.get("inbox"))
    wanted = request.query_params.get("locale", "")
    locale = locale_for(wanted)
    view = await care.record.read(inbox_view, inbox, locale, care.settings)
    view["locale"] = regional(locale, [wanted, request.headers.get("accept-language", "")])
    answer = JSONResponse(view, headers={"Cache-Control": "no-cache", "Vary": "Accept-Encoding"})
    if takes_gzip(request):
        answer.headers["Content-Encoding"] = "gzip"
        answer.body = gzip.compress(bytes(answer.body), 6, mtime=0)
        answer.headers["Content-Length"] = str(len(answer.body))
    return answer


def inbox_view(
    connection: Connection, inbox: Inbox, locale: str, settings: Settings
) -> dict[str, Any]:
    """`{settings, locale, texts}` as widget/src/types.ts has it."""
    own = inbox.settings
    hours = hours_for(connection, inbox)
    texts = texts_for(own, locale)
    names = {"shop": settings.shop_name, "bot": settings.bot_name}
    greeting, intro, suggestions = (_fill(texts.pop(key), names) for key in SPOKEN)
    return {
        "locale": locale,
        "texts": texts,
        "settings": {
            **names,
            "title": _fill(texts["title"], names),
            "greeting": greeting or None,
            "intro": intro or None,
            "suggestions": [one for one in suggestions.split("|") if one],
            "theme": {"accent": own.accent, "ink": own.ink, "radius": f"{own.radius}px"},
            "scheme": own.scheme,
            "form": [_field(one) for one in own.form],
            "hours": people_there(connection, hours).as_json(),
            "files": {"max_bytes": settings.file_max_bytes, "types": list(TYPES)}
            if own.files
            else None,
            "transcript": own.transcript and can_mail(settings),
            "max_chars": settings.message_max_chars,
        },
    }


def locale_for(wanted: str) -> str:
    """The locale that serves a browser's wish best."""
    language = wanted.split("-")[0].split("_")[0].lower()
    return language if language in LOCALES else "en"


def regional(locale: str, wishes: list[str]) -> str:
    """The locale with the region that the browser names first: times are written differently."""
    for tag in re.findall(r"[A-Za-z]{2}-[A-Za-z0-9]{2,4}\b", ",".join(wishes)):
        if tag[:2].lower() == locale:
            return str(tag)
    return locale


def texts_for(own: InboxSettings, locale: str) -> dict[str, str]:
    """The widget's texts in a locale, under those that the inbox sets itself."""
    return {**widget_texts(locale), **own.texts.get(locale, {})}


@cache
def widget_texts(locale: str) -> dict[str, str]:
    """The locale file: as built, or as written where nothing is built."""
    built = build_folder() / "locales" / f"{locale}.json"
    file = built if built.exists() else SOURCE / f"{locale}.json"
    texts: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return texts


def looks(connection: Connection) -> str:
    """What the loader must know of every inbox before it is opened, as JSON."""
    plain = InboxSettings()
    found: dict[str, dict[str, str]] = {}
    for inbox in all_inboxes(connection):
        own = inbox.settings
        pairs = {"color": own.accent, "ink": own.ink, "side": own.side}
        usual = {"color": plain.accent, "ink": plain.ink, "side": plain.side}
        if changed := {name: value for name, value in pairs.items() if value != usual[name]}:
            found[inbox.name] = changed
    return json.dumps(found, separators=(",", ":")).replace("</", "<\\/")


def _field(one: Any) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": one.label,
        "kind": one.kind,
        "required": one.required,
        "choices": list(one.choices),
    }


def _fill(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text
