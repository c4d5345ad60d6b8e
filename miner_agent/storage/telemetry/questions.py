"""Answers about the past: what each period looked like, and how one device's values went.

Every question is answered from the coarsest level of detail that fits, and from finer ones at its edges.
"""

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from sqlalchemy import ColumnElement, Select, Table, bindparam, select, true, union
from sqlalchemy.engine import Connection

from calculators.local_time import EPOCH
from miner_agent.model.devices import DeviceKind, meter_label
from miner_agent.storage.sqlite.engine import Prepared
from miner_agent.storage.telemetry.log_answers import (
    DeviceStats,
    HeldTime,
    MeterStats,
    PeriodStats,
    Point,
    WorkPoint,
    WorkStats,
)
from miner_agent.storage.telemetry.pieces import Segment, kept_levels, last_tick_ms, possible_step_ms, segments
from miner_agent.storage.telemetry.rollups import (
    Aggregate,
    device_aggregates,
    source_of,
    within,
    work_aggregates,
)
from miner_agent.storage.telemetry.rows import milliseconds, moment
from miner_agent.storage.telemetry.schema import DEVICES, HOUR_MS, LEVELS, NUMBER, WORKLOADS, Level
from miner_agent.text import natural_key

By: TypeAlias = Literal["quarter_hour", "hour", "day", "month", "year", "total"]

_STATS_OF_DEVICE = frozenset(
    {
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
    }
)
_STATS_OF_WORK = frozenset(
    {
        "covered_ms",
        "hashes_per_second_n",
        "hashes_per_second_sum",
        "accepted_shares_gained",
        "rejected_shares_gained",
        "stale_shares_gained",
        "invalid_shares_gained",
    }
)


def calendar_periods(start: datetime, end: datetime, by: By, zone: tzinfo = UTC) -> Iterator[tuple[datetime, datetime]]:
    """The periods that ``start <= t < end`` falls into, the first and the last cut to it.

    Days, months and years begin at midnight in ``zone``, so that a day may have 23 or 25 hours; hours and quarters
    of an hour are those of UTC.

    >>> start, end = datetime(2026, 3, 1, 22, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)
    >>> [str(first) for first, _ in calendar_periods(start, end, "day")]
    ['2026-03-01 22:00:00+00:00', '2026-03-02 00:00:00+00:00']
    """
    if by not in get_args(By):
        raise ValueError(f"by is {by!r}; expected one of {', '.join(get_args(By))}")
    while start < end:
        after = min(_next_boundary(start, by, zone), end) if by != "total" else end
        yield start, after
        start = after


_Stats = TypeVar("_Stats", DeviceStats, MeterStats, WorkStats)


