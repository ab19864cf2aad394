"""Making a row at the first need, where another transaction may be making it in the same moment."""

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def do_insert_missing(connection: Connection, table: Table, **values: Any) -> None:
    """Insert a row, unless one with its key is there or comes there first: that one then stays."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())
