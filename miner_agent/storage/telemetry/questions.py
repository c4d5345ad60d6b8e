"""Answers about the past: what each period looked like, and how one device's values went.

Every question is answered from the coarsest level of detail that fits, and from finer ones at its edges.
"""

import functools
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar, get_args

from calculators.local_time import EPOCH
from miner_agent.model.devices import DeviceKind, meter_label
from miner_agent.storage.telemetry.log_answers import (
    DeviceStats,
    HeldTime,
    MeterStats,
    PeriodStats,
    Point,
    WorkPoint,
    WorkStats,
)
from miner_agent.storage.telemetry.pieces import (
    Segment,
    has_several_rigs,
    kept_levels,
    last_tick_ms,
    miners_a_row,
    most_of_days,
    pieces_of_a_day,
    possible_step_ms,
    segments,
)
from miner_agent.storage.telemetry.rollups import anything_at, device_aggregates, work_aggregates
from miner_agent.storage.telemetry.rows import milliseconds, moment
from miner_agent.storage.telemetry.schema import EIGHT_DAYS, HOUR, HOUR_MS, MOST_OF_A_DAY, Level
from miner_agent.storage.telemetry.summed_pieces import Key, SummedPieces, Values
from miner_agent.text import natural_key

By: TypeAlias = Literal["quarter_hour", "hour", "day", "month", "year", "total"]

_STATS_OF_DEVICE = MOST_OF_A_DAY.device.measured
_STATS_OF_WORK = (
    "covered_ms",
    "hashes_per_second_n",
    "hashes_per_second_sum",
    "accepted_shares_gained",
    "rejected_shares_gained",
    "stale_shares_gained",
    "invalid_shares_gained",
)
_DEVICES = "SELECT id, rig, device FROM devices WHERE (:rig IS NULL OR rig = :rig)"
_WORKLOADS = "SELECT id, rig, miner, algorithm FROM workloads WHERE :rig IS NULL OR rig = :rig"
_OF_RIG = "named.rig = :rig"
_ONE_DEVICE = "named.rig = :rig AND named.device = :device"
_WHOLE_MINERS = "named.device IS NULL"
_EDGES_MS = 2 * EIGHT_DAYS.bucket_ms
"""Of a long time so much is read hour by hour at most: of how many miners does not matter where it is long enough."""
_COURSE_OF_DEVICE = tuple(one.name for one in device_aggregates(HOUR))
_COURSE_OF_WORK = tuple(one.name for one in work_aggregates(HOUR))

_Name = TypeVar("_Name", bound=tuple[str, ...])


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


