"""Databases of their own, with or without a care record, and taking one away for a while.

The record's migrations run once in a process for each kind of database; what a test is given is
a copy of what they made.
"""

import contextlib
import itertools
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

from care.record.migrate import migrate

_numbers = itertools.count(1)


def new_record_file(path: Path) -> str:
    """A care record without rows, on SQLite; returns its address for SQLAlchemy."""
    path.write_bytes(_record_file())
    return f"sqlite:///{path}"


@contextlib.contextmanager
def new_record_database(server: str) -> Iterator[str]:
    """A care record without rows, on PostgreSQL; gives its address for SQLAlchemy."""
    url = own_database(server, _record_database(server))
    yield url.replace("postgresql://", "postgresql+psycopg://")
    name = sql.Identifier(url.rpartition("/")[2])
    _order(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def own_database(server: str, template: str = "template1") -> str:
    """A new database, empty or with what is in `template`; returns its address."""
    name = f"own_{next(_numbers)}"
    what = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    _order(server, what.format(sql.Identifier(name), sql.Identifier(template)))
    return f"{server.rpartition('/')[0]}/{name}"


@cache
def _record_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "care.db"
        migrate(f"sqlite:///{path}")
        return path.read_bytes()


@cache
def _record_database(server: str) -> str:
    url = own_database(server)
    migrate(url.replace("postgresql://", "postgresql+psycopg://"))
    return url.rpartition("/")[2]


@contextlib.contextmanager
def away(url: str) -> Iterator[None]:
    """While this lasts, the database accepts nobody, and who was connected is cut off."""
    server, _, name = url.rpartition("/")
    admin, database = f"{server}/postgres", sql.Identifier(name)
    _order(admin, sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(database))
    _order(
        admin,
        sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}").format(
            sql.Literal(name)
        ),
    )
    try:
        yield
    finally:
        _order(admin, sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(database))


def _order(url: str, what: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(what)
