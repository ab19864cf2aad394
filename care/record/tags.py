"""Tags: words by which people group conversations."""

import re

from sqlalchemy import Connection, delete, func, insert, select

from care.record.conversations import hold_conversation
from care.record.events import do_add_event
from care.record.ids import ConversationId
from care.record.schema_desk import conversation_tags

TAG = re.compile(r"[\w][\w .&/+-]{0,39}", re.UNICODE)
MOST = 20


class TagRefused(ValueError):
    """A tag that is not taken; the message says why."""


def known_tags(connection: Connection, limit: int = 200) -> list[str]:
    """Tags in use, the most used first."""
    query = (
        select(conversation_tags.c.tag)
        .group_by(conversation_tags.c.tag)
        .order_by(func.count().desc(), conversation_tags.c.tag)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def do_add_tag(connection: Connection, conversation_id: ConversationId, tag: str) -> bool:
    """Tag a conversation; False where it was. Raises TagRefused."""
    word = " ".join(tag.lower().split())
    if not TAG.fullmatch(word):
        raise TagRefused("A tag has letters, digits and spaces, at most 40.")
    hold_conversation(connection, conversation_id)
    mine = conversation_tags.c.conversation_id == conversation_id
    there = set(connection.execute(select(conversation_tags.c.tag).where(mine)).scalars())
    if word in there:
        return False
    if len(there) >= MOST:
        raise TagRefused(f"A conversation has at most {MOST} tags.")
    connection.execute(insert(conversation_tags).values(conversation_id=conversation_id, tag=word))
    _event(connection, conversation_id, "added", word)
    return True


def do_drop_tag(connection: Connection, conversation_id: ConversationId, tag: str) -> bool:
    """Take a tag off a conversation; False where it had none such."""
    hold_conversation(connection, conversation_id)
    gone = delete(conversation_tags).where(
        conversation_tags.c.conversation_id == conversation_id, conversation_tags.c.tag == tag
    )
    if connection.execute(gone).rowcount == 0:
        return False
    _event(connection, conversation_id, "removed", tag)
    return True


def _event(connection: Connection, conversation_id: ConversationId, what: str, tag: str) -> None:
    do_add_event(connection, f"tag.{what}", conversation_id, {"tag": tag}, public=False)
