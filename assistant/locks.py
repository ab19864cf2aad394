"""One turn at a time in each conversation, first come first served.

Inside one process an asyncio lock does it without polling. Several processes share
a queue in Redis, changed only by scripts that Redis runs whole: Rasa's own Redis
lock reads, changes and writes back, and lost a message in 6 of 40 simultaneous pairs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore
from rasa.utils.endpoints import EndpointConfig

URL_VARIABLE = "REDIS_URL"
LEASE_SECONDS = 15.0
"""A process that says nothing for so long has died; the next in line goes on."""
RENEW_SECONDS = 4.0
LOOK_SECONDS = 1.0
"""How often somebody who waits looks whether the one before has died."""
KEY = "careline:lock:"

# KEYS: queue, lease of this ticket. ARGV: ticket, lease in ms, prefix of leases.
# Drops the dead from the head of the queue; 1 if this ticket is first now.
_TRY = """
redis.call('SET', KEYS[2], 1, 'PX', ARGV[2])
if not redis.call('LPOS', KEYS[1], ARGV[1]) then redis.call('RPUSH', KEYS[1], ARGV[1]) end
local head = redis.call('LINDEX', KEYS[1], 0)
while head ~= ARGV[1] do
  if redis.call('EXISTS', ARGV[3] .. head) == 1 then return 0 end
  redis.call('LPOP', KEYS[1])
  head = redis.call('LINDEX', KEYS[1], 0)
end
return 1
"""

# KEYS: queue, lease. ARGV: ticket, prefix of bells. Leaves and rings the next one's bell.
_LEAVE = """
local was_first = redis.call('LINDEX', KEYS[1], 0) == ARGV[1]
redis.call('LREM', KEYS[1], 0, ARGV[1])
redis.call('DEL', KEYS[2])
local head = redis.call('LINDEX', KEYS[1], 0)
if was_first and head then
  redis.call('RPUSH', ARGV[2] .. head, 1)
  redis.call('PEXPIRE', ARGV[2] .. head, 60000)
end
return 1
"""


class ConversationLocks(LockStore):
    """The lock store of endpoints.yml: Redis where REDIS_URL names one, else in process."""

    def __init__(self, endpoint_config: EndpointConfig | None = None) -> None:
        """Choose the kind of lock; Redis is not contacted yet."""
        super().__init__()
        url = (endpoint_config.url if endpoint_config else None) or os.environ.get(URL_VARIABLE)
        self._locks: _InProcess | _InRedis = _InRedis(url) if url else _InProcess()

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LOCK_LIFETIME,
        wait_time_in_seconds: float = 1,
    ) -> AsyncIterator[TicketLock]:
        """Hold the conversation; raises LockError where Redis cannot be reached.

        The two times of the stock interface do nothing: nobody polls here, and a
        lock lasts as long as its holder lives.
        """
        async with self._locks.hold(conversation_id):
            yield TicketLock(conversation_id)

    # The ticket interface of the base class is not used by anything but `lock`.
    def get_lock(self, conversation_id: str) -> TicketLock | None:
        """Nothing to show: tickets are not kept in the stock form."""
        return None

    def delete_lock(self, conversation_id: str) -> None:
        """Nothing to delete."""

    def save_lock(self, lock: TicketLock) -> None:
        """Nothing to save."""


class _InProcess:
    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def hold(self, conversation_id: str) -> AsyncIterator[None]:
        lock, users = self._locks.get(conversation_id, (asyncio.Lock(), 0))
        self._locks[conversation_id] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[conversation_id]
            if users == 1:
                del self._locks[conversation_id]
            else:
                self._locks[conversation_id] = (lock, users - 1)


class _InRedis:
    def __init__(self, url: str) -> None:
        import redis.asyncio

        self._redis: Any = redis.asyncio.Redis.from_url(
            url, socket_connect_timeout=5, socket_timeout=None
        )
        self._try = self._redis.register_script(_TRY)
        self._leave = self._redis.register_script(_LEAVE)
        self._errors = redis.exceptions.RedisError

    @asynccontextmanager
    async def hold(self, conversation_id: str) -> AsyncIterator[None]:
        queue, ticket = KEY + conversation_id, uuid.uuid4().hex
        lease = asyncio.create_task(self._renew(queue, ticket))
        try:
            try:
                await self._wait(queue, ticket)
            except (self._errors, OSError) as error:
                raise LockError("the lock server cannot be reached") from error
            yield
        finally:
            lease.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await lease
            # Left behind, the ticket would only expire with its lease.
            with contextlib.suppress(self._errors, OSError):
                await self._leave(keys=[queue, KEY + "lease:" + ticket], args=[ticket, KEY + "bell:"])

    async def _wait(self, queue: str, ticket: str) -> None:
        while not await self._first(queue, ticket):
            await self._redis.blpop([KEY + "bell:" + ticket], timeout=LOOK_SECONDS)

    async def _first(self, queue: str, ticket: str) -> bool:
        keys = [queue, KEY + "lease:" + ticket]
        args: list[str | int] = [ticket, int(LEASE_SECONDS * 1000), KEY + "lease:"]
        return bool(await self._try(keys=keys, args=args))

    async def _renew(self, queue: str, ticket: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            with contextlib.suppress(self._errors, OSError):
                await self._redis.pexpire(KEY + "lease:" + ticket, int(LEASE_SECONDS * 1000))
