"""The assistant's only door: NDJSON over HTTP, for the care server alone.

docs/developers/contracts.md says what goes through it. Every request must carry the
token; the address must be an inner one all the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from assistant import overrides
from assistant.action_endpoint import ActionEndpoint
from assistant.database import StoreDown
from assistant.inbound import MOST_BODY_BYTES, Refused, bears, read_control, read_message
from assistant.reload import ReloadFailed, load_newest
from assistant.tracker_store import WindowTrackerStore
from assistant.turns import NotReady, Turns

logger = logging.getLogger(__name__)

DEFAULT_MOST_WAITING = 64
RETRY_SECONDS = 2
SHORTEST_TOKEN = 16

Answering = Callable[[Callable[[str], None], Callable[[], None]], Awaitable[None]]


class CarelineChannel(InputChannel):
    """The channel named in credentials.yml."""

    def __init__(self, token: str, most_waiting: int = DEFAULT_MOST_WAITING) -> None:
        """Refuse to start without a token worth the name.

        Args:
            token: what every request must carry.
            most_waiting: turns under way or waiting above which a request is sent away.
        """
        if len(token) < SHORTEST_TOKEN:
            raise RasaException(
                "CARELINE_ASSISTANT_TOKEN is missing or shorter than "
                f"{SHORTEST_TOKEN} characters; the assistant does not start without it."
            )
        self._token = token.encode()
        self._most_waiting = most_waiting
        self._turns: set[asyncio.Task[None]] = set()
        overrides.apply()

    @classmethod
    def name(cls) -> str:
        """The channel's part of the address: /webhooks/careline."""
        return "careline"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> CarelineChannel:
        """Build the channel from its block in credentials.yml."""
        given = credentials or {}
        return cls(
            str(given.get("token") or ""), int(given.get("most_waiting") or DEFAULT_MOST_WAITING)
        )

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The channel's routes; Rasa's own message handler is not used."""
        routes = Blueprint("careline_channel")

        async def prepare(app: Sanic, _loop: Any) -> None:
            prepare_agent(app)

        async def finish(app: Sanic, _loop: Any) -> None:
            await self._finish(app)

        routes.listener(prepare, "after_server_start")
        routes.listener(finish, "before_server_stop")
        routes.add_route(_function(self._health, "health"), "/health", methods=["GET"])
        for name in ("message", "control", "reload"):
            handler = _function(getattr(self, f"_{name}"), name)
            path = "/messages" if name == "message" else f"/{name}"
            routes.add_route(handler, path, methods=["POST"])
        return routes

    async def _health(self, request: Request) -> HTTPResponse:
        """Whether the next message would be answered; says nothing else."""
        agent = request.app.ctx.agent
        status = "ok"
        if agent is None or not agent.is_ready():
            status = "starting"
        else:
            try:
                await store_of(agent).check()
            except StoreDown:
                status = "store_down"
        model = agent.model_id if agent else None
        body = {"status": status, "model": model, "ready": status == "ok"}
        return json_response(body, status=200 if status == "ok" else 503)

    async def _message(self, request: Request) -> HTTPResponse | None:
        refusal = self._refuse(request)
        if refusal is not None:
            return refusal
        try:
            message = read_message(request.body)
        except Refused as reason:
            return _no(400, str(reason))
        turns = turns_of(request.app)
        return await self._stream(
            request, lambda send, started: turns.message(message, send, started)
        )

    async def _control(self, request: Request) -> HTTPResponse | None:
        refusal = self._refuse(request)
        if refusal is not None:
            return refusal
        try:
            order = read_control(request.body)
        except Refused as reason:
            return _no(400, str(reason))
        turns = turns_of(request.app)
        if order.do == "hand_back":
            return await self._stream(
                request, lambda send, started: turns.hand_back(order, send, started)
            )
        try:
            return json_response({"forgotten": await turns.forget(order.sender)})
        except NotReady as reason:
            return _no(503, str(reason))

    async def _reload(self, request: Request) -> HTTPResponse:
        refusal = self._refuse(request, counted=False)
        if refusal is not None:
            return refusal
        try:
            model = await load_newest(request.app.ctx.agent, Path(request.app.ctx.model_folder))
        except ReloadFailed as reason:
            return _no(409, str(reason))
        store_of(request.app.ctx.agent).drop_cached()
        return json_response({"model": model})

    def _refuse(self, request: Request, counted: bool = True) -> HTTPResponse | None:
        """The refusal that a request gets before its body is looked at."""
        if not bears(request.headers.get("authorization", ""), self._token):
            return _no(401, "unknown token")
        if len(request.body) > MOST_BODY_BYTES:
            return _no(413, "too large")
        agent = request.app.ctx.agent
        if agent is None or not agent.is_ready():
            return _no(503, "starting")
        if counted and len(self._turns) >= self._most_waiting:
            refusal = _no(429, "busy")
            refusal.headers["Retry-After"] = str(RETRY_SECONDS)
            return refusal
        return None

    async def _stream(self, request: Request, answering: Answering) -> HTTPResponse | None:
        """Run a turn beside the request and hand on its lines.

        The turn has a task of its own: if the care server hangs up, the turn is
        still finished and stored, and the same message finds its answer.
        """
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        started = asyncio.Event()
        task = asyncio.create_task(_run(answering, lines, started))
        self._turns.add(task)
        task.add_done_callback(self._turns.discard)
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not started.is_set():
            error = task.exception()
            return _no(503, str(error) if isinstance(error, NotReady) else "failed")
        response = await request.respond(content_type="application/x-ndjson")
        while (line := await lines.get()) is not None:
            await response.send(line + "\n")
        await response.eof()
        return None

    async def _finish(self, app: Sanic) -> None:
        """Let turns under way end before the server goes."""
        if self._turns:
            await asyncio.wait(self._turns, timeout=20)
        agent = getattr(app.ctx, "agent", None)
        if agent is None:
            return
        if isinstance(agent.action_endpoint, ActionEndpoint):
            await agent.action_endpoint.close()
        store_of(agent).close()


def _function(method: Callable[[Request], Awaitable[Any]], name: str) -> Callable[..., Any]:
    """A function that calls the method: Sanic writes attributes on its handlers."""

    async def handler(request: Request) -> Any:
        return await method(request)

    handler.__name__ = name
    return handler


async def _run(
    answering: Answering, lines: asyncio.Queue[str | None], started: asyncio.Event
) -> None:
    try:
        await answering(lines.put_nowait, started.set)
    except NotReady:
        if not started.is_set():
            raise
        lines.put_nowait('{"type":"error","reason":"store_down"}')
    except Exception:
        logger.exception("a turn failed")
        if not started.is_set():
            raise
        lines.put_nowait('{"type":"error","reason":"failed"}')
    finally:
        lines.put_nowait(None)


def prepare_agent(app: Sanic) -> None:
    """Give the loaded agent the parts that turns need."""
    agent = app.ctx.agent
    store_of(agent)
    stock = agent.action_endpoint
    if stock is not None and not isinstance(stock, ActionEndpoint):
        agent.action_endpoint = ActionEndpoint(stock)
        if agent.processor is not None:
            agent.processor.action_endpoint = agent.action_endpoint
    app.ctx.careline_turns = Turns(agent, store_of(agent))


def turns_of(app: Sanic) -> Turns:
    """The turns of a running server."""
    if not hasattr(app.ctx, "careline_turns"):
        prepare_agent(app)
    turns: Turns = app.ctx.careline_turns
    return turns


def store_of(agent: Any) -> WindowTrackerStore:
    """The agent's own store, without the wrapper that answers from nothing when it fails."""
    store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
    if not isinstance(store, WindowTrackerStore):
        raise RasaException(
            "The careline channel needs `tracker_store: type: "
            "assistant.tracker_store.WindowTrackerStore` in endpoints.yml."
        )
    return store


def _no(status: int, reason: str) -> HTTPResponse:
    return json_response({"reason": reason}, status=status)
