"""Reading the body of a request, and no further than it may go."""

from starlette.requests import Request


class TooLong(Exception):
    """The body is longer than is read."""


async def read_body(request: Request, limit: int) -> bytes:
    """The body, of at most `limit` bytes, also where its length is not told. Raises TooLong."""
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told) > limit:
        raise TooLong
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > limit:
            raise TooLong
    return bytes(raw)
