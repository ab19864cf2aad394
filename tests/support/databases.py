"""Databases of their own on the session's PostgreSQL, and taking one away for a while."""

import contextlib
import itertools
from collections.abc import Iterator

import psycopg
from psycopg import sql

_numbers = itertools.count(1)


def own_database(server: str) -> str:
    """A new, empty database; returns its address."""
    name = f"channels_{next(_numbers)}"
    _order(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return f"{server.rpartition('/')[0]}/{name}"


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
