"""How the assistant calls the action server.

Stock Rasa opens a connection for every call and sends the whole domain with each.
Here the connection is kept, and the domain travels once: the action server (SDK 3.9
and newer) remembers it by a digest and asks for it, with status 449, if it does not
know it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import aiohttp
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

# Shorter than any server's own keep-alive, so that no call meets a connection that
# the server is just closing: it could not be repeated, the action may have run.
KEEP_ALIVE_SECONDS = 2
MISSING_DOMAIN = 449


class ActionEndpoint(EndpointConfig):
    """An action server's address with its open connection and the domain it knows."""

    def __init__(self, stock: EndpointConfig) -> None:
        """Take over the settings of endpoints.yml; connects at the first call."""
        super().__init__(
            stock.url,
            stock.params,
            stock.headers,
            stock.basic_auth,
            stock.token,
            stock.token_name,
            stock.cafile,
            **stock.kwargs,
        )
        self._open: aiohttp.ClientSession | None = None
        self._domain: Domain | None = None
        self._as_dict: dict[str, Any] = {}
        self._digest = ""

    def digest(self, domain: Domain) -> str:
        """What the domain is known by; computed once for each domain."""
        if self._domain is not domain:
            self._as_dict = domain.as_dict()
            written = json.dumps(self._as_dict, sort_keys=True, default=str)
            self._digest = hashlib.sha256(written.encode()).hexdigest()
            self._domain = domain
        return self._digest

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Call an action; sends the domain along when the server asks for it.

        Raises:
            ClientResponseError: for a status of 400 and above.
            aiohttp.ClientError, asyncio.TimeoutError: where no answer came.
        """
        call = kwargs.pop("json")
        try:
            return await self._post(call, compress, **kwargs)
        except ClientResponseError as error:
            if error.status != MISSING_DOMAIN:
                raise
        return await self._post({**call, "domain": self._as_dict}, compress, **kwargs)

    async def _post(self, call: dict[str, Any], compress: bool, **kwargs: Any) -> Any:
        timeout = aiohttp.ClientTimeout(total=kwargs.pop("timeout", None))
        answering = self._session().post(
            self.url,
            json=call,
            params=self.combine_parameters(),
            compress=compress or None,
            timeout=timeout,
            **kwargs,
        )
        async with answering as response:
            if response.status >= 400:
                raise ClientResponseError(
                    response.status, response.reason or "", await response.text()
                )
            return await response.json()

    def _session(self) -> aiohttp.ClientSession:
        if self._open is None or self._open.closed:
            connector = aiohttp.TCPConnector(keepalive_timeout=KEEP_ALIVE_SECONDS, limit=0)
            auth = aiohttp.BasicAuth(**self.basic_auth) if self.basic_auth else None
            self._open = aiohttp.ClientSession(headers=self.headers, auth=auth, connector=connector)
        return self._open

    async def close(self) -> None:
        """Close the connections that are kept."""
        if self._open is not None:
            await self._open.close()
