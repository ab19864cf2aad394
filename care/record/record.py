"""Opening the care record and running transactions on it, off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.pool import QueuePool

T = TypeVar("T")
TRIES = 5
CROSSED = ("DeadlockDetected", "SerializationFailure")
"""Two transactions wanted the same rows in another order: PostgreSQL ended one, which begins anew."""


class RecordDown(RuntimeError):
    """The database cannot be reached or refused the transaction for a reason that may pass."""


def now() -> datetime:
    """The present time, in UTC."""
    return datetime.now(UTC)


class Record:
    """The care record. `read` and `write` take a function of a Connection.

    A function given to `write` runs in one transaction: all of it is kept or nothing. On SQLite
    writers take the write lock at the start, one after the other, in one thread.
    """

    def __init__(self, url: str, pool_size: int = 8) -> None:
        self.url = url
        self.sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _engine(url, pool_size)
        self._writers = ThreadPoolExecutor(1 if self.sqlite else pool_size, "record-write")
        self._readers = ThreadPoolExecutor(pool_size, "record-read")

    async def read(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work(connection, *args)` and return what it returns; nothing is kept."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self.read_now, work, *args)

    async def write(self, work: Callable[..., T], *args: Any) -> T:
        """Run `work(connection, *args)` in one transaction and return what it returns."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writers, self.write_now, work, *args)

    def read_now(self, work: Callable[..., T], *args: Any) -> T:
        """`read`, in the calling thread."""
        return self._run("BEGIN", Connection.rollback, work, *args)

    def write_now(self, work: Callable[..., T], *args: Any) -> T:
        """`write`, in the calling thread."""
        return self._run("BEGIN IMMEDIATE", Connection.commit, work, *args)

    def _run(
        self, begin: str, end: Callable[[Connection], None], work: Callable[..., T], *args: Any
    ) -> T:
        for tries in range(1, TRIES + 1):
            try:
                return self._once(begin, end, work, *args)
            except (OperationalError, InterfaceError) as error:
                reason = type(error.orig).__name__
                if reason not in CROSSED or tries == TRIES:
                    raise RecordDown(reason) from error
        raise RecordDown("crossed")

    def _once(
        self, begin: str, end: Callable[[Connection], None], work: Callable[..., T], *args: Any
    ) -> T:
        with self.engine.connect() as connection:
            if self.sqlite:
                connection.exec_driver_sql(begin)
            try:
                result = work(connection, *args)
                end(connection)
            except BaseException:
                connection.rollback()
                raise
            return result

    def close(self) -> None:
        """End the threads and connections."""
        self._writers.shutdown()
        self._readers.shutdown()
        self.engine.dispose()


def _engine(url: str, pool_size: int) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
    file = make_url(url).database
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=pool_size,
        connect_args={"check_same_thread": False, "timeout": 15},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions are begun by `write_now`, not the driver
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
