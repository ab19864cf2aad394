"""How Slack reaches the app: signed requests to its webhook, or envelopes over its socket."""

import asyncio
import itertools
import json
import time
from typing import Any

import aiohttp
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from tests.support.slack_world import APP, SECRET, TEAM


class Line:
    """Sends news to the app. `webhook`: its address; without one, over the newest socket.

    `patience`: seconds to wait for an acknowledgement. Slack waits three; here nothing hangs on
    how quick the machine is.
    """

    def __init__(self) -> None:
        self.webhook: str | None = None
        self.patience = 15.0
        self.statuses: list[int] = []
        self.links = 0
        self.most_links = 0
        self._http: aiohttp.ClientSession
        self._numbers = itertools.count(1)
        self._acks: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._sockets: list[web.WebSocketResponse] = []

    def signed(self, body: str, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
        """Headers with which Slack would send a body."""
        stamp = str(int(at if at is not None else time.time()))
        signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": str(signature)}

    def _body(self, event: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "event_callback",
            "team_id": TEAM,
            "api_app_id": APP,
            "event_id": f"Ev{next(self._numbers):010d}",
            "event_time": int(time.time()),
            "event": event,
        }

    async def _deliver(self, body: dict[str, Any]) -> int:
        """An event until it is acknowledged in time, at most four times."""
        status = 0
        for attempt in range(4):
            retry = {"X-Slack-Retry-Num": str(attempt)} if attempt else {}
            status, _ = await self._send("events_api", body, json.dumps(body), retry)
            if 200 <= status < 300:
                break
            await asyncio.sleep(0.3)
        return status

    async def _send(
        self, kind: str, payload: dict[str, Any], form: str, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """One request to the app, by webhook or over its socket: status and answer."""
        if self.webhook is None:
            return await self._send_by_socket(kind, payload)
        kinds = {"events_api": "application/json"}
        content = kinds.get(kind, "application/x-www-form-urlencoded")
        headers = {**headers, **self.signed(form), "Content-Type": content}
        timeout = aiohttp.ClientTimeout(total=self.patience)
        try:
            async with self._http.post(
                self.webhook, data=form, headers=headers, timeout=timeout
            ) as response:
                raw = await response.text()
                self.statuses.append(response.status)
                answer = json.loads(raw) if raw.startswith("{") else {"text": raw}
                return response.status, answer
        except (aiohttp.ClientError, TimeoutError):
            self.statuses.append(0)
            return 0, {}

    async def _send_by_socket(
        self, kind: str, payload: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        end = time.monotonic() + self.patience
        while not self._sockets and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        if not self._sockets:
            return 0, {}
        name = f"envelope-{next(self._numbers)}"
        self._acks[name] = asyncio.get_running_loop().create_future()
        envelope = {
            "envelope_id": name,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        try:
            await self._sockets[-1].send_json(envelope)
            answer = await asyncio.wait_for(self._acks[name], self.patience)
        except (ConnectionError, TimeoutError):
            return 0, {}
        finally:
            self._acks.pop(name, None)
        return 200, answer

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self._sockets.append(socket)
        self.links += 1
        self.most_links = max(self.most_links, len(self._sockets))
        try:
            async for message in socket:
                found = json.loads(message.data)
                waiting = self._acks.get(found.get("envelope_id"))
                if waiting is not None and not waiting.done():
                    waiting.set_result(found.get("payload") or {})
        finally:
            self._sockets.remove(socket)
        return socket
