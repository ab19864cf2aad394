"""Orders, read from the shop's own system, or from the demo shop where none is set.

The shop answers `GET {shop_url}/orders/{number}` with `{number, email, status, …}` or 404, and
`POST {shop_url}/orders/{number}/cancel` with the changed order or 409.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import requests

Order = dict[str, Any]


class ShopDown(RuntimeError):
    """The shop's system does not answer."""


class OrderRefused(RuntimeError):
    """The shop says no; the message is the shop's reason."""


class Orders(Protocol):
    """Where orders are looked up. Calls block: run them in a thread."""

    def find(self, number: str) -> Order | None:
        """The order, or None. Raises ShopDown."""

    def cancel(self, number: str) -> Order:
        """Cancel the order. Raises OrderRefused, ShopDown, LookupError."""


class ShopOrders:
    """Orders of a real shop, over HTTP."""

    def __init__(self, url: str, token: str, timeout: float = 3.0) -> None:
        self.url = url.rstrip("/")
        self.timeout = timeout
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def find(self, number: str) -> Order | None:
        """The order, or None. Raises ShopDown."""
        response = self._call("GET", f"/orders/{quote(number, safe='')}")
        return None if response.status_code == 404 else self._order(response)

    def cancel(self, number: str) -> Order:
        """Cancel the order. Raises OrderRefused, ShopDown, LookupError."""
        response = self._call("POST", f"/orders/{quote(number, safe='')}/cancel")
        if response.status_code == 404:
            raise LookupError(number)
        if response.status_code == 409:
            raise OrderRefused(str(response.json().get("reason", "")))
        return self._order(response)

    def _call(self, method: str, path: str) -> requests.Response:
        try:
            return self._session.request(method, self.url + path, timeout=self.timeout)
        except requests.RequestException as fault:
            raise ShopDown(type(fault).__name__) from fault

    def _order(self, response: requests.Response) -> Order:
        if response.status_code != 200:
            raise ShopDown(f"status {response.status_code}")
        order: Order = response.json()
        return order


class DemoOrders:
    """The demo shop's orders, from a file; cancellations last until the server stops."""

    def __init__(self, file: Path) -> None:
        listed: list[Order] = json.loads(file.read_text(encoding="utf-8"))
        self._orders = {order["number"]: order for order in listed}

    def find(self, number: str) -> Order | None:
        """The order, or None."""
        return self._orders.get(number.upper())

    def of(self, email: str) -> list[Order]:
        """All orders of a customer, newest first."""
        mine = [order for order in self._orders.values() if order["email"] == email]
        return sorted(mine, key=lambda order: str(order["number"]), reverse=True)

    def cancel(self, number: str) -> Order:
        """Cancel the order, if it has not left. Raises OrderRefused, LookupError."""
        order = self._orders.get(number.upper())
        if order is None:
            raise LookupError(number)
        if order["status"] not in ("received", "packing"):
            raise OrderRefused(f"it is already {order['status']}")
        order["status"] = "cancelled"
        return order


@lru_cache(maxsize=8)
def demo_orders(var_dir: Path) -> DemoOrders:
    """The demo shop's orders, the same for its pages and its assistant, per installation."""
    del var_dir
    return DemoOrders(Path(__file__).parent / "shop" / "demo_orders.json")
