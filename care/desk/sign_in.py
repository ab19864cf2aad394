"""Signing in and out: password, throttling, and the session cookie."""

import hashlib
from datetime import timedelta
from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import Connection, delete, func, insert, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from care.body import TooLong, read_body
from care.care import Care
from care.desk.guard import Refusal, check_origin, cookie_name, is_secure, signed_in
from care.desk.pages import page
from care.desk.passwords import password_matches
from care.desk.texts import language_of, say
from care.record.agents import Agent, do_sign_in, do_sign_out, find_agent, session_id_of
from care.record.audit import do_audit
from care.record.ids import AgentId
from care.record.record import now
from care.record.schema_desk import sign_in_failures
from care.settings import Settings

WINDOW = timedelta(minutes=15)
PER_ADDRESS = 5
PER_CLIENT = 30
FORM_LIMIT = 16_384
"""Bytes of a form of ours."""


def keys_of(request: Request, email: str) -> list[tuple[str, int]]:
    """What attempts are counted by: the address and the client, hashed, with their limits."""
    client = request.client.host if request.client else "?"
    return [
        (hashlib.sha256(f"email:{email.strip().lower()}".encode()).hexdigest(), PER_ADDRESS),
        (hashlib.sha256(f"client:{client}".encode()).hexdigest(), PER_CLIENT),
    ]


def throttled(connection: Connection, keys: list[tuple[str, int]]) -> int:
    """Minutes until the next attempt is allowed; 0: now."""
    time = now()
    for key, limit in keys:
        query = select(func.count(), func.min(sign_in_failures.c.at)).where(
            sign_in_failures.c.key == key, sign_in_failures.c.at > time - WINDOW
        )
        count, oldest = connection.execute(query).one()
        if count >= limit:
            return max(1, int((oldest + WINDOW - time).total_seconds() / 60) + 1)
    return 0


def do_count_attempt(connection: Connection, keys: list[tuple[str, int]]) -> None:
    """Remember an attempt; old ones are forgotten."""
    time = now()
    connection.execute(delete(sign_in_failures).where(sign_in_failures.c.at < time - 4 * WINDOW))
    for key, _ in keys:
        connection.execute(insert(sign_in_failures).values(key=key, at=time))


def do_note_failure(
    connection: Connection, keys: list[tuple[str, int]], agent_id: AgentId | None
) -> None:
    """Count a failed sign-in and keep it in the audit log."""
    do_count_attempt(connection, keys)
    do_audit(connection, agent_id, "sign_in.failed", f"agent:{agent_id or 'unknown'}")


async def show(request: Request) -> Response:
    """The sign-in page; straight on for who is signed in."""
    try:
        await signed_in(request)
    except Refusal:
        return _form(request)
    return RedirectResponse(safe_next(request.query_params.get("next", "")), 303)


async def submit(request: Request) -> Response:
    """Check e-mail address and password."""
    care: Care = request.app.state.care
    language = language_of(request.headers.get("accept-language", ""))
    form = await read_form(request)
    if form is None:
        return _form(request, 400, problem=say(language, "bad_form"))
    email, password = form.get("email", "")[:320], form.get("password", "")
    keys = keys_of(request, email)
    minutes = await care.record.read(throttled, keys)
    if minutes:
        problem = say(language, "too_often", minutes=minutes)
        return _form(request, 429, problem=problem, email=email)
    agent = await care.record.read(find_agent, email)
    fits = await password_matches(agent.password_hash if agent else None, password)
    if agent is None or not fits or not agent.active:
        await care.record.write(do_note_failure, keys, agent.id if agent else None)
        return _form(request, 401, problem=say(language, "wrong"), email=email)
    return await let_in(request, agent, form.get("next", ""), keys)


async def let_in(
    request: Request, agent: Agent, following: str = "", keys: Any = (), how: str = "password"
) -> Response:
    """Open a session for the agent and go where they wanted to."""
    care: Care = request.app.state.care
    old = request.cookies.get(cookie_name(care))

    def opened(connection: Connection) -> str:
        if old:
            do_sign_out(connection, old)
        for key, _ in keys:
            connection.execute(delete(sign_in_failures).where(sign_in_failures.c.key == key))
        do_audit(connection, agent.id, "sign_in", f"agent:{agent.id}", {"how": how})
        agent_of_browser = request.headers.get("user-agent", "")
        return do_sign_in(connection, agent.id, agent_of_browser, care.settings.sign_in_hours)

    token = await care.record.write(opened)
    response = RedirectResponse(safe_next(following), 303)
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        cookie_name(care), token, httponly=True, secure=is_secure(care), samesite="lax", path="/"
    )
    return response


async def sign_out(request: Request) -> Response:
    """End the session, its sockets too."""
    care: Care = request.app.state.care
    if await read_form(request) is None:
        return RedirectResponse("/desk", 303)
    token = request.cookies.get(cookie_name(care), "")
    try:
        agent, _ = await signed_in(request)
    except Refusal:
        agent = None

    def ended(connection: Connection) -> None:
        do_sign_out(connection, token)
        if agent is not None:
            do_audit(connection, agent.id, "sign_out", f"agent:{agent.id}")

    await care.record.write(ended)
    await care.bus.send(None, {"type": "signed_out", "sessions": [session_id_of(token)]})
    response = RedirectResponse("/desk/sign-in", 303)
    response.delete_cookie(
        cookie_name(care), path="/", secure=is_secure(care), httponly=True, samesite="lax"
    )
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def read_form(request: Request) -> dict[str, str] | None:
    """The fields of a form that one of our own pages sent; None for any other."""
    try:
        check_origin(request)
        raw = await read_body(request, FORM_LIMIT)
        fields = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=20)
    except (Refusal, TooLong, ValueError):
        return None
    return {name: value.replace("\x00", "") for name, value in fields}


def safe_next(following: str) -> str:
    """`following` if it is a page of the desk, else the desk."""
    inside = following.startswith("/desk") and "//" not in following and "\\" not in following
    return following if inside and not following.startswith("/desk/sign-") else "/desk"


def _form(request: Request, status: int = 200, *, problem: str = "", email: str = "") -> Response:
    care: Care = request.app.state.care
    following = safe_next(request.query_params.get("next", ""))
    return page(
        request,
        "sign_in.html",
        status,
        problem=problem,
        email=email,
        next=following,
        sso=care.settings.oidc_name if sso_offered(care.settings) else "",
    )


def sso_offered(settings: Settings) -> bool:
    """Whether an issuer is set and the packages of the extra `oidc` are there."""
    given = settings.oidc_issuer and settings.oidc_client_id
    return bool(given) and find_spec("authlib") is not None and find_spec("httpx2") is not None


routes = [
    Route("/desk/sign-in", show, methods=["GET"]),
    Route("/desk/sign-in", submit, methods=["POST"]),
    Route("/desk/sign-out", sign_out, methods=["POST"]),
]
