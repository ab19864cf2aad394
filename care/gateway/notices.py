"""What customers on chat channels are told about who answers them: 'Ana joined', the queue.

The website's widget shows these from events; a chat needs them said. Each event is told once, also
with several processes and after a crash: the reader's mark moves in the same transaction.
"""

import asyncio
import logging

from sqlalchemy import Connection, select

from care.background import Background
from care.bus import Bus
from care.gateway.channels.steps import do_notice
from care.gateway.language import language_of
from care.handoff.queue import places
from care.record.conversations import (
    COLUMNS,
    Conversation,
    access_conversation,
    conversation_of,
    do_add_context,
)
from care.record.events import Event, events_after, last_seq
from care.record.holders import do_begin_mark, do_move_mark, mark
from care.record.ids import ConversationId, Owner
from care.record.record import Record, RecordDown
from care.record.schema import conversations, messages
from care.texts import text

log = logging.getLogger(__name__)
NAME = "chat_notices"
KIND = "conversation.owner_changed"
LOOK = 2.0
"""Seconds between two looks where no wake-up came."""


class Notices:
    """Reads ownership events and says them on chat channels."""

    def __init__(self, record: Record, bus: Bus, channels: frozenset[str]) -> None:
        self.record = record
        self.bus = bus
        self.channels = channels
        self._work = Background(self._run)

    async def start(self) -> None:
        """Begin where the last process stopped; on the first time, with what comes next."""
        self._work.start()

    async def stop(self) -> None:
        """Stop reading."""
        await self._work.stop()

    async def _run(self) -> None:
        async with self.bus.listen() as signals:
            while True:
                try:
                    for conversation_id in await self._step():
                        await self.bus.wake(conversation_id)
                except RecordDown:
                    log.warning("the care record does not answer; notices wait")
                try:
                    signal = await asyncio.wait_for(signals.get(), LOOK)
                    while signal.frame is not None:  # typing and the like are not news
                        signal = await asyncio.wait_for(signals.get(), LOOK)
                except TimeoutError:
                    continue

    async def _step(self) -> list[ConversationId]:
        old, found = await self.record.read(_news)
        if old is not None and not found:
            return []
        return await self.record.write(do_tell_news, self.channels)


def do_tell_news(connection: Connection, channels: frozenset[str]) -> list[ConversationId]:
    """Say what the events after the mark mean; returns the conversations that were told something."""
    old = mark(connection, NAME)
    if old is None:
        do_begin_mark(connection, NAME, last_seq(connection))
        return []
    events = events_after(connection, old)
    if not events or not do_move_mark(connection, NAME, old, events[-1].seq):
        return []
    told: set[ConversationId] = set()
    moved = [event for event in events if event.kind == KIND and event.conversation_id]
    for event in moved:
        told |= _tell(connection, event, channels)
    if moved:
        told |= _tell_places(connection, channels)
    return sorted(told)


def _news(connection: Connection) -> tuple[int | None, list[Event]]:
    old = mark(connection, NAME)
    return old, [] if old is None else events_after(connection, old, limit=1)


def _tell(connection: Connection, event: Event, channels: frozenset[str]) -> set[ConversationId]:
    conversation_id = ConversationId(event.conversation_id or 0)
    conversation = access_conversation(connection, conversation_id)
    if conversation.channel not in channels:
        return set()
    language = language_of(conversation)
    data = event.data
    if data["owner"] == Owner.AGENT and data.get("agent_name"):
        name = str(data["agent_name"]).split()[0]
        words = text("agent_joined", language).format(name=name)
    elif data["owner"] == Owner.QUEUE and data.get("reason") == "released":
        words = text("queue_released", language)
    else:
        return set()
    do_notice(connection, conversation_id, words, f"event:{event.seq}")
    return {conversation_id}


def _tell_places(connection: Connection, channels: frozenset[str]) -> set[ConversationId]:
    """Tell who waits on a chat channel where they stand: once at first, then when they are next."""
    told = set()
    order, wait = places(connection, None)
    query = select(*COLUMNS).where(
        conversations.c.owner == Owner.QUEUE, conversations.c.channel.in_(channels)
    )
    on_chat = {row.id: conversation_of(row._mapping) for row in connection.execute(query)}
    for conversation_id, position in order:
        conversation = on_chat.get(conversation_id)
        if conversation is None:
            continue
        since = conversation.waiting_since
        stay = f"queue:{conversation_id}:{since.timestamp() if since else 0:.3f}"
        language = language_of(conversation)
        if not _was_told(connection, conversation, stay):
            words = _place(position, wait, language)
            key = stay
        elif position == 1 and not _was_told(connection, conversation, f"{stay}:next"):
            words, key = text("queue_next", language), f"{stay}:next"
        else:
            continue
        if do_notice(connection, conversation_id, words, key) is not None:
            told.add(conversation_id)
        if position == 1 and key == stay:  # 'number 1' and 'next' are the same news
            _remember(connection, conversation_id, f"{stay}:next")
    return told


def _place(position: int, wait: float | None, language: str | None) -> str:
    if wait is None:
        return text("queue_place", language).format(position=position)
    minutes = max(1, round(wait / 60))
    return text("queue_place_wait", language).format(position=position, minutes=minutes)


def _was_told(connection: Connection, conversation: Conversation, key: str) -> bool:
    query = select(messages.c.id).where(
        messages.c.channel == conversation.channel, messages.c.external_id == key
    )
    if connection.execute(query).first() is not None:
        return True
    return key in (conversation.context.get("told") or [])


def _remember(connection: Connection, conversation_id: ConversationId, key: str) -> None:
    do_add_context(connection, conversation_id, {"told": [key]})
