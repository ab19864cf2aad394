"""Calls of the Bot API as they travel: fields in, answers out."""

from typing import Any

from aiohttp import web


def answer(result: Any) -> web.Response:
    """A call that was taken."""
    return web.json_response({"ok": True, "result": result})


def refuse(status: int, description: str, **parameters: Any) -> web.Response:
    """A call that was not."""
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return web.json_response(body, status=status)


async def fields_of(request: web.Request) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The fields of a call, and the files that came with it."""
    fields: dict[str, Any] = {}
    uploads: dict[str, bytes] = {}
    if request.content_type == "application/json":
        fields = await request.json()
    else:
        for key, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                uploads[key] = value.file.read()
            else:
                fields[key] = value
    return fields, uploads
