"""Sums rows up, from any level of detail to a coarser one. Counts, sums, minima and maxima merge exactly."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, FromClause, Table, bindparam, case, delete, func, insert, select
from sqlalchemy.engine import Connection

from miner_agent.storage.sqlite.engine import Prepared
from miner_agent.storage.telemetry.schema import (
    COUNTS,
    DEVICE_QUANTITIES,
    GAINED,
    HASHRATE,
    LEVELS,
    NUMBER,
    PRUNED,
    RAW,
    WORK_COUNTS,
    Level,
    Quantity,
)

Merge: TypeAlias = Literal["sum", "min", "max"]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One column of a rollup: what it is called, how it merges further, and how it comes from a level."""

    name: str
    merge: Merge
    expression: ColumnElement[Any]


def device_aggregates(level: Level) -> tuple[Aggregate, ...]:
    """What rollups hold of a device, computed from the rows of ``level``."""
    if level is not RAW:
        names = (*COUNTS, *(name for quantity in DEVICE_QUANTITIES for name in quantity.rolled_columns))
        return _merged(level.device, names)
    columns, interval_ms = level.device.c, level.ticks.c.interval_ms
    up_ms = case((columns.up == 1, interval_ms), else_=0)
    throttled_ms = case((columns.throttle_mask > 0, interval_ms), else_=0)
    counted = (
        func.count(columns.device),
        func.sum(columns.up),
        func.coalesce(func.sum(interval_ms), 0),
        func.coalesce(func.sum(up_ms), 0),
        func.coalesce(func.sum(throttled_ms), 0),
    )
    counts = tuple(Aggregate(name, "sum", value) for name, value in zip(COUNTS, counted, strict=True))
    return counts + tuple(one for quantity in DEVICE_QUANTITIES for one in _from_raw(level.device, quantity))


def work_aggregates(level: Level) -> tuple[Aggregate, ...]:
    """What rollups hold of a workload, computed from the rows of ``level``."""
    if level is not RAW:
        return _merged(level.work, (*WORK_COUNTS, *HASHRATE.rolled_columns, *GAINED))
    columns = level.work.c
    reported_ms = case((columns.hashes_per_second.is_not(None), level.ticks.c.interval_ms), else_=0)
    counted = (func.count(columns.workload), func.coalesce(func.sum(reported_ms), 0))
    return (
        *(Aggregate(name, "sum", value) for name, value in zip(WORK_COUNTS, counted, strict=True)),
        *_from_raw(level.work, HASHRATE),
        *(Aggregate(name, "sum", func.sum(columns[name])) for name in GAINED),
    )


def source_of(level: Level, table: Table) -> FromClause:
    """Where the aggregates of a table are selected from: raw rows need to know what time their tick stands for."""
    if level is not RAW:
        return table
    return table.outerjoin(level.ticks, level.ticks.c.taken_at == table.c.taken_at)


