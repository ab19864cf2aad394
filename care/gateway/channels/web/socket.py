"""The widget's WebSocket: numbered events down with replay, typing and seen up.

First frame of the client: `{"type": "hello", "token": …, "after": N}`. Close codes: 4400 bad frame,
4401 not signed in, 4403 wrong website.
"""

import asyncio
import contextlib
import json
from time import monotonic
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from care.background import end
from care.care import Care
from care.gateway.accept import Refused
from care.gateway.channels.web.access import check_origin
from care.gateway.channels.web.history import last_public_seq, queue_frame
from care.gateway.channels.web.messages import frames_since, note_seen, note_typing
from care.gateway.channels.web.watching import Watcher, watching_of
from care.inboxes import find_inbox
from care.record.customers import CustomerSession, access_session
from care.record.ids import BIGGEST
from care.record.record import RecordDown

BAD_FRAME, NOT_SIGNED_IN, WRONG_WEBSITE = 4400, 4401, 4403
LOOK_AGAIN = 15.0
"""Seconds after which the record is read even without a wake-up."""
CHECK_SESSION = 60.0
TYPING_EVERY = 1.0


class _Ended(Exception):
    """The connection is over; `code` is its close code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


async def widget_socket(socket: WebSocket) -> None:
    """Serve one widget until it leaves or its session ends."""
    await socket.accept()
    code = 1000
    try:
        token, session, after = await _hello(socket)
        async with watching_of(socket.app).watch(session.sender) as watcher:
            await _serve(socket, token, session, after, watcher)
    except _Ended as end:
        code = end.code
    except (WebSocketDisconnect, RecordDown):
        code = 1011
    if socket.application_state is WebSocketState.CONNECTED:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(code)


async def _hello(socket: WebSocket) -> tuple[str, CustomerSession, int]:
    care: Care = socket.app.state.care
    try:
        async with asyncio.timeout(10):
            frame = await _frame(socket)
    except TimeoutError:
        raise _Ended(BAD_FRAME) from None
    token, after = frame.get("token"), frame.get("after", 0)
    if frame["type"] != "hello" or type(after) is not int or not 0 <= after <= BIGGEST:
        raise _Ended(BAD_FRAME)
    session = await care.record.read(access_session, token) if isinstance(token, str) else None
    if not isinstance(token, str) or session is None:
        raise _Ended(NOT_SIGNED_IN)
    inbox = await care.record.read(find_inbox, session.inbox)
    if inbox is not None:
        try:
            check_origin(inbox, socket.headers.get("origin"), care)
        except Refused:
            raise _Ended(WRONG_WEBSITE) from None
    return token, session, after


async def _serve(
    socket: WebSocket, token: str, session: CustomerSession, after: int, watcher: Watcher
) -> None:
    after = await _send_news(socket, session, after)
    care: Care = socket.app.state.care
    last = await care.record.read(last_public_seq, session.sender)
    await socket.send_json({"type": "ready", "last_seq": last})
    queue = await care.record.read(queue_frame, session.sender)
    if queue is not None:
        await socket.send_json(queue)
    tasks = [
        asyncio.create_task(_down(socket, token, session, after, watcher)),
        asyncio.create_task(_up(socket, session)),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)
    for task in done:
        task.result()


async def _send_news(socket: WebSocket, session: CustomerSession, after: int) -> int:
    """Send what happened after a number; returns the newest number sent."""
    care: Care = socket.app.state.care
    for frame in await care.record.read(frames_since, session, after):
        await socket.send_json(frame)
        after = frame["last_seq"] if frame["type"] == "snapshot" else frame["seq"]
    return after


async def _down(
    socket: WebSocket, token: str, session: CustomerSession, after: int, watcher: Watcher
) -> None:
    care: Care = socket.app.state.care
    checked = monotonic()
    while True:
        await watcher.wait(LOOK_AGAIN)
        with contextlib.suppress(RecordDown):
            after = await _send_news(socket, session, after)
            if monotonic() - checked > CHECK_SESSION:
                checked = monotonic()
                if await care.record.read(access_session, token) is None:
                    raise _Ended(NOT_SIGNED_IN)
        for frame in watcher.take_frames():
            await socket.send_json(frame)


async def _up(socket: WebSocket, session: CustomerSession) -> None:
    care: Care = socket.app.state.care
    typed = 0.0
    while True:
        frame = await _frame(socket)
        kind = frame["type"]
        with contextlib.suppress(RecordDown):
            if kind == "ping":
                await socket.send_json({"type": "pong"})
            elif kind == "seen" and type(frame.get("seq")) is int:
                await note_seen(care, session, min(max(frame["seq"], 0), BIGGEST))
            elif kind == "typing":
                if monotonic() - typed >= TYPING_EVERY:
                    typed = monotonic()
                    await note_typing(care, session)
            else:
                raise _Ended(BAD_FRAME)


async def _frame(socket: WebSocket) -> dict[str, Any]:
    try:
        frame = json.loads(await socket.receive_text())
    except (ValueError, KeyError, RecursionError):
        raise _Ended(BAD_FRAME) from None
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise _Ended(BAD_FRAME)
    return frame


routes = [WebSocketRoute("/ws/widget", widget_socket)]
