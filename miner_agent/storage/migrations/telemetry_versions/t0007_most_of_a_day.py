"""Devices by any 23 hours, for days of every time zone. They are written from here on: to make up a fleet's year of
them would take minutes, and what is not there is asked of the hours."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SUMS = (
    "covered_ms",
    "up_ms",
    "core_temperature_decicelsius_n",
    "core_temperature_decicelsius_sum",
    "core_temperature_decicelsius_max",
    "power_milliwatts_n",
    "power_milliwatts_sum",
    "power_milliwatts_min",
    "power_milliwatts_max",
    "energy_millijoules_sum",
)


def upgrade() -> None:
    """Make the tables."""
    _make("ticks_23h", ("taken_at",), ("ticks", "covered_ms"))
    _make("device_23h", ("taken_at", "device"), SUMS, sqlite_with_rowid=False)


def _make(name: str, keys: tuple[str, ...], sums: tuple[str, ...], **options: bool) -> None:
    op.create_table(
        name,
        *(sa.Column(key, NUMBER, primary_key=True, autoincrement=False) for key in keys),
        *(sa.Column(column, NUMBER) for column in sums),
        sqlite_strict=True,
        **options,
    )
