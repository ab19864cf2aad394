"""The JSON API as an OpenAPI 3.1 document, made from the routes that are really served.

Each handler's docstring starts with what the call does; that is its summary, so a route without
one cannot be served unnoticed (tests/care/test_openapi.py).
"""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

PARAMETER = re.compile(r"{(\w+)(?::(\w+))?}")
OPENING = re.compile(r"^(GET|POST|PUT|PATCH|DELETE)\s[^:]*?(/\S*|…\S*)?:\s*")
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "stable name of the reason"},
                "message": {"type": "string", "description": "the reason in plain words"},
            },
        }
    },
}
SECURITY = {
    "/api/widget/": "customer",
    "/api/desk/": "agent",
}


def openapi(routes: list[BaseRoute]) -> dict[str, Any]:
    """The document for all JSON routes among `routes` (addresses below /api/)."""
    paths: dict[str, dict[str, Any]] = {}
    for route in _flat(routes):
        if not route.path.startswith("/api/") or route.path == "/api/openapi.json":
            continue
        address = PARAMETER.sub(r"{\1}", route.path)
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(address, {})[method.lower()] = _operation(route, method)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Careline",
            "version": "0.1.0",
            "description": "What the widget and the desk do, for other programs. Events, frames "
            "and messages are described in docs/developers/contracts.md.",
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {"Error": ERROR},
            "securitySchemes": {
                "customer": {"type": "http", "scheme": "bearer"},
                "agent": {"type": "apiKey", "in": "cookie", "name": "__Host-careline"},
            },
        },
    }


async def document(request: Request) -> Response:
    """GET /api/openapi.json: this API, described."""
    return JSONResponse(openapi(request.app.routes))


def _flat(routes: list[BaseRoute]) -> list[Route]:
    found: list[Route] = []
    for route in routes:
        if isinstance(route, Route):
            found.append(route)
        elif isinstance(route, Mount):
            found += _flat(list(route.routes or []))
    return found


def _operation(route: Route, method: str) -> dict[str, Any]:
    text = " ".join((route.endpoint.__doc__ or "").split())
    kind = next((name for start, name in SECURITY.items() if route.path.startswith(start)), None)
    operation: dict[str, Any] = {
        "summary": OPENING.sub("", text).split(". ")[0],
        "operationId": f"{method.lower()}_{re.sub(r'[^a-z0-9]+', '_', route.path.lower()).strip('_')}",
        "responses": {
            "2XX": {"description": "done"},
            "4XX": {
                "description": "refused, with the reason",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if sort == "int" else "string"},
        }
        for name, sort in PARAMETER.findall(route.path)
    ]
    if parameters:
        operation["parameters"] = parameters
    if method in ("POST", "PUT", "PATCH"):
        schema = {"application/json": {"schema": {"type": "object"}}}
        operation["requestBody"] = {"content": schema}
    if kind:
        operation["security"] = [{kind: []}]
    return operation
