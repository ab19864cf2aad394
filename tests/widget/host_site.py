"""A shop's website of another origin, made by a small HTTP server: the pages that embed the widget."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STRICT = (
    "default-src 'none'; script-src {care} 'nonce-page'; connect-src {care} {ws}; "
    "img-src {care}; style-src 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
SCRIPT = '<script src="{care}/widget/loader.js" data-inbox="default" async></script>'
FRAME = (
    "<!doctype html><html lang='{lang}'><head><meta charset='utf-8'><title>A shop</title>"
    "<meta name='viewport' content='width=device-width'>{head}</head>"
    "<body><main><h1>A shop</h1><p>Chairs and tables.</p><a href='/other'>Another page</a></main>"
    "{script}{tail}</body></html>"
)
IN_A_FRAME = "<label>Mine <input></label><iframe src='{care}/chat' title='Chat' width=500 height=500></iframe>"
VIOLATIONS = (
    "<script nonce='page'>window.violations = [];"
    "document.addEventListener('securitypolicyviolation', (e) => "
    "violations.push(e.violatedDirective + ' ' + e.blockedURI));</script>"
)
HOSTILE_CSS = (
    "<style>body * { all: unset !important; display: none !important; color: red !important; "
    "font-size: 60px !important; visibility: hidden !important; opacity: 0 !important }"
    "button, div, span { display: none !important }</style>"
)
FROZEN = (
    "<script>for (const it of [Object, Array, Function, String, Number, Promise, Map, Set, "
    "Element, HTMLElement, Node, EventTarget]) Object.freeze(it.prototype);"
    "Object.freeze(JSON); Object.freeze(Math);</script>"
)
SPA = (
    "<script>window.go = (path) => { history.pushState({}, '', path);"
    "document.querySelector('main').replaceChildren(path); };"
    "window.swap = () => { const body = document.createElement('body');"
    "body.append('A whole new body'); document.body.replaceWith(body); };</script>"
)
NO_STORAGE = (
    "<script>Object.defineProperty(window, 'localStorage', {get() {"
    " throw new DOMException('forbidden', 'SecurityError'); }});</script>"
)
FULL_STORAGE = (
    "<script>Storage.prototype.setItem = function () {"
    " throw new DOMException('full', 'QuotaExceededError'); };</script>"
)
WRONG_CLOCK = (
    "<script>const real = Date; const off = -3 * 365 * 864e5;"
    "window.Date = class extends real { constructor(...a) {"
    " a.length ? super(...a) : super(real.now() + off); }"
    " static now() { return real.now() + off; } };</script>"
)


class HostSite:
    """Serves the pages on a free port; `{care}` in them is the care server's address."""

    def __init__(self, care: str) -> None:
        self.care = care
        self.pages: dict[str, Callable[[], tuple[str, dict[str, str]]]] = {
            "/": lambda: self._page(),
            "/other": lambda: self._page(),
            "/plain": lambda: self._page(script=""),
            "/frame": lambda: self._page(script=IN_A_FRAME),
            "/strict": lambda: self._page(
                head=VIOLATIONS, headers={"Content-Security-Policy": STRICT}
            ),
            "/no-socket": lambda: self._page(
                headers={"Content-Security-Policy": "connect-src {care}"}
            ),
            "/hostile": lambda: self._page(head=HOSTILE_CSS),
            "/frozen": lambda: self._page(head=FROZEN),
            "/twice": lambda: self._page(script=SCRIPT + SCRIPT),
            "/spa": lambda: self._page(tail=SPA),
            "/arabic": lambda: self._page(lang="ar"),
            "/german": lambda: self._page(lang="de"),
            "/no-storage": lambda: self._page(head=NO_STORAGE),
            "/full-storage": lambda: self._page(head=FULL_STORAGE),
            "/wrong-clock": lambda: self._page(head=WRONG_CLOCK),
            "/form": lambda: self._page(script=SCRIPT.replace("default", "form")),
            "/closed": lambda: self._page(script=SCRIPT.replace("default", "closed")),
            "/elsewhere": lambda: self._page(script=SCRIPT.replace("default", "elsewhere")),
        }
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                made = site.pages.get(self.path.split("?")[0])
                html, headers = made() if made else ("", {})
                self.send_response(200 if made else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(html.encode())

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Address of the website: another origin than the care server."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> "HostSite":
        """Listen."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _page(
        self,
        *,
        head: str = "",
        script: str = SCRIPT,
        tail: str = "",
        lang: str = "en",
        headers: dict[str, str] | None = None,
    ) -> tuple[str, dict[str, str]]:
        fill = {"{care}": self.care, "{ws}": self.care.replace("http", "ws")}
        html = FRAME
        for name, value in {
            "{script}": script,
            "{head}": head,
            "{tail}": tail,
            "{lang}": lang,
            **fill,
        }.items():
            html = html.replace(name, value)
        filled = dict(headers or {})
        for key, value in filled.items():
            for name, text in fill.items():
                value = value.replace(name, text)
            filled[key] = value
        return html, filled
