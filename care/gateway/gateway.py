"""The gateway as the rest of the care server uses it: accept, reply, hand back, resolve."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from care.bus import Bus
from care.files import do_attach_files, files_for_message
from care.gateway.accept import Accepted, Incoming, Pace, accept_message, check_text
from care.gateway.answer import do_ask_rating
from care.gateway.assistant import Assistant
from care.gateway.outbox import Outbox, Sender
from care.gateway.worker import Workers
from care.handoff.assigner import Assigner
from care.handoff.assignment import online
from care.handoff.clocks import do_refresh_clocks
from care.handoff.ownership import access_owned, do_hand_back, do_resolve
from care.handoff.queue import places
from care.handoff.snoozing import do_reopen_with_agent
from care.record.audit import do_audit, of_conversation
from care.record.conversations import hold_conversation
from care.record.deliveries import do_queue_delivery
from care.record.handoffs import do_mark_first_reply
from care.record.ids import (
    AgentId,
    Author,
    ConversationId,
    FeedbackKind,
    Seq,
    Status,
)
from care.record.leases import do_drop_all_leases
from care.record.messages import Draft, do_add_message, find_external
from care.record.record import Record
from care.record.schema import conversations
from care.settings import Settings


class Gateway:
    """Every way into and out of a conversation."""

    def __init__(
        self,
        settings: Settings,
        record: Record,
        bus: Bus,
        assistant: Assistant,
        senders: dict[str, Sender],
    ) -> None:
        self.settings = settings
        self.record = record
        self.bus = bus
        self.assistant = assistant
        self.workers = Workers(record, bus, assistant, settings.worker_lease)
        self.outbox = Outbox(record, bus, senders)
        self.assigner = Assigner(record, self.changed, self.show_places)
        self._pace = Pace(settings.messages_per_minute)
        self._burst = Pace(max(settings.messages_per_minute // 3, 1), 10.0)

    async def start(self) -> None:
        """Take up whatever an earlier process left undone, and begin."""
        if self.record.sqlite:  # the only process there can be
            await self.record.write(do_drop_all_leases)
        await self.assistant.start()
        await self.workers.start()
        await self.outbox.start()
        await self.assigner.start()

    async def stop(self) -> None:
        """Stop; everything accepted is in the record."""
        await self.assigner.stop()
        await self.workers.stop()
        await self.outbox.stop()
        await self.assistant.stop()

    async def accept(self, incoming: Incoming) -> Accepted:
        """Record a customer's message and see to its answer. Raises Refused."""
        self._burst.check(incoming.sender)
        self._pace.check(incoming.sender)
        try:
            accepted = await self.record.write(_accept, incoming, self.settings)
        except IntegrityError:  # another process took the same message in the same moment
            accepted = await self.record.write(_accept, incoming, self.settings)
        if not accepted.duplicate:
            await self.changed(accepted.conversation_id)
        return accepted

    async def reply(
        self,
        conversation_id: ConversationId,
        agent_id: AgentId,
        key: str,
        words: str,
        files: Sequence[str] = (),
        audited: dict[str, Any] | None = None,
    ) -> Seq:
        """Record an agent's message to the customer, once per `key`; `files` are ids of uploads.

        `audited` is what the audit row says besides. Returns 0 where the key was known. Raises
        NotOwner, Refused, FileRefused.
        """
        body = check_text(words, 10_000) if words or not files else ""

        def write(connection: Connection) -> Seq:
            seq = _reply(connection, conversation_id, agent_id, key, body, list(files))
            if seq:
                do_audit(
                    connection, agent_id, "message.sent", of_conversation(conversation_id), audited
                )
            return seq

        seq = await self.record.write(write)
        await self.changed(conversation_id)
        return seq

    async def hand_back(self, conversation_id: ConversationId, agent_id: AgentId) -> None:
        """Give a conversation back to the bot and tell the assistant. Raises NotOwner."""

        def write(connection: Connection) -> None:
            do_hand_back(connection, conversation_id, agent_id)
            do_audit(
                connection, agent_id, "conversation.handed_back", of_conversation(conversation_id)
            )

        await self.record.write(write)
        await self.changed(conversation_id)

    async def resolve(
        self,
        conversation_id: ConversationId,
        agent_id: AgentId | None,
        *,
        ask_rating: bool = True,
        first: Callable[[Connection], None] | None = None,
        audited: dict[str, Any] | None = None,
    ) -> None:
        """Close a conversation and ask the customer how it went. Raises NotOwner.

        `first` is done before, in the same transaction; `audited` is what the audit row says
        besides. What is closed already stays as it is.
        """

        def write(connection: Connection) -> None:
            found = hold_conversation(connection, conversation_id)
            if first is not None:
                first(connection)
            if found.status is Status.RESOLVED:
                return
            do_resolve(connection, conversation_id, agent_id)
            if ask_rating:
                do_ask_rating(connection, conversation_id, FeedbackKind.CSAT)
            if agent_id is not None:
                what = "conversation.resolved"
                do_audit(connection, agent_id, what, of_conversation(conversation_id), audited)

        await self.record.write(write)
        await self.changed(conversation_id)

    async def changed(self, conversation_id: ConversationId) -> None:
        """Something of this conversation was committed: let everyone concerned look."""
        await self.bus.wake(conversation_id)
        self.workers.kick(conversation_id)
        self.outbox.kick()

    async def show_places(self) -> None:
        """Tell the first in the queue where they stand (after a claim or a resolution)."""
        found, wait = await self.record.read(places)
        for conversation_id, position in found:
            frame = {"type": "queue", "position": position, "wait_seconds": wait}
            await self.bus.send(conversation_id, frame)


def _accept(connection: Connection, incoming: Incoming, settings: Settings) -> Accepted:
    """Record a message; one to a conversation that an agent resolved goes back to that agent."""
    new = find_external(connection, incoming.channel, incoming.external_id) is None
    if new and incoming.button is None:
        do_reopen_with_agent(connection, incoming.sender, settings.reopen_hours, online)
    return accept_message(connection, incoming, settings)


def _reply(
    connection: Connection,
    conversation_id: ConversationId,
    agent_id: AgentId,
    key: str,
    body: str,
    files: list[str],
) -> Seq:
    conversation = access_owned(connection, conversation_id, agent_id)
    external_id = f"agent:{agent_id}:{conversation_id}:{key}"
    if find_external(connection, conversation.channel, external_id) is not None:
        return Seq(0)
    kept = files_for_message(connection, files, conversation.sender, Author.AGENT)
    draft = Draft(
        author=Author.AGENT,
        text=body,
        kind="file" if kept else "text",
        payload={"files": [file.as_json() for file in kept]} if kept else {},
        agent_id=agent_id,
        external_id=external_id,
    )
    message_id, seq = do_add_message(connection, conversation_id, conversation.channel, draft)
    do_attach_files(connection, files, message_id)
    do_queue_delivery(connection, conversation_id, message_id, conversation.channel)
    do_mark_first_reply(connection, conversation_id)
    answered = conversations.update().where(conversations.c.id == conversation_id)
    connection.execute(answered.values(waiting_since=None))
    do_refresh_clocks(connection, conversation_id)
    return seq
