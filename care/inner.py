"""The inner API: what the action server asks. Listens on the inner address, needs its token."""

import asyncio
import hmac
import re
from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from care.care import Care
from care.errors import error
from care.handoff.opening import people_there
from care.handoff.queue import count_waiting, usual_wait
from care.inboxes import find_inbox, hours_for
from care.orders import Order, OrderRefused, Orders, ShopDown
from care.record.conversations import current_conversation
from care.record.customers import access_customer

ORDER_NUMBER = re.compile(r"[A-Za-z0-9-]{3,40}")


async def conversation(request: Request) -> Response:
    """GET /inner/conversations/{sender}: what an action may know of the conversation."""
    _check(request)
    care: Care = request.app.state.care
    found = await care.record.read(_describe, request.path_params["sender"])
    return JSONResponse(found) if found else error(404, "not_found", "no such conversation")


async def order(request: Request) -> Response:
    """GET /inner/orders/{number}?sender=&email=: the order, if it is proven to be the customer's.

    Proven: the customer is verified with the order's e-mail, or names the e-mail of the order.
    An order of somebody else is answered like one that does not exist.
    """
    _check(request)
    try:
        found = await _proven_order(request)
    except ShopDown:
        return error(503, "shop_down", "the shop's system does not answer")
    return JSONResponse({"order": found}) if found else error(404, "not_found", "no such order")


async def cancel_order(request: Request) -> Response:
    """POST /inner/orders/{number}/cancel?sender=&email=: cancel it, proven as above."""
    _check(request)
    orders: Orders = request.app.state.orders
    try:
        found = await _proven_order(request)
        if found is None:
            return error(404, "not_found", "no such order")
        changed = await asyncio.to_thread(orders.cancel, found["number"])
    except ShopDown:
        return error(503, "shop_down", "the shop's system does not answer")
    except OrderRefused as reason:
        return error(409, "refused", str(reason))
    return JSONResponse({"order": changed})


routes = [
    Route("/inner/conversations/{sender}", conversation),
    Route("/inner/orders/{number}", order),
    Route("/inner/orders/{number}/cancel", cancel_order, methods=["POST"]),
]


def _check(request: Request) -> None:
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    expected: str = request.app.state.care.settings.inner_token
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise HTTPException(401, "wrong token")


async def _proven_order(request: Request) -> Order | None:
    care: Care = request.app.state.care
    orders: Orders = request.app.state.orders
    number = request.path_params["number"].lstrip("#")
    if not ORDER_NUMBER.fullmatch(number):
        return None
    found = await asyncio.to_thread(orders.find, number)
    if found is None:
        return None
    emails = {request.query_params.get("email", "").strip().lower()}
    emails.add(await care.record.read(_proven_email, request.query_params.get("sender", "")))
    return found if str(found.get("email", "")).lower() in emails - {""} else None


def _proven_email(connection: Connection, sender: str) -> str:
    """The address that the thread's customer has proven, in small letters; empty: none."""
    conversation = current_conversation(connection, sender)
    if conversation is None:
        return ""
    customer = access_customer(connection, conversation.customer_id)
    return (customer.email or "").lower() if customer.verified else ""


def _describe(connection: Connection, sender: str) -> dict[str, Any] | None:
    found = current_conversation(connection, sender)
    if found is None:
        return None
    customer = access_customer(connection, found.customer_id)
    hours = hours_for(connection, find_inbox(connection, found.inbox))
    return {
        "channel": found.channel,
        "language": found.language,
        "verified": customer.verified,
        "email": customer.email if customer.verified else None,
        "owner": found.owner,
        "queue": {
            "waiting": count_waiting(connection),
            "wait_seconds": usual_wait(connection),
        },
        "hours": people_there(connection, hours).as_json(),
    }
