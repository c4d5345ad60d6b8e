"""The tables of the telemetry log as the code sees them: columns, levels of detail, and how long each is kept.

``migrations/telemetry_versions`` makes them; a test holds both to each other.
"""

from dataclasses import dataclass, replace

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

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
RATE_SUM = "hashes_per_second_sum"
"""No whole number: it has other last digits where it is added up from other parts."""


@dataclass(frozen=True, slots=True)
class LogTable:
    """One table of ticks: what was measured, under its moment and, where there is one, the number of its subject."""

    name: str
    subject: str | None  # the column that numbers a device or a workload
    measured: tuple[str, ...]
    part: str | None = None  # the column that tells several rows of a subject apart

    @property
    def key(self) -> tuple[str, ...]:
        return ("taken_at", *(column for column in (self.subject, self.part) if column is not None))

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.measured)

    def within(self, piece: int | str = "") -> str:
        """The condition that a row lies in ``:start <= taken_at < :end``; of several pieces their number follows."""
        return f"{self.name}.taken_at >= :start{piece} AND {self.name}.taken_at < :end{piece}"

    @property
    def insert_or_skip(self) -> str:
        """The text of an insert that leaves alone a row whose key is there already."""
        marks = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - our names


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of detail: its tables, the length of its buckets and for how long they are kept."""

    resolution: str
    bucket_ms: int  # half open, aligned to UTC; 1 for the raw rows
    kept_ms: int | None  # None: for ever
    prune_ms: int  # how much of it is deleted in one transaction
    ticks: LogTable
    device: LogTable
    work: LogTable | None  # None: it has none of every workload
    miners: LogTable | None = None  # whole miners alone, and of them what are whole numbers
    rates: LogTable | None = None  # their rates, hour by hour

    @property
    def interval_ms(self) -> str:
        """The time from tick to tick that a row of ``ticks`` tells, of buckets the mean, as SQL."""
        return "interval_ms" if "interval_ms" in self.ticks.measured else "covered_ms / (ticks + 0.0)"

    @property
    def tables(self) -> tuple[LogTable, ...]:
        of_works = (self.work, self.miners, self.rates)
        return (self.ticks, self.device, *(table for table in of_works if table is not None))

    def table(self, *, of_work: bool) -> LogTable:
        """Where devices stand, or workloads, which a level has to have for that."""
        table = self.work if of_work else self.device
        if table is None:
            raise ValueError(f"the rows of {self.resolution} have no workloads")
        return table


def _level(
    resolution: str, bucket_ms: int, *, kept_days: int | None, prune_ms: int = DAY_MS, with_work: bool = True
) -> Level:
    return Level(
        resolution=resolution,
        bucket_ms=bucket_ms,
        kept_ms=kept_days * DAY_MS if kept_days is not None else None,
        prune_ms=prune_ms,
        ticks=LogTable(f"ticks_{resolution}", None, ("ticks", "covered_ms")),
        device=LogTable(
            f"device_{resolution}",
            "device",
            (*COUNTS, *(column for quantity in DEVICE_QUANTITIES for column in quantity.rolled_columns)),
        ),
        work=LogTable(f"work_{resolution}", "workload", (*WORK_COUNTS, *HASHRATE.rolled_columns, *GAINED))
        if with_work
        else None,
    )


RAW = Level(
    resolution="raw",
    bucket_ms=1,
    kept_ms=14 * DAY_MS,
    prune_ms=HOUR_MS,
    ticks=LogTable("ticks_raw", None, ("boot_id", "monotonic_ms", "interval_ms", "clock_ok")),
    device=LogTable(
        "device_raw",
        "device",
        ("up", "state", *(quantity.column for quantity in DEVICE_QUANTITIES), "throttle_mask"),
    ),
    work=LogTable(
        "work_raw",
        "workload",
        (HASHRATE.column, *(f"{share}_{kind}" for share in SHARES for kind in ("total", "gained"))),
    ),
)
MINUTE = _level("1m", MINUTE_MS, kept_days=60, prune_ms=6 * HOUR_MS)
QUARTER = _level("15m", 15 * MINUTE_MS, kept_days=400)
HOUR = _level("1h", HOUR_MS, kept_days=None)
SIX_HOURS = _level("6h", 6 * HOUR_MS, kept_days=None, with_work=False)
"""Whole numbers alone, for which it is the same what they are added up from."""
EIGHT_DAYS = replace(
    _level("8d", 8 * DAY_MS, kept_days=None, with_work=False),
    ticks=LogTable("ticks_8d", None, ("ticks", "covered_ms", "held_hours")),
    miners=LogTable("miners_8d", "workload", ("covered_ms", "hashes_per_second_n", *GAINED)),
    rates=LogTable("rates_8d", "workload", (RATE_SUM,), part="hour"),
)
"""For years. The rates of a miner lie beside each other in the order of time, in which they are added up."""
LEVELS = (RAW, MINUTE, QUARTER, HOUR, SIX_HOURS, EIGHT_DAYS)
"""From the finest to the coarsest: each is rolled up from the one before."""

MOST_OF_A_DAY = Level(
    resolution="23h",
    bucket_ms=23 * HOUR_MS,
    kept_ms=400 * DAY_MS,
    prune_ms=DAY_MS,
    ticks=LogTable("ticks_23h", None, ("ticks", "covered_ms")),
    device=LogTable(
        "device_23h",
        "device",
        (
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
        ),
    ),
    work=None,
)
"""Every 23 hours in a row, whichever is the first: in each zone on earth a day begins less than an hour before one of
them. They overlap, and are no level: one answers for most of a day; what is not written is asked of the levels. Their
columns are what a period tells of a device.
"""

UNPLACED = LogTable("unplaced", "device", ("energy_millijoules",))
"""Energy over gaps that a counter knows: of no tick, and so in no sum of them."""
