"""Where the last run left the wall clock."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table. It has one row, or none."""
    op.create_table(
        "clock",
        sa.Column("boot_id", sa.Text),
        sa.Column("taken_at", NUMBER, nullable=False),
        sa.Column("monotonic_ms", NUMBER, nullable=False),
        sa.Column("even_ms", NUMBER, nullable=False),
        sqlite_strict=True,
    )
