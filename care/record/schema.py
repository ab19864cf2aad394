"""The tables of the care record (SQLAlchemy Core). Changed only together with a migration."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time, always with the UTC zone in Python, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a time without zone; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time in the record needs a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give every time its UTC zone."""
        if value is None:
            return None
        time: datetime = value
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Json = JSON().with_variant(JSONB(), "postgresql")


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = True) -> Column[int]:
    return Column(name, ForeignKey(f"{target}.id"), nullable=nullable, index=index)


def _time(name: str, *, nullable: bool = False, index: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime, nullable=nullable, index=index)


counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)

customers = Table(
    "customers",
    metadata,
    _id(),
    Column("name", String(200)),
    Column("email", String(320), index=True),
    Column("language", String(16)),
    Column("verified", Boolean, nullable=False, default=False),
    Column("attributes", Json, nullable=False, default=dict),
    _time("created_at"),
    _time("last_seen_at"),
)

identities = Table(
    "identities",
    metadata,
    _id(),
    _ref("customer_id", "customers"),
    Column("channel", String(20), nullable=False),
    Column("external_id", String(255), nullable=False),
    _time("verified_at", nullable=True),
    _time("created_at"),
    UniqueConstraint("channel", "external_id"),
)

customer_sessions = Table(
    "customer_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _ref("customer_id", "customers"),
    Column("sender", String(255), nullable=False, index=True),
    Column("inbox", String(60), nullable=False, default="default"),
    _time("created_at"),
    _time("expires_at"),
)

teams = Table(
    "teams",
    metadata,
    _id(),
    Column("name", String(80), nullable=False, unique=True),
    _time("created_at"),
)

agents = Table(
    "agents",
    metadata,
    _id(),
    Column("email", String(320), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("password_hash", String(255)),
    Column("role", String(20), nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    Column("capacity", Integer, nullable=False, default=6),
    Column("settings", Json, nullable=False, default=dict),
    _time("created_at"),
)

agent_sessions = Table(
    "agent_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _ref("agent_id", "agents"),
    Column("user_agent", String(255)),
    _time("created_at"),
    _time("last_used_at"),
    _time("expires_at"),
)

conversations = Table(
    "conversations",
    metadata,
    _id(),
    Column("sender", String(255), nullable=False, index=True),
    _ref("customer_id", "customers"),
    Column("channel", String(20), nullable=False),
    Column("inbox", String(60), nullable=False, default="default"),
    Column("owner", String(10), nullable=False, default="bot"),
    _ref("agent_id", "agents", nullable=True),
    _ref("team_id", "teams", nullable=True),
    Column("status", String(10), nullable=False, default="open"),
    Column("audience", String(10), nullable=False, default="public"),
    Column("stage", String(10)),
    Column("priority", String(10), nullable=False, default="normal"),
    Column("language", String(16)),
    Column("context", Json, nullable=False, default=dict),
    Column("version", Integer, nullable=False, default=1),
    Column("lease_by", String(64)),
    Column("lease_until", Float),
    _time("opened_at"),
    _time("last_message_at", index=True),
    _time("waiting_since", nullable=True),
    _time("resolved_at", nullable=True),
    _time("snoozed_until", nullable=True),
    Index(
        "uq_conversations_current_sender",
        "sender",
        unique=True,
        sqlite_where=text("status <> 'resolved'"),
        postgresql_where=text("status <> 'resolved'"),
    ),
    Index("ix_conversations_owner_status", "owner", "status"),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    Column("author", String(10), nullable=False),
    _ref("agent_id", "agents", nullable=True, index=False),
    Column("channel", String(20), nullable=False),
    Column("kind", String(20), nullable=False, default="text"),
    Column("public", Boolean, nullable=False, default=True),
    Column("text", Text, nullable=False, default=""),
    Column("payload", Json, nullable=False, default=dict),
    Column("external_id", String(255)),
    Column("state", String(10), nullable=False, default="done"),
    Column("reply_to", ForeignKey("messages.id"), nullable=True),
    Column("reply_index", Integer),
    Column("handled_to", Integer, nullable=False, default=-1),
    Column("intent", String(80)),
    Column("confidence", Float),
    Column("understanding", Json),
    _time("created_at"),
    _time("edited_at", nullable=True),
    _time("deleted_at", nullable=True),
    UniqueConstraint("channel", "external_id"),
    UniqueConstraint("reply_to", "reply_index"),
    Index(
        "ix_messages_accepted",
        "conversation_id",
        sqlite_where=text("state = 'accepted'"),
        postgresql_where=text("state = 'accepted'"),
    ),
)

buttons = Table(
    "buttons",
    metadata,
    Column("token", String(40), primary_key=True),
    _ref("message_id", "messages"),
    _ref("conversation_id", "conversations"),
    Column("position", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("payload", Text, nullable=False),
    _time("used_at", nullable=True),
)

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _ref("conversation_id", "conversations", nullable=True, index=False),
    Column("kind", String(40), nullable=False),
    Column("public", Boolean, nullable=False),
    Column("data", Json, nullable=False),
    _time("created_at"),
    Index("ix_events_conversation_id_seq", "conversation_id", "seq"),
)

handoffs = Table(
    "handoffs",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    Column("reason", String(30), nullable=False),
    Column("summary", Text, nullable=False, default=""),
    Column("slots", Json, nullable=False, default=dict),
    Column("outcome", String(20)),
    _ref("agent_id", "agents", nullable=True),
    _time("requested_at"),
    _time("claimed_at", nullable=True),
    _time("first_reply_at", nullable=True),
    _time("ended_at", nullable=True),
)

feedback = Table(
    "feedback",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    _ref("customer_id", "customers"),
    _ref("message_id", "messages", nullable=True, index=False),
    _ref("agent_id", "agents", nullable=True),
    Column("kind", String(20), nullable=False),
    Column("score", Integer),
    Column("comment", Text),
    _time("created_at"),
)

interactions = Table(
    "interactions",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    _ref("message_id", "messages", nullable=True, index=False),
    Column("action", String(80), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("duration_ms", Float, nullable=False),
    Column("error", String(200)),
    _time("created_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    Column("message_id", ForeignKey("messages.id"), nullable=False, unique=True),
    Column("channel", String(20), nullable=False),
    Column("state", String(12), nullable=False, index=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("parts_sent", Integer, nullable=False, default=0),
    Column("external_ids", Json, nullable=False, default=list),
    Column("error", String(300)),
    _time("next_attempt_at", nullable=True),
    _time("created_at"),
    _time("updated_at"),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    _ref("agent_id", "agents", nullable=True),
    Column("action", String(60), nullable=False),
    Column("target", String(80), nullable=False),
    Column("data", Json, nullable=False, default=dict),
    _time("created_at"),
)
