"""Markets by the hour, and what was advised."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REAL: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "market",
        sa.Column("taken_at", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("coin", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("price", sa.Text, nullable=False),
        sa.Column("difficulty", REAL),
        sa.Column("coins_per_hash_per_second_per_day", REAL),
        sa.Column("block_reward_coins", REAL),
        sa.Column("price_per_kilowatt_hour", sa.Text),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "decisions",
        sa.Column("taken_at", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("part", sa.Text, primary_key=True),
        sa.Column("rig", sa.Text, nullable=False),
        sa.Column("before_coin", sa.Text),
        sa.Column("after_coin", sa.Text),
        sa.Column("wanted_coin", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("refused", NUMBER, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sqlite_strict=True,
    )