class Questions:
    """Prepared questions; they are asked on a connection that sees one moment of the log."""

    def __init__(self) -> None:
        self._stats_of_devices = _prepare(_stats_of_devices)
        self._stats_of_works = _prepare(_stats_of_works)
        self._course_of_device = _prepare(_course_of_device)
        self._course_of_works = _prepare(_course_of_works)

    def stats(
        self, connection: Connection, periods: Sequence[tuple[datetime, datetime]], *, rig: str | None
    ) -> tuple[PeriodStats, ...]:
        """What each period looked like, on every rig or on one."""
        if not periods:
            return ()
        levels, works = kept_levels(connection), _work_names(connection, rig)
        devices, meters = _device_names(connection, rig), _meter_names(connection, rig)
        horizon_ms = last_tick_ms(connection, milliseconds(periods[-1][1]))
        answers = []
        for start, end in periods:
            start_ms, end_ms = milliseconds(start), milliseconds(end)
            pieces = tuple(segments(start_ms, end_ms, levels, horizon_ms))
            by_device = _ask(self._stats_of_devices, connection, pieces)
            by_work = _ask(self._stats_of_works, connection, pieces)
            period_ms = end_ms - start_ms
            of_devices = {key: values for (key,), values in by_device.items() if key in devices}
            of_meters = {key: values for (key,), values in by_device.items() if key in meters}
            answers.append(
                PeriodStats(
                    start=start,
                    end=end,
                    devices=_in_order(
                        (_device_stats(devices[key], of_devices[key], period_ms) for key in of_devices),
                        lambda one: (one.rig, one.device),
                    ),
                    meters=_in_order(
                        (_meter_stats(meters[key], of_meters[key], period_ms) for key in of_meters),
                        lambda one: (one.rig, one.meter),
                    ),
                    works=_in_order(
                        (_work_stats(works[key], by_work[key,], period_ms) for (key,) in by_work if key in works),
                        lambda one: (one.rig, one.miner, one.algorithm),
                    ),
                )
            )
        return tuple(answers)

    def rigs(self, connection: Connection) -> tuple[str, ...]:
        """Every rig that has a device, a meter or a miner in the log."""
        named = union(select(DEVICES.c.rig), select(WORKLOADS.c.rig))
        return tuple(sorted(connection.execute(named).scalars(), key=natural_key))

    def held(self, connection: Connection, start: datetime, end: datetime, *, rig: str | None) -> HeldTime:
        """Which hours the log holds anything of, of every rig or of one."""
        start_ms, end_ms = milliseconds(start), milliseconds(end)
        horizon_ms = last_tick_ms(connection, end_ms)
        hours_ms: set[int] = set()
        for level, first_ms, after_ms in segments(start_ms, end_ms, kept_levels(connection), horizon_ms):
            for table, names in ((level.device, DEVICES), (level.work, WORKLOADS)):
                hour = table.c.taken_at - table.c.taken_at % HOUR_MS
                there = select(hour).distinct().where(table.c.taken_at >= first_ms, table.c.taken_at < after_ms)
                of_rig = table.c[1].in_(select(names.c.id).where(_is_of(names, rig)))
                hours_ms.update(connection.execute(there.where(of_rig)).scalars())
        asked = -(-end_ms // HOUR_MS) - start_ms // HOUR_MS
        return HeldTime(hours_held=len(hours_ms), hours_asked=asked, spans=tuple(_spans(sorted(hours_ms))))

    def show(
        self, connection: Connection, start: datetime, end: datetime, *, rig: str, device: str, step: timedelta
    ) -> tuple[Point, ...]:
        """How one device's values went; steps of which nothing is known are left out."""
        levels, start_ms, end_ms = kept_levels(connection), milliseconds(start), milliseconds(end)
        step_ms = possible_step_ms(step // timedelta(milliseconds=1), start_ms, levels)
        fitting = [(level, before) for level, before in levels if step_ms % level.bucket_ms == 0]
        horizon_ms = last_tick_ms(connection, end_ms)
        pieces = tuple(segments(start_ms - start_ms % step_ms, end_ms, fitting, horizon_ms))
        wanted = {"step": step_ms, "rig": rig, "device": device}
        of_device = _ask(self._course_of_device, connection, pieces, **wanted)
        of_works = _ask(self._course_of_works, connection, pieces, **wanted)
        names = _work_names(connection, rig) if of_works else {}
        works: dict[int, list[WorkPoint]] = {}
        for (at_ms, workload), values in sorted(of_works.items()):
            works.setdefault(at_ms, []).append(_work_point(names[workload], values))
        return tuple(
            _point(at_ms, step_ms, values, tuple(works.get(at_ms, ())))
            for (at_ms, _), values in sorted(of_device.items())
        )


def _in_order(stats: Iterable[_Stats], names: Callable[[_Stats], tuple[str, ...]]) -> tuple[_Stats, ...]:
    """As people count their names."""
    return tuple(sorted(stats, key=lambda one: [natural_key(name) for name in names(one)]))


@dataclass(frozen=True, slots=True)
class _Question:
    """A prepared question. A row of its answer is a key and then one value for each aggregate."""

    prepared: Prepared
    key_length: int
    names: tuple[str, ...]
    merges: tuple[Callable[[Any, Any], Any], ...]


_MERGES: Mapping[str, Callable[[Any, Any], Any]] = {"sum": operator.add, "min": min, "max": max}


@functools.cache  # they are the same for every log, and phrasing them takes longer than most answers
def _prepare(phrase: Callable[[Level], tuple[int, Sequence[Aggregate], Select[Any]]]) -> Mapping[str, _Question]:
    """The same question to every level, by resolution."""
    questions = {}
    for level in LEVELS:
        key_length, aggregates, statement = phrase(level)
        questions[level.resolution] = _Question(
            prepared=Prepared(statement),
            key_length=key_length,
            names=tuple(one.name for one in aggregates),
            merges=tuple(_MERGES[one.merge] for one in aggregates),
        )
    return questions


def _stats_of_devices(level: Level) -> tuple[int, Sequence[Aggregate], Select[Any]]:
    aggregates = [one for one in device_aggregates(level) if one.name in _STATS_OF_DEVICE]
    table = level.device
    statement = select(table.c.device, *(one.expression for one in aggregates)).select_from(source_of(level, table))
    return 1, aggregates, statement.where(*within(table)).group_by(table.c.device)


def _stats_of_works(level: Level) -> tuple[int, Sequence[Aggregate], Select[Any]]:
    aggregates = [one for one in work_aggregates(level) if one.name in _STATS_OF_WORK]
    table = level.work
    of_whole_miners = select(WORKLOADS.c.id).where(WORKLOADS.c.device.is_(None))
    statement = select(table.c.workload, *(one.expression for one in aggregates)).select_from(source_of(level, table))
    wanted = (*within(table), table.c.workload.in_(of_whole_miners))
    return 1, aggregates, statement.where(*wanted).group_by(table.c.workload)


def _course_of_device(level: Level) -> tuple[int, Sequence[Aggregate], Select[Any]]:
    named = select(DEVICES.c.id).where(DEVICES.c.rig == bindparam("rig"), DEVICES.c.device == bindparam("device"))
    return _course(level, level.device, device_aggregates(level), named)


def _course_of_works(level: Level) -> tuple[int, Sequence[Aggregate], Select[Any]]:
    named = select(WORKLOADS.c.id).where(WORKLOADS.c.rig == bindparam("rig"), WORKLOADS.c.device == bindparam("device"))
    return _course(level, level.work, work_aggregates(level), named)


def _course(
    level: Level, table: Table, aggregates: Sequence[Aggregate], named: Select[tuple[int]]
) -> tuple[int, Sequence[Aggregate], Select[Any]]:
    taken_at, subject = table.c.taken_at, table.c[1]
    step = (taken_at - taken_at % bindparam("step", type_=NUMBER)).label("step_start")
    statement = (
        select(step, subject, *(one.expression for one in aggregates))
        .select_from(source_of(level, table))
        .where(*within(table), subject.in_(named))
        .group_by("step_start", subject)
    )
    return 2, aggregates, statement


def _ask(
    questions: Mapping[str, _Question], connection: Connection, pieces: Sequence[Segment], **values: object
) -> dict[tuple[int, ...], dict[str, Any]]:
    """Ask about every piece and merge what they answer, by key."""
    answers: dict[tuple[int, ...], dict[str, Any]] = {}
    for level, start_ms, end_ms in pieces:
        question = questions[level.resolution]
        length = question.key_length
        for row in question.prepared.fetch(connection, start=start_ms, end=end_ms, **values):
            key, found = row[:length], row[length:]
            known = answers.get(key)
            if known is None:
                answers[key] = dict(zip(question.names, found, strict=True))
                continue
            for name, merge, value in zip(question.names, question.merges, found, strict=True):
                if value is not None:
                    known[name] = value if known[name] is None else merge(known[name], value)
    return answers


def _device_names(connection: Connection, rig: str | None) -> dict[int, tuple[str, str]]:
    return _names(connection, rig, DEVICES.c.kind.is_distinct_from(DeviceKind.METER.value))


def _meter_names(connection: Connection, rig: str | None) -> dict[int, tuple[str, str]]:
    named = _names(connection, rig, DEVICES.c.kind == DeviceKind.METER.value)
    return {key: (of_rig, device.removeprefix(meter_label(""))) for key, (of_rig, device) in named.items()}


def _names(connection: Connection, rig: str | None, wanted: ColumnElement[bool]) -> dict[int, tuple[str, str]]:
    asked = select(DEVICES.c.id, DEVICES.c.rig, DEVICES.c.device).where(wanted, _is_of(DEVICES, rig))
    return {key: (of_rig, device) for key, of_rig, device in connection.execute(asked)}


def _work_names(connection: Connection, rig: str | None) -> dict[int, tuple[str, str, str]]:
    asked = select(WORKLOADS.c.id, WORKLOADS.c.rig, WORKLOADS.c.miner, WORKLOADS.c.algorithm)
    rows = connection.execute(asked.where(_is_of(WORKLOADS, rig)))
    return {key: (of_rig, miner, algorithm) for key, of_rig, miner, algorithm in rows}


def _is_of(table: Table, rig: str | None) -> ColumnElement[bool]:
    return true() if rig is None else table.c.rig == rig


def _spans(hours_ms: Sequence[int]) -> Iterator[tuple[datetime, datetime]]:
    """Hours that follow each other, as one span each."""
    first = 0
    for at, hour_ms in enumerate(hours_ms):
        if at + 1 == len(hours_ms) or hours_ms[at + 1] != hour_ms + HOUR_MS:
            yield moment(hours_ms[first]), moment(hour_ms + HOUR_MS)
            first = at + 1


def _next_boundary(after: datetime, by: By, zone: tzinfo) -> datetime:
    if by in {"hour", "quarter_hour"}:
        size = timedelta(hours=1) if by == "hour" else timedelta(minutes=15)
        return after + size - (after - EPOCH) % size
    local = after.astimezone(zone).date()
    if by == "day":
        local += timedelta(days=1)
    elif by == "month":
        local = (local.replace(day=1) + timedelta(days=32)).replace(day=1)
    else:
        local = local.replace(year=local.year + 1, month=1, day=1)
    return datetime.combine(local, time(), zone).astimezone(UTC)


def _scaled(value: float | None, unit: float) -> float | None:
    return None if value is None else value / unit


def _mean(values: Mapping[str, Any], quantity: str, unit: float = 1) -> float | None:
    count = values[f"{quantity}_n"]
    return values[f"{quantity}_sum"] / count / unit if count else None


def _ratio(part_ms: int, period_ms: int) -> float:
    return min(part_ms / period_ms, 1.0)


def _device_stats(name: tuple[str, str], values: Mapping[str, Any], period_ms: int) -> DeviceStats:
    rig, device = name
    return DeviceStats(
        rig=rig,
        device=device,
        seen_ratio=_ratio(values["covered_ms"], period_ms),
        uptime_ratio=_ratio(values["up_ms"], period_ms),
        power_watts_mean=_mean(values, "power_milliwatts", 1000),
        power_watts_min=_scaled(values["power_milliwatts_min"], 1000),
        power_watts_max=_scaled(values["power_milliwatts_max"], 1000),
        energy_joules=_scaled(values["energy_millijoules_sum"], 1000),
        core_temperature_celsius_mean=_mean(values, "core_temperature_decicelsius", 10),
        core_temperature_celsius_max=_scaled(values["core_temperature_decicelsius_max"], 10),
    )


def _meter_stats(name: tuple[str, str], values: Mapping[str, Any], period_ms: int) -> MeterStats:
    rig, meter = name
    return MeterStats(
        rig=rig,
        meter=meter,
        seen_ratio=_ratio(values["covered_ms"], period_ms),
        uptime_ratio=_ratio(values["up_ms"], period_ms),
        wall_power_watts_mean=_mean(values, "power_milliwatts", 1000),
        wall_power_watts_min=_scaled(values["power_milliwatts_min"], 1000),
        wall_power_watts_max=_scaled(values["power_milliwatts_max"], 1000),
        wall_energy_joules=_scaled(values["energy_millijoules_sum"], 1000),
    )


def _work_stats(name: tuple[str, str, str], values: Mapping[str, Any], period_ms: int) -> WorkStats:
    rig, miner, algorithm = name
    return WorkStats(
        rig=rig,
        miner=miner,
        algorithm=algorithm,
        reported_ratio=_ratio(values["covered_ms"], period_ms),
        hashes_per_second_mean=_mean(values, "hashes_per_second"),
        accepted_shares=values["accepted_shares_gained"],
        rejected_shares=values["rejected_shares_gained"],
        stale_shares=values["stale_shares_gained"],
        invalid_shares=values["invalid_shares_gained"],
    )


def _work_point(name: tuple[str, str, str], values: Mapping[str, Any]) -> WorkPoint:
    _, miner, algorithm = name
    return WorkPoint(
        miner=miner,
        algorithm=algorithm,
        hashes_per_second_mean=_mean(values, "hashes_per_second"),
        hashes_per_second_min=values["hashes_per_second_min"],
        hashes_per_second_max=values["hashes_per_second_max"],
        accepted_shares=values["accepted_shares_gained"],
        rejected_shares=values["rejected_shares_gained"],
    )


def _point(start_ms: int, step_ms: int, values: Mapping[str, Any], works: tuple[WorkPoint, ...]) -> Point:
    return Point(
        start=moment(start_ms),
        end=moment(start_ms + step_ms),
        uptime_ratio=_ratio(values["up_ms"], step_ms),
        throttled_ratio=_ratio(values["throttled_ms"], step_ms),
        core_temperature_celsius_mean=_mean(values, "core_temperature_decicelsius", 10),
        core_temperature_celsius_max=_scaled(values["core_temperature_decicelsius_max"], 10),
        memory_temperature_celsius_mean=_mean(values, "memory_temperature_decicelsius", 10),
        memory_temperature_celsius_max=_scaled(values["memory_temperature_decicelsius_max"], 10),
        hotspot_temperature_celsius_mean=_mean(values, "hotspot_temperature_decicelsius", 10),
        hotspot_temperature_celsius_max=_scaled(values["hotspot_temperature_decicelsius_max"], 10),
        fan_ratio_mean=_mean(values, "fan_permille", 1000),
        power_watts_mean=_mean(values, "power_milliwatts", 1000),
        power_watts_min=_scaled(values["power_milliwatts_min"], 1000),
        power_watts_max=_scaled(values["power_milliwatts_max"], 1000),
        energy_joules=_scaled(values["energy_millijoules_sum"], 1000),
        utilization_ratio_mean=_mean(values, "utilization_permille", 1000),
        core_clock_hertz_mean=_mean(values, "core_clock_megahertz", 1e-6),
        memory_clock_hertz_mean=_mean(values, "memory_clock_megahertz", 1e-6),
        works=works,
    )
