"""Server-rendered pages of the desk: the shell of the app, and pages without any script."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from care.care import Care
from care.desk.guard import is_secure
from care.desk.texts import language_of, sentences

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action {forms}; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
DESK_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@cache
def _templates() -> Environment:
    folder = Path(__file__).parent / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True)


def page(
    request: Request, template: str, status: int = 200, forms: str = "'self'", **values: Any
) -> Response:
    """Render a page without script. `forms`: where its forms may lead."""
    policy = PAGE_POLICY.format(forms=forms)
    return _render(request, template, status, policy, values)


def shell(request: Request, language: str, theme: str, **values: Any) -> Response:
    """Render the frame that the desk's app fills."""
    values |= {"language": language, "theme": theme}
    return _render(request, "desk.html", 200, DESK_POLICY, values)


def _render(
    request: Request, template: str, status: int, policy: str, values: dict[str, Any]
) -> Response:
    care: Care = request.app.state.care
    language = values.pop("language", None) or language_of(
        request.headers.get("accept-language", "")
    )
    known = {"language": language, "t": sentences(language), "shop": care.settings.shop_name}
    html = _templates().get_template(template).render(**known, **values)
    return HTMLResponse(html, status, headers=_headers(policy, secure=is_secure(care)))


def _headers(policy: str, *, secure: bool) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def message_page(request: Request, what: str, status: int, href: str = "/desk") -> Response:
    """A page that says one thing: `hidden`, `missing`, `expired`, `not_built`."""
    language = language_of(request.headers.get("accept-language", ""))
    t = sentences(language)
    link = t["back_to_sign_in"] if href.endswith("sign-in") else t["to_desk"]
    values = {"title": t[f"{what}_title"], "lead": t[what], "href": href, "link": link}
    return page(request, "message.html", status, **values)
