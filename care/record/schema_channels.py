"""The tables that only the chat channels need, beside those of schema.py (same metadata)."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from care.record.schema import Json, UtcDateTime, metadata

unreachables = Table(
    "unreachables",
    metadata,
    Column("address", String(255), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("reason", String(300), nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

remote_files = Table(
    "remote_files",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("message_id", ForeignKey("messages.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("ref", Json, nullable=False),
    Column("state", String(10), nullable=False, default="wanted"),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", String(300)),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    UniqueConstraint("message_id", "position"),
    Index("ix_remote_files_state_next_attempt_at", "state", "next_attempt_at"),
)

agent_threads = Table(
    "agent_threads",
    metadata,
    Column("handoff_id", ForeignKey("handoffs.id"), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("place", String(60), nullable=False),
    Column("external_id", String(60)),
    Column("relayed_seq", Integer, nullable=False),
    Column("card", String(64)),
    Column("state", String(10), nullable=False, default="open", index=True),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("place", "external_id"),
)

holders = Table(
    "holders",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Float, nullable=False),
)
