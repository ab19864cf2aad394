"""Signing in through an OpenID Connect issuer (authorization code with PKCE), where one is set.

Needs the packages of the extra `oidc` (Authlib, httpx2); without them the button is not shown. Only
people who have an account here get in: by an identity linked before, or by an address that the
issuer has verified. What is on its way is kept in a short-lived cookie of the browser.
"""

import base64
import hmac
import json
import logging
import secrets
from importlib import import_module
from typing import Any

import jwt
from sqlalchemy import Connection, insert, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from care.care import Care
from care.desk.guard import is_secure
from care.desk.pages import page
from care.desk.sign_in import let_in, safe_next, sso_offered
from care.desk.texts import language_of, say, sentences
from care.record.agents import Agent, access_agent, find_agent
from care.record.audit import do_audit
from care.record.ids import AgentId
from care.record.schema_desk import agent_identities
from care.settings import Settings

log = logging.getLogger(__name__)
COOKIE = "careline_sso"
MINUTES = 10
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")


class SsoFailed(Exception):
    """The issuer's answer cannot be accepted; the message is for the log, without personal data."""


def back_address(care: Care) -> str:
    """Where the issuer sends people back; to be registered there."""
    return f"{care.settings.base_url}/desk/sso/back"


async def leave(request: Request) -> Response:
    """Send the browser to the issuer."""
    care: Care = request.app.state.care
    if not sso_offered(care.settings):
        return RedirectResponse("/desk/sign-in", 303)
    following = safe_next(request.query_params.get("next", ""))
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    try:
        async with _client(care) as client:
            about = await _discover(care, client)
            url, state = client.create_authorization_url(
                about["authorization_endpoint"],
                code_verifier=verifier,
                nonce=nonce,
                redirect_uri=back_address(care),
            )
    except SsoFailed as failure:
        return _failed(request, failure)
    response = RedirectResponse(url, 303)
    kept = {"state": state, "nonce": nonce, "verifier": verifier, "next": following}
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(json.dumps(kept).encode()).decode(),
        max_age=MINUTES * 60,
        path="/desk/sso",
        httponly=True,
        secure=is_secure(care),
        samesite="lax",
    )
    response.headers["Cache-Control"] = "no-store"
    return response


async def come_back(request: Request) -> Response:
    """Take the issuer's answer and sign the agent in."""
    care: Care = request.app.state.care
    if not sso_offered(care.settings):
        return RedirectResponse("/desk/sign-in", 303)
    try:
        kept = _kept(request)
        claims = await _claims(care, request, kept)
    except SsoFailed as failure:
        return _failed(request, failure)
    agent = await care.record.write(_do_find, care.settings.oidc_issuer, claims)
    if agent is None:
        language = language_of(request.headers.get("accept-language", ""))
        email = str(claims.get("email") or "?")[:320]
        name = care.settings.oidc_name
        return _message(request, say(language, "sso_unknown", name=name, email=email), 403)
    response = await let_in(request, agent, str(kept.get("next", "")), how="sso")
    response.delete_cookie(COOKIE, path="/desk/sso")
    return response


def _client(care: Care) -> Any:
    return import_module("authlib.integrations.httpx_client").AsyncOAuth2Client(
        client_id=care.settings.oidc_client_id,
        client_secret=care.settings.oidc_client_secret or None,
        scope="openid email profile",
        code_challenge_method="S256",
        timeout=10,
    )


def _failures() -> tuple[type[Exception], ...]:
    """What the client raises; its packages are imported only where they are used."""
    found = import_module("authlib.common.errors").AuthlibBaseError
    return (found, import_module("httpx2").HTTPError, ValueError)


async def _discover(care: Care, client: Any) -> dict[str, Any]:
    issuer = care.settings.oidc_issuer.rstrip("/")
    about = await _get(client, f"{issuer}/.well-known/openid-configuration")
    if str(about.get("issuer", "")).rstrip("/") != issuer:
        raise SsoFailed("the issuer calls itself by another name")
    return about


