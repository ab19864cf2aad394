"""Facts and daily aggregates of the measures, their reviews, and the weekly agenda."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None
TABLES = ("insight_facts", "insight_daily", "measure_settings", "measure_reviews", "agenda_items")


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def upgrade() -> None:
    """Add the tables; the reports fill themselves from the events."""
    _aggregates()
    op.create_table(
        "measure_settings",
        sa.Column("measure", sa.String(30), nullable=False),
        sa.Column("target", sa.Float(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        _time("updated_at"),
        _to("measure_settings", "owner_id", "agents"),
        sa.PrimaryKeyConstraint("measure", name="pk_measure_settings"),
    )
    op.create_table(
        "measure_reviews",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("measure", sa.String(30), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        _time("created_at"),
        _to("measure_reviews", "agent_id", "agents"),
        sa.PrimaryKeyConstraint("id", name="pk_measure_reviews"),
    )
    op.create_index("ix_measure_reviews_measure", "measure_reviews", ["measure"])
    _agenda()


def _aggregates() -> None:
    op.create_table(
        "insight_facts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(30), nullable=False),
        sa.Column("subject", sa.String(30), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(10), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("dim", sa.String(80), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        _time("at"),
        _to("insight_facts", "conversation_id", "conversations"),
        sa.PrimaryKeyConstraint("id", name="pk_insight_facts"),
    )
    op.create_index("ix_insight_facts_conversation_id", "insight_facts", ["conversation_id"])
    op.create_index("ix_insight_facts_measure_day", "insight_facts", ["measure", "day"])
    keys = ("day", "measure", "audience", "channel", "hour", "dim")
    op.create_table(
        "insight_daily",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(30), nullable=False),
        sa.Column("audience", sa.String(10), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dim", sa.String(80), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*keys, name="pk_insight_daily"),
    )
    op.create_index("ix_insight_daily_measure_day", "insight_daily", ["measure", "day"])


def _agenda() -> None:
    op.create_table(
        "agenda_items",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("told", JSON, nullable=False),
        sa.Column("costs", JSON, nullable=False),
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        _time("decided_at", nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        _time("published_at", nullable=True),
        _time("created_at"),
        _to("agenda_items", "owner_id", "agents"),
        _to("agenda_items", "decided_by", "agents"),
        sa.PrimaryKeyConstraint("id", name="pk_agenda_items"),
        sa.UniqueConstraint("week", "kind", "key", name="uq_agenda_items_week"),
    )
    op.create_index("ix_agenda_items_published_at", "agenda_items", ["published_at"])


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(TABLES):
        op.drop_table(table)