def within(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The condition that a row lies in ``start <= taken_at < end``."""
    taken_at = table.c.taken_at
    return taken_at >= bindparam("start", type_=NUMBER), taken_at < bindparam("end", type_=NUMBER)


class Rollups:
    """Writes the buckets of every level but the raw one."""

    def __init__(self, pruned_before_ms: dict[str, int]) -> None:
        self.pruned_before_ms = pruned_before_ms  # by resolution; what is older is final in coarser levels
        self._steps = tuple((source, target, _statements(source, target)) for source, target in pairwise(LEVELS))

    def leave(self, connection: Connection, left_ms: int, entered_ms: int) -> None:
        """Close every bucket that holds the one moment and not the other, whichever came first."""
        for source, target, statements in self._steps:
            bucket_ms = left_ms - left_ms % target.bucket_ms
            if bucket_ms == entered_ms - entered_ms % target.bucket_ms:
                return  # coarser buckets hold both as well
            self._write(connection, source, target, statements, bucket_ms)

    def mend(self, connection: Connection) -> int:
        """Write the buckets that are missing, or were written before their last tick came; how many."""
        mended = 0
        for source, target, statements in self._steps:
            for bucket_ms in sorted(self._stale(connection, source, target)):
                self._write(connection, source, target, statements, bucket_ms)
                mended += 1
        return mended

    def _write(
        self, connection: Connection, source: Level, target: Level, statements: Iterable[Prepared], bucket_ms: int
    ) -> None:
        if bucket_ms < self.pruned_before_ms.get(source.resolution, bucket_ms):
            return
        for statement in statements:
            statement.run(connection, start=bucket_ms, end=bucket_ms + target.bucket_ms)

    def _stale(self, connection: Connection, source: Level, target: Level) -> list[int]:
        """Buckets whose number of ticks is not what the finer level says."""
        final_before_ms = self.pruned_before_ms.get(source.resolution)
        ticks = source.ticks.c
        bucket = ticks.taken_at - ticks.taken_at % target.bucket_ms
        count = func.count(ticks.taken_at) if source is RAW else func.sum(ticks.ticks)
        there = select(bucket, count).group_by(bucket)
        known = select(target.ticks.c.taken_at, target.ticks.c.ticks)
        if final_before_ms is not None:
            there = there.where(ticks.taken_at >= final_before_ms)
        written = {int(taken_at): int(count) for taken_at, count in connection.execute(known)}
        return [int(start) for start, count in connection.execute(there) if written.get(int(start)) != int(count)]


def pruned_before(connection: Connection) -> dict[str, int]:
    """By resolution: up to where its rows have been deleted."""
    return {str(resolution): int(before) for resolution, before in connection.execute(select(PRUNED))}


@functools.cache  # they are the same for every log
def _statements(source: Level, target: Level) -> tuple[Prepared, ...]:
    """Empty one bucket of every table of ``target``, and sum it up again from ``source``."""
    statements = [Prepared(delete(table).where(*within(table))) for table in target.tables]
    statements.append(Prepared(_summing_ticks(source, target)))
    for table, finer, aggregates in (
        (target.device, source.device, device_aggregates(source)),
        (target.work, source.work, work_aggregates(source)),
    ):
        subject = finer.c[1]
        summed = (
            select(bindparam("start", type_=NUMBER), subject, *(one.expression for one in aggregates))
            .select_from(source_of(source, finer))
            .where(*within(finer))
            .group_by(subject)
        )
        names = ["taken_at", subject.name, *(one.name for one in aggregates)]
        statements.append(Prepared(insert(table).from_select(names, summed)))
    return tuple(statements)


def _summing_ticks(source: Level, target: Level) -> Any:
    ticks = source.ticks
    counted = (
        (func.count(ticks.c.taken_at), func.coalesce(func.sum(ticks.c.interval_ms), 0))
        if source is RAW
        else (func.sum(ticks.c.ticks), func.sum(ticks.c.covered_ms))
    )
    summed = (
        select(bindparam("start", type_=NUMBER), *counted)
        .where(*within(ticks))
        .having(func.count(ticks.c.taken_at) > 0)
    )
    return insert(target.ticks).from_select(["taken_at", "ticks", "covered_ms"], summed)


def _merged(table: Table, names: Iterable[str]) -> tuple[Aggregate, ...]:
    return tuple(Aggregate(name, _merge(name), getattr(func, _merge(name))(table.c[name])) for name in names)


def _from_raw(table: Table, quantity: Quantity) -> tuple[Aggregate, ...]:
    column = table.c[quantity.column]
    expressions = {
        "n": func.count(column),
        "sum": func.sum(column),
        "min": func.min(column),
        "max": func.max(column),
    }
    names = zip(("n", *quantity.measures), quantity.rolled_columns, strict=False)
    return tuple(Aggregate(name, _merge(name), expressions[measure]) for measure, name in names)


def _merge(name: str) -> Merge:
    if name.endswith("_min"):
        return "min"
    return "max" if name.endswith("_max") else "sum"
