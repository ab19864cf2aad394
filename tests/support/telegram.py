"""Telegram for tests: telegram-test-api behind a front that is as strict as Telegram.

The npm server keeps messages and hands out updates. The front adds what it lacks: the bot's own
description, dates in seconds, limits (length, tags, button data, pace), the webhook's secret and
retries, confirmed offsets, photos and files, members who block the bot, and faults on demand.
"""

import asyncio
import contextlib
import itertools
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp
from aiogram.types import Update
from aiohttp import web

from tests.support.nodes import running
from tests.support.ports import free_port
from tests.support.telegram_calls import answer, fields_of, refuse
from tests.support.telegram_rules import Fault, Limits, check_message

T = TypeVar("T")
TOKEN = "4242:AAtest-token-for-telegram"
BOT = {"id": 666, "is_bot": True, "first_name": "Robo", "username": "RoboTestBot"}


@dataclass
class Sent:
    """One message that the bot sent and Telegram took, `at` a moment of `time.monotonic`."""

    chat: int
    text: str
    number: int
    method: str
    buttons: list[tuple[str, str]]
    fields: dict[str, Any]
    at: float = field(default_factory=time.monotonic)


class Telegram:
    """A front in a thread of its own. Customers' side: `say`, `press`, `update`; the bot's: HTTP."""

    def __init__(self, node_port: int, limits: Limits | None = None) -> None:
        self.port = free_port()
        self.node = f"http://127.0.0.1:{node_port}"
        self.limits = limits or Limits()
        self.sent: list[Sent] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refused: list[float] = []
        self.faults: deque[Fault] = deque()
        self.blocked: set[int] = set()
        self.files: dict[str, bytes] = {}
        self.statuses: list[int] = []
        self.down = False
        self.conflicts = 0
        self._numbers = itertools.count(5_000_000)
        self._pending: deque[dict[str, Any]] = deque()
        self._webhook: dict[str, Any] | None = None
        self._polling = False
        self._pace: dict[int, deque[float]] = defaultdict(deque)
        self._news: asyncio.Event
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        """Address for CARELINE_TELEGRAM_API."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Telegram":
        """Listen."""
        self._thread.start()
        self._run(self._serve())
        return self

    def close(self) -> None:
        """Stop for good."""
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # ---- the customers' side

    def say(self, chat: int, text: str, **more: Any) -> int:
        """A customer writes in their private chat, through the npm server; returns the number."""
        return self._run(self._say(chat, text, more))

    def press(self, chat: int, token: str, number: int | None = None) -> None:
        """A customer presses a button under message `number` (default: the one that offers it)."""
        shown = next((s for s in reversed(self.sent) if token in [t for _, t in s.buttons]), None)
        under = number or (shown.number if shown else 1)
        self._run(self._press(chat, token, under))

    def update(self, **fields: Any) -> int:
        """Any other update; must be one that aiogram's types know. Returns its number."""
        raw = {"update_id": next(self._numbers), **fields}
        Update.model_validate(raw)
        self._run(self._queue(raw))
        return int(raw["update_id"])

    def to(self, chat: int) -> list[Sent]:
        """What the bot sent to a chat."""
        return [sent for sent in self.sent if sent.chat == chat]

    def wait(self, chat: int, count: int, seconds: float = 60) -> list[Sent]:
        """Wait until the chat has `count` messages of the bot."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if len(self.to(chat)) >= count:
                return self.to(chat)
            time.sleep(0.03)
        raise AssertionError([sent.text for sent in self.to(chat)])

    def called(self, method: str, seconds: float = 60, count: int = 1) -> list[dict[str, Any]]:
        """Wait until the bot has called a method; returns the fields of each call."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [fields for name, fields in self.calls if name == method]
            if len(found) >= count:
                return found
            time.sleep(0.03)
        raise AssertionError(f"{method} was not called {count} times")

    # ---- inside

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _serve(self) -> None:
        self._news = asyncio.Event()
        self._http = aiohttp.ClientSession()
        app = web.Application(client_max_size=60_000_000)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.*}", self._download)
        app.router.add_post("/relay", self._relay)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self._pusher = asyncio.create_task(self._push())

    async def _end(self) -> None:
        self._pusher.cancel()
        await asyncio.gather(self._pusher, return_exceptions=True)
        await self._runner.cleanup()
        await self._http.close()

    async def _node(self, path: str, body: dict[str, Any]) -> Any:
        async with self._http.post(f"{self.node}/{path}", json=body) as response:
            return await response.json()

    async def _say(self, chat: int, text: str, more: dict[str, Any]) -> int:
        user = {"id": chat, "is_bot": False, "first_name": f"Customer {chat}"}
        message = {
            "botToken": TOKEN,
            "from": {**user, **more.pop("user", {})},
            "chat": {"id": chat, "type": "private", "first_name": f"Customer {chat}"},
            "date": int(time.time()),
            "text": text,
            **more,
        }
        entities = message.get("entities") or []
        if text.startswith("/"):
            length = len(text.split()[0])
            entities = [{"type": "bot_command", "offset": 0, "length": length}]
        route = "sendCommand" if entities else "sendMessage"
        await self._node(route, {**message, "entities": entities} if entities else message)
        return await self._collect()

    async def _press(self, chat: int, token: str, number: int) -> None:
        user = {"id": chat, "is_bot": False, "first_name": f"Customer {chat}"}
        place = {"id": chat, "type": "private", "first_name": f"Customer {chat}"}
        message = {"message_id": number, "date": int(time.time()), "chat": place, "text": "?"}
        query = {"botToken": TOKEN, "from": user, "message": message, "data": token}
        await self._node("sendCallback", query)
        await self._collect()

    async def _collect(self) -> int:
        """Take what the npm server has got into our own queue; returns the last message's number."""
        number = 0
        found = await self._node(f"bot{TOKEN}/getUpdates", {})
        for raw in found["result"]:
            raw["update_id"] = next(self._numbers)
            if "callback_query" in raw:
                raw["callback_query"]["chat_instance"] = "1"
            else:
                number = raw["message"]["message_id"]
                raw["message"].pop("botToken", None)
            Update.model_validate(raw)
            await self._queue(raw)
        return number

    async def _queue(self, raw: dict[str, Any]) -> None:
        self._pending.append(raw)
        self._news.set()

    async def _relay(self, request: web.Request) -> web.Response:
        await self._queue(await request.json())
        return web.Response()

    async def _push(self) -> None:
        """Webhook mode: each update until it gets a 2xx, in order, with the secret."""
        while True:
            await self._news.wait()
            if self._webhook is None or not self._pending:
                self._news.clear()
                continue
            raw = self._pending[0]
            headers = {"X-Telegram-Bot-Api-Secret-Token": self._webhook.get("secret_token", "")}
            try:
                url = self._webhook["url"]
                async with self._http.post(url, json=raw, headers=headers) as response:
                    self.statuses.append(response.status)
                    if 200 <= response.status < 300:
                        self._pending.popleft()
                        continue
            except aiohttp.ClientError:
                self.statuses.append(0)
            await asyncio.sleep(0.2)

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if request.match_info["token"] != TOKEN:
            return refuse(401, "Unauthorized")
        if self.down:
            return web.Response(status=502, text="<html>Bad Gateway</html>")
        fields, uploads = await fields_of(request)
        self.calls.append((method, fields))
        for fault in list(self.faults):
            if fault.method == method and fault.chat in (None, int(fields.get("chat_id") or 0)):
                self.faults.remove(fault)
                self.refused.append(time.monotonic())
                if fault.after_taking:
                    await self._send(method, fields, uploads)
                return refuse(fault.status, fault.description, **fault.parameters)
        act = getattr(self, f"_do_{method}", None)
        if act is not None:
            found: web.Response = await act(fields)
            return found
        if method.startswith("send"):
            return await self._send(method, fields, uploads)
        return await self._pass_on(method, fields)

    async def _pass_on(self, method: str, fields: dict[str, Any]) -> web.Response:
        """Known to the npm server, or unknown to it: then it says so."""
        async with self._http.post(f"{self.node}/bot{TOKEN}/{method}", json=fields) as response:
            body = await response.json()
        if response.status != 200 or "ok" not in body:
            return refuse(404, "Not Found: method not found")
        return web.json_response({"ok": True, "result": body.get("result") or True})

    async def _send(
        self, method: str, fields: dict[str, Any], uploads: dict[str, bytes]
    ) -> web.Response:
        chat = int(fields["chat_id"])
        if method == "sendChatAction":
            return answer(True)
        if chat in self.blocked:
            return refuse(403, "Forbidden: bot was blocked by the user")
        try:
            check_message(method, fields, uploads, self.limits)
        except ValueError as problem:
            return refuse(400, f"Bad Request: {problem}")
        wait = self._too_fast(chat)
        if wait:
            return refuse(429, "Too Many Requests: retry later", retry_after=wait)
        body = {"chat_id": str(chat), "text": fields.get("text") or fields.get("caption") or "-"}
        if "reply_markup" in fields:
            body["reply_markup"] = fields["reply_markup"]
        result = (await self._node(f"bot{TOKEN}/sendMessage", body))["result"]
        result["date"] = int(result["date"] / 1000)
        result.pop("chat_id", None)
        result["chat"] = {"id": chat, "type": "private", "first_name": "x"}
        result.pop("reply_markup", None)
        markup = json.loads(fields.get("reply_markup") or "{}")
        rows = markup.get("inline_keyboard", [])
        buttons = [(b["text"], b.get("callback_data", "")) for row in rows for b in row]
        text = str(fields.get("text") or fields.get("caption") or fields.get("photo") or "")
        fields = {**fields, "uploads": uploads}
        self.sent.append(Sent(chat, text, result["message_id"], method, buttons, fields))
        return answer(result)

    def _too_fast(self, chat: int) -> int:
        times, present = self._pace[chat], time.monotonic()
        while times and present - times[0] > self.limits.window:
            times.popleft()
        if len(times) >= self.limits.per_window:
            return max(1, int(self.limits.window - (present - times[0])) + 1)
        times.append(present)
        return 0

    async def _do_getMe(self, _: dict[str, Any]) -> web.Response:
        found = await self._node(f"bot{TOKEN}/getMe", {})
        return answer({**found["result"], **BOT, "id": int(TOKEN.partition(":")[0])})

    async def _do_getUpdates(self, fields: dict[str, Any]) -> web.Response:
        if self._webhook is not None:
            return refuse(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._polling:
            self.conflicts += 1
            return refuse(409, "Conflict: terminated by other getUpdates request")
        self._polling = True
        try:
            offset = int(fields.get("offset") or 0)
            while self._pending and self._pending[0]["update_id"] < offset:
                self._pending.popleft()
            end = time.monotonic() + float(fields.get("timeout") or 0)
            while not self._pending and not self.down and time.monotonic() < end:
                self._news.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), max(end - time.monotonic(), 0.01))
            if self.down:
                return web.Response(status=502, text="<html>Bad Gateway</html>")
            return answer(list(self._pending)[:100])
        finally:
            self._polling = False

    async def _do_setWebhook(self, fields: dict[str, Any]) -> web.Response:
        self._webhook = fields
        await self._node(f"bot{TOKEN}/setWebhook", {"url": f"{self.url}/relay-unused"})
        await self._node(f"bot{TOKEN}/deleteWebhook", {})
        self._news.set()
        return answer(True)

    async def _do_deleteWebhook(self, fields: dict[str, Any]) -> web.Response:
        self._webhook = None
        return await self._pass_on("deleteWebhook", {})

    async def _do_getWebhookInfo(self, _: dict[str, Any]) -> web.Response:
        url = (self._webhook or {}).get("url", "")
        count = len(self._pending)
        return answer({"url": url, "has_custom_certificate": False, "pending_update_count": count})

    async def _do_editMessageText(self, fields: dict[str, Any]) -> web.Response:
        found = self._shown(fields)
        if found is None:
            return refuse(400, "Bad Request: message to edit not found")
        try:
            check_message("sendMessage", fields, {}, self.limits)
        except ValueError as problem:
            return refuse(400, f"Bad Request: {problem}")
        if found.text == fields["text"]:
            return refuse(400, "Bad Request: message is not modified")
        found.text = str(fields["text"])
        place = {"id": found.chat, "type": "private", "first_name": "x"}
        number, date = found.number, int(time.time())
        return answer({"message_id": number, "date": date, "chat": place, "text": found.text})

    async def _do_deleteMessage(self, fields: dict[str, Any]) -> web.Response:
        found = self._shown(fields)
        if found is None:
            return refuse(400, "Bad Request: message to delete not found")
        self.sent.remove(found)
        return answer(True)

    def _shown(self, fields: dict[str, Any]) -> Sent | None:
        place = int(fields["chat_id"]), int(fields["message_id"])
        return next((sent for sent in self.sent if (sent.chat, sent.number) == place), None)

    async def _do_setMyCommands(self, _: dict[str, Any]) -> web.Response:
        return answer(True)

    async def _do_getFile(self, fields: dict[str, Any]) -> web.Response:
        name = fields["file_id"]
        if name not in self.files:
            return refuse(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        found = {"file_id": name, "file_unique_id": name, "file_path": f"documents/{name}"}
        return answer(found)

    async def _download(self, request: web.Request) -> web.Response:
        name = request.match_info["path"].rpartition("/")[2]
        return web.Response(body=self.files[name])


@contextlib.contextmanager
def telegram(limits: Limits | None = None) -> Iterator[Telegram]:
    """A Telegram with no customers yet."""
    port = free_port()
    with running("telegram.js", str(port), port=port):
        front = Telegram(port, limits).start()
        try:
            yield front
        finally:
            front.close()
