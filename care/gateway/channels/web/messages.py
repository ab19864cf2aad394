"""What customers write, and hearing what happened: messages, events, typing, seen, files."""

import re
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Connection, select, update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from care.care import Care
from care.files import Files, files_for_message, find_file
from care.gateway.accept import Incoming, Refused
from care.gateway.channels.web.access import body_of, care_of, number_in, session_of, text_in
from care.gateway.channels.web.history import (
    events_since,
    history_before,
    last_public_seq,
    queue_frame,
    session_view,
)
from care.gateway.channels.web.watching import watching_of
from care.record.conversations import current_conversation
from care.record.customers import CustomerSession
from care.record.events import do_add_event
from care.record.ids import Author, ConversationId, DeliveryState, number_of
from care.record.record import now
from care.record.schema import conversations, deliveries, events

KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONGEST_POLL = 25.0
MOST_FILES = 5


async def send_message(request: Request) -> Response:
    """POST /api/widget/messages: accept a message once per `key`."""
    session = await session_of(request)
    body = await body_of(request)
    accepted = await care_of(request).gateway.accept(
        await _incoming(care_of(request), session, body)
    )
    answer = {
        "message_id": accepted.message_id,
        "seq": accepted.seq,
        "duplicate": accepted.duplicate,
    }
    return JSONResponse(answer, status_code=202)


async def _incoming(care: Care, session: CustomerSession, body: dict[str, Any]) -> Incoming:
    ids = body.get("files") or []
    if not isinstance(ids, list) or len(ids) > MOST_FILES:
        raise Refused(400, "bad_field", f"A message carries at most {MOST_FILES} files.")
    wanted = [str(one) for one in ids]
    files = (
        await care.record.read(files_for_message, wanted, session.sender, Author.CUSTOMER)
        if wanted
        else []
    )
    return Incoming(
        channel="web",
        sender=session.sender,
        identity=session.sender,
        external_id=f"{session.sender}:{key_in(body)}",
        text=None if files and not body.get("text") else body.get("text"),
        button=text_in(body, "button", 60),
        inbox=session.inbox,
        context=context_in(body),
        kind="file" if files else "text",
        payload={"files": [file.as_json() for file in files]} if files else {},
    )


def key_in(body: dict[str, Any]) -> str:
    """The client's own name for a message. Raises Refused (400)."""
    key = body.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise Refused(400, "bad_key", "key must be 1 to 64 of A-Z a-z 0-9 _ -")
    return key


def context_in(body: dict[str, Any]) -> dict[str, str]:
    """The page that the customer is on, without its query: that may hold secrets."""
    page = text_in(body, "page", 500)
    return {"page": re.split(r"[?#]", page)[0]} if page else {}


async def poll_events(request: Request) -> Response:
    """GET /api/widget/events?after=N&wait=25: what happened since, waiting for it if nothing did.

    With `before=N` instead: what happened before, as far as one page goes, and whether there is more.
    """
    session = await session_of(request)
    care = care_of(request)
    if "before" in request.query_params:
        before = _query_number(request, "before")
        older, more = await care.record.read(history_before, session.sender, before)
        return JSONResponse({"events": older, "earlier": more})
    after = _query_number(request, "after")
    wait = min(_query_number(request, "wait"), LONGEST_POLL)
    async with watching_of(request.app).watch(session.sender) as watcher:
        frames = await care.record.read(frames_since, session, after)
        if not frames and wait:
            await watcher.wait(wait)
            frames = await care.record.read(frames_since, session, after)
        frames += list(watcher.take_frames())
    last = max([after, *(frame.get("seq") or frame.get("last_seq") or 0 for frame in frames)])
    queue = await care.record.read(queue_frame, session.sender) if wait else None
    return JSONResponse({"events": [*frames, *([queue] if queue else [])], "last_seq": last})


def frames_since(
    connection: Connection, session: CustomerSession, after: int
) -> list[dict[str, Any]]:
    """Frames after a number; a snapshot where there are too many, or the number is not ours."""
    found = events_since(connection, session.sender, after)
    if found is None or after > last_public_seq(connection, session.sender):
        return [{"type": "snapshot", **session_view(connection, session)}]
    return found


def _query_number(request: Request, name: str) -> int:
    found = number_of(request.query_params.get(name, "0"))
    if found is None:
        raise Refused(400, "bad_field", f"{name} must be a whole number.")
    return found


async def mark_seen(request: Request) -> Response:
    """POST /api/widget/seen: the customer has seen everything up to `seq`."""
    session = await session_of(request)
    seq = number_in(await body_of(request), "seq")
    await note_seen(care_of(request), session, seq or 0)
    return Response(status_code=204)


async def note_seen(care: Care, session: CustomerSession, seq: int) -> None:
    """Record what the customer has seen, and tell the desk, once."""
    changed = await care.record.write(_do_see, session.sender, seq)
    if changed is not None:
        await care.bus.wake(changed)


def _do_see(connection: Connection, sender: str, seq: int) -> ConversationId | None:
    newest = (
        select(events.c.conversation_id, events.c.data)
        .join(conversations, conversations.c.id == events.c.conversation_id)
        .where(
            conversations.c.sender == sender,
            events.c.public,
            events.c.kind == "message.created",
            events.c.seq <= seq,
        )
        .order_by(events.c.seq.desc())
        .limit(1)
    )
    row = connection.execute(newest).first()
    if row is None:
        return None
    unseen = update(deliveries).where(
        deliveries.c.conversation_id == row.conversation_id,
        deliveries.c.message_id <= row.data["message_id"],
        deliveries.c.state == DeliveryState.SENT,
    )
    if not connection.execute(unseen.values(state=DeliveryState.SEEN, updated_at=now())).rowcount:
        return None
    conversation_id = ConversationId(row.conversation_id)
    data = {"by": "customer", "seq": seq}
    do_add_event(connection, "message.seen", conversation_id, data, public=True)
    return conversation_id


async def show_typing(request: Request) -> Response:
    """POST /api/widget/typing: the customer is writing."""
    session = await session_of(request)
    await note_typing(care_of(request), session)
    return Response(status_code=204)


async def note_typing(care: Care, session: CustomerSession) -> None:
    """Tell who looks at the conversation that the customer is writing."""
    conversation = await care.record.read(current_conversation, session.sender)
    if conversation is not None:
        await care.bus.send(conversation.id, {"type": "typing", "author": "customer"})


async def upload_file(request: Request) -> Response:
    """POST /api/widget/files: the bytes are the body, the name is in X-Careline-Name (percent)."""
    session = await session_of(request)
    care = care_of(request)
    files = files_of(care)
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > files.max_bytes:
        limit = files.max_bytes // 1_000_000
        raise Refused(413, "too_large", f"Files may have up to {limit} MB.")
    name = _name_of(request)
    kept = await files.save(request.stream(), name, session.sender, Author.CUSTOMER)
    return JSONResponse({"file": kept.as_json()}, status_code=201)


async def read_file(request: Request) -> Response:
    """GET /api/widget/files/{id}: a file of the caller's own thread."""
    session = await session_of(request)
    care = care_of(request)
    found = await care.record.read(find_file, request.path_params["id"])
    if found is None or found.sender != session.sender:
        raise Refused(404, "unknown_file", "That file is not there.")
    return files_of(care).response(found)


def files_of(care: Care) -> Files:
    """The folder of files."""
    return Files(care.settings.var_dir / "files", care.record, care.settings.file_max_bytes)


def _name_of(request: Request) -> str:
    return unquote(request.headers.get("x-careline-name", "file"))[:300]
