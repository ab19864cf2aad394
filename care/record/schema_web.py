"""The tables of the website channel, beside those of schema.py (same metadata)."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from care.record.schema import Json, UtcDateTime, metadata

inboxes = Table(
    "inboxes",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("settings", Json, nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Column("updated_by", ForeignKey("agents.id"), nullable=True),
    Column("updated_at", UtcDateTime, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("sender", String(255), nullable=False),
    Column("author", String(10), nullable=False),
    Column("name", String(200), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("message_id", ForeignKey("messages.id"), nullable=True, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_files_sender_created_at", "sender", "created_at"),
)
