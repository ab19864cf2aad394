"""The outbox: every message to a customer, in order, at the platform's pace, until it is settled.

A channel gives a `Sender`; this decides when. 429 waits as long as the platform says, faults back
off, refusals are recorded and shown at the desk.
"""

import asyncio
import logging
from typing import Protocol

from sqlalchemy import Connection

from care.background import Background, end
from care.bus import Bus
from care.record.conversations import access_conversation
from care.record.deliveries import (
    Delivery,
    do_free_deliveries,
    do_postpone_delivery,
    do_settle_delivery,
    do_take_delivery,
    due_deliveries,
)
from care.record.ids import DeliveryState
from care.record.messages import Message, access_message
from care.record.reach import do_mark_unreachable, find_unreachable
from care.record.record import Record, RecordDown

log = logging.getLogger(__name__)
LEASE = 60.0
LONGEST_WAIT = 300.0
UNCHANGED = "the customer still has what was sent first"
"""Begins the reason of a change that a platform does not allow."""


class Later(Exception):
    """The platform cannot take it now. `seconds`: its own word, or None to back off."""

    def __init__(self, reason: str, seconds: float | None = None) -> None:
        super().__init__(reason)
        self.seconds = seconds


class Rejected(Exception):
    """The platform will never take this message."""


class Unreachable(Exception):
    """The customer cannot be reached on this channel any more (blocked, left, deactivated)."""


class Sender(Protocol):
    """Sends a message on one channel, part by part, recording each part that was accepted.

    Of a message that was changed or deleted since, the parts that are there already are changed or
    deleted on the platform; that a platform does not allow it is Rejected.

    A sender keeps to its platform's pace itself (`care.gateway.pace`), before each part. A part
    that the platform took just before a crash, unrecorded, is sent again: no platform lets us ask.
    """

    async def send(self, delivery: Delivery, message: Message) -> None:
        """Send the parts from `delivery.parts_sent` on. Raises Later, Rejected or Unreachable."""


class Outbox:
    """Sends what is due, one conversation's messages strictly one after the other."""

    def __init__(self, record: Record, bus: Bus, senders: dict[str, Sender]) -> None:
        self.record = record
        self.bus = bus
        self.senders = senders
        self._news = asyncio.Event()
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._work, self._ear = Background(self._run), Background(self._hear)

    async def start(self) -> None:
        """Begin to send, with what an earlier process had just begun."""
        if self.record.sqlite:  # the only process there can be
            await self.record.write(do_free_deliveries)
        self._work.start()
        self._ear.start()

    async def stop(self) -> None:
        """Stop sending; what is not settled is taken up at the next start."""
        await self._work.stop()
        await self._ear.stop()
        await end(self._busy.values())

    def kick(self) -> None:
        """There is something new to send."""
        self._news.set()

    async def _hear(self) -> None:
        """Whatever is new may have something to send; several wake-ups are one look."""
        async with self.bus.listen() as signals:
            while True:
                if (await signals.get()).frame is None:
                    self.kick()

    async def _run(self) -> None:
        while True:
            self._news.clear()
            try:
                due = await self.record.read(due_deliveries, list(self.senders))
            except RecordDown:
                due = []
            for delivery in due:
                if delivery.conversation_id not in self._busy:
                    self._begin(delivery)
            try:
                await asyncio.wait_for(self._news.wait(), 1.0)
            except TimeoutError:
                continue

    def _begin(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._deliver(delivery))
        self._busy[delivery.conversation_id] = task

        def done(_: object) -> None:
            self._busy.pop(delivery.conversation_id, None)
            self.kick()

        task.add_done_callback(done)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            if not await self.record.write(do_take_delivery, delivery, LEASE):
                return
            message, gone = await self.record.read(_look, delivery)
            if message.deleted_at is not None and not delivery.parts_sent:
                settled = DeliveryState.FAILED, "deleted before it was sent"
                await self.record.write(do_settle_delivery, delivery.id, *settled)
            elif gone is not None:
                settled = DeliveryState.UNREACHABLE, gone
                await self.record.write(do_settle_delivery, delivery.id, *settled)
            else:
                await self._attempt(delivery, message)
            await self.bus.wake(delivery.conversation_id)
        except RecordDown:
            log.warning("the care record does not answer; a delivery waits")

    async def _attempt(self, delivery: Delivery, message: Message) -> None:
        try:
            await self.senders[delivery.channel].send(delivery, message)
        except Later as later:
            wait = later.seconds if later.seconds is not None else 2.0**delivery.attempts
            await self.record.write(
                do_postpone_delivery, delivery.id, min(wait, LONGEST_WAIT), str(later)
            )
            return
        except Unreachable as gone:
            await self.record.write(_give_up, delivery, str(gone))
            return
        except Rejected as rejected:
            await self.record.write(
                do_settle_delivery, delivery.id, DeliveryState.FAILED, str(rejected)
            )
            return
        except Exception as fault:
            log.exception("sending failed")
            wait = min(2.0**delivery.attempts, LONGEST_WAIT)
            await self.record.write(do_postpone_delivery, delivery.id, wait, type(fault).__name__)
            return
        await self.record.write(_do_settle_sent, delivery, message)


def _do_settle_sent(connection: Connection, delivery: Delivery, sent: Message) -> None:
    """It arrived; where it was changed while it was sent, it goes on its way once more."""
    present = access_message(connection, sent.id)
    if (present.text, present.deleted_at) == (sent.text, sent.deleted_at):
        do_settle_delivery(connection, delivery.id, DeliveryState.SENT)
    else:
        do_postpone_delivery(connection, delivery.id, 0, "changed on its way")


def _look(connection: Connection, delivery: Delivery) -> tuple[Message, str | None]:
    """The message, and why its chat takes nothing (None: it does)."""
    sender = access_conversation(connection, delivery.conversation_id).sender
    gone = find_unreachable(connection, sender)
    return access_message(connection, delivery.message_id), gone.reason if gone else None


def _give_up(connection: Connection, delivery: Delivery, reason: str) -> None:
    """The chat takes nothing any more; what comes next is not tried until the customer is back."""
    sender = access_conversation(connection, delivery.conversation_id).sender
    do_settle_delivery(connection, delivery.id, DeliveryState.UNREACHABLE, reason)
    do_mark_unreachable(connection, sender, delivery.channel, reason)
