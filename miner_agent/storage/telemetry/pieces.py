"""Which level of detail answers for which piece of a time: the coarsest that fits, finer ones at its edges."""

import json
import math
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Literal, TypeAlias

from miner_agent.storage.telemetry.rollups import BEGINNING_MS, pruned_before
from miner_agent.storage.telemetry.schema import HOUR, HOUR_MS, LEVELS, MOST_OF_A_DAY, RAW, Level

Segment: TypeAlias = tuple[Level, int, int]
Subjects: TypeAlias = Literal["devices", "workloads", "miners"]

_LONGEST_DAY_MS = 25 * HOUR_MS  # where a clock is set back by an hour

_MINERS_AND_ROWS = f"""
    SELECT (SELECT count(*) FROM workloads WHERE device IS NULL), (
        SELECT count(*) FROM {HOUR.table(of_work=True).name} WHERE taken_at = (
            SELECT max(taken_at) FROM {HOUR.ticks.name} WHERE taken_at < ?
        )
    )
"""  # noqa: S608 - our names; what a miner did under each algorithm that it ever had counts as one
_SEVERAL_RIGS = """
    SELECT count(DISTINCT rig) > 1 FROM (
        SELECT min(rig) AS rig FROM devices UNION ALL SELECT max(rig) FROM devices
        UNION ALL SELECT min(rig) FROM workloads UNION ALL SELECT max(rig) FROM workloads
    )
"""  # the first and the last name of an index, however many there are


def segments(start_ms: int, end_ms: int, levels: Sequence[tuple[Level, int]], horizon_ms: int) -> list[Segment]:
    """Cut a period into pieces, each to be read from one level.

    Args:
        levels: from the coarsest to the finest, each with the moment before which its rows are deleted.
        horizon_ms: the last tick there is; the bucket that holds it is not written yet.
    """
    if start_ms >= end_ms:
        return []
    (level, _), *finer = levels
    if not finer:
        return [(level, start_ms, end_ms)]
    size_ms = level.bucket_ms
    low_ms = -(-start_ms // size_ms) * size_ms
    high_ms = min(end_ms, horizon_ms) // size_ms * size_ms
    if end_ms < finer[0][1]:  # nothing finer is left there: a bucket belongs to where it begins
        high_ms = -(-end_ms // size_ms) * size_ms
    if low_ms >= high_ms:
        return segments(start_ms, end_ms, finer, horizon_ms)
    return [
        *segments(start_ms, low_ms, finer, horizon_ms),
        (level, low_ms, high_ms),
        *segments(high_ms, end_ms, finer, horizon_ms),
    ]


def pieces_of_a_day(
    start_ms: int, end_ms: int, levels: Sequence[tuple[Level, int]], horizon_ms: int, written_ms: Collection[int]
) -> list[Segment]:
    """The same of a period that may be a day somewhere.

    Args:
        written_ms: where 23 hours begin that are written, of those that ``most_of_days`` was asked for.
    """
    first_ms = -(-start_ms // HOUR_MS) * HOUR_MS
    if first_ms not in written_ms or first_ms + MOST_OF_A_DAY.bucket_ms > end_ms:  # it may be the day after's
        return segments(start_ms, end_ms, levels, horizon_ms)
    return [
        *segments(start_ms, first_ms, levels, horizon_ms),
        (MOST_OF_A_DAY, first_ms, first_ms + 1),
        *segments(first_ms + MOST_OF_A_DAY.bucket_ms, end_ms, levels, horizon_ms),
    ]


def most_of_days(connection: sqlite3.Connection, periods: Iterable[tuple[int, int]], horizon_ms: int) -> frozenset[int]:
    """Where the 23 hours begin, of those that are written, that make most of each period that may be a day."""
    last_ms = horizon_ms // HOUR_MS * HOUR_MS  # the hour that holds the last tick is not written yet
    asked = [
        first_ms
        for start_ms, end_ms in periods
        if (first_ms := -(-start_ms // HOUR_MS) * HOUR_MS) + MOST_OF_A_DAY.bucket_ms <= min(end_ms, last_ms)
        and end_ms - first_ms <= _LONGEST_DAY_MS
    ]
    if not asked:
        return frozenset()
    known = f"SELECT taken_at FROM {MOST_OF_A_DAY.ticks.name} WHERE taken_at IN (SELECT value FROM json_each(?))"  # noqa: S608 - our name
    return frozenset(ms for (ms,) in connection.execute(known, (json.dumps(asked),)))


def kept_levels(connection: sqlite3.Connection, of: Subjects = "workloads") -> list[tuple[Level, int]]:
    """From the coarsest to the finest, each with the moment before which its rows are deleted.

    Args:
        of: those alone that tell of these too; miners are whole ones, without what each device has done.
    """
    before = pruned_before(connection)
    levels = [
        level
        for level in reversed(LEVELS)
        if of == "devices" or level.work is not None or (of == "miners" and level.miners is not None)
    ]
    return [(level, before.get(level.resolution, BEGINNING_MS)) for level in levels]


def last_tick_ms(connection: sqlite3.Connection, end_ms: int) -> int:
    """The last tick before the end; the end, where no tick is kept.

    What a clock that was set back wrote among the ticks that are deleted ends nothing: all that follows it is final.
    """
    since_ms = pruned_before(connection).get(RAW.resolution, BEGINNING_MS)
    asked = f"SELECT max(taken_at) FROM {RAW.ticks.name} WHERE taken_at >= ? AND taken_at < ?"  # noqa: S608 - our name
    (last_ms,) = connection.execute(asked, (since_ms, end_ms)).fetchone()
    return end_ms if last_ms is None else int(last_ms)


def has_several_rigs(connection: sqlite3.Connection) -> bool:
    """Whether rows of one rig are few of those in the log: then they are looked up, not picked out of all."""
    (several,) = connection.execute(_SEVERAL_RIGS).fetchone()
    return bool(several)


def miners_a_row(connection: sqlite3.Connection, end_ms: int) -> float:
    """How many whole miners are known for each row that a tick before the end has."""
    miners, rows = connection.execute(_MINERS_AND_ROWS, (end_ms,)).fetchone()
    return miners / rows if rows else math.inf


def possible_step_ms(step_ms: int, start_ms: int, levels: Sequence[tuple[Level, int]]) -> int:
    """The step asked for, or the next longer one for which rows are still kept."""
    if step_ms <= 0:
        raise ValueError(f"the step is {step_ms} ms; expected a positive time")
    kept = [level.bucket_ms for level, before_ms in levels if before_ms <= start_ms]
    finest_ms = min(kept, default=levels[0][0].bucket_ms)
    return -(-step_ms // finest_ms) * finest_ms
