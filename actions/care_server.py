"""The one client of the care server's inner API. Blocking calls run in a thread."""

import asyncio
import functools
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests

from care.settings import load_settings

# Customers wait for these calls, and one turn may need three: seconds to connect, to answer.
TIMEOUT = (0.5, 2.0)


class CareDown(RuntimeError):
    """The care server, or the shop behind it, does not answer."""


class OrderRefused(RuntimeError):
    """The shop says no to a change."""


@dataclass(frozen=True)
class CareServer:
    """Reads orders and the state of the conversation. One HTTP session a process."""

    url: str
    token: str
    session: requests.Session

    async def conversation(self, sender: str) -> dict[str, Any]:
        """What is known of the conversation; {} where it is unknown. Raises CareDown."""
        response = await self._call("GET", f"/inner/conversations/{_part(sender)}")
        return {} if response.status_code == 404 else _body(response)

    async def order(self, number: str, sender: str, email: str | None) -> dict[str, Any] | None:
        """The order, or None unless it is proven to be this customer's. Raises CareDown."""
        response = await self._call("GET", f"/inner/orders/{_part(number)}", sender, email)
        return None if response.status_code == 404 else dict(_body(response)["order"])

    async def cancel(self, number: str, sender: str, email: str | None) -> dict[str, Any] | None:
        """Cancel the order; None as for `order`. Raises OrderRefused, CareDown."""
        path = f"/inner/orders/{_part(number)}/cancel"
        response = await self._call("POST", path, sender, email)
        if response.status_code == 409:
            raise OrderRefused
        return None if response.status_code == 404 else dict(_body(response)["order"])

    async def _call(
        self, method: str, path: str, sender: str = "", email: str | None = None
    ) -> requests.Response:
        params = {"sender": sender, "email": email} if sender else {}
        try:
            return await asyncio.to_thread(
                self.session.request,
                method,
                self.url + path,
                params=params,
                headers={"Authorization": f"Bearer {self.token}"},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as fault:
            raise CareDown(type(fault).__name__) from None


@functools.cache
def care_server() -> CareServer:
    """The client for this process, made on first use."""
    settings = load_settings(needs=["inner_token"])
    session = requests.Session()
    session.trust_env = False
    return CareServer(settings.inner_base_url, settings.inner_token, session)


def _part(value: str) -> str:
    return quote(value, safe="")


def _body(response: requests.Response) -> dict[str, Any]:
    if response.status_code != 200:
        raise CareDown(f"status {response.status_code}")
    try:
        body: dict[str, Any] = response.json()
    except ValueError:
        raise CareDown("not JSON") from None
    return body
