"""Showing customers on a chat channel that somebody is about to answer."""

from collections.abc import Callable

from care.background import Background
from care.bus import Bus
from care.record.conversations import access_conversation
from care.record.ids import ConversationId
from care.record.record import Record, RecordDown


class Typing:
    """Hears typing frames on the bus and shows those of one channel's conversations."""

    def __init__(self, channel: str, record: Record, bus: Bus, show: Callable[[str], None]) -> None:
        self.channel = channel
        self.record = record
        self.bus = bus
        self.show = show
        self._work = Background(self._run)

    async def start(self) -> None:
        """Begin to listen."""
        self._work.start()

    async def stop(self) -> None:
        """Stop listening."""
        await self._work.stop()

    async def _run(self) -> None:
        async with self.bus.listen() as signals:
            while True:
                signal = await signals.get()
                frame = signal.frame or {}
                if frame.get("type") != "typing" or frame.get("author") not in ("bot", "agent"):
                    continue
                if signal.conversation_id is None:
                    continue
                try:
                    found = await self.record.read(
                        access_conversation, ConversationId(signal.conversation_id)
                    )
                except (LookupError, RecordDown):
                    continue
                if found.channel == self.channel:
                    self.show(found.sender)
