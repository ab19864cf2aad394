"""Slack for tests: emulate's Slack behind a front that is as strict as Slack.

The npm server keeps workspaces, channels, messages, files and views, and signs events. The front
adds what it lacks: Socket Mode, presses, forms and commands, app_mention twins, three seconds for
an acknowledgement and three retries, limits, pace, scopes, and faults on demand.
"""

import asyncio
import contextlib
import json
import time
from collections import defaultdict, deque
from collections.abc import Coroutine, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from tests.support.looped import Looped, until
from tests.support.nodes import running
from tests.support.ports import free_port
from tests.support.slack_clients import command_of, form_of, press_of
from tests.support.slack_line import Line
from tests.support.slack_rules import Fault, Limits, check_message
from tests.support.slack_world import (
    APP,
    APP_TOKEN,
    BOT,
    BOT_TOKEN,
    BOT_USER,
    SCOPES,
    SECRET,
    TEAM,
    Posted,
    seed,
)


class Slack(Line):
    """A front on a loop of its own. People: `say`, `press`, `submit`, `slash`; the app: HTTP."""

    def __init__(self, node_port: int, port: int, limits: Limits | None = None) -> None:
        super().__init__()
        self.port = port
        self.node = f"http://127.0.0.1:{node_port}"
        self.limits = limits or Limits()
        self.posted: list[Posted] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: deque[Fault] = deque()
        self.users: dict[str, str] = {}
        self.channels: dict[str, str] = {}
        self.views: list[dict[str, Any]] = []
        self.whispers: list[dict[str, Any]] = []
        self.outside: set[str] = set()
        self.down = False
        self._pace: dict[str, deque[float]] = defaultdict(deque)
        self._looped = Looped()
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def api(self) -> str:
        """Address for CARELINE_SLACK_API."""
        return f"http://127.0.0.1:{self.port}/api/"

    def start(self) -> "Slack":
        """Listen, and learn the seeded ids."""
        self._looped.run(self._serve())
        return self

    def close(self) -> None:
        """Stop for good."""
        self._looped.run(self._end())
        self._looped.end()

    # ---- people

    def say(
        self, user: str, text: str, channel: str | None = None, thread: str | None = None
    ) -> str:
        """Somebody writes (no channel: to the app directly); returns the stamp."""
        body = {"channel": channel or BOT_USER, "text": text}
        if thread:
            body["thread_ts"] = thread
        return str(self._looped.run(self._as(user, "chat.postMessage", body))["ts"])

    def dm(self, user: str) -> str:
        """The room of somebody's direct messages with the app."""
        body = {"users": BOT_USER}
        return str(self._looped.run(self._as(user, "conversations.open", body))["channel"]["id"])

    def as_user(self, user: str, method: str, **body: Any) -> dict[str, Any]:
        """Any other call of a person's own client."""
        return self._looped.run(self._as(user, method, body))

    def share(self, user: str, channel: str, name: str, content: bytes, text: str = "") -> None:
        """Somebody sends a file with some words."""
        self._looped.run(self._share(user, channel, name, content, text))

    def press(self, user: str, posted: Posted, title: str) -> int:
        """Somebody presses a button; returns the status of the acknowledgement (200: taken)."""
        return self._looped.run(self._press(user, posted, posted.buttons[title]))

    def submit(self, user: str, view: dict[str, Any], **fields: str) -> dict[str, Any]:
        """Somebody sends a form; returns what the app answered."""
        return self._looped.run(self._submit(user, view, fields))

    def slash(self, user: str, text: str) -> str:
        """Somebody uses `/care`; returns what they read."""
        return self._looped.run(self._slash(user, text))

    def event(self, event: dict[str, Any], **more: Any) -> int:
        """Any other event; returns the status of the acknowledgement."""
        return self._looped.run(self._deliver({**self._body(event), **more}))

    # ---- looking

    def to(self, channel: str, thread: str | None = None) -> list[Posted]:
        """What the app posted there."""
        return [p for p in self.posted if p.channel == channel and p.thread == thread]

    def wait(
        self, channel: str, count: int, thread: str | None = None, seconds: float = 60
    ) -> list[Posted]:
        """Wait until the app has posted `count` messages there."""
        until(lambda: len(self.to(channel, thread)) >= count, seconds)
        return self.to(channel, thread)

    def called(self, method: str, count: int = 1, seconds: float = 60) -> list[dict[str, Any]]:
        """Wait until the app has called a method; returns the fields of each call."""

        def found() -> list[dict[str, Any]]:
            return [fields for name, fields in self.calls if name == method]

        until(lambda: len(found()) >= count, seconds)
        return found()

    # ---- inside

    async def _serve(self) -> None:
        self._http = aiohttp.ClientSession()
        app = web.Application(client_max_size=60_000_000)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/upload/{path:.*}", self._upload)
        app.router.add_get("/files-pri/{path:.*}", self._download)
        app.router.add_post("/events", self._emulated)
        app.router.add_get("/link", self._link)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        found = await self._as_token(BOT_TOKEN, "users.list", {})
        self.users = {member["name"]: member["id"] for member in found["members"]}
        found = await self._as_token(BOT_TOKEN, "conversations.list", {})
        self.channels = {room["name"]: room["id"] for room in found["channels"]}

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        for socket in list(self._sockets):
            await socket.close()
        await self._runner.cleanup()
        await self._http.close()

    async def _as(self, user: str, method: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._as_token(f"xoxp-{user}", method, body)

    async def _as_token(self, token: str, method: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.node}/api/{method}"
        async with self._http.post(url, json=body, headers=headers) as response:
            found: dict[str, Any] = await response.json()
        assert found["ok"], (method, found)
        return found

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        fields = await _fields(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = token or str(fields.pop("token", ""))
        if self.down:
            return web.Response(status=503, text="<html>unavailable</html>")
        if token not in (BOT_TOKEN, APP_TOKEN):
            return web.json_response({"ok": False, "error": "invalid_auth"})
        self.calls.append((method, fields))
        for fault in list(self.faults):
            if fault.method == method and fault.channel in (None, fields.get("channel")):
                self.faults.remove(fault)
                answer = {"ok": False, "error": fault.error}
                return web.json_response(answer, status=fault.status, headers=fault.headers)
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                return web.json_response({"ok": False, "error": "not_allowed_token_type"})
            return web.json_response({"ok": True, "url": f"ws://127.0.0.1:{self.port}/link"})
        if refusal := self._refusal(method, fields):
            return refusal
        return await self._forward(method, fields)

    def _refusal(self, method: str, fields: dict[str, Any]) -> web.Response | None:
        if method not in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
            return None
        if error := check_message(fields, self.limits):
            return web.json_response({"ok": False, "error": error})
        if method != "chat.postMessage":
            return None
        times, present = self._pace[str(fields.get("channel"))], time.monotonic()
        while times and present - times[0] > self.limits.window:
            times.popleft()
        if len(times) >= self.limits.per_window:
            headers = {"Retry-After": "1"}
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers=headers
            )
        times.append(present)
        return None

    async def _forward(self, method: str, fields: dict[str, Any]) -> web.Response:
        headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
        url = f"{self.node}/api/{method}"
        async with self._http.post(url, json=fields, headers=headers) as response:
            raw = await response.text()
        answer = json.loads(raw.replace(self.node, f"http://127.0.0.1:{self.port}"))
        if answer.get("ok"):
            self._note(method, fields, answer)
        if method == "users.info" and answer.get("ok"):
            answer["user"]["locale"] = "de-DE"
            if fields.get("user") in self.outside:
                answer["user"]["is_stranger"] = True
        return web.json_response(answer, headers={"x-oauth-scopes": SCOPES})

    def _note(self, method: str, fields: dict[str, Any], answer: dict[str, Any]) -> None:
        if method == "chat.postMessage":
            blocks = fields.get("blocks") or []
            blocks = json.loads(blocks) if isinstance(blocks, str) else blocks
            posted = Posted(
                answer["channel"],
                answer["ts"],
                fields.get("thread_ts"),
                str(fields.get("text") or ""),
                blocks,
            )
            self.posted.append(posted)
        elif method == "chat.postEphemeral":
            self.whispers.append(fields)
        elif method == "views.open":
            self.views.append(answer["view"])

    async def _upload(self, request: web.Request) -> web.Response:
        body = await request.read()
        url = f"{self.node}/upload/{request.match_info['path']}"
        headers = {"Content-Type": request.headers.get("Content-Type", "application/octet-stream")}
        async with self._http.post(url, data=body, headers=headers) as response:
            return web.Response(body=await response.read(), status=response.status)

    async def _download(self, request: web.Request) -> web.Response:
        headers = {"Authorization": request.headers.get("Authorization", "")}
        url = f"{self.node}/files-pri/{request.match_info['path']}"
        async with self._http.get(url, headers=headers) as response:
            return web.Response(body=await response.read(), status=response.status)

    async def _emulated(self, request: web.Request) -> web.Response:
        """An event of the npm server: signed by it, completed by us, on its way to the app."""
        raw = await request.text()
        assert SignatureVerifier(SECRET).is_valid_request(raw, dict(request.headers))
        body = json.loads(raw)
        event = body["event"]
        room = event.get("channel")
        if isinstance(room, str):
            event["channel_type"] = "im" if room.startswith("D") else "channel"
        if event.get("user") == BOT_USER:
            event["bot_id"] = BOT
        body |= {
            "api_app_id": APP,
            "authorizations": [{"team_id": body["team_id"], "user_id": BOT_USER, "is_bot": True}],
        }
        self._spawn(self._deliver(body))
        if event["type"] == "message" and f"<@{BOT_USER}>" in str(event.get("text")):
            twin = {**event, "type": "app_mention"}
            self._spawn(self._deliver(self._body(twin)))
        return web.Response()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _who(self, user: str) -> dict[str, Any]:
        return {"id": self.users[user], "username": user, "team_id": TEAM}

    async def _trigger(self, user: str) -> str:
        body = {"user_id": self.users[user]}
        found = await self._as_token(BOT_TOKEN, "views.generateTriggerId", body)
        return str(found["trigger_id"])

    async def _press(self, user: str, posted: Posted, element: dict[str, Any]) -> int:
        payload = press_of(posted, element, await self._who(user), await self._trigger(user))
        status, _ = await self._interact(payload)
        return status

    async def _submit(
        self, user: str, view: dict[str, Any], fields: dict[str, str]
    ) -> dict[str, Any]:
        _, answer = await self._interact(form_of(view, fields, await self._who(user)))
        return answer

    async def _interact(self, payload: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        form = urlencode({"payload": json.dumps(payload)})
        return await self._send("interactive", payload, form, {})

    async def _slash(self, user: str, text: str) -> str:
        room = self.channels.get("support", "C1")
        payload = command_of(text, room, await self._who(user), await self._trigger(user))
        _, answer = await self._send("slash_commands", payload, urlencode(payload), {})
        return str(answer.get("text", ""))

    async def _share(self, user: str, channel: str, name: str, content: bytes, text: str) -> None:
        body = {"filename": name, "length": len(content)}
        found = await self._as(user, "files.getUploadURLExternal", body)
        async with self._http.post(found["upload_url"], data=content) as response:
            assert response.status == 200
        done = {
            "files": [{"id": found["file_id"], "title": name}],
            "channel_id": channel,
            "initial_comment": text,
        }
        await self._as(user, "files.completeUploadExternal", done)


async def _fields(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        found: dict[str, Any] = await request.json()
        return found
    if request.content_type == "multipart/form-data":
        return {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
    return {**dict(request.query), **dict(parse_qsl(await request.text()))}


@contextlib.contextmanager
def slack(limits: Limits | None = None) -> Iterator[Slack]:
    """A Slack with the seeded workspace."""
    node_port, port = free_port(), free_port()
    events = f"http://127.0.0.1:{port}/events"
    with running("slack.mjs", str(node_port), events, json.dumps(seed()), port=node_port):
        front = Slack(node_port, port, limits).start()
        try:
            yield front
        finally:
            front.close()
