"""Devices by eight days, with how many of their hours are held, and whole miners: for years that are added up from six
hours and from hours otherwise. Rates are no whole numbers: theirs stay those of hours, beside each other."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REAL: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

HOUR_MS = 3_600_000
EIGHT_DAYS_MS = 192 * HOUR_MS
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
SUMS_OF_MINERS = (
    "covered_ms",
    "hashes_per_second_n",
    "accepted_shares_gained",
    "rejected_shares_gained",
    "stale_shares_gained",
    "invalid_shares_gained",
)
HELD = (
    "SELECT count(*) FROM ticks_1h AS hour WHERE taken_at >= :start AND taken_at < :end AND"
    " (EXISTS (SELECT 1 FROM work_1h WHERE taken_at = hour.taken_at)"
    " OR EXISTS (SELECT 1 FROM device_1h WHERE taken_at = hour.taken_at))"
)
HOURS_OF_MINERS = (
    "FROM ticks_1h AS hour CROSS JOIN work_1h AS work ON work.taken_at = hour.taken_at"
    " WHERE hour.taken_at >= :start AND hour.taken_at < :end"
    " AND workload IN (SELECT id FROM workloads WHERE device IS NULL)"
)


def upgrade() -> None:
    """Make the tables, of what is there so far: bucket by bucket, for all at once would be sorted on disk."""
    _make("ticks_8d", ("taken_at",), _numbers("ticks", "covered_ms", "held_hours"))
    _make("device_8d", ("taken_at", "device"), _numbers(*SUMS), sqlite_with_rowid=False)
    _make("miners_8d", ("taken_at", "workload"), _numbers(*SUMS_OF_MINERS), sqlite_with_rowid=False)
    rate = sa.Column("hashes_per_second_sum", REAL)
    _make("rates_8d", ("taken_at", "workload", "hour"), (rate,), sqlite_with_rowid=False)
    log = op.get_bind()
    buckets = sa.text("SELECT DISTINCT taken_at - taken_at % :eight_days_ms FROM ticks_6h ORDER BY 1")
    within = "taken_at >= :start AND taken_at < :end"
    ticks = f"sum(ticks), sum(covered_ms), ({HELD}) FROM ticks_6h WHERE {within}"
    devices = f"device, {_merged(*SUMS)} FROM device_6h WHERE {within} GROUP BY device"
    miners = f"workload, {_merged(*SUMS_OF_MINERS, of='work.')} {HOURS_OF_MINERS} GROUP BY workload"
    hour = f"(work.taken_at - :start) / {HOUR_MS}"
    rates = f"workload, {hour}, hashes_per_second_sum {HOURS_OF_MINERS} AND hashes_per_second_sum IS NOT NULL"
    filling = {"ticks_8d": ticks, "device_8d": devices, "miners_8d": miners, "rates_8d": f"{rates} ORDER BY 2, 3"}
    for start in log.execute(buckets, {"eight_days_ms": EIGHT_DAYS_MS}).scalars().all():
        for name, selected in filling.items():
            log.execute(
                sa.text(f"INSERT INTO {name} SELECT :start, {selected}"), {"start": start, "end": start + EIGHT_DAYS_MS}
            )


def _numbers(*names: str) -> tuple[sa.Column[int], ...]:
    return tuple(sa.Column(name, NUMBER) for name in names)


def _make(name: str, keys: tuple[str, ...], columns: tuple[sa.Column[Any], ...], **options: bool) -> None:
    op.create_table(
        name,
        *(sa.Column(key, NUMBER, primary_key=True, autoincrement=False) for key in keys),
        *columns,
        sqlite_strict=True,
        **options,
    )


def _merged(*columns: str, of: str = "") -> str:
    return ", ".join(
        f"{column[-3:] if column.endswith(('_min', '_max')) else 'sum'}({of}{column})" for column in columns
    )
