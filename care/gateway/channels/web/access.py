"""What stands before every call of the widget: session, allowed websites, errors in plain words."""

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from care.body import TooLong, read_body
from care.care import Care
from care.errors import HANDLERS, error
from care.files import FileRefused
from care.gateway.accept import Refused
from care.inboxes import Inbox, find_inbox
from care.record.customers import CustomerSession, access_session
from care.record.ids import BIGGEST
from care.record.record import RecordDown

Endpoint = Callable[[Request], Awaitable[Response]]
BODY_LIMIT = 64 * 1024
MAX_AGE = "7200"


def for_websites(endpoint: Endpoint) -> Endpoint:
    """Let pages of other origins call `endpoint`, and let them read its errors.

    Which websites may use an inbox is checked with the inbox itself (`check_origin`); the answer
    to a call without a token holds nothing private, and tokens are never sent by browsers
    themselves.
    """

    @wraps(endpoint)
    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            response = Response(status_code=204)
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
            response.headers["Access-Control-Allow-Headers"] = (
                "authorization, content-type, x-careline-name"
            )
            response.headers["Access-Control-Max-Age"] = MAX_AGE
        else:
            response = await _answer(endpoint, request)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    return answer


async def _answer(endpoint: Endpoint, request: Request) -> Response:
    try:
        return await endpoint(request)
    except FileRefused as reason:
        return error(reason.status, reason.code, reason.message)
    except (Refused, RecordDown, HTTPException) as reason:
        kind = HTTPException if isinstance(reason, HTTPException) else type(reason)
        return await HANDLERS[kind](request, reason)
    except Exception as reason:
        return await HANDLERS[Exception](request, reason)


def care_of(request: Request) -> Care:
    """The care server's parts."""
    care: Care = request.app.state.care
    return care


def bearer(request: Request) -> str | None:
    """The token in the Authorization header."""
    given = request.headers.get("authorization", "")
    return given.removeprefix("Bearer ").strip() if given.startswith("Bearer ") else None


async def session_of(request: Request) -> CustomerSession:
    """The caller's session. Raises Refused (401)."""
    token = bearer(request)
    found = await care_of(request).record.read(access_session, token) if token else None
    if found is None:
        raise Refused(401, "session_expired", "This chat session has ended. Please start again.")
    return found


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in the body. Raises Refused (400, 413)."""
    try:
        value = json.loads(await read_body(request, BODY_LIMIT) or b"{}")
    except TooLong:
        raise Refused(413, "too_long", "That is too long.") from None
    except (ValueError, RecursionError):
        raise Refused(400, "bad_json", "The request is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Refused(400, "bad_json", "The request must be a JSON object.")
    return value


def text_in(body: dict[str, Any], name: str, limit: int) -> str | None:
    """An optional short text. Raises Refused (400) for anything that is not one."""
    value = body.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > limit or any(ord(sign) < 32 for sign in value):
        raise Refused(400, "bad_field", f"{name} must be a text of at most {limit} characters.")
    return value.strip() or None


def number_in(body: dict[str, Any], name: str) -> int | None:
    """An optional whole number. Raises Refused (400)."""
    value = body.get(name)
    if value is not None and (type(value) is not int or abs(value) > BIGGEST):
        raise Refused(400, "bad_field", f"{name} must be a whole number.")
    return value


async def inbox_for(request: Request, name: object) -> Inbox:
    """The inbox that the widget names. Raises Refused (404, 403)."""
    care = care_of(request)
    wanted = name if isinstance(name, str) and name else "default"
    found = await care.record.read(find_inbox, wanted)
    if found is None:
        raise Refused(404, "unknown_inbox", "There is no inbox of that name.")
    check_origin(found, request.headers.get("origin"), care)
    return found


def check_origin(inbox: Inbox, origin: str | None, care: Care) -> None:
    """Refuse websites that the inbox does not name. Raises Refused (403)."""
    allowed = inbox.settings.origins
    if not allowed or origin is None or origin.lower() in allowed:
        return
    if origin.lower() == care.settings.base_url.lower():
        return
    raise Refused(403, "wrong_website", "This chat is not set up for this website.")
