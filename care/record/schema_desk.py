"""The tables that only the desk needs, beside those of schema.py (same metadata)."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from care.record.schema import Json, UtcDateTime, audit, metadata


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = True) -> Column[int]:
    return Column(name, ForeignKey(f"{target}.id"), nullable=nullable, index=index)


team_members = Table(
    "team_members",
    metadata,
    Column("team_id", ForeignKey("teams.id"), primary_key=True),
    Column("agent_id", ForeignKey("agents.id"), primary_key=True, index=True),
)

desk_states = Table(
    "desk_states",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("seen_message_id", Integer, nullable=False, default=0),
    _ref("offered_agent_id", "agents", nullable=True),
    _ref("wanted_agent_id", "agents", nullable=True),
    Column("assigned_at", UtcDateTime),
    Column("handoff_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("asked_at", UtcDateTime),
    Column("due_at", UtcDateTime, index=True),
    Column("due_kind", String(10)),
    Column("policy", String(80)),
    Column("late_first", Boolean, nullable=False, default=False),
    Column("late_next", Boolean, nullable=False, default=False),
    Column("late_resolution", Boolean, nullable=False, default=False),
)

conversation_tags = Table(
    "conversation_tags",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("tag", String(40), primary_key=True, index=True),
)

transfers = Table(
    "transfers",
    metadata,
    _id(),
    _ref("conversation_id", "conversations"),
    Column("from_agent_id", ForeignKey("agents.id"), nullable=False),
    Column("to_agent_id", ForeignKey("agents.id")),
    Column("to_team_id", ForeignKey("teams.id")),
    Column("comment", Text, nullable=False, default=""),
    Column("state", String(10), nullable=False),
    Column("answer", Text, nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
)

notifications = Table(
    "notifications",
    metadata,
    _id(),
    _ref("agent_id", "agents", index=False),
    Column("kind", String(20), nullable=False),
    _ref("conversation_id", "conversations", nullable=True, index=False),
    Column("message_id", ForeignKey("messages.id")),
    Column("by_agent_id", ForeignKey("agents.id")),
    Column("text", String(300), nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),
    Index("ix_notifications_agent_id_id", "agent_id", "id"),
)

canned_replies = Table(
    "canned_replies",
    metadata,
    _id(),
    Column("shortcut", String(40), nullable=False, unique=True),
    Column("title", String(120), nullable=False),
    Column("text", Text, nullable=False),
    _ref("team_id", "teams", nullable=True, index=False),
    Column("created_by", ForeignKey("agents.id")),
    Column("updated_at", UtcDateTime, nullable=False),
)

agent_presence = Table(
    "agent_presence",
    metadata,
    Column("agent_id", ForeignKey("agents.id"), primary_key=True),
    Column("wanted", String(10), nullable=False, default="online"),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("assigned_at", UtcDateTime),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    _id(),
    Column("key", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_sign_in_failures_key_at", "key", "at"),
)

invitations = Table(
    "invitations",
    metadata,
    _id(),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("kind", String(10), nullable=False),
    Column("email", String(320), nullable=False),
    Column("data", Json, nullable=False, default=dict),
    _ref("agent_id", "agents", nullable=True),
    Column("created_by", ForeignKey("agents.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

agent_identities = Table(
    "agent_identities",
    metadata,
    _id(),
    _ref("agent_id", "agents"),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Index("uq_agent_identities_issuer_subject", "issuer", "subject", unique=True),
)

corrections = Table(
    "corrections",
    metadata,
    _id(),
    Column("kind", String(12), nullable=False),
    _ref("conversation_id", "conversations", nullable=True),
    Column("message_id", ForeignKey("messages.id"), unique=True),
    Column("text", Text, nullable=False),
    Column("language", String(16)),
    Column("was_intent", String(80)),
    Column("confidence", Integer),
    Column("intent", String(80)),
    Column("state", String(10), nullable=False, index=True),
    Column("agent_id", ForeignKey("agents.id")),
    Column("reviewed_by", ForeignKey("agents.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("reviewed_at", UtcDateTime),
)

desk_settings = Table(
    "desk_settings",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Json, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

trainings = Table(
    "trainings",
    metadata,
    _id(),
    Column("state", String(12), nullable=False),
    Column("started_by", ForeignKey("agents.id")),
    Column("examples", Integer, nullable=False, default=0),
    Column("before", Json),
    Column("after", Json),
    Column("model", String(255)),
    Column("error", Text),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("live_at", UtcDateTime),
)

Index("ix_audit_target", audit.c.target)
