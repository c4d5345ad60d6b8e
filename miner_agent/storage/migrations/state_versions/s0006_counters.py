"""Counters of whatever outlives the agent, each in its smallest unit."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename what was made for energy alone."""
    op.rename_table("energy_counters", "counters")
    for name in ("counted", "floor", "ceiling"):
        op.execute(f"ALTER TABLE counters RENAME COLUMN millijoules_{name} TO {name}")
