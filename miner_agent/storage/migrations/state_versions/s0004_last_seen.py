"""Who told of what each counter counts, and in which run last."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add both; of what earlier versions wrote neither is known. Runs are numbered: no clock is wrong about them."""
    op.add_column("energy_counters", sa.Column("told_by", sa.Text))
    op.add_column("energy_counters", sa.Column("run", NUMBER))
    op.create_table("runs", sa.Column("number", NUMBER, nullable=False), sqlite_strict=True)
    op.execute("INSERT INTO runs VALUES (0)")
