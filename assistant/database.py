"""The connection to the database that keeps the assistant's memory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url

DEFAULT_URL = "sqlite:///var/tracker.db"
URL_VARIABLE = "CARELINE_TRACKER_URL"
POOL_SIZE = 4
BUSY_SECONDS = 5


class StoreDown(ConnectionError):
    """The database cannot be reached or did not take a write."""


class StoreConflict(RuntimeError):
    """Somebody else saved the conversation since it was read."""


def database_url(given: str | None = None) -> str:
    """The address to use: given, else from the environment, else a file in var/.

    The care server's address names another PostgreSQL driver; both forms work here.
    """
    url = given or os.environ.get(URL_VARIABLE) or DEFAULT_URL
    for foreign in ("postgres://", "postgresql+psycopg://", "postgresql://"):
        if url.startswith(foreign):
            return "postgresql+psycopg2://" + url[len(foreign) :]
    return url


def connect(url: str) -> Engine:
    """An engine with a small pool; nothing is opened until the first use.

    SQLite writes in WAL mode with synchronous=FULL: NORMAL can lose the last turns
    when the power fails.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(
            parsed,
            future=True,
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            pool_recycle=1800,
            connect_args={"connect_timeout": BUSY_SECONDS},
        )
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    pool: dict[str, Any] = (
        {"poolclass": sa.pool.StaticPool}
        if parsed.database in (None, "", ":memory:")
        else {"poolclass": sa.pool.QueuePool, "pool_size": POOL_SIZE}
    )
    engine = sa.create_engine(
        parsed,
        future=True,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
        **pool,
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction handling would begin too late for "write" below.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # Taking the write lock at once avoids the upgrade from reader to writer that
    # fails without waiting when somebody wrote in between.
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
