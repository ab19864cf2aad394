"""One after the other, by key: updates of one chat keep their order."""

import asyncio
from weakref import WeakValueDictionary


class Locks:
    """A lock for each key, kept only as long as somebody uses it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[object, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: object) -> asyncio.Lock:
        """The lock of a key; first come, first served."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock
