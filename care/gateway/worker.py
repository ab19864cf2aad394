"""Deciding who owns an accepted message and getting the bot's answer to it.

One worker at a time per conversation (a lease in the record), its messages in order. Every step is
committed before the next, so a killed process goes on where it stopped.
"""

import asyncio
import logging
import secrets
from time import monotonic
from typing import Any

from care.background import Background, end
from care.bus import Bus
from care.feedback.telling import CASE, do_answer_case_button
from care.gateway.answer import (
    ASK_AGAIN,
    HAND_OFF,
    do_answer_ourselves,
    do_end_turn,
    do_record_line,
)
from care.gateway.assistant import Assistant, AssistantDown
from care.gateway.language import language_of
from care.handoff.clocks import do_refresh_clocks
from care.handoff.ownership import do_request_handoff
from care.handoff.queue import place
from care.record.conversations import Conversation, access_conversation
from care.record.ids import ConversationId, HandoffReason, Owner
from care.record.leases import (
    conversations_with_work,
    do_drop_lease,
    do_drop_leases_of,
    do_take_lease,
)
from care.record.messages import Message, accepted_messages, do_finish_message
from care.record.record import Record, RecordDown

log = logging.getLogger(__name__)


class Workers:
    """Runs one task for each conversation that has something to be dealt with."""

    def __init__(self, record: Record, bus: Bus, assistant: Assistant, lease: float) -> None:
        self.record = record
        self.bus = bus
        self.assistant = assistant
        self.lease = lease
        self.name = secrets.token_hex(8)
        self._tasks: dict[ConversationId, asyncio.Task[None]] = {}
        self._again: set[ConversationId] = set()
        self._sweeper = Background(self._sweep)

    async def start(self) -> None:
        """Take up what an earlier process left, and keep looking for it."""
        self._sweeper.start()

    async def stop(self) -> None:
        """Let turns under way go to the record as far as they are, then stop."""
        await self._sweeper.stop()
        await end(self._tasks.values())
        await self.record.write(do_drop_leases_of, self.name)

    def kick(self, conversation_id: ConversationId) -> None:
        """There is something new in this conversation."""
        if conversation_id in self._tasks:
            self._again.add(conversation_id)
            return
        task = asyncio.create_task(self._run(conversation_id))
        self._tasks[conversation_id] = task
        task.add_done_callback(lambda _: self._ended(conversation_id))

    def _ended(self, conversation_id: ConversationId) -> None:
        self._tasks.pop(conversation_id, None)
        if conversation_id in self._again:
            self._again.discard(conversation_id)
            self.kick(conversation_id)

    async def _sweep(self) -> None:
        while True:
            try:
                for conversation_id in await self.record.read(conversations_with_work):
                    if conversation_id not in self._tasks:
                        self.kick(conversation_id)
            except RecordDown:
                log.warning("the care record does not answer; trying again")
            await asyncio.sleep(2)

    async def _run(self, conversation_id: ConversationId) -> None:
        try:
            if not await self._hold(conversation_id):
                return
            renewed = monotonic()
            while waiting := await self.record.read(accepted_messages, conversation_id):
                for message in waiting:
                    if monotonic() - renewed > self.lease / 3:
                        await self._hold(conversation_id)
                        renewed = monotonic()
                    await self._deal_with(message)
            if not self.record.sqlite:
                await self.record.write(do_drop_lease, conversation_id, self.name)
        except RecordDown:
            log.warning("the care record does not answer; the message waits")
        except Exception:
            log.exception("a turn failed; it is tried again")
            await asyncio.sleep(1)

    async def _hold(self, conversation_id: ConversationId) -> bool:
        """Take or prolong the lease; on SQLite there is no other process to keep out."""
        if self.record.sqlite:
            return True
        return await self.record.write(do_take_lease, conversation_id, self.name, self.lease)

    async def _deal_with(self, message: Message) -> None:
        conversation = await self.record.read(access_conversation, message.conversation_id)
        if str(message.payload.get("command") or "").startswith(CASE):
            await self.record.write(do_answer_case_button, message)
        elif conversation.owner is not Owner.BOT:
            await self.record.write(_leave_to_people, message)
        elif message.payload.get("command") in (HAND_OFF, ASK_AGAIN):
            await self.record.write(_answer_own_button, message)
        elif message.kind in ("text", "hand_back"):
            await self._ask(conversation, message)
        else:
            await self.record.write(_pass_to_people, message)
        await self.bus.wake(message.conversation_id)
        await self._show_place(conversation)

    async def _ask(self, conversation: Conversation, message: Message) -> None:
        await self.bus.send(conversation.id, {"type": "typing", "author": "bot"})
        version: int | None = conversation.version
        spoke, end = False, None
        try:
            async for line in self._lines(conversation, message):
                if line["type"] in ("end", "error"):
                    end = line
                elif version is not None:
                    version = await self.record.write(do_record_line, message, line, version)
                    spoke = spoke or line["type"] == "message" or _is_handoff(line)
                    await self.bus.wake(conversation.id)
        except AssistantDown as error:
            log.warning("the assistant is down: %s", error)
            await self.record.write(_open_to_people, message)
            return
        await self.record.write(_finish, message, end or {}, spoke or version is None)

    def _lines(self, conversation: Conversation, message: Message) -> Any:
        body: dict[str, Any] = {"sender": conversation.sender, "message_id": _name_of(message)}
        if message.kind == "hand_back":
            return self.assistant.control(
                {**body, "do": "hand_back", "agent": message.payload.get("agent")}
            )
        command = message.payload.get("command")
        said = {"payload": command} if command else {"text": message.text}
        metadata = {"audience": conversation.audience, "language": language_of(conversation)}
        return self.assistant.ask(
            {**body, **said, "channel": conversation.channel, "metadata": metadata}
        )

    async def _show_place(self, before: Conversation) -> None:
        conversation = await self.record.read(access_conversation, before.id)
        if conversation.owner is Owner.QUEUE:
            position, wait = await self.record.read(place, conversation.id)
            frame = {"type": "queue", "position": position, "wait_seconds": wait}
            await self.bus.send(conversation.id, frame)


