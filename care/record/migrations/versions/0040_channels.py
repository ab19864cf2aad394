"""Tables of the chat channels: who cannot be reached, files to fetch, agents' threads, holders.

Revision ID: 0040
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0030"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "unreachables",
        sa.Column("address", sa.String(255), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_unreachables"),
    )
    op.create_table(
        "remote_files",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("ref", JSON, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(300)),
        sa.Column("next_attempt_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_remote_files"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_remote_files_message_id_messages"
        ),
        sa.UniqueConstraint("message_id", "position", name="uq_remote_files_message_id_position"),
    )
    op.create_index(
        "ix_remote_files_state_next_attempt_at", "remote_files", ["state", "next_attempt_at"]
    )
    op.create_table(
        "agent_threads",
        sa.Column("handoff_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(60), nullable=False),
        sa.Column("external_id", sa.String(60)),
        sa.Column("relayed_seq", sa.Integer(), nullable=False),
        sa.Column("card", sa.String(64)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("handoff_id", name="pk_agent_threads"),
        sa.ForeignKeyConstraint(
            ["handoff_id"], ["handoffs.id"], name="fk_agent_threads_handoff_id_handoffs"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_agent_threads_conversation_id_conversations",
        ),
        sa.UniqueConstraint("place", "external_id", name="uq_agent_threads_place_external_id"),
    )
    op.create_index("ix_agent_threads_conversation_id", "agent_threads", ["conversation_id"])
    op.create_index("ix_agent_threads_state", "agent_threads", ["state"])
    op.create_table(
        "holders",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_holders"),
    )


def downgrade() -> None:
    """Remove the tables."""
    for name in ("holders", "agent_threads", "remote_files", "unreachables"):
        op.drop_table(name)
