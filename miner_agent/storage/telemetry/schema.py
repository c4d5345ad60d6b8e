"""The tables of the telemetry log as the code sees them: columns, levels of detail, and how long each is kept."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import REAL, BigInteger, Column, Double, Integer, MetaData, Table, Text

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

METADATA = MetaData()
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
RATE: Double[float] = Double().with_variant(REAL(), "sqlite")

SHARES = ("accepted_shares", "rejected_shares", "stale_shares", "invalid_shares")
GAINED = tuple(f"{share}_gained" for share in SHARES)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One measured column of the raw rows, and what its rollups hold beside the count of values."""

    column: str
    measures: tuple[str, ...] = ()

    @property
    def rolled_columns(self) -> tuple[str, ...]:
        return tuple(f"{self.column}_{measure}" for measure in (("n", *self.measures) if self.measures else ()))


DEVICE_QUANTITIES = (
    Quantity("core_temperature_decicelsius", ("sum", "max")),
    Quantity("memory_temperature_decicelsius", ("sum", "max")),
    Quantity("hotspot_temperature_decicelsius", ("sum", "max")),
    Quantity("fan_permille", ("sum",)),
    Quantity("fan_rpm"),
    Quantity("power_milliwatts", ("sum", "min", "max")),
    Quantity("power_limit_milliwatts"),
    Quantity("energy_millijoules", ("sum",)),  # since the tick before
    Quantity("utilization_permille", ("sum",)),
    Quantity("memory_utilization_permille"),
    Quantity("core_clock_megahertz", ("sum",)),
    Quantity("memory_clock_megahertz", ("sum",)),
    Quantity("memory_used_mebibytes"),
)
HASHRATE = Quantity("hashes_per_second", ("sum", "min", "max"))
COUNTS = ("ticks", "up_ticks", "covered_ms", "up_ms", "throttled_ms")
"""What rollups of a device count; ``_ms`` is the time that the ticks in question stand for."""
WORK_COUNTS = ("ticks", "covered_ms")


def _number(name: str) -> Column[int]:
    return Column(name, NUMBER)


def _real(name: str) -> Column[float]:
    return Column(name, RATE)


def _keys(*names: str) -> tuple[Column[int], ...]:
    return tuple(Column(name, NUMBER, primary_key=True, autoincrement=False) for name in names)


def _table(name: str, columns: Iterable[Column[int] | Column[float] | Column[str]]) -> Table:
    return Table(name, METADATA, *columns)


def _ticks(resolution: str, *columns: str) -> Table:
    return _table(f"ticks_{resolution}", (*_keys("taken_at"), *map(_number, columns)))


def _rolled_devices(resolution: str) -> Table:
    rolled = (column for quantity in DEVICE_QUANTITIES for column in quantity.rolled_columns)
    return _table(f"device_{resolution}", (*_keys("taken_at", "device"), *map(_number, (*COUNTS, *rolled))))


def _rolled_work(resolution: str) -> Table:
    counts = map(_number, (*WORK_COUNTS, HASHRATE.rolled_columns[0]))
    rates = map(_real, HASHRATE.rolled_columns[1:])
    return _table(f"work_{resolution}", (*_keys("taken_at", "workload"), *counts, *rates, *map(_number, GAINED)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of detail: its tables, the length of its buckets and for how long they are kept."""

    resolution: str
    bucket_ms: int  # half open, aligned to UTC; 1 for the raw rows
    kept_ms: int | None  # None: for ever
    prune_ms: int  # how much of it is deleted in one transaction
    ticks: Table
    device: Table
    work: Table

    @property
    def tables(self) -> tuple[Table, Table, Table]:
        return self.ticks, self.device, self.work


def _level(resolution: str, bucket_ms: int, *, kept_days: int | None, prune_ms: int = DAY_MS) -> Level:
    return Level(
        resolution=resolution,
        bucket_ms=bucket_ms,
        kept_ms=kept_days * DAY_MS if kept_days is not None else None,
        prune_ms=prune_ms,
        ticks=_ticks(resolution, "ticks", "covered_ms"),
        device=_rolled_devices(resolution),
        work=_rolled_work(resolution),
    )


RAW = Level(
    resolution="raw",
    bucket_ms=1,
    kept_ms=14 * DAY_MS,
    prune_ms=HOUR_MS,
    ticks=_table(
        "ticks_raw",
        (*_keys("taken_at"), Column("boot_id", Text), *map(_number, ("monotonic_ms", "interval_ms", "clock_ok"))),
    ),
    device=_table(
        "device_raw",
        (
            *_keys("taken_at", "device"),
            *map(_number, ("up", "state", *(quantity.column for quantity in DEVICE_QUANTITIES), "throttle_mask")),
        ),
    ),
    work=_table(
        "work_raw",
        (
            *_keys("taken_at", "workload"),
            _real(HASHRATE.column),
            *(_number(f"{share}_{kind}") for share in SHARES for kind in ("total", "gained")),
        ),
    ),
)
MINUTE = _level("1m", MINUTE_MS, kept_days=60, prune_ms=6 * HOUR_MS)
QUARTER = _level("15m", 15 * MINUTE_MS, kept_days=400)
HOUR = _level("1h", HOUR_MS, kept_days=None)
LEVELS = (RAW, MINUTE, QUARTER, HOUR)
"""From the finest to the coarsest: each is rolled up from the one before."""

DEVICES = Table(
    "devices",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("rig", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("kind", Text),
    Column("name", Text),
)
WORKLOADS = Table(
    "workloads",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("rig", Text, nullable=False),
    Column("miner", Text, nullable=False),
    Column("device", Text),  # None: the miner as a whole
    Column("algorithm", Text, nullable=False),
)
PRUNED = Table(
    "pruned",
    METADATA,
    Column("resolution", Text, primary_key=True),
    Column("before", NUMBER),  # what is older has been deleted, and is final in the coarser levels
)
UNPLACED = Table(
    "unplaced",
    METADATA,
    *_keys("taken_at", "device"),
    _number("energy_millijoules"),
)
"""Energy over gaps that a counter knows: of no tick, and so in no sum of them."""
