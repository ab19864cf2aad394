"""Alembic's entry point: runs the migrations on the record's own connection settings."""

from alembic import context

# The tables of these modules belong to the metadata.
from care.record import (  # noqa: F401
    schema_channels,
    schema_desk,
    schema_feedback,
    schema_insight,
    schema_web,
)
from care.record.record import Record
from care.record.schema import Json, UtcDateTime, metadata


def render(kind: str, item: object, _: object) -> str | bool:
    """Write our column types into a new revision as what the database has."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, type(Json)):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


record = Record(context.config.get_main_option("sqlalchemy.url") or "")
with record.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=record.sqlite,
        compare_type=True,
        render_item=render,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
record.close()