async def _get(client: Any, url: str) -> dict[str, Any]:
    try:
        response = await client.request("GET", url, withhold_token=True)
        response.raise_for_status()
        found = response.json()
    except _failures() as failure:
        raise SsoFailed(type(failure).__name__) from failure
    if not isinstance(found, dict):
        raise SsoFailed("not an object")
    return found


def _kept(request: Request) -> dict[str, Any]:
    try:
        kept = json.loads(base64.urlsafe_b64decode(request.cookies.get(COOKIE, "")))
        same = hmac.compare_digest(str(kept["state"]), request.query_params.get("state", ""))
    except (ValueError, KeyError, TypeError):
        raise SsoFailed("nothing was on its way") from None
    if not same or "code" not in request.query_params:
        raise SsoFailed("the answer does not belong to the question")
    return dict(kept)


async def _claims(care: Care, request: Request, kept: dict[str, Any]) -> dict[str, Any]:
    """Who the issuer says it is: the checked claims of the id token."""
    async with _client(care) as client:
        about = await _discover(care, client)
        try:
            token = await client.fetch_token(
                about["token_endpoint"],
                grant_type="authorization_code",
                code=request.query_params["code"],
                code_verifier=kept["verifier"],
                redirect_uri=back_address(care),
            )
        except _failures() as failure:
            raise SsoFailed(type(failure).__name__) from failure
        keys = await _get(client, about["jwks_uri"])
    return check_id_token(care.settings, str(token.get("id_token")), keys, str(kept["nonce"]))


def check_id_token(
    settings: Settings, raw: str, keys: dict[str, Any], nonce: str
) -> dict[str, Any]:
    """The claims of an id token: signed by the issuer, for us, in time, for this sign-in.

    Raises SsoFailed.
    """
    try:
        wanted = jwt.get_unverified_header(raw).get("kid")
        known = jwt.PyJWKSet.from_dict(keys).keys
        key = next(one for one in known if wanted is None or one.key_id == wanted)
        claims: dict[str, Any] = jwt.decode(
            raw,
            key=key,
            algorithms=list(ALGORITHMS),
            audience=settings.oidc_client_id,
            issuer=[settings.oidc_issuer, settings.oidc_issuer.rstrip("/")],
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            leeway=30,
        )
    except (jwt.PyJWTError, StopIteration) as failure:
        raise SsoFailed(type(failure).__name__) from failure
    if not hmac.compare_digest(str(claims.get("nonce")), nonce):
        raise SsoFailed("the token is for another sign-in")
    return claims


def _do_find(connection: Connection, issuer: str, claims: dict[str, Any]) -> Agent | None:
    subject = str(claims["sub"])[:255]
    mine = select(agent_identities.c.agent_id).where(
        agent_identities.c.issuer == issuer, agent_identities.c.subject == subject
    )
    known = connection.execute(mine).scalar()
    if known is not None:
        agent = access_agent(connection, AgentId(known))
        return agent if agent.active else None
    if claims.get("email_verified") is not True or not claims.get("email"):
        return None
    found = find_agent(connection, str(claims["email"]))
    if found is None or not found.active:
        return None
    row = {"agent_id": found.id, "issuer": issuer, "subject": subject}
    connection.execute(insert(agent_identities).values(**row))
    do_audit(connection, found.id, "sso.linked", f"agent:{found.id}")
    return found


def _failed(request: Request, failure: SsoFailed) -> Response:
    log.warning("a single sign-on failed: %s", failure)
    care: Care = request.app.state.care
    language = language_of(request.headers.get("accept-language", ""))
    return _message(request, say(language, "sso_failed", name=care.settings.oidc_name), 400)


def _message(request: Request, lead: str, status: int) -> Response:
    t = sentences(language_of(request.headers.get("accept-language", "")))
    values = {"title": t["sign_in"], "lead": lead, "link": t["back_to_sign_in"]}
    return page(request, "message.html", status, href="/desk/sign-in", **values)


routes = [Route("/desk/sso", leave), Route("/desk/sso/back", come_back)]
