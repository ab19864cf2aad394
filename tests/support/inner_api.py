"""An inner API to ask, as docs/developers/contracts.md describes it, with a few orders."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "token-of-the-inner-api"


def orders() -> dict[str, dict[str, Any]]:
    """Orders of one customer, ana@example.com, in different states."""
    states = {
        "10023": "on the way",
        "10024": "packing",
        "10025": "delivered",
        "10026": "delayed",
    }
    return {
        number: {
            "number": number,
            "email": "ana@example.com",
            "status": status,
            "carrier": "Nord Parcel",
            "expected": "tomorrow",
            "items": ["Oak side table"],
            "total": "149.00 EUR",
            "invoice": f"INV-{number}" if status == "delivered" else None,
            "refund": {"status": "approved", "amount": "20.00 EUR", "expected": "on Friday"}
            if status == "delivered"
            else None,
        }
        for number, status in states.items()
    }


@dataclass
class Inner:
    """The inner API on a free port. Set the fields to change how it answers; `down_for`: an ending."""

    known: dict[str, Any] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=orders)
    down: bool = False
    down_for: str = "-"
    garbage: bool = False
    calls: list[str] = field(default_factory=list)

    def __enter__(self) -> Inner:
        """Serve in a thread."""
        inner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*inner._get(*_asked(self)))

            def do_POST(self) -> None:
                self._answer(*inner._post(*_asked(self)))

            def _answer(self, status: int, body: dict[str, Any]) -> None:
                known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
                inner.calls.append(self.path)
                raw = b"<html>" if inner.garbage else json.dumps(body).encode()
                down = inner.down or urlsplit(self.path).path.endswith(inner.down_for)
                self.send_response(status if known and not down else 503)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def reset(self) -> None:
        """As at the start."""
        self.known, self.orders, self.calls = {}, orders(), []
        self.down, self.down_for, self.garbage = False, "-", False

    def _proven(self, number: str, query: dict[str, str]) -> dict[str, Any] | None:
        order = self.orders.get(number)
        mine = {query.get("email", ""), self.known.get("email") or ""} - {""}
        return order if order and order["email"] in mine else None

    def _get(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path.startswith("/inner/conversations/"):
            return 200, self.known
        order = self._proven(path.rsplit("/", 1)[-1], query)
        return (200, {"order": order}) if order else (404, {})

    def _post(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        order = self._proven(path.split("/")[-2], query)
        if order is None:
            return 404, {}
        if order["status"] not in ("received", "packing"):
            return 409, {}
        order["status"] = "cancelled"
        return 200, {"order": order}


def _asked(request: BaseHTTPRequestHandler) -> tuple[str, dict[str, str]]:
    parts = urlsplit(request.path)
    return unquote(parts.path), {name: values[-1] for name, values in parse_qs(parts.query).items()}
