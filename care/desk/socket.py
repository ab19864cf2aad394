"""The desk's one WebSocket: numbered events down, typing and viewing up.

First frame of the client: `{"type": "hello", "after": N}`. What happened after event N is replayed;
where that is more than 500 events, or N is not known, the answer is a snapshot mark and the client
reads its lists anew. Close codes: 4400 bad frame, 4401 signed out, 4408 fell behind.
"""

import asyncio
import contextlib
import json
import secrets
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from care.background import end
from care.care import Care
from care.desk.feed import SIGNED_OUT, Listener, read_frames
from care.desk.guard import Refusal, check_origin, signed_in
from care.desk.visibility import Hidden, access_visible
from care.record.agents import find_signed_in, session_id_of
from care.record.events import last_seq
from care.record.ids import BIGGEST, Owner
from care.record.record import RecordDown

REPLAY_LIMIT = 500
CHECK_EVERY = 20.0
BAD_FRAME = 4400


async def desk_socket(socket: WebSocket) -> None:
    """Serve one desk until it leaves or its session ends."""
    await socket.accept()
    try:
        check_origin(socket)
        agent, token = await signed_in(socket)
    except Refusal:
        await _close(socket, SIGNED_OUT)
        return
    after = await _hello(socket)
    if after is None:
        await _close(socket, BAD_FRAME)
        return
    listener = Listener(agent, secrets.token_urlsafe(9), session_id_of(token))
    feed, presence = socket.app.state.desk.feed, socket.app.state.desk.presence
    feed.listeners.add(listener)
    try:
        await presence.connected(agent.id)
        await _replay(socket, listener, after)
        await _serve(socket, listener, token)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        feed.listeners.discard(listener)
        await presence.left(agent.id)
        await _stop_viewing(socket.app.state.care, listener)
        await _close(socket, listener.code)


async def _hello(socket: WebSocket) -> int | None:
    """The event number from which the client wants to go on; None for a wrong first frame."""
    try:
        async with asyncio.timeout(10):
            frame = json.loads(await socket.receive_text())
        if frame["type"] != "hello" or not isinstance(frame.get("after", 0), int):
            return None
        return int(frame.get("after", 0))
    except (ValueError, KeyError, TypeError, TimeoutError, WebSocketDisconnect):
        return None


async def _replay(socket: WebSocket, listener: Listener, after: int) -> None:
    record = socket.app.state.care.record
    newest = await record.read(last_seq)
    if after <= 0 or after > newest or newest - after > REPLAY_LIMIT:
        kind = "ready" if after == 0 else "snapshot"
        await socket.send_json({"type": kind, "last_seq": newest, "desk": listener.desk})
        listener_from = newest
    else:
        for frame, _ in await record.read(read_frames, after, REPLAY_LIMIT + 100):
            text = frame.text_for(listener.agent, listener.desk)
            if text is not None:
                await socket.send_text(text)
            newest = max(newest, frame.seq)
        listener_from = newest
        await socket.send_json({"type": "ready", "last_seq": newest, "desk": listener.desk})
    listener.after = listener_from


async def _serve(socket: WebSocket, listener: Listener, token: str) -> None:
    tasks = [
        asyncio.create_task(_send(socket, listener)),
        asyncio.create_task(_receive(socket, listener)),
        asyncio.create_task(_watch(socket, listener, token)),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)


async def _send(socket: WebSocket, listener: Listener) -> None:
    while (item := await listener.queue.get()) is not None:
        seq, text = item
        if seq == 0 or seq > listener.after:
            await socket.send_text(text)
            listener.after = max(listener.after, seq)


async def _receive(socket: WebSocket, listener: Listener) -> None:
    while True:
        try:
            frame = json.loads(await socket.receive_text())
            kind = frame["type"]
        except (ValueError, KeyError, TypeError):
            await _close(socket, BAD_FRAME)
            return
        if kind == "ping":
            await socket.send_json({"type": "pong"})
        elif kind in ("typing", "viewing"):
            with contextlib.suppress(Hidden, LookupError, RecordDown):
                await _show(socket.app.state.care, listener, kind, frame)


async def _show(care: Care, listener: Listener, kind: str, frame: dict[str, Any]) -> None:
    """Tell colleagues (and, for a reply, the customer) what this agent is doing."""
    conversation_id, agent = frame.get("conversation_id"), listener.agent
    if type(conversation_id) is not int or not 0 < conversation_id <= BIGGEST:
        return
    conversation = await care.record.read(access_visible, agent, conversation_id)
    who = {"agent_id": agent.id, "name": agent.name, "desk": listener.desk}
    if kind == "viewing":
        listener.viewing = conversation_id if frame.get("on", True) else None
        shown = {**who, "type": "viewing", "on": bool(frame.get("on", True)), "typing": False}
        await care.bus.send(conversation_id, shown)
        return
    await care.bus.send(conversation_id, {**who, "type": "viewing", "on": True, "typing": True})
    mine = conversation.owner is Owner.AGENT and conversation.agent_id == agent.id
    if mine and frame.get("mode") != "note":
        name = agent.name.split()[0] if agent.name else ""
        await care.bus.send(conversation_id, {"type": "typing", "author": "agent", "name": name})


async def _stop_viewing(care: Care, listener: Listener) -> None:
    """Who went does not look at anything any more."""
    if listener.viewing is not None:
        who = {"agent_id": listener.agent.id, "name": listener.agent.name, "desk": listener.desk}
        gone = {**who, "type": "viewing", "on": False, "typing": False}
        await care.bus.send(listener.viewing, gone)


async def _watch(socket: WebSocket, listener: Listener, token: str) -> None:
    """End the connection where its session was ended in another process, or its role changed."""
    record = socket.app.state.care.record
    while True:
        await asyncio.sleep(CHECK_EVERY)
        with contextlib.suppress(RecordDown):
            found = await record.read(find_signed_in, token)
            if found is None:
                listener.end(SIGNED_OUT)
                return
            listener.agent = found[0]


async def _close(socket: WebSocket, code: int) -> None:
    if socket.application_state is WebSocketState.CONNECTED:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(code)


routes = [WebSocketRoute("/ws/desk", desk_socket)]
