"""The tables of recovery, beside those of schema.py (same metadata)."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text

from care.record.schema import UtcDateTime, metadata

recovery_cases = Table(
    "recovery_cases",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("reference", String(20), nullable=False, unique=True),
    Column("feedback_id", ForeignKey("feedback.id"), nullable=False, unique=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("reason", String(20), nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("owner_id", ForeignKey("agents.id"), nullable=True, index=True),
    Column("due_at", UtcDateTime, nullable=False, index=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("closed_by", ForeignKey("agents.id")),
    Column("done", Text, nullable=False, default=""),
    Column("told_message_id", ForeignKey("messages.id")),
    Column("reopened", Integer, nullable=False, default=0),
)
