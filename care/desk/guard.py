"""What stands before every call of the desk's API: sign-in, Origin, role; errors in plain words."""

import gzip
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Connection
from sqlalchemy.exc import DataError
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from care.body import TooLong, read_body
from care.care import Care
from care.desk.visibility import Hidden
from care.explained import Explained
from care.handoff.ownership import AlreadyOwned, NotOwner, Stale
from care.record.agents import Agent, Role, do_touch_session, find_signed_in
from care.record.audit import do_audit
from care.record.ids import number_of
from care.record.record import RecordDown, now

T = TypeVar("T")
Needs = Literal["agent", "leads", "owner"]
log = logging.getLogger(__name__)
BODY_LIMIT = 256 * 1024
PLAIN_COOKIE = "careline_desk"
HOST_COOKIE = "__Host-careline_desk"


class Refusal(Explained):
    """A call that is not carried out. `more` is told beside the reason."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(status, code, message)
        self.more = more


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised call: who makes it, and what they sent."""

    request: Request
    care: Care
    agent: Agent
    token: str
    body: dict[str, Any]

    def id(self, name: str = "id") -> int:
        """A number in the path; raises Refusal (404) for anything else."""
        found = number_of(str(self.request.path_params[name]))
        if found is None:
            raise Refusal(404, "not_found", "There is no such thing.")
        return found

    def query_id(self, name: str) -> int | None:
        """A number in the query, None where it is not given; raises Refusal (400) otherwise."""
        raw = self.request.query_params.get(name, "")
        found = number_of(raw)
        if raw and found is None:
            raise Refusal(400, "bad_field", f"{name} must be a number.")
        return found

    def word(self, name: str, limit: int = 200, *, required: bool = True) -> str:
        """A text field of the body, stripped; raises Refusal (400) where it is missing or long."""
        value = self.body.get(name, "")
        if not isinstance(value, str):
            raise Refusal(400, "bad_field", f"{name} must be text.")
        value = value.replace("\r\n", "\n").replace("\x00", "").strip()
        if required and not value:
            raise Refusal(400, "missing", f"{name} is missing.")
        if len(value) > limit:
            raise Refusal(413, "too_long", f"{name} is too long: {limit} characters fit.")
        return value

    def number(self, name: str, low: int, high: int) -> int:
        """A whole number of the body between `low` and `high`; raises Refusal (400) otherwise."""
        value = self.body.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Refusal(400, "bad_field", f"{name} must be a number from {low} to {high}.")
        return value

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of the allowed words; raises Refusal (400) otherwise."""
        value = self.body.get(name)
        if value not in allowed:
            raise Refusal(400, "bad_field", f"{name} must be one of {', '.join(allowed)}.")
        return str(value)

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        """Read from the record."""
        return await self.care.record.read(work, *args)

    async def change(
        self,
        action: str,
        target: str,
        work: Callable[..., T],
        *args: Any,
        data: dict[str, Any] | None = None,
    ) -> T:
        """Change the record and keep the audit row in the same transaction."""

        def both(connection: Connection) -> T:
            result = work(connection, *args)
            do_audit(connection, self.agent.id, action, target, data)
            return result

        return await self.care.record.write(both)

    async def audit(self, action: str, target: str, data: dict[str, Any] | None = None) -> None:
        """Keep an audit row for something that is done already."""
        await self.care.record.write(do_audit, self.agent.id, action, target, data)


Handler = Callable[[Call], Awaitable[Response]]


def reply(data: Any, status: int = 200) -> Response:
    """A JSON answer that no cache keeps."""
    return JSONResponse(data, status, headers={"Cache-Control": "no-store"})


def error(status: int, code: str, message: str, **more: Any) -> Response:
    """An error in the form that every client reads."""
    return reply({"error": {"code": code, "message": message, **more}}, status)


def api(
    path: str,
    handler: Handler,
    method: str = "GET",
    needs: Needs = "agent",
    *,
    raw: bool = False,
) -> Route:
    """A route of the desk's API. Whatever is not GET must come from our own pages.

    `raw`: the handler reads the body itself, whatever it is.
    """

    async def endpoint(request: Request) -> Response:
        try:
            return packed(request, await handler(await _call(request, needs, raw)))
        except Exception as failure:
            return _explain(failure)

    endpoint.__doc__ = handler.__doc__
    return Route("/api/desk" + path, endpoint, methods=[method])


def packed(request: Request, response: Response) -> Response:
    """The answer, gzipped where that is worth it and the browser takes it."""
    wanted = "gzip" in request.headers.get("accept-encoding", "")
    if not wanted or not isinstance(response, JSONResponse) or len(response.body) < 1400:
        return response
    body = gzip.compress(bytes(response.body), 5)
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding", "Cache-Control": "no-store"}
    return Response(body, response.status_code, headers, "application/json")


async def _call(request: Request, needs: Needs, raw: bool) -> Call:
    care: Care = request.app.state.care
    if request.method not in ("GET", "HEAD"):
        check_origin(request)
        if request.headers.get("x-careline") != "desk":
            raise Refusal(403, "bad_origin", "This call did not come from the desk.")
    agent, token = await signed_in(request)
    if (needs == "leads" and not agent.leads) or (needs == "owner" and agent.role != Role.OWNER):
        raise Refusal(403, "not_allowed", "Your role does not allow this.")
    return Call(request, care, agent, token, {} if raw else await _body(request))


async def _body(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "")
    if request.method in ("GET", "HEAD") or kind not in ("", "application/json"):
        return {}
    try:
        raw = await read_body(request, BODY_LIMIT)
        if not raw:
            return {}
        body = _writable(json.loads(raw))
    except TooLong:
        raise Refusal(413, "too_long", "That is too much at once.") from None
    except (ValueError, RecursionError):
        raise Refusal(400, "bad_json", "The call is not valid JSON.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "bad_json", "The call must be a JSON object.")
    return body


def _writable(value: Any) -> Any:
    """The value without NUL; raises ValueError for half characters: no database keeps either."""
    if isinstance(value, str):
        value.encode()
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_writable(one) for one in value]
    if isinstance(value, dict):
        return {_writable(name): _writable(one) for name, one in value.items()}
    return value


def check_origin(connection: HTTPConnection) -> None:
    """Raise Refusal (403) unless the Origin is the address that was called, or the public one."""
    origin = connection.headers.get("origin", "")
    care: Care = connection.app.state.care
    ours = {connection.headers.get("host", ""), urlsplit(care.settings.base_url).netloc}
    if not origin or urlsplit(origin).netloc not in ours:
        raise Refusal(403, "bad_origin", "This call did not come from the desk.")


def is_secure(care: Care) -> bool:
    """Whether agents reach the desk over https, so that cookies can be bound to it."""
    return care.settings.base_url.startswith("https://")


def cookie_name(care: Care) -> str:
    """The session cookie's name: bound to the host wherever there is https."""
    return HOST_COOKIE if is_secure(care) else PLAIN_COOKIE


