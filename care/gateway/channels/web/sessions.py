"""Opening, resuming and ending a website session; showing who the customer is."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from care.care import Care
from care.gateway.accept import Pace, Refused
from care.gateway.channels.web.access import bearer, body_of, care_of, inbox_for, text_in
from care.gateway.channels.web.history import session_view
from care.gateway.channels.web.merging import do_verify_customer, new_sender
from care.gateway.channels.web.watching import MOVED
from care.identity import Identity, IdentityRefused, verify_identity
from care.inboxes import FormField, Inbox, is_preview
from care.record.conversations import current_conversation
from care.record.customers import (
    CustomerSession,
    access_customer,
    access_session,
    do_describe_customer,
    do_find_or_add_customer,
    do_open_session,
    token_hash,
)
from care.record.ids import CustomerId
from care.record.messages import accepted_messages
from care.record.record import now
from care.record.schema import customer_sessions

NEW_PER_MINUTE = 60
SETTLE_SECONDS = 5.0
REFUSALS = {
    "identity_expired": "Your sign-in at the shop has ended. Please sign in again.",
    "identity_invalid": "The shop's sign-in could not be checked.",
}
_pace = Pace(NEW_PER_MINUTE)


async def open_session(request: Request) -> Response:
    """POST /api/widget/sessions: a new session, an old one again, or a stranger made known."""
    care, body = care_of(request), await body_of(request)
    inbox = await inbox_for(request, body.get("inbox"))
    if is_preview(inbox.name):
        raise Refused(403, "preview", "This is a preview: nothing is sent and nothing is kept.")
    token = bearer(request)
    session = await care.record.read(access_session, token) if token else None
    if token and session is None:
        raise Refused(401, "session_expired", "This chat session has ended. Please start again.")
    identity = _identity(body, care)
    about = _about(body, inbox)
    if identity is not None:
        token, session = await _identify(care, identity, inbox, token, session)
    elif session is None or token is None:
        _slow_down(request)
        token, session = await care.record.write(_do_open, inbox.name, care.settings.session_days)
    await care.record.write(_do_refresh, token, session, about, care.settings.session_days)
    view = await care.record.read(session_view, session)
    return JSONResponse({"token": token, **view}, status_code=201)


async def end_session(request: Request) -> Response:
    """DELETE /api/widget/sessions: the token is worth nothing from now on."""
    token = bearer(request)
    if token:
        await care_of(request).record.write(_do_end, token)
    return Response(status_code=204)


def _identity(body: dict[str, Any], care: Care) -> Identity | None:
    proof = text_in(body, "identity", 8000)
    if proof is None:
        return None
    try:
        return verify_identity(proof, care.settings)
    except IdentityRefused as reason:
        raise Refused(401, reason.code, REFUSALS[reason.code]) from None


async def _identify(
    care: Care,
    identity: Identity,
    inbox: Inbox,
    token: str | None,
    session: CustomerSession | None,
) -> tuple[str, CustomerSession]:
    """The session of a verified customer; an anonymous one of the same browser is merged."""
    if session is not None:
        await _let_settle(care, session.sender)
    days = care.settings.session_days
    held = (token, session) if token and session else None
    fresh, opened = await care.record.write(_do_identify, identity, inbox.name, held, days)
    conversation = await care.record.read(current_conversation, opened.sender)
    if conversation is not None:
        await care.bus.send(None, {"type": MOVED})
        await care.gateway.changed(conversation.id)
    return fresh, opened


async def _let_settle(care: Care, sender: str) -> None:
    """Wait a little while an answer is under way, so that it is not lost on the move."""
    for _ in range(int(SETTLE_SECONDS / 0.2)):
        if not await care.record.read(_is_answering, sender):
            return
        await asyncio.sleep(0.2)


def _is_answering(connection: Connection, sender: str) -> bool:
    found = current_conversation(connection, sender)
    return found is not None and bool(accepted_messages(connection, found.id))


def _do_identify(
    connection: Connection,
    identity: Identity,
    inbox: str,
    held: tuple[str, CustomerSession] | None,
    days: int,
) -> tuple[str, CustomerSession]:
    stranger = (held[1].customer_id, held[1].sender) if held else None
    customer_id, sender = do_verify_customer(connection, identity, stranger)
    if held and stranger == (customer_id, sender):
        return held
    if held:
        _do_end(connection, held[0])
    return _open_for(connection, customer_id, sender, inbox, days)


def _do_open(connection: Connection, inbox: str, days: int) -> tuple[str, CustomerSession]:
    sender = new_sender()
    customer_id = do_find_or_add_customer(connection, "web", sender)
    return _open_for(connection, customer_id, sender, inbox, days)


def _open_for(
    connection: Connection, customer_id: CustomerId, sender: str, inbox: str, days: int
) -> tuple[str, CustomerSession]:
    token = do_open_session(connection, customer_id, sender, inbox, days)
    session = access_session(connection, token)
    if session is None:
        raise RuntimeError("a session that was just opened is not there")
    return token, session


def _do_refresh(
    connection: Connection, token: str, session: CustomerSession, about: dict[str, Any], days: int
) -> None:
    """Lengthen a session that is used, and keep what the customer said about themselves."""
    time = now()
    if session.expires_at - time < timedelta(days=days) / 2:
        mine = update(customer_sessions).where(customer_sessions.c.token_hash == token_hash(token))
        connection.execute(mine.values(expires_at=time + timedelta(days=days)))
    customer = access_customer(connection, session.customer_id)
    values: dict[str, Any] = {}
    for name in ("name", "email"):
        if about.get(name) and not customer.verified:
            values[name] = about[name]
    if about.get("language") and about["language"] != customer.language:
        values["language"] = about["language"]
    if about["fields"]:
        values["attributes"] = {**customer.attributes, **about["fields"]}
    if values:
        do_describe_customer(connection, session.customer_id, **values)


def _do_end(connection: Connection, token: str) -> None:
    mine = customer_sessions.c.token_hash == token_hash(token)
    connection.execute(delete(customer_sessions).where(mine))


def _about(body: dict[str, Any], inbox: Inbox) -> dict[str, Any]:
    """Name, e-mail, language and answers to the inbox's form. Raises Refused (400)."""
    given = body.get("fields") or {}
    if not isinstance(given, dict):
        raise Refused(400, "bad_field", "fields must be an object.")
    form = inbox.settings.form
    answers = {one.name: _answer(one, given) for one in form} if given else {}
    email = text_in(body, "email", 320) or answers.pop("email", None)
    if email and "@" not in email:
        raise Refused(400, "bad_field", "That is not an e-mail address.")
    return {
        "name": text_in(body, "name", 200) or answers.pop("name", None),
        "email": email,
        "language": text_in(body, "locale", 16),
        "fields": {name: value for name, value in answers.items() if value},
    }


def _answer(one: FormField, given: dict[str, Any]) -> str | None:
    value = text_in(given, one.name, 500)
    if one.required and not value:
        raise Refused(400, "missing_field", f"Please fill in: {one.label}")
    if value and one.kind == "choice" and value not in one.choices:
        raise Refused(400, "bad_field", f"Please choose one of: {', '.join(one.choices)}")
    return value


def _slow_down(request: Request) -> None:
    """New sessions of one address are limited; loopback may be a proxy that hides them all."""
    host = request.client.host if request.client else ""
    if host and not host.startswith("127.") and host != "::1":
        _pace.check(host)
