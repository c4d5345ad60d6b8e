"""Sums rows up, from any level of detail to a coarser one. Counts, sums, minima and maxima merge exactly."""

import functools
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from miner_agent.storage.telemetry.schema import (
    COUNTS,
    DEVICE_QUANTITIES,
    EIGHT_DAYS,
    GAINED,
    HASHRATE,
    HOUR,
    HOUR_MS,
    LEVELS,
    MOST_OF_A_DAY,
    RATE_SUM,
    RAW,
    WORK_COUNTS,
    Level,
    LogTable,
    Quantity,
)

Merge: TypeAlias = Literal["sum", "min", "max"]

BEGINNING_MS = -(2**62)
_WHOLE_MINERS = "SELECT id FROM workloads WHERE device IS NULL"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One column of a rollup: what it is called, how it merges further, and how it comes from a level, as SQL."""

    name: str
    merge: Merge
    expression: str


def device_aggregates(level: Level) -> tuple[Aggregate, ...]:
    """What rollups hold of a device, computed from the rows of ``level``."""
    if level is not RAW:
        names = (*COUNTS, *(name for quantity in DEVICE_QUANTITIES for name in quantity.rolled_columns))
        return _merged(level.device, names)
    device, interval_ms = level.device.name, f"{level.ticks.name}.interval_ms"
    counted = (
        f"count({device}.device)",
        f"sum({device}.up)",
        f"coalesce(sum({interval_ms}), 0)",
        f"coalesce(sum(CASE WHEN {device}.up = 1 THEN {interval_ms} ELSE 0 END), 0)",
        f"coalesce(sum(CASE WHEN {device}.throttle_mask > 0 THEN {interval_ms} ELSE 0 END), 0)",
    )
    counts = tuple(Aggregate(name, "sum", value) for name, value in zip(COUNTS, counted, strict=True))
    return counts + tuple(one for quantity in DEVICE_QUANTITIES for one in _from_raw(level.device, quantity))


def work_aggregates(level: Level) -> tuple[Aggregate, ...]:
    """What rollups hold of a workload, computed from the rows of ``level``."""
    if level is not RAW:
        return _merged(level.table(of_work=True), (*WORK_COUNTS, *HASHRATE.rolled_columns, *GAINED))
    table = level.table(of_work=True)
    work, interval_ms = table.name, f"{level.ticks.name}.interval_ms"
    counted = (
        f"count({work}.workload)",
        f"coalesce(sum(CASE WHEN {work}.hashes_per_second IS NOT NULL THEN {interval_ms} ELSE 0 END), 0)",
    )
    return (
        *(Aggregate(name, "sum", value) for name, value in zip(WORK_COUNTS, counted, strict=True)),
        *_from_raw(table, HASHRATE),
        *(Aggregate(name, "sum", f"sum({work}.{name})") for name in GAINED),
    )


def source_of(level: Level, table: LogTable) -> str:
    """Where the aggregates of a table are selected from: raw rows need to know what time their tick stands for."""
    if level is not RAW:
        return table.name
    ticks = level.ticks.name
    return f"{table.name} LEFT OUTER JOIN {ticks} ON {ticks}.taken_at = {table.name}.taken_at"


def looked_up_in(level: Level, table: LogTable) -> str:
    """The same where few subjects are asked for: of each tick their rows alone are read, each found by its key."""
    ticks = level.ticks.name
    return f"{ticks} CROSS JOIN {table.name} ON {table.name}.taken_at = {ticks}.taken_at"


def anything_at(level: Level, *, rig: str | None = None) -> str:
    """The condition that something was logged at a tick, of every rig or of one: one row of it is looked for.

    Rows of work are shorter and looked for first, which touches half as many pages of the file.
    """
    ticks, there = level.ticks.name, []
    for table, names in ((level.table(of_work=True), "workloads"), (level.device, "devices")):
        of_rig = "" if rig is None else f" AND {table.subject} IN (SELECT id FROM {names} WHERE rig = :rig)"  # noqa: S608 - our names
        there.append(f"EXISTS (SELECT 1 FROM {table.name} WHERE {table.name}.taken_at = {ticks}.taken_at{of_rig})")  # noqa: S608
    return f"({' OR '.join(there)})"


class Rollups:
    """Writes the buckets of every level but the raw one."""

    def __init__(self, pruned_before_ms: dict[str, int]) -> None:
        self.pruned_before_ms = pruned_before_ms  # by resolution; what is older is final in coarser levels
        self._steps = tuple((source, target, _statements(source, target)) for source, target in pairwise(LEVELS))
        self._newest_ms = BEGINNING_MS

    def leave(self, connection: sqlite3.Connection, left_ms: int, entered_ms: int) -> None:
        """Close every bucket that holds the one moment and not the other, whichever came first.

        Where the clock was set back there are later ticks, and whoever asks takes all buckets before theirs for
        whole: those are written again with every minute that is left.
        """
        newest_ms = self._newest_ms = max(self._newest_ms, left_ms)
        for source, target, statements in self._steps:
            bucket_ms = left_ms - left_ms % target.bucket_ms
            is_open = bucket_ms == newest_ms - newest_ms % target.bucket_ms
            if bucket_ms == entered_ms - entered_ms % target.bucket_ms and (source is RAW or is_open):
                return  # coarser buckets hold all of them as well
            self._write(connection, source, target, statements, bucket_ms)

    def mend(self, connection: sqlite3.Connection) -> int:
        """Write the buckets that are missing, or were written before their last tick came; how many."""
        (newest_ms,) = connection.execute("SELECT max(taken_at) FROM ticks_raw").fetchone()
        self._newest_ms = BEGINNING_MS if newest_ms is None else newest_ms
        mended = 0
        for source, target, statements in self._steps:
            for bucket_ms in sorted(self._stale(connection, source, target)):
                self._write(connection, source, target, statements, bucket_ms)
                mended += 1
        return mended

    def _write(
        self, connection: sqlite3.Connection, source: Level, target: Level, statements: Iterable[str], bucket_ms: int
    ) -> None:
        if bucket_ms < self.pruned_before_ms.get(source.resolution, bucket_ms):
            return
        for statement in statements:
            connection.execute(statement, {"start": bucket_ms, "end": bucket_ms + target.bucket_ms})
        if target is HOUR:  # all that hold this hour are gone with it, and those that end with it are whole
            first_ms = bucket_ms + HOUR_MS - MOST_OF_A_DAY.bucket_ms
            self._write(connection, HOUR, MOST_OF_A_DAY, _statements(HOUR, MOST_OF_A_DAY), first_ms)

    def _stale(self, connection: sqlite3.Connection, source: Level, target: Level) -> list[int]:
        """Buckets whose number of ticks is not what the finer level says."""
        ticks = source.ticks.name
        bucket = f"taken_at - taken_at % {target.bucket_ms}"
        count = "count(taken_at)" if source is RAW else "sum(ticks)"
        there = f"SELECT {bucket} AS bucket, {count} FROM {ticks} WHERE taken_at >= ? GROUP BY bucket"  # noqa: S608 - ours
        known = f"SELECT taken_at, ticks FROM {target.ticks.name}"  # noqa: S608 - our names
        final_before_ms = self.pruned_before_ms.get(source.resolution, BEGINNING_MS)
        written = dict(connection.execute(known).fetchall())
        return [start for start, count in connection.execute(there, (final_before_ms,)) if written.get(start) != count]


def pruned_before(connection: sqlite3.Connection) -> dict[str, int]:
    """By resolution: up to where its rows have been deleted, and are final in the coarser levels."""
    return dict(connection.execute("SELECT resolution, before FROM pruned").fetchall())


@functools.cache  # they are the same for every log
def _statements(source: Level, target: Level) -> tuple[str, ...]:
    """Empty one bucket of every table of ``target``, and sum it up again from ``source``."""
    return (
        *(f"DELETE FROM {table.name} WHERE {table.within()}" for table in target.tables),  # noqa: S608 - our names
        _summing_ticks(source, target),
        _summing(source, target, of_work=False),
        *(() if target.work is None else (_summing(source, target, of_work=True),)),
        *(() if target.miners is None or target.rates is None else _of_miners(target.miners, target.rates)),
    )


def _summing_ticks(source: Level, target: Level) -> str:
    ticks = source.ticks
    counted = "count(taken_at), coalesce(sum(interval_ms), 0)" if source is RAW else "sum(ticks), sum(covered_ms)"
    if target is EIGHT_DAYS:
        held = f"SELECT count(*) FROM {HOUR.ticks.name} WHERE {HOUR.ticks.within()} AND {anything_at(HOUR)}"  # noqa: S608 - ours
        counted += f", ({held})"
    return (
        f"INSERT INTO {target.ticks.name} ({', '.join(target.ticks.columns)})"  # noqa: S608 - our names
        f" SELECT :start, {counted} FROM {ticks.name} WHERE {ticks.within()} HAVING count(taken_at) > 0"
    )


def _summing(source: Level, target: Level, *, of_work: bool) -> str:
    finer, coarser = source.table(of_work=of_work), target.table(of_work=of_work)
    all_aggregates = (work_aggregates if of_work else device_aggregates)(source)
    aggregates = [one for one in all_aggregates if one.name in coarser.measured]
    names = ", ".join(("taken_at", f"{coarser.subject}", *(one.name for one in aggregates)))
    sums = ", ".join((":start", subject := f"{finer.name}.{finer.subject}", *(one.expression for one in aggregates)))
    whence = f"{source_of(source, finer)} WHERE {finer.within()}"
    return f"INSERT INTO {coarser.name} ({names}) SELECT {sums} FROM {whence} GROUP BY {subject}"  # noqa: S608 - our names


def _of_miners(miners: LogTable, rates: LogTable) -> Iterator[str]:
    """Sum up what are whole numbers of each miner, and put its rates beside each other, in the order of time."""
    hours = HOUR.table(of_work=True)
    workload, hour = f"{hours.name}.workload", f"({hours.name}.taken_at - :start) / {HOUR_MS}"
    rows = f"{looked_up_in(HOUR, hours)} WHERE {HOUR.ticks.within()} AND {workload} IN ({_WHOLE_MINERS})"
    sums, rate = ", ".join(one.expression for one in _merged(hours, miners.measured)), f"{hours.name}.{RATE_SUM}"
    yield f"INSERT INTO {miners.name} SELECT :start, {workload}, {sums} FROM {rows} GROUP BY {workload}"  # noqa: S608 - our names
    told = f"SELECT :start, {workload}, {hour}, {rate} FROM {rows} AND {rate} IS NOT NULL ORDER BY 2, 3"  # noqa: S608
    yield f"INSERT INTO {rates.name} {told}"


def _merged(table: LogTable, names: Iterable[str]) -> tuple[Aggregate, ...]:
    return tuple(Aggregate(name, _merge(name), f"{_merge(name)}({table.name}.{name})") for name in names)


def _from_raw(table: LogTable, quantity: Quantity) -> tuple[Aggregate, ...]:
    column = f"{table.name}.{quantity.column}"
    names = zip(("n", *quantity.measures), quantity.rolled_columns, strict=False)
    return tuple(
        Aggregate(name, _merge(name), f"{'count' if measure == 'n' else measure}({column})") for measure, name in names
    )


def _merge(name: str) -> Merge:
    if name.endswith("_min"):
        return "min"
    return "max" if name.endswith("_max") else "sum"
