"""A small assistant: a real HTTP server that speaks the channel's contract, for tests of the
care server that are not about understanding. The whole-way tests use the real one.
"""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.support.ports import free_port

Line = dict[str, Any]
Script = Callable[[dict[str, Any]], list[Line]]


def say(text: str, *buttons: tuple[str, str], **more: Any) -> Line:
    """A `message` line."""
    offered = [{"title": title, "payload": payload} for title, payload in buttons]
    return {"type": "message", "text": text, "buttons": offered, **more}


def effect(name: str, **fields: Any) -> Line:
    """An `effect` line."""
    return {"type": "effect", "effect": {"name": name, **fields}}


def default_script(body: dict[str, Any]) -> list[Line]:
    """Echo; hand off at 'person'; rate at 'rate'; be silent at 'silence'; fail at 'broken'."""
    said = str(body.get("text") or body.get("payload") or "")
    if "person" in said or said.startswith("/contact_human_agent"):
        return [
            effect("handoff", reason="customer_asked", summary=f"Asked for a person: {said}"),
            say("I have asked a colleague."),
        ]
    if "topic" in said:
        meta = {"kind": "faq"}
        return [
            say("It takes **3-5 days**.", response="utter_delivery_period", metadata=meta),
            say("Did that help?", ("Yes", "/feedback_helpful"), ("No", "/feedback_not_helpful")),
        ]
    if said.startswith("/feedback_not_helpful"):
        return [
            effect("feedback", kind="thumb", score=0),
            say("I'm sorry.", ("Talk to a person", "/contact_human_agent")),
        ]
    if "silence" in said:
        return []
    return [say(f"You said: {said}")]


class SmallAssistant:
    """Serves the channel on a port of its own, in a thread. Keeps what it was asked."""

    def __init__(self, script: Script = default_script, token: str = "assistant-token") -> None:
        self.script = script
        self.token = token
        self.port = free_port()
        self.asked: list[dict[str, Any]] = []
        self.controls: list[dict[str, Any]] = []
        self.delay = 0.0
        self._answers: dict[tuple[str, str], list[Line]] = {}
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        """Address for CARELINE_ASSISTANT_URL."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "SmallAssistant":
        """Listen."""
        if not self._thread.is_alive():
            self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(60)
        return self

    def stop(self) -> None:
        """Stop listening; `start` may follow."""
        if self._runner is not None:
            asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(60)
            self._runner = None

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_post("/webhooks/careline/messages", self._messages)
        app.router.add_post("/webhooks/careline/control", self._control)
        app.router.add_get("/webhooks/careline/health", self._health)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ready"})

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"reason": "token"}, status=401)
        key = (body["sender"], body["message_id"])
        replayed = key in self._answers
        if not replayed:
            self.asked.append(body)
            self._answers[key] = self.script(body)
        return await self._stream(request, self._answers[key], replayed)

    async def _control(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.controls.append(body)
        lines = [say("The bot is back.")] if body["do"] == "hand_back" else []
        return await self._stream(request, lines, False)

    async def _stream(
        self, request: web.Request, lines: list[Line], replayed: bool
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        await asyncio.sleep(self.delay)
        end = {
            "type": "end",
            "replayed": replayed,
            "intent": {"name": "test", "confidence": 0.9},
            "ranking": [],
            "entities": [],
            "decision": {"kind": "answer"},
            "language": "en",
            "parts": None,
            "slots": {},
            "latency_ms": 1,
        }
        numbered = [{**line, "index": index} for index, line in enumerate(lines)]
        failed = any(line["type"] == "error" for line in lines)
        for line in numbered if failed else [*numbered, end]:
            await response.write(json.dumps(line).encode() + b"\n")
        return response
