"""Keeping to a platform's pace: so many messages a chat, so many in all."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic

FORGET_ABOVE = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` messages at once, then `per_second`."""

    burst: float
    per_second: float


class _Bucket:
    """Tells how long the next message has to wait; taking its place counts at once."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.level = 0.0
        self.at = monotonic()

    def take(self) -> float:
        present = monotonic()
        drained = (present - self.at) * self.rate.per_second
        self.level = max(self.level - drained, 0.0) + 1
        self.at = present
        return max(self.level - self.rate.burst, 0.0) / self.rate.per_second


class Pacer:
    """Waits before each message as long as the platform's limits ask."""

    def __init__(self, chat: Rate, total: Rate, group: Rate | None = None) -> None:
        self._chat = chat
        self._group = group or chat
        self._total = _Bucket(total)
        self._chats: OrderedDict[str, _Bucket] = OrderedDict()

    async def turn(self, address: str, *, group: bool = False) -> None:
        """Return when a message may go to this chat."""
        if len(self._chats) > FORGET_ABOVE:
            self._chats.popitem(last=False)
        bucket = self._chats.setdefault(address, _Bucket(self._group if group else self._chat))
        self._chats.move_to_end(address)
        wait = max(bucket.take(), self._total.take())
        if wait > 0:
            await asyncio.sleep(wait)
