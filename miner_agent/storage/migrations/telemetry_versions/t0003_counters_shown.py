"""What counters of energy were last shown as, so that an older state is known for what it is."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "counters_shown",
        sa.Column("rig", sa.Text, primary_key=True),
        sa.Column("device", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("millijoules", NUMBER, nullable=False),
        sa.Column("taken_at", NUMBER, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
