"""The tables of the assistant's own memory, and how older ones are brought up to date.

Only ever add a migration; a table that was once created stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

metadata = sa.MetaData()

schema_version = sa.Table(
    "assistant_schema", metadata, sa.Column("version", sa.Integer, nullable=False)
)

conversations = sa.Table(
    "assistant_conversations",
    metadata,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    # Counts the saves: whoever saves must have read the last one.
    sa.Column("version", sa.Integer, nullable=False),
    # Number of the next event, and of the first one in the window.
    sa.Column("next_seq", sa.Integer, nullable=False),
    sa.Column("window_seq", sa.Integer, nullable=False),
    # What was true where the window starts, as events in JSON.
    sa.Column("statement", sa.Text, nullable=False),
    sa.Column("updated_at", sa.Float, nullable=False),
)

events = sa.Table(
    "assistant_events",
    metadata,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("type_name", sa.String(64), nullable=False),
    sa.Column("timestamp", sa.Float, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
)

answers = sa.Table(
    "assistant_answers",
    metadata,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("message_id", sa.String(255), primary_key=True),
    # The conversation's version that the answer made; the oldest ones are dropped by it.
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("lines", sa.Text, nullable=False),
)


class NewerSchema(RuntimeError):
    """The database was written by a newer release than this one."""


def _create(connection: Connection) -> None:
    metadata.create_all(connection)


MIGRATIONS: list[Callable[[Connection], None]] = [_create]
"""Migration n brings the tables from version n to n + 1."""

_POSTGRES_LOCK = 720_415_001
"""Any number that nothing else in the database locks."""


def migrate(engine: Engine) -> int:
    """Bring the tables up to date in one transaction; several processes may try at once.

    Returns:
        The version that the tables have now.

    Raises:
        NewerSchema: where the tables come from a newer release.
    """
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": _POSTGRES_LOCK})
        schema_version.create(connection, checkfirst=True)
        found = connection.execute(sa.select(schema_version.c.version)).scalar()
        version = int(found or 0)
        if version > len(MIGRATIONS):
            raise NewerSchema(f"tables have version {version}, this release knows {len(MIGRATIONS)}")
        for step in MIGRATIONS[version:]:
            step(connection)
        if found is None:
            connection.execute(schema_version.insert().values(version=len(MIGRATIONS)))
        elif version < len(MIGRATIONS):
            connection.execute(schema_version.update().values(version=len(MIGRATIONS)))
    return len(MIGRATIONS)
