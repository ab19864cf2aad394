"""Asking Telegram for updates: the default, needs no public address."""

import asyncio
import contextlib
import logging
import secrets

from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)

from care.background import Background
from care.gateway.channels.telegram.client import Client, RawUpdates
from care.gateway.channels.telegram.updates import WANTED, Updates
from care.record.holders import do_hold, do_let_go
from care.record.record import Record, RecordDown

log = logging.getLogger(__name__)
WAIT = 20
"""Seconds that Telegram holds the answer open while there is nothing."""
HOLD = 60.0
LONGEST_PAUSE = 60.0


class Polling:
    """One process at a time asks; an update is confirmed by asking for the next one."""

    def __init__(self, record: Record, client: Client, updates: Updates) -> None:
        self.record = record
        self.client = client
        self.updates = updates
        self.trouble: str | None = None
        self._name = f"telegram:{client.bot.id}"
        self._holder = secrets.token_hex(8)
        self._offset: int | None = None
        self._faults = 0
        self._work = Background(self._run)

    async def start(self) -> None:
        """Begin to ask, in the background."""
        self._work.start()

    async def stop(self) -> None:
        """Stop asking; let another process take over at once."""
        await self._work.stop()
        with contextlib.suppress(RecordDown):
            await self.record.write(do_let_go, self._holder)

    async def _run(self) -> None:
        introduced = False
        while True:
            try:
                if not await self.record.write(do_hold, self._name, self._holder, HOLD):
                    await asyncio.sleep(5)
                    continue
                if not introduced:
                    await self.client.bot.delete_webhook(drop_pending_updates=False)
                    await self.client.introduce()
                    introduced = True
                await self._ask()
                self._faults, self.trouble = 0, None
            except RecordDown:
                await self._pause("the care record does not answer", None)
            except TelegramRetryAfter as later:
                await self._pause("Telegram asks us to slow down", float(later.retry_after))
            except TelegramConflictError:
                await self._pause("another program asks Telegram with the same bot token", None)
            except TelegramUnauthorizedError:
                await self._pause("Telegram refuses CARELINE_TELEGRAM_TOKEN", LONGEST_PAUSE)
            except AiogramError as fault:
                await self._pause(f"Telegram cannot be reached ({type(fault).__name__})", None)
            except Exception:
                log.exception("an update failed; it is tried again")
                await self._pause("an update could not be dealt with", None)

    async def _ask(self) -> None:
        ask = RawUpdates(offset=self._offset, timeout=WAIT, allowed_updates=WANTED)
        for raw in await self.client.bot(ask, request_timeout=WAIT + 15):
            await self.updates.handle(raw)
            number = raw.get("update_id")
            if isinstance(number, int):
                self._offset = max(self._offset or 0, number + 1)

    async def _pause(self, trouble: str, seconds: float | None) -> None:
        self._faults += 1
        wait = seconds if seconds is not None else min(2.0 ** (self._faults - 1), LONGEST_PAUSE)
        if self._faults == 1 or trouble != self.trouble:
            log.warning("telegram: %s; trying again in %.0f s", trouble, wait)
        self.trouble = trouble
        await asyncio.sleep(wait)