def _name_of(message: Message) -> str:
    """The message's name towards the assistant: the same after a crash, never used for another."""
    return f"{message.id}-{int(message.created_at.timestamp() * 1000)}"


def _is_handoff(line: dict[str, Any]) -> bool:
    return line["type"] == "effect" and bool(line["effect"].get("name") == "handoff")


def _finish(connection: Any, message: Message, end: dict[str, Any], spoke: bool) -> None:
    """End a turn; where the assistant failed or stayed silent, apologise and offer a person."""
    if end.get("type") == "error":
        if "hand_off" in str(end.get("action")):
            do_answer_ourselves(connection, message, "person_coming", offer_person=False)
            _request(connection, message, HandoffReason.CUSTOMER_ASKED)
        else:
            do_answer_ourselves(connection, message, "action_failed", offer_person=True)
    elif not spoke and message.kind == "text":
        do_answer_ourselves(connection, message, "no_answer", offer_person=True)
    do_end_turn(connection, message, end)


def _open_to_people(connection: Any, message: Message) -> None:
    """The assistant is down: say so honestly and let the conversation wait for people."""
    if access_conversation(connection, message.conversation_id).owner is Owner.BOT:
        do_answer_ourselves(connection, message, "assistant_down", offer_person=False)
        _request(connection, message, HandoffReason.ASSISTANT_DOWN)
    do_finish_message(connection, message.id)


def _leave_to_people(connection: Any, message: Message) -> None:
    """People have the conversation: their clocks run on, the bot stays silent."""
    do_finish_message(connection, message.id)
    do_refresh_clocks(connection, message.conversation_id)


def _pass_to_people(connection: Any, message: Message) -> None:
    """What the assistant cannot read (a file, a voice message) is for people."""
    do_answer_ourselves(connection, message, "person_coming", offer_person=False)
    _request(connection, message, HandoffReason.POLICY)
    do_finish_message(connection, message.id)


def _answer_own_button(connection: Any, message: Message) -> None:
    if message.payload["command"] == HAND_OFF:
        do_answer_ourselves(connection, message, "person_coming", offer_person=False)
        _request(connection, message, HandoffReason.CUSTOMER_ASKED)
    else:
        do_answer_ourselves(connection, message, "ask_differently_reply", offer_person=False)
    do_finish_message(connection, message.id)


def _request(connection: Any, message: Message, reason: HandoffReason) -> None:
    do_request_handoff(connection, message.conversation_id, reason, summary=message.text[:300])
