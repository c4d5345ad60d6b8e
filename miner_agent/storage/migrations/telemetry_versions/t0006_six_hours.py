"""Devices by six hours: for days, months and years that are added up from hours otherwise."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SIX_HOURS_MS = 6 * 3_600_000
SUMS = (
    "ticks",
    "up_ticks",
    "covered_ms",
    "up_ms",
    "throttled_ms",
    "core_temperature_decicelsius_n",
    "core_temperature_decicelsius_sum",
    "core_temperature_decicelsius_max",
    "memory_temperature_decicelsius_n",
    "memory_temperature_decicelsius_sum",
    "memory_temperature_decicelsius_max",
    "hotspot_temperature_decicelsius_n",
    "hotspot_temperature_decicelsius_sum",
    "hotspot_temperature_decicelsius_max",
    "fan_permille_n",
    "fan_permille_sum",
    "power_milliwatts_n",
    "power_milliwatts_sum",
    "power_milliwatts_min",
    "power_milliwatts_max",
    "energy_millijoules_n",
    "energy_millijoules_sum",
    "utilization_permille_n",
    "utilization_permille_sum",
    "core_clock_megahertz_n",
    "core_clock_megahertz_sum",
    "memory_clock_megahertz_n",
    "memory_clock_megahertz_sum",
)


def upgrade() -> None:
    """Make the tables, of what the hours say so far: bucket by bucket, for all at once would be sorted on disk."""
    _make("ticks_6h", ("taken_at",), ("ticks", "covered_ms"))
    _make("device_6h", ("taken_at", "device"), SUMS, sqlite_with_rowid=False)
    log = op.get_bind()
    buckets = sa.text("SELECT DISTINCT taken_at - taken_at % :six_hours_ms FROM ticks_1h")
    for start in log.execute(buckets, {"six_hours_ms": SIX_HOURS_MS}).scalars().all():
        within = {"start": start, "end": start + SIX_HOURS_MS}
        log.execute(sa.text(_summing("ticks_6h", "ticks_1h", ("ticks", "covered_ms"))), within)
        log.execute(sa.text(_summing("device_6h", "device_1h", SUMS, by="device")), within)


def _make(name: str, keys: tuple[str, ...], sums: tuple[str, ...], **options: bool) -> None:
    op.create_table(
        name,
        *(sa.Column(key, NUMBER, primary_key=True, autoincrement=False) for key in keys),
        *(sa.Column(column, NUMBER) for column in sums),
        sqlite_strict=True,
        **options,
    )


def _summing(name: str, of: str, sums: tuple[str, ...], *, by: str | None = None) -> str:
    merged = ", ".join(f"{column[-3:] if column.endswith(('_min', '_max')) else 'sum'}({column})" for column in sums)
    subject, grouped = (f"{by}, ", f" GROUP BY {by}") if by else ("", "")
    rows = f"FROM {of} WHERE taken_at >= :start AND taken_at < :end{grouped}"
    return f"INSERT INTO {name} SELECT :start, {subject}{merged} {rows}"
