"""The tables of the reports, beside those of schema.py (same metadata)."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from care.record.schema import Json, UtcDateTime, metadata

insight_facts = Table(
    "insight_facts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("measure", String(30), nullable=False),
    Column("subject", String(30), nullable=False),
    Column("day", Date, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("audience", String(10), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("dim", String(80), nullable=False, default=""),
    Column("value", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_insight_facts_measure_day", "measure", "day"),
)

insight_daily = Table(
    "insight_daily",
    metadata,
    Column("day", Date, primary_key=True),
    Column("measure", String(30), primary_key=True),
    Column("audience", String(10), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("dim", String(80), primary_key=True),
    Column("n", Integer, nullable=False),
    Column("total", BigInteger, nullable=False),
    Index("ix_insight_daily_measure_day", "measure", "day"),
)

measure_settings = Table(
    "measure_settings",
    metadata,
    Column("measure", String(30), primary_key=True),
    Column("target", Float),
    Column("owner_id", ForeignKey("agents.id")),
    Column("updated_at", UtcDateTime, nullable=False),
)

measure_reviews = Table(
    "measure_reviews",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("measure", String(30), nullable=False, index=True),
    Column("agent_id", ForeignKey("agents.id"), nullable=False),
    Column("decision", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

agenda_items = Table(
    "agenda_items",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("week", Date, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("key", String(80), nullable=False),
    Column("told", Json, nullable=False),
    Column("costs", Json, nullable=False),
    Column("proposal", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("owner_id", ForeignKey("agents.id")),
    Column("decided_by", ForeignKey("agents.id")),
    Column("decided_at", UtcDateTime),
    Column("said", Text, nullable=False, default=""),
    Column("did", Text, nullable=False, default=""),
    Column("published_at", UtcDateTime, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("week", "kind", "key"),
)
