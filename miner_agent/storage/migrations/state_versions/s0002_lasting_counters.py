"""Counters by rig, with what may have been shown of them, and the boot in which they were written."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Move the energy over. Pages showed it unrounded: up to a millijoule more than was kept."""
    op.create_table(
        "energy_counters",
        sa.Column("rig", sa.Text, primary_key=True),
        sa.Column("device", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("millijoules_counted", NUMBER, nullable=False),
        sa.Column("millijoules_floor", NUMBER, nullable=False),
        sa.Column("millijoules_ceiling", NUMBER, nullable=False),
        sqlite_strict=True,
    )
    op.execute(  # char(31) stood between the name of another rig and that of its device
        "INSERT INTO energy_counters "
        "SELECT substr(device, 1, max(instr(device, char(31)) - 1, 0)), substr(device, instr(device, char(31)) + 1), "
        "source, millijoules_total, millijoules_total + 1, millijoules_total + 1 FROM energy"
    )
    op.drop_table("energy")
    op.create_table("boot", sa.Column("boot_id", sa.Text, nullable=False), sqlite_strict=True)
