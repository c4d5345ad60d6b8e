"""One quantity of every device of a rig over a time, column by column: what a chart shows.

It is one question of the log, however many devices there are. A step in which nothing was measured has no value.
"""

import functools
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from miner_agent.storage.telemetry.log_answers import Chart, ChartLine
from miner_agent.storage.telemetry.pieces import (
    Segment,
    has_several_rigs,
    kept_levels,
    last_tick_ms,
    possible_step_ms,
    segments,
)
from miner_agent.storage.telemetry.rollups import device_aggregates, looked_up_in, source_of, work_aggregates
from miner_agent.storage.telemetry.rows import milliseconds, moment
from miner_agent.storage.telemetry.schema import DAY_MS, HOUR_MS, MINUTE_MS, Level
from miner_agent.text import natural_key

MOST_POINTS = 1000
_WORKLOADS = "SELECT id, device, miner, algorithm FROM workloads WHERE rig = ?"
_DEVICES = "SELECT id, device, NULL, NULL FROM devices WHERE rig = ?"
_INTERVALS_A_STEP = 2  # a step with one tick would be empty whenever a tick comes a moment late
_STEPS_MS = (
    *(1000 * seconds for seconds in (1, 2, 5, 10, 15, 20, 30)),
    *(MINUTE_MS * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(HOUR_MS * hours for hours in (1, 2, 3, 6, 12)),
)
"""Then days, twice as many each time. Each that is no shorter than a level's buckets is a multiple of them."""


@dataclass(frozen=True, slots=True)
class _Charted:
    """Where a quantity stands in the log: one column, and what it is divided by."""

    column: str
    unit: float = 1
    counted: str | None = None  # the column by which it becomes a mean; None: it is a sum
    of_work: bool = False
    is_ratio_of_step: bool = False


@dataclass(frozen=True, slots=True)
class _Steps:
    """Of each step the sum of what was measured, and of how many values; ``None``: of none."""

    totals: list[Any]
    counts: list[int]


def _mean(quantity: str, unit: float) -> _Charted:
    return _Charted(f"{quantity}_sum", unit, counted=f"{quantity}_n")


_CHARTED: Mapping[str, _Charted] = {
    "hashes_per_second": _Charted("hashes_per_second_sum", counted="hashes_per_second_n", of_work=True),
    "power_watts": _mean("power_milliwatts", 1000),
    "energy_joules": _Charted("energy_millijoules_sum", 1000),
    "core_temperature_celsius": _mean("core_temperature_decicelsius", 10),
    "memory_temperature_celsius": _mean("memory_temperature_decicelsius", 10),
    "hotspot_temperature_celsius": _mean("hotspot_temperature_decicelsius", 10),
    "fan_ratio": _mean("fan_permille", 1000),
    "utilization_ratio": _mean("utilization_permille", 1000),
    "core_clock_hertz": _mean("core_clock_megahertz", 1e-6),
    "memory_clock_hertz": _mean("memory_clock_megahertz", 1e-6),
    "uptime_ratio": _Charted("up_ms", is_ratio_of_step=True),
    "throttled_ratio": _Charted("throttled_ms", is_ratio_of_step=True),
    "accepted_shares": _Charted("accepted_shares_gained", of_work=True),
    "rejected_shares": _Charted("rejected_shares_gained", of_work=True),
}
QUANTITIES = tuple(_CHARTED)
"""What a chart can show: means over a step, and sums of energy and shares."""


def chart(
    connection: sqlite3.Connection,
    start: datetime,
    end: datetime,
    quantity: str,
    *,
    rig: str,
    devices: Sequence[str] | None,
    points: int,
) -> Chart:
    """How a quantity went in ``start <= t < end``, of every device and miner of a rig or of those devices.

    Steps are the shortest that need no more than ``points``, hold two ticks each, and are still kept. They are aligned
    to UTC, so the first may begin before ``start``.
    """
    if quantity not in _CHARTED:
        raise ValueError(f"the quantity is {quantity!r}; expected one of {', '.join(QUANTITIES)}")
    if not 1 <= points <= MOST_POINTS:
        raise ValueError(f"points is {points}; expected 1 to {MOST_POINTS}")
    if start >= end:
        raise ValueError(f"the time begins at {start} and ends at {end}; expected an end after the beginning")
    start_ms, end_ms, levels = milliseconds(start), milliseconds(end), kept_levels(connection)
    if start_ms < 0 < end_ms:  # before 1970 nothing is logged, and no step lies on both sides of it
        start_ms = 0
    horizon_ms = last_tick_ms(connection, end_ms)
    longest_ms = _longest_interval_ms(connection, segments(start_ms, end_ms, levels, horizon_ms))
    shortest_ms = possible_step_ms(max(1, _INTERVALS_A_STEP * longest_ms), start_ms, levels)
    step_ms = _step_ms(start_ms, end_ms, shortest_ms, points)
    charted = _CHARTED[quantity]
    kept = kept_levels(connection, "workloads" if charted.of_work else "devices")
    fitting = [(level, before) for level, before in kept if step_ms % level.bucket_ms == 0]
    first_ms = start_ms - start_ms % step_ms
    pieces = tuple(segments(first_ms, end_ms, fitting, horizon_ms))
    names = _line_names(connection, rig, devices, of_work=charted.of_work)
    length = -(-(end_ms - first_ms) // step_ms)
    found = _asked(connection, charted, pieces, names, step_ms=step_ms, length=length)
    lines = (
        ChartLine(**names[key], values=tuple(_values(charted, steps, step_ms))) for key, steps in sorted(found.items())
    )
    return Chart(
        quantity=quantity,
        start=moment(first_ms),
        step=timedelta(milliseconds=step_ms),
        points=length,
        lines=tuple(
            sorted(
                lines, key=lambda line: [natural_key(name or "") for name in (line.device, line.miner, line.algorithm)]
            )
        ),
    )


def _step_ms(start_ms: int, end_ms: int, shortest_ms: int, points: int) -> int:
    """The shortest step of a readable length that is long enough, and needs no more points than these."""
    for number in count():
        step_ms = _STEPS_MS[number] if number < len(_STEPS_MS) else DAY_MS << (number - len(_STEPS_MS))
        if step_ms >= shortest_ms and -(-(end_ms - (start_ms - start_ms % step_ms)) // step_ms) <= points:
            return step_ms
    raise AssertionError("count() ends")  # pragma: no cover


def _longest_interval_ms(connection: sqlite3.Connection, pieces: Iterable[Segment]) -> int:
    """The longest time from tick to tick that was configured in these pieces; 0 where none is known."""
    found_ms = []
    for level, start_ms, end_ms in pieces:
        ticks = level.ticks
        asked = f"SELECT max({level.interval_ms}) FROM {ticks.name} WHERE {ticks.within()}"  # noqa: S608 - our names
        found_ms += connection.execute(asked, {"start": start_ms, "end": end_ms}).fetchone()
    return max((int(interval_ms) for interval_ms in found_ms if interval_ms is not None), default=0)


@functools.cache
def _phrase(charted: _Charted, level: Level, *, looked_up: bool) -> str:
    table = level.table(of_work=charted.of_work)
    aggregates = {one.name: one for one in (work_aggregates if charted.of_work else device_aggregates)(level)}
    columns = [aggregates[name].expression for name in (charted.column, charted.counted) if name is not None]
    subject, taken_at = f"{table.name}.{table.subject}", f"{table.name}.taken_at"
    whence, within = source_of(level, table) if charted.is_ratio_of_step else table.name, table.within()
    if looked_up:
        whence, within = looked_up_in(level, table), level.ticks.within()
    return (
        f"SELECT {subject}, {taken_at} - {taken_at} % :step AS step_start, {', '.join(columns)} FROM {whence}"  # noqa: S608 - our names
        f" WHERE {within} AND {subject} IN (SELECT value FROM json_each(:keys)) GROUP BY step_start, {subject}"
    )


def _asked(
    connection: sqlite3.Connection,
    charted: _Charted,
    pieces: Sequence[Segment],
    names: Mapping[int, object],
    *,
    step_ms: int,
    length: int,
) -> dict[int, _Steps]:
    """By subject, where it has a value."""
    found: dict[int, _Steps] = {}
    keys = json.dumps(list(names))
    first_ms, looked_up = pieces[0][1], has_several_rigs(connection)
    for level, start_ms, end_ms in pieces:
        parameters = {"start": start_ms, "end": end_ms, "step": step_ms, "keys": keys}
        for key, at_ms, total, *counted in connection.execute(_phrase(charted, level, looked_up=looked_up), parameters):
            if total is None:
                continue
            steps = found.get(key)
            if steps is None:
                steps = found[key] = _Steps([None] * length, [0] * length)
            place = (at_ms - first_ms) // step_ms
            before = steps.totals[place]  # of a step whose edge is read from a finer level
            steps.totals[place] = total if before is None else before + total
            if counted:
                steps.counts[place] += counted[0]
    return found


def _values(charted: _Charted, steps: _Steps, step_ms: int) -> Iterable[float | None]:
    for total, number in zip(steps.totals, steps.counts, strict=True):
        if total is None:
            yield None
        elif charted.is_ratio_of_step:
            yield min(total / step_ms, 1.0)
        elif charted.counted is None:
            yield total / charted.unit
        else:
            yield total / number / charted.unit


def _line_names(
    connection: sqlite3.Connection, rig: str, devices: Sequence[str] | None, *, of_work: bool
) -> dict[int, dict[str, str | None]]:
    """What each subject of the log is called in a chart, by its number."""
    asked = _WORKLOADS if of_work else _DEVICES
    return {
        key: {"device": device, "miner": miner, "algorithm": algorithm}
        for key, device, miner, algorithm in connection.execute(asked, (rig,))
        if devices is None or device in devices
    }
