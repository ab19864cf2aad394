"""The desk's calls about conversations: the lists, one of them, and what is done to it."""

import contextlib
import re

from sqlalchemy import Connection
from starlette.responses import Response

from care.desk.acting import ONE, access, act, done, target
from care.desk.guard import Call, Refusal, api, reply
from care.desk.listing import FIRST_PAGE, NEXT_PAGE, SORTS, VIEWS, Asked, counts, page
from care.desk.notify import tell
from care.desk.seen import do_mark_seen
from care.desk.views import messages_page, whole
from care.desk.visibility import access_visible
from care.files import do_attach_files, files_for_message
from care.handoff.ownership import do_claim, do_release
from care.record.audit import audit_rows, do_audit
from care.record.events import last_seq
from care.record.ids import BIGGEST, AgentId, Author, MessageId, number_of
from care.record.messages import Draft, do_add_message, find_external

KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
NOTE_LIMIT = 10_000
MOST_FILES = 5


async def listing(call: Call) -> Response:
    """A page of a view: `{rows, next, counts, last_seq}`."""
    params = {name: value.replace("\x00", "") for name, value in call.request.query_params.items()}
    asked = Asked(
        view=params.get("view", "mine"),
        sort=params.get("sort", "sla"),
        words=params.get("q", "").strip()[:200],
        channel=params.get("channel", "")[:20],
        tag=params.get("tag", "")[:40],
        team=_team_in(params.get("team", "")),
        after=params.get("after", "")[:60],
        limit=NEXT_PAGE if params.get("after") else FIRST_PAGE,
    )
    if asked.view not in VIEWS or asked.sort not in SORTS:
        raise Refusal(400, "bad_view", "There is no such view.")

    def read(connection: Connection) -> dict[str, object]:
        seq = last_seq(connection)
        found = page(connection, call.agent, asked)
        return {**found, "counts": counts(connection, call.agent), "last_seq": seq}

    return reply(await call.read(read))


def _team_in(raw: str) -> int | None:
    """The number of a team; -1, which no team has, for what is no number. None: any team."""
    if not raw:
        return None
    number = number_of(raw)
    return -1 if number is None else number


async def count(call: Call) -> Response:
    """How many conversations the main views have."""
    return reply(await call.request.app.state.desk.counting.of(call.agent))


async def one(call: Call) -> Response:
    """Everything about one conversation."""

    def read(connection: Connection) -> dict[str, object]:
        found = access_visible(connection, call.agent, call.id())
        return whole(connection, found, call.agent)

    return reply(await call.read(read))


async def earlier(call: Call) -> Response:
    """Messages before the one named in `before`."""
    before = call.query_id("before")
    if before is None:
        raise Refusal(400, "bad_field", "before must be a number.")

    def read(connection: Connection) -> dict[str, object]:
        access_visible(connection, call.agent, call.id())
        return messages_page(connection, call.id(), before)

    return reply(await call.read(read))


async def activity(call: Call) -> Response:
    """Who did what in this conversation."""

    def read(connection: Connection) -> list[dict[str, object]]:
        access_visible(connection, call.agent, call.id())
        return [
            {
                "id": row.id,
                "agent_id": row.agent_id,
                "name": row.agent_name,
                "action": row.action,
                "data": row.data,
                "at": row.created_at.isoformat(),
            }
            for row in audit_rows(connection, target=target(call), limit=50)
        ]

    return reply({"rows": await call.read(read)})


async def claim(call: Call) -> Response:
    """Take the conversation; 409 names who was faster."""
    conversation = await access(call)
    await call.change(
        "conversation.claimed", target(call), do_claim, conversation.id, call.agent.id
    )
    await call.care.gateway.show_places()
    return await done(call)


async def release(call: Call) -> Response:
    """Put one's conversation back into the queue."""
    return await act(call, "conversation.released", do_release, call.agent.id)


async def replies(call: Call) -> Response:
    """Answer the customer, once per key."""
    conversation = await access(call)
    words, files = call.body.get("text") or "", files_in(call)
    if not isinstance(words, str):
        raise Refusal(400, "bad_field", "text must be text.")
    key = key_of(call)
    seq = await call.care.gateway.reply(conversation.id, call.agent.id, key, words, files)
    return await done(call, duplicate=not seq)


async def notes(call: Call) -> Response:
    """Leave a note for colleagues, once per key. Customers never see it."""
    conversation = await access(call)
    key, ids = key_of(call), files_in(call)
    words = call.word("text", NOTE_LIMIT, required=not ids)
    mentions = [one for one in call.body.get("mentions", []) if type(one) is int][:20]

    def add(connection: Connection) -> MessageId | None:
        external_id = f"note:{call.agent.id}:{conversation.id}:{key}"
        if find_external(connection, conversation.channel, external_id) is not None:
            return None
        kept = files_for_message(connection, ids, conversation.sender, Author.AGENT)
        draft = Draft(
            author=Author.AGENT,
            text=words,
            kind="note",
            public=False,
            agent_id=call.agent.id,
            external_id=external_id,
            payload={"files": [one.as_json() for one in kept], "mentions": mentions},
        )
        message_id, _ = do_add_message(connection, conversation.id, conversation.channel, draft)
        do_attach_files(connection, ids, message_id)
        do_audit(connection, call.agent.id, "note.added", target(call))
        return message_id

    added = await call.care.record.write(add)
    for agent_id in mentions if added else []:
        with contextlib.suppress(LookupError):
            await tell(call, AgentId(agent_id), "mention", conversation.id, words, added)
    return await done(call, duplicate=added is None)


async def hand_back(call: Call) -> Response:
    """Give the conversation back to the bot."""
    conversation = await access(call)
    await call.care.gateway.hand_back(conversation.id, call.agent.id)
    return await done(call)


async def resolve(call: Call) -> Response:
    """Close the conversation; the customer is asked for a rating."""
    conversation = await access(call)
    await call.care.gateway.resolve(conversation.id, call.agent.id)
    await call.care.gateway.show_places()
    return await done(call)


async def seen(call: Call) -> Response:
    """The agent has seen the conversation up to a message."""
    conversation = await access(call)
    message_id = call.number("message_id", 0, BIGGEST)
    if await call.care.record.write(do_mark_seen, conversation, call.agent.id, message_id):
        await call.care.bus.wake(conversation.id)
    return Response(status_code=204)


def files_in(call: Call) -> list[str]:
    """Ids of uploaded files in the body; raises Refusal (400) for anything else."""
    ids = call.body.get("files") or []
    if not isinstance(ids, list) or len(ids) > MOST_FILES:
        raise Refusal(400, "bad_field", f"A message carries at most {MOST_FILES} files.")
    return [str(one) for one in ids]


def key_of(call: Call) -> str:
    """The client's idempotency key; raises Refusal (400) where it is none."""
    key = call.body.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise Refusal(400, "bad_key", "key must be 1 to 64 letters, digits, - or _.")
    return key


routes = [
    api("/conversations", listing),
    api("/counts", count),
    api(ONE, one),
    api(ONE + "/messages", earlier),
    api(ONE + "/activity", activity),
    api(ONE + "/claim", claim, "POST"),
    api(ONE + "/release", release, "POST"),
    api(ONE + "/replies", replies, "POST"),
    api(ONE + "/notes", notes, "POST"),
    api(ONE + "/hand-back", hand_back, "POST"),
    api(ONE + "/resolve", resolve, "POST"),
    api(ONE + "/seen", seen, "POST"),
]
