"""Reading a Slack message event: what was said, where, by whom, and what came with it."""

from dataclasses import dataclass
from typing import Any

from care.gateway.channels.slack.forms import dict_of
from care.gateway.channels.slack.names import ROOM, STAMP, USER
from care.gateway.channels.slack.words import plain_words

SHARED = "is_ext_shared_channel"
SAID = {None, "file_share", "thread_broadcast", "me_message", "bot_message"}
"""Subtypes that are somebody speaking; all others tell of something else."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message that a person wrote. `thread` is None outside threads; `team` is the writer's;
    `shared`: people of other organisations read along."""

    room: str
    stamp: str
    user: str
    team: str
    text: str
    raw: str
    thread: str | None
    direct: bool
    files: list[dict[str, Any]]
    shared: bool = False

    @property
    def reply(self) -> bool:
        """Whether it stands in a thread that another message began."""
        return self.thread is not None and self.thread != self.stamp


def read_post(event: dict[str, Any], team: str, me: str | None) -> Post | None:
    """The post, or None for what no person said or what is not in a message's form."""
    if event.get("subtype") not in SAID or event.get("bot_id") or event.get("app_id"):
        return None
    room, stamp, user = (str(event.get(key) or "") for key in ("channel", "ts", "user"))
    if not (ROOM.fullmatch(room) and STAMP.fullmatch(stamp) and USER.fullmatch(user)):
        return None
    if user == me:
        return None
    thread = event.get("thread_ts")
    own_team = event.get("user_team") or event.get("source_team") or event.get("team") or team
    raw = event.get("text")
    raw = raw if isinstance(raw, str) else ""
    return Post(
        room,
        stamp,
        user,
        str(own_team),
        plain_words(raw, me),
        raw,
        str(thread) if isinstance(thread, str) and STAMP.fullmatch(thread) else None,
        event.get("channel_type") == "im" or room.startswith("D"),
        [ref for ref in map(_ref, _list(event.get("files"))) if ref],
        event.get(SHARED) is True,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A message that its author edited, or deleted (`text` is None). `user` wrote it."""

    room: str
    stamp: str
    user: str
    thread: str | None
    text: str | None


def read_change(event: dict[str, Any], me: str | None) -> Change | None:
    """The change that `message_changed` or `message_deleted` tells of; None where it has no words."""
    now, before = dict_of(event.get("message")), dict_of(event.get("previous_message"))
    room, stamp = str(event.get("channel")), str(event.get("deleted_ts") or now.get("ts") or "")
    known = {**before, **now}
    user, thread = str(known.get("user") or ""), known.get("thread_ts")
    words = None
    if event.get("subtype") != "message_deleted" and now.get("subtype") != "tombstone":
        words = plain_words(now["text"], me) if isinstance(now.get("text"), str) else ""
        if not words:
            return None
    return Change(room, stamp, user, thread if isinstance(thread, str) else None, words)


def shown(ref: dict[str, Any]) -> dict[str, Any]:
    """A file as the desk shows it until it is here."""
    return {"id": None, "name": ref["name"], "type": ref["type"], "size": ref["size"]}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _ref(file: Any) -> dict[str, Any] | None:
    if not isinstance(file, dict) or not isinstance(file.get("id"), str):
        return None
    size = file.get("size")
    return {
        "file_id": file["id"][:60],
        "name": str(file.get("name") or file.get("title") or "file")[:120],
        "type": str(file.get("mimetype") or "application/octet-stream")[:100],
        "size": size if isinstance(size, int) else 0,
    }
