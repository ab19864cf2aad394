"""The demo shop's pages and /chat: server-rendered, strict policy, readable without script."""

import asyncio
import re
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import yaml
from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from care.body import TooLong, read_body
from care.care import Care
from care.gateway.channels.web.inbox_view import locale_for
from care.inboxes import find_inbox, is_preview
from care.orders import Order, demo_orders
from care.shop.help import articles, find_article, search
from care.shop.visitors import COOKIE, SIGNED_IN_FOR, cookie_for, people, person_of, proof_for

HERE = Path(__file__).parent
STATIC = re.compile(r"(pictures/)?[a-z-]+\.(svg|css|js)")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self' {socket}; form-action 'self'; base-uri 'none'; frame-ancestors {frames}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


async def home(request: Request) -> Response:
    """GET /: what the shop sells."""
    if not _care(request).settings.demo_shop:
        return RedirectResponse("/chat", 302)
    return _page(request, "home.html", products=products())


async def product(request: Request) -> Response:
    """GET /products/{slug}."""
    found = next((one for one in products() if one["slug"] == request.path_params["slug"]), None)
    return _missing(request) if found is None else _page(request, "product.html", one=found)


async def orders(request: Request) -> Response:
    """GET /orders: the signed-in customer's orders."""
    return _page(request, "orders.html", orders=await _orders_of(request))


async def order(request: Request) -> Response:
    """GET /orders/{number}: one of them; somebody else's is not there."""
    number = request.path_params["number"]
    mine = await _orders_of(request)
    found = next((one for one in mine if one["number"] == number), None)
    return _missing(request) if found is None else _page(request, "order.html", order=found)


async def sign_in(request: Request) -> Response:
    """GET and POST /sign-in: be one of the demo's customers."""
    if request.method == "GET":
        return _page(request, "sign_in.html", people=people())
    try:
        form = parse_qs((await read_body(request, 1000)).decode("utf-8", "replace"))
    except TooLong:
        form = {}
    chosen = next((one for one in people() if [one.id] == form.get("id")), None)
    if chosen is None or not _own_form(request):
        return _page(request, "sign_in.html", 400, people=people())
    response = RedirectResponse("/orders", 303)
    settings = _care(request).settings
    response.set_cookie(
        COOKIE,
        cookie_for(chosen, settings),
        max_age=SIGNED_IN_FOR,
        httponly=True,
        samesite="lax",
        secure=settings.base_url.startswith("https"),
    )
    return response


async def sign_out(request: Request) -> Response:
    """POST /sign-out: a stranger again, to the shop and to the chat."""
    if not _own_form(request):
        return _missing(request)
    response = RedirectResponse("/?signed-out=1", 303)
    response.delete_cookie(COOKIE)
    return response


async def help_centre(request: Request) -> Response:
    """GET /help: every guide and question; with `q`, those that have the words."""
    asked = request.query_params.get("q", "").strip()[:100]
    found = await asyncio.to_thread(articles)
    questions = [one for one in found if one.group]
    topics = [(name, list(ones)) for name, ones in groupby(questions, lambda one: one.group)]
    guides = [one for one in found if not one.group]
    hits = await asyncio.to_thread(search, asked) if asked else []
    return _page(request, "help.html", asked=asked, found=hits, guides=guides, topics=topics)


async def article(request: Request) -> Response:
    """GET /help/{path}: one page of the help centre."""
    found = await asyncio.to_thread(find_article, request.path_params["path"])
    return _missing(request) if found is None else _page(request, "article.html", one=found)


async def chat(request: Request) -> Response:
    """GET /chat?inbox=: the chat as a page of its own, for a QR code or an iframe."""
    name = request.query_params.get("inbox", "default")
    inbox = await _care(request).record.read(find_inbox, name)
    if inbox is None or is_preview(name):
        return _missing(request)
    frames = " ".join(("'self'", *inbox.settings.origins)) if inbox.settings.origins else "*"
    language = locale_for(request.headers.get("accept-language", "")[:2])
    return _page(request, "chat.html", frames=frames, inbox=inbox.name, language=language)


async def preview(request: Request) -> Response:
    """GET /chat/preview?inbox=: the widget with an agent's unsaved settings, for the desk only."""
    name = request.query_params.get("inbox", "")
    inbox = await _care(request).record.read(find_inbox, name) if is_preview(name) else None
    if inbox is None:
        return _missing(request)
    locale = locale_for(request.query_params.get("locale", ""))
    return _page(request, "preview.html", frames="'self'", inbox=inbox, locale=locale)


async def static(request: Request) -> Response:
    """GET /shop/static/…: style, script and pictures."""
    path = request.path_params["path"]
    file = HERE / "static" / path
    if not STATIC.fullmatch(path) or not file.is_file():
        return Response(status_code=404)
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return FileResponse(file, headers=headers)


@cache
def products() -> list[dict[str, str]]:
    """What the shop sells."""
    rows: list[dict[str, str]] = yaml.safe_load((HERE / "products.yml").read_text("utf-8"))
    return rows


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)


def _care(request: Request) -> Care:
    care: Care = request.app.state.care
    return care


async def _orders_of(request: Request) -> list[Order]:
    person = person_of(request, _care(request).settings)
    if person is None:
        return []
    shop = demo_orders(_care(request).settings.var_dir)
    return await asyncio.to_thread(shop.of, person.email)


def _own_form(request: Request) -> bool:
    """Whether a form was sent from a page of ours."""
    origin = request.headers.get("origin")
    return origin is None or origin.split("//")[-1] == request.headers.get("host")


def _missing(request: Request) -> Response:
    return _page(request, "missing.html", 404)


def _page(
    request: Request, template: str, status: int = 200, frames: str = "'none'", **values: Any
) -> Response:
    settings = _care(request).settings
    person = person_of(request, settings)
    known = {
        "shop": settings.shop_name,
        "here": request.url.path,
        "person": person,
        "identity": proof_for(person, settings) if person else None,
        "signed_out": "signed-out" in request.query_params,
    }
    html = _templates().get_template(template).render(**known, **values)
    host = request.headers.get("host", "")
    socket = f"ws://{host} wss://{host}" if re.fullmatch(r"[\w.:\[\]-]+", host) else ""
    headers = {
        "Content-Security-Policy": POLICY.format(socket=socket, frames=frames),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store" if person else "no-cache",
    }
    return HTMLResponse(html, status, headers=headers)


def _only_demo(endpoint: Any) -> Any:
    async def answer(request: Request) -> Response:
        if not _care(request).settings.demo_shop:
            return Response("Not found", 404)
        response: Response = await endpoint(request)
        return response

    return answer


routes = [
    Route("/", home),
    Route("/products/{slug}", _only_demo(product)),
    Route("/orders", _only_demo(orders)),
    Route("/orders/{number}", _only_demo(order)),
    Route("/sign-in", _only_demo(sign_in), methods=["GET", "POST"]),
    Route("/sign-out", _only_demo(sign_out), methods=["POST"]),
    Route("/help", help_centre),
    Route("/help/{path:path}", article),
    Route("/chat", chat),
    Route("/chat/preview", preview),
    Route("/shop/static/{path:path}", static),
]
