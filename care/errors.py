"""Errors as every client of the JSON API reads them."""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from care.gateway.accept import Refused
from care.record.record import RecordDown

log = logging.getLogger(__name__)


def error(status: int, code: str, message: str, **more: object) -> JSONResponse:
    """`{"error": {"code", "message", …}}` with its status."""
    body = {"error": {"code": code, "message": message, **more}}
    headers = {"Retry-After": "5"} if status in (429, 503) else None
    return JSONResponse(body, status_code=status, headers=headers)


async def refused(_: Request, reason: Exception) -> Response:
    """What the gateway does not accept."""
    assert isinstance(reason, Refused)
    return error(reason.status, reason.code, reason.message)


async def record_down(_: Request, __: Exception) -> Response:
    """The database does not answer."""
    return error(503, "record_down", "We cannot take this in right now. Please try again.")


async def http_error(_: Request, reason: Exception) -> Response:
    """Wrong address, wrong method, and what routes raise themselves."""
    assert isinstance(reason, HTTPException)
    code = {404: "not_found", 405: "wrong_method", 401: "not_signed_in"}.get(reason.status_code)
    return error(reason.status_code, code or "refused", str(reason.detail))


async def unexpected(request: Request, reason: Exception) -> Response:
    """A fault of ours: logged with its place, told without details."""
    log.error("fault at %s: %s", request.url.path, type(reason).__name__, exc_info=reason)
    return error(500, "fault", "Something went wrong on our side. Nothing was lost.")


HANDLERS = {
    Refused: refused,
    RecordDown: record_down,
    HTTPException: http_error,
    Exception: unexpected,
}
