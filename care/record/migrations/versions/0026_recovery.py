"""Recovery cases: what follows from a low score or a complaint."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLE = "recovery_cases"
REFERENCES = {
    "feedback_id": "feedback",
    "conversation_id": "conversations",
    "customer_id": "customers",
    "owner_id": "agents",
    "closed_by": "agents",
    "told_message_id": "messages",
}
INDEXED = ("conversation_id", "customer_id", "due_at", "owner_id", "state")


def upgrade() -> None:
    """Add the table and its indexes."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("feedback_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("told_message_id", sa.Integer(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{TABLE}_{column}_{to}")
            for column, to in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{TABLE}"),
        sa.UniqueConstraint("reference", name=f"uq_{TABLE}_reference"),
        sa.UniqueConstraint("feedback_id", name=f"uq_{TABLE}_feedback_id"),
    )
    for column in INDEXED:
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table(TABLE)
