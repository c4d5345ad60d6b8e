"""The rolling log: raw rows of every tick, and their rollups of one minute, a quarter and an hour."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # 64 bit in SQLite, whose strict tables know no BIGINT

REAL: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

RAW_DEVICE = (
    "up",
    "state",
    "core_temperature_decicelsius",
    "memory_temperature_decicelsius",
    "hotspot_temperature_decicelsius",
    "fan_permille",
    "fan_rpm",
    "power_milliwatts",
    "power_limit_milliwatts",
    "energy_millijoules",
    "utilization_permille",
    "memory_utilization_permille",
    "core_clock_megahertz",
    "memory_clock_megahertz",
    "memory_used_mebibytes",
    "throttle_mask",
)
ROLLED_DEVICE = (
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
SHARES = ("accepted_shares", "rejected_shares", "stale_shares", "invalid_shares")


def upgrade() -> None:
    """Make every table."""
    _names()
    _raw()
    for resolution in ("1m", "15m", "1h"):
        _rollup(resolution)
    _table("pruned", sa.Column("resolution", sa.Text, primary_key=True), _number("before"))


def _names() -> None:
    _table(
        "devices",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("rig", sa.Text, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("name", sa.Text),
        sa.UniqueConstraint("rig", "device"),
    )
    _table(
        "workloads",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("rig", sa.Text, nullable=False),
        sa.Column("miner", sa.Text, nullable=False),
        sa.Column("device", sa.Text),
        sa.Column("algorithm", sa.Text, nullable=False),
    )
    op.create_index(
        "workload_names",
        "workloads",
        ["rig", "miner", "algorithm", sa.text("coalesce(device, '')")],
        unique=True,
    )


def _raw() -> None:
    _table(
        "ticks_raw",
        sa.Column("taken_at", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("boot_id", sa.Text),
        _number("monotonic_ms"),
        _number("interval_ms"),
        _number("clock_ok"),
    )
    _wide("device_raw", "device", map(_number, RAW_DEVICE))
    counters = (f"{share}_{kind}" for share in SHARES for kind in ("total", "gained"))
    _wide("work_raw", "workload", (_real("hashes_per_second"), *map(_number, counters)))


def _rollup(resolution: str) -> None:
    _table(
        f"ticks_{resolution}",
        sa.Column("taken_at", NUMBER, primary_key=True, autoincrement=False),
        _number("ticks"),
        _number("covered_ms"),
    )
    _wide(f"device_{resolution}", "device", map(_number, ROLLED_DEVICE))
    rates = (_real(f"hashes_per_second_{measure}") for measure in ("sum", "min", "max"))
    shares = (_number(f"{share}_gained") for share in SHARES)
    counts = (_number("ticks"), _number("covered_ms"), _number("hashes_per_second_n"))
    _wide(f"work_{resolution}", "workload", (*counts, *rates, *shares))


def _wide(name: str, subject: str, columns: object) -> None:
    _table(
        name,
        sa.Column("taken_at", NUMBER, primary_key=True, autoincrement=False),
        sa.Column(subject, NUMBER, primary_key=True, autoincrement=False),
        *columns,  # type: ignore[misc]
        sqlite_with_rowid=False,
    )


def _table(name: str, *columns: object, **options: object) -> None:
    op.create_table(name, *columns, sqlite_strict=True, **options)  # type: ignore[arg-type]


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER)


def _real(name: str) -> sa.Column[float]:
    return sa.Column(name, REAL)
