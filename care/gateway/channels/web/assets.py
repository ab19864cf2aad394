"""The widget's scripts, as the build left them, for pages of any origin."""

import gzip
import hashlib
import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from care.gateway.channels.web.access import care_of
from care.gateway.channels.web.inbox_view import build_folder, looks, takes_gzip

MODULE = re.compile(r"(panel|more)-[0-9a-f]{10}\.js")
FOR_EVER = "public, max-age=31536000, immutable"
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}


async def loader(request: Request) -> Response:
    """GET /widget/loader.js: the loader, with the looks of all inboxes in it."""
    script = _read(build_folder() / "loader.js")
    own = await care_of(request).record.read(looks)
    body = script.replace(b'"__LOOKS__"', own.encode())
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {**HEADERS, "Cache-Control": "public, max-age=300", "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    packed = gzip.compress(body, 9, mtime=0) if takes_gzip(request) else None
    return _script(body, packed, headers)


async def module(request: Request) -> Response:
    """GET /widget/panel-….js and more-….js: their names change with their content.

    A page that was opened before an update asks for a name of the past: it gets today's module.
    """
    name = request.path_params["name"]
    known = MODULE.fullmatch(name)
    if known is None:
        raise HTTPException(404)
    file = build_folder() / name
    caching = FOR_EVER
    if not file.exists():
        file = next(build_folder().glob(f"{known[1]}-*.js"), file)
        caching = "no-store"
    packed = file.with_name(f"{file.name}.gz")
    headers = {**HEADERS, "Cache-Control": caching}
    small = _read(packed) if takes_gzip(request) and packed.exists() else None
    return _script(_read(file), small, headers)


def _script(body: bytes, packed: bytes | None, headers: dict[str, str]) -> Response:
    if packed is None:
        return Response(body, media_type="text/javascript", headers=headers)
    encoded = {**headers, "Content-Encoding": "gzip"}
    return Response(packed, media_type="text/javascript", headers=encoded)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise HTTPException(404, "the widget is not built: run make build") from None


routes = [Route("/widget/loader.js", loader), Route("/widget/{name}", module)]