async def signed_in(connection: HTTPConnection) -> tuple[Agent, str]:
    """The agent of this request's cookie, and the token; raises Refusal (401)."""
    care: Care = connection.app.state.care
    token = connection.cookies.get(cookie_name(care), "")
    found = await care.record.read(find_signed_in, token) if token else None
    if found is None:
        raise Refusal(401, "signed_out", "Please sign in again.")
    agent, used = found
    if now() - used > timedelta(minutes=1):
        await care.record.write(do_touch_session, token, care.settings.sign_in_hours)
    return agent, token


def _explain(failure: Exception) -> Response:
    match failure:
        case Refusal() as refusal:
            return error(refusal.status, refusal.code, refusal.message, **refusal.more)
        case Explained() as refused:
            return error(refused.status, refused.code, refused.message)
        case AlreadyOwned() as owned:
            return error(
                409,
                "already_claimed",
                f"{owned.name} has this conversation already.",
                agent_id=owned.agent_id,
                name=owned.name,
            )
        case NotOwner():
            return error(409, "not_owner", "This conversation is not yours: take it first.")
        case Stale():
            return error(409, "stale", "Somebody changed this at the same moment. Look again.")
        case Hidden():
            return error(403, "hidden", "Your role does not let you see this conversation.")
        case DataError() | OverflowError():
            return error(400, "bad_field", "That is no value that can be kept here.")
        case LookupError():
            return error(404, "not_found", "There is no such thing.")
        case RecordDown():
            return error(503, "record_down", "The database does not answer. Please try again.")
    log.exception("a call of the desk failed", exc_info=failure)
    return error(500, "failed", "Something went wrong on our side.")
