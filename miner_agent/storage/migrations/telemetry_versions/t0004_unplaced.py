"""Energy that a device's own counter knows of a gap: how much it was, and not when."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "unplaced",
        sa.Column("taken_at", NUMBER, primary_key=True, autoincrement=False),  # when the counter was read again
        sa.Column("device", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("energy_millijoules", NUMBER, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