class Questions:
    """Prepared questions; they are asked on a connection that sees one moment of the log."""

    def __init__(self) -> None:
        self._prepared = _prepare()

    def stats(
        self, connection: sqlite3.Connection, periods: Sequence[tuple[datetime, datetime]], *, rig: str | None
    ) -> tuple[PeriodStats, ...]:
        """What each period looked like, on every rig or on one."""
        if not periods:
            return ()
        levels = kept_levels(connection, "devices")
        devices, meters = _device_names(connection, rig), _meter_names(connection, rig)
        works = _work_names(connection, rig)
        horizon_ms = last_tick_ms(connection, milliseconds(periods[-1][1]))
        one_of_several = {"rig": rig} if rig is not None and has_several_rigs(connection) else {}
        prepared = self._prepared
        levels_of_miners, levels_of_work = kept_levels(connection, "miners"), kept_levels(connection)
        if one_of_several:
            ask_devices, looked_up, crowd = prepared.devices_of_rig.ask, prepared.miners_of_rig, 0.0
        else:
            ask_devices, looked_up = prepared.devices.ask, prepared.few_miners
            crowd = miners_a_row(connection, milliseconds(periods[-1][1]))
        periods_ms = [(milliseconds(start), milliseconds(end)) for start, end in periods]
        written_ms = most_of_days(connection, periods_ms, horizon_ms)
        answers = []
        for (start, end), (start_ms, end_ms) in zip(periods, periods_ms, strict=True):
            pieces = pieces_of_a_day(start_ms, end_ms, levels, horizon_ms, written_ms)
            of_devices = ask_devices(connection, pieces, **one_of_several)
            period_ms = end_ms - start_ms
            if crowd <= max(1, period_ms / _EDGES_MS):
                pieces_of_works = segments(start_ms, end_ms, levels_of_miners, horizon_ms)
                of_works = looked_up.ask(connection, pieces_of_works, **one_of_several)
            else:
                of_works = prepared.miners.ask(connection, segments(start_ms, end_ms, levels_of_work, horizon_ms))
            answers.append(
                PeriodStats(
                    start=start,
                    end=end,
                    devices=tuple([_device_stats(*one, period_ms) for one in _named(of_devices, devices)]),
                    meters=tuple([_meter_stats(*one, period_ms) for one in _named(of_devices, meters)]),
                    works=tuple([_work_stats(*one, period_ms) for one in _named(of_works, works)]),
                )
            )
        return tuple(answers)

    def rigs(self, connection: sqlite3.Connection) -> tuple[str, ...]:
        """Every rig that has a device, a meter or a miner in the log."""
        named = connection.execute("SELECT rig FROM devices UNION SELECT rig FROM workloads")
        return tuple(sorted((rig for (rig,) in named), key=natural_key))

    def labels(self, connection: sqlite3.Connection) -> tuple[tuple[str, str], ...]:
        """Every device and meter in the log: its rig, and its name there."""
        return tuple(connection.execute("SELECT rig, device FROM devices"))

    def held(self, connection: sqlite3.Connection, start: datetime, end: datetime, *, rig: str | None) -> HeldTime:
        """Which hours the log holds anything of, of every rig or of one."""
        start_ms, end_ms = milliseconds(start), milliseconds(end)
        horizon_ms = last_tick_ms(connection, end_ms)
        if rig is not None and not has_several_rigs(connection) and self.rigs(connection) == (rig,):
            rig = None
        levels = kept_levels(connection, "miners" if rig is None else "workloads")
        pieces = segments(start_ms, end_ms, levels, horizon_ms)
        joined_ms = tuple(_joined(span for piece in pieces for span in _held(connection, piece, rig)))
        asked = -(-end_ms // HOUR_MS) - start_ms // HOUR_MS
        spans = tuple(
            (moment(max(first_ms, start_ms)), moment(min(after_ms, end_ms))) for first_ms, after_ms in joined_ms
        )
        held = sum(after_ms - first_ms for first_ms, after_ms in joined_ms) // HOUR_MS
        return HeldTime(hours_held=held, hours_asked=asked, spans=spans)

    def show(
        self, connection: sqlite3.Connection, start: datetime, end: datetime, *, rig: str, device: str, step: timedelta
    ) -> tuple[Point, ...]:
        """How one device's values went; steps of which nothing is known are left out."""
        levels, start_ms, end_ms = kept_levels(connection), milliseconds(start), milliseconds(end)
        step_ms = possible_step_ms(step // timedelta(milliseconds=1), start_ms, levels)
        horizon_ms = last_tick_ms(connection, end_ms)

        def asked(course: SummedPieces, levels: Sequence[tuple[Level, int]]) -> dict[Key, Values]:
            fitting = [(level, before) for level, before in levels if step_ms % level.bucket_ms == 0]
            pieces = segments(start_ms - start_ms % step_ms, end_ms, fitting, horizon_ms)
            return course.ask(connection, pieces, step=step_ms, rig=rig, device=device)

        of_device = asked(self._prepared.course_of_device, kept_levels(connection, "devices"))
        of_works = asked(self._prepared.course_of_works, levels)
        names = _work_names(connection, rig) if of_works else {}
        works: dict[int, list[WorkPoint]] = {}
        for (at_ms, workload), values in sorted(of_works.items()):
            works.setdefault(at_ms, []).append(_work_point(names[workload], _by_name(_COURSE_OF_WORK, values)))
        return tuple(
            _point(at_ms, step_ms, _by_name(_COURSE_OF_DEVICE, values), tuple(works.get(at_ms, ())))
            for (at_ms, _), values in sorted(of_device.items())
        )


class _Prepared(NamedTuple):
    """What may be asked of every log: what periods add up to, and the course of one device."""

    devices: SummedPieces
    devices_of_rig: SummedPieces
    miners: SummedPieces
    few_miners: SummedPieces
    miners_of_rig: SummedPieces
    course_of_device: SummedPieces
    course_of_works: SummedPieces


@functools.cache  # phrasing them takes longer than most answers
def _prepare() -> _Prepared:
    of_works = functools.partial(SummedPieces, of_work=True)
    return _Prepared(
        devices=SummedPieces(_STATS_OF_DEVICE),
        devices_of_rig=SummedPieces(_STATS_OF_DEVICE, chosen=_OF_RIG, looked_up=True),
        miners=of_works(_STATS_OF_WORK, chosen=_WHOLE_MINERS),
        few_miners=of_works(_STATS_OF_WORK, chosen=_WHOLE_MINERS, looked_up=True),
        miners_of_rig=of_works(_STATS_OF_WORK, chosen=f"{_OF_RIG} AND {_WHOLE_MINERS}", looked_up=True),
        course_of_device=SummedPieces(_COURSE_OF_DEVICE, chosen=_ONE_DEVICE, looked_up=True, by_step=True),
        course_of_works=of_works(_COURSE_OF_WORK, chosen=_ONE_DEVICE, looked_up=True, by_step=True),
    )


def _device_names(connection: sqlite3.Connection, rig: str | None) -> dict[int, tuple[str, str]]:
    rows = connection.execute(f"{_DEVICES} AND kind IS NOT :meter", {"rig": rig, "meter": DeviceKind.METER.value})
    return _in_order((key, (of_rig, device)) for key, of_rig, device in rows)


def _meter_names(connection: sqlite3.Connection, rig: str | None) -> dict[int, tuple[str, str]]:
    rows = connection.execute(f"{_DEVICES} AND kind = :meter", {"rig": rig, "meter": DeviceKind.METER.value})
    named = _in_order((key, (of_rig, device)) for key, of_rig, device in rows)
    return {key: (of_rig, device.removeprefix(meter_label(""))) for key, (of_rig, device) in named.items()}


def _work_names(connection: sqlite3.Connection, rig: str | None) -> dict[int, tuple[str, str, str]]:
    rows = connection.execute(_WORKLOADS, {"rig": rig})
    return _in_order((key, (of_rig, miner, algorithm)) for key, of_rig, miner, algorithm in rows)


def _in_order(names: Iterable[tuple[int, _Name]]) -> dict[int, _Name]:
    """As people count them."""
    return dict(sorted(names, key=lambda one: [natural_key(name) for name in one[1]]))


def _named(found: Mapping[Key, Values], names: Mapping[int, _Name]) -> Iterator[tuple[_Name, Values]]:
    """What was found of those that have a name here, in the order of the names."""
    for key, name in names.items():
        values = found.get((key,))
        if values is not None:
            yield name, values


def _by_name(names: Iterable[str], values: Values) -> dict[str, Any]:
    return dict(zip(names, values, strict=True))


def _held(connection: sqlite3.Connection, piece: Segment, rig: str | None) -> Iterator[tuple[int, int]]:
    """Hours of a piece at which anything was logged of every rig, or of one; eight days at once where all were."""
    level, start_ms, end_ms = piece
    ticks, parameters = level.ticks, {"start": start_ms, "end": end_ms, "rig": rig}
    if level is EIGHT_DAYS:
        asked = f"SELECT taken_at, held_hours FROM {ticks.name} WHERE {ticks.within()} ORDER BY taken_at"  # noqa: S608 - our names
        for first_ms, hours in connection.execute(asked, parameters).fetchall():
            after_ms = first_ms + EIGHT_DAYS.bucket_ms
            if hours * HOUR_MS == EIGHT_DAYS.bucket_ms:
                yield first_ms, after_ms
            else:
                yield from _held(connection, (HOUR, first_ms, after_ms), rig)
        return
    asked = (
        f"SELECT taken_at FROM {ticks.name} WHERE {ticks.within()} AND {anything_at(level, rig=rig)} ORDER BY taken_at"  # noqa: S608
    )
    for (ms,) in connection.execute(asked, parameters).fetchall():
        hour_ms = ms - ms % HOUR_MS
        yield hour_ms, hour_ms + HOUR_MS


def _joined(spans_ms: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans in the order of the time: those that touch become one."""
    begun_ms: int | None = None
    until_ms = 0
    for first_ms, after_ms in spans_ms:
        if begun_ms is None:
            begun_ms = first_ms
        elif first_ms > until_ms:
            yield begun_ms, until_ms
            begun_ms = first_ms
        until_ms = after_ms
    if begun_ms is not None:
        yield begun_ms, until_ms


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


def _mean_of(total: float | None, count: int | None, unit: float = 1) -> float | None:
    return total / count / unit if total is not None and count else None


def _device_stats(name: tuple[str, str], values: Values, period_ms: int) -> DeviceStats:
    """Written out: a year by day has thousands of them, and a call for each figure takes as long as all the rest."""
    (seen_ms, up_ms, degrees, degrees_sum, degrees_max, powers, power_sum, power_min, power_max, energy) = values
    return DeviceStats(
        rig=name[0],
        device=name[1],
        seen_ratio=seen_ms / period_ms if seen_ms < period_ms else 1.0,
        uptime_ratio=up_ms / period_ms if up_ms < period_ms else 1.0,
        power_watts_mean=power_sum / powers / 1000 if powers else None,
        power_watts_min=None if power_min is None else power_min / 1000,
        power_watts_max=None if power_max is None else power_max / 1000,
        energy_joules=None if energy is None else energy / 1000,
        core_temperature_celsius_mean=degrees_sum / degrees / 10 if degrees else None,
        core_temperature_celsius_max=None if degrees_max is None else degrees_max / 10,
    )


def _meter_stats(name: tuple[str, str], values: Values, period_ms: int) -> MeterStats:
    (seen_ms, up_ms, _, _, _, powers, power_sum, power_min, power_max, energy) = values
    return MeterStats(
        rig=name[0],
        meter=name[1],
        seen_ratio=_ratio(seen_ms, period_ms),
        uptime_ratio=_ratio(up_ms, period_ms),
        wall_power_watts_mean=_mean_of(power_sum, powers, 1000),
        wall_power_watts_min=_scaled(power_min, 1000),
        wall_power_watts_max=_scaled(power_max, 1000),
        wall_energy_joules=_scaled(energy, 1000),
    )


def _work_stats(name: tuple[str, str, str], values: Values, period_ms: int) -> WorkStats:
    reported_ms, rates, rate_sum, accepted_shares, rejected_shares, stale_shares, invalid_shares = values
    return WorkStats(
        rig=name[0],
        miner=name[1],
        algorithm=name[2],
        reported_ratio=_ratio(reported_ms, period_ms),
        hashes_per_second_mean=_mean_of(rate_sum, rates),
        accepted_shares=accepted_shares,
        rejected_shares=rejected_shares,
        stale_shares=stale_shares,
        invalid_shares=invalid_shares,
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
