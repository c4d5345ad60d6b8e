"""What counters of every kind were last shown as, each in its smallest unit."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename what was made for energy alone."""
    op.execute("ALTER TABLE counters_shown RENAME COLUMN millijoules TO shown")
