"""The desk's app: its page (for signed-in agents only) and its built files."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from care.care import Care
from care.desk.guard import Refusal, signed_in
from care.desk.pages import message_page, shell
from care.desk.texts import LANGUAGES, language_of
from care.desk.visibility import Hidden, access_visible
from care.record.ids import BIGGEST

OWN_ASSETS = Path(__file__).parent / "assets"
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".map": "application/json",
    ".json": "application/json",
}


def built() -> Path:
    """Where `npm run build` puts the app."""
    return Path(os.environ.get("CARELINE_BUILD_DIR") or "var/build") / "desk"


@cache
def _manifest(path: Path, _changed: float) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


async def app(request: Request) -> Response:
    """The page of the app, at whatever of its addresses."""
    care: Care = request.app.state.care
    try:
        agent, _ = await signed_in(request)
    except Refusal:
        wanted = request.url.path if request.url.path != "/desk" else ""
        return RedirectResponse(f"/desk/sign-in?next={wanted}" if wanted else "/desk/sign-in", 303)
    if (conversation_id := request.path_params.get("conversation")) is not None:
        try:
            if conversation_id > BIGGEST:
                raise LookupError("no number of ours")
            await care.record.read(access_visible, agent, conversation_id)
        except Hidden:
            return message_page(request, "hidden", 403)
        except LookupError:
            return message_page(request, "missing", 404)
    manifest = built() / "manifest.json"
    if not manifest.exists():
        return message_page(request, "not_built", 503)
    files = _manifest(manifest, manifest.stat().st_mtime)
    language = agent.settings.get("language")
    if language not in LANGUAGES:
        language = language_of(request.headers.get("accept-language", ""))
    preload = [*files["preload"], *files["languages"].get(language, [])]
    return shell(
        request,
        language,
        agent.settings.get("theme", "auto"),
        js=files["js"],
        css=files["css"],
        preload=preload,
    )


async def asset(request: Request) -> Response:
    """A built file. Names carry a hash of the content, so browsers keep them for good."""
    name = request.path_params["name"]
    if "/" in name or name.startswith("."):
        return message_page(request, "missing", 404)
    own = OWN_ASSETS / name
    file = own if own.exists() else built() / name
    kind = KINDS.get(file.suffix)
    if kind is None or not file.is_file():
        return Response("not found", 404)
    headers = {
        "Cache-Control": "max-age=300" if file is own else "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    packed = file.with_name(file.name + ".gz")
    if packed.exists() and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        file = packed
    return FileResponse(file, media_type=kind, headers=headers)


SECTIONS = (
    "mentions",
    "cases",
    "reports",
    "insight",
    "review",
    "settings",
    "settings/{page}",
    "me",
)
PAGES = ("", *(f"/{name}" for name in SECTIONS))

routes = [
    Route("/desk/assets/{name}", asset),
    Route("/desk/c/{conversation:int}", app),
    *(Route("/desk" + path, app) for path in PAGES),
]
