"""The past of the simulated rig: what its log would hold by now, had it run since before the last month began."""

import functools
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from calculators.units import HOURS_PER_DAY
from miner_agent.model.devices import DeviceWork
from miner_agent.model.finances import Economy
from miner_agent.model.made_in_c import copied_with
from miner_agent.model.readings import Workload
from miner_agent.model.snapshot import (
    Device,
    DeviceContribution,
    DeviceEnergy,
    Inventory,
    MinerWorkload,
    RigSnapshot,
    TickClock,
)
from miner_agent.simulate.chance import Chance
from miner_agent.simulate.market_files import market_notes
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import Profile
from miner_agent.simulate.scripts import alone
from miner_agent.simulate.simulated_course import SimulatedCourse, SimulatedMoment
from miner_agent.simulate.simulated_program import USUAL_REJECTS
from miner_agent.simulate.subjects import possible
from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
from miner_agent.storage.telemetry.log import TelemetryLog

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BY_QUARTER, BY_TWO_MINUTES = timedelta(hours=26), timedelta(hours=7)  # before now; longer ago it is by the hour
LEFT = {"15m": BY_QUARTER, "1m": BY_TWO_MINUTES, "raw": BY_TWO_MINUTES}  # by resolution, for how long
POWER_CUT = timedelta(days=8, hours=2), 5 * HOUR  # since the last month began, and for how long
PART_DOWN = timedelta(days=16, hours=13), 3 * HOUR  # a program, or a machine
AGENT_OFF = timedelta(days=-2, hours=3), 4 * HOUR  # since this day began: meters and cards count on

PLAYED_EVERY_SECONDS, SETTLED_SECONDS, DOWN_FROM_SECONDS, PLAYED_SECONDS = 60.0, 300.0, 660.0, 960.0
WORK_DEVIATION, HOUR_DEVIATION = 0.008, 0.003  # of a day, and within it
ROOM_DEVIATION_CELSIUS, ROOM_SWING_CELSIUS = 1.2, 1.5  # of a day, and within it
WARMEST_HOUR = 16
ACCEPTED, REJECTED = "accepted_shares_total", "rejected_shares_total"
SHARES = (ACCEPTED, REJECTED, "stale_shares_total", "invalid_shares_total")
TEMPERATURES = ("core_temperature_celsius", "memory_temperature_celsius", "hotspot_temperature_celsius")


def past_begins(now: datetime) -> datetime:
    """A day before the last month began, so that it is whole in every zone."""
    return last_month(now) - DAY


def last_month(now: datetime) -> datetime:
    """When it began, in UTC."""
    return (_midnight(now).replace(day=1) - DAY).replace(day=1)


def begin_log(directory: Path, profile: Profile, now: datetime) -> None:
    """Write it. The directory must be there."""
    log = TelemetryLog.open(directory / TELEMETRY_FILE, now=now, quick_check=False)
    try:
        this_hour = _hour(now)
        log.append_past(_ticks(profile, now), kept_from={name: this_hour - left for name, left in LEFT.items()})
    finally:
        log.close()


def _ticks(profile: Profile, now: datetime) -> Iterator[tuple[RigSnapshot, Sequence[RigSnapshot]]]:
    moments = _moments(profile)
    down_from_seconds = DOWN_FROM_SECONDS + 2 * PLAYED_EVERY_SECONDS
    well = [one for one in moments if SETTLED_SECONDS <= one.seconds < DOWN_FROM_SECONDS]
    down = [one for one in moments if one.seconds >= down_from_seconds]
    off_at, off_for = _midnight(now) + AGENT_OFF[0], AGENT_OFF[1]
    cut_at, cut_for = last_month(now) + POWER_CUT[0], POWER_CUT[1]
    down_at, down_for = last_month(now) + PART_DOWN[0], PART_DOWN[1]
    rigs = {name: _PastRig(snapshot, well[-1].seconds) for name, snapshot in _told(well[-1]).items()}
    for at, interval in _times(past_begins(now), now):
        if off_at <= at < off_at + off_for or cut_at <= at < cut_at + cut_for:
            continue
        played = down if down_at <= at < down_at + down_for else well
        gap = off_for if at == off_at + off_for else timedelta()
        chance = Chance(int(at.timestamp()))
        weather = _weather(at, chance)
        clock = TickClock(
            boot_id=f"invented-{int(at > cut_at)}",
            monotonic_seconds=(at - (cut_at if at > cut_at else past_begins(now))).total_seconds(),
            interval_seconds=interval.total_seconds(),
            clock_ok=True,
        )
        own, *others = (
            rigs[name].at(snapshot, at, clock, weather, gap_seconds=gap.total_seconds())
            for name, snapshot in _told(chance.one_of(played)).items()
        )
        if at == _hour(at):
            economy = Economy(computed_at=at, market_notes=tuple(market_notes(profile, at, now)))
            own = copied_with(own, economy=economy)
        yield own, others


def _moments(profile: Profile) -> list[SimulatedMoment]:
    """How the rig is while it is well, and then while a part of it is down."""
    faults = tuple(fault for fault in (Fault.MINER_DOWN, Fault.MACHINE_DOWN) if fault in possible(profile))
    script = alone(profile, faults, after_seconds=DOWN_FROM_SECONDS, lasting_seconds=math.inf)
    course = SimulatedCourse(profile, script=script, interval_seconds=PLAYED_EVERY_SECONDS)
    return list(course.until(PLAYED_SECONDS))


def _told(moment: SimulatedMoment) -> dict[str, RigSnapshot]:
    return {moment.rig.rig: moment.rig, **moment.machines}


def _times(begins: datetime, now: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """Each tick, and how long it stands for."""
    at = begins
    while True:
        interval = HOUR
        if at >= _hour(now) - BY_QUARTER:
            interval = timedelta(minutes=15)
        if at >= _hour(now) - BY_TWO_MINUTES:
            interval = timedelta(minutes=2)
        if at + interval > now:
            return
        yield at, interval
        at += interval


class Weather(NamedTuple):
    """How a moment is unlike those that were played."""

    work_ratio: float
    room_celsius: float  # warmer


def _weather(at: datetime, chance: Chance) -> Weather:
    """Between that of the day and that of the next one."""
    this, next_ = day_weather(at.date()), day_weather(at.date() + timedelta(days=1))
    hour = at.hour + at.minute / 60
    swing = ROOM_SWING_CELSIUS * math.cos(2 * math.pi * (hour - WARMEST_HOUR) / HOURS_PER_DAY)
    work, room = (a + (b - a) * hour / HOURS_PER_DAY for a, b in zip(this, next_, strict=True))
    return Weather(work * (1.0 + chance.noise(HOUR_DEVIATION)), room + swing)


@functools.lru_cache(maxsize=128)
def day_weather(day: date) -> Weather:
    """That of a whole day: always the same."""
    chance = Chance(day.toordinal())
    return Weather(1.0 + chance.noise(WORK_DEVIATION), chance.noise(ROOM_DEVIATION_CELSIUS))


class _PastRig:
    """One rig, and how long each of its miners has worked."""

    def __init__(self, well: RigSnapshot, worked_seconds: float) -> None:
        """``well``: how it was after it had worked for so long."""
        inventory = well.inventory
        self._of_miners = {(one.miner, one.algorithm): one.workload for one in inventory.workloads}
        self._of_parts = {(one.miner, one.algorithm, one.device): one.work for one in inventory.contributions}
        self._after_seconds = worked_seconds
        self._worked_seconds = dict.fromkeys((one.miner for one in inventory.workloads), 0.0)

    def at(
        self, played: RigSnapshot, at: datetime, clock: TickClock, weather: Weather, *, gap_seconds: float
    ) -> RigSnapshot:
        """What was played, as if it had been then. Over a gap counters went on."""
        inventory, ratio = played.inventory, weather.work_ratio
        for miner in {one.miner for one in inventory.workloads}:
            self._worked_seconds[miner] += ratio * (clock.interval_seconds + gap_seconds)
        devices = tuple(_device(one, weather) for one in inventory.devices)
        meters = tuple(_device(one, weather) for one in played.meters)
        energy = functools.partial(_energies, interval_seconds=clock.interval_seconds, gap_seconds=gap_seconds)
        return RigSnapshot(
            taken_at=at,
            rig=played.rig,
            outcomes=(),
            inventory=Inventory(
                devices=devices,
                workloads=tuple(self._workload(one, ratio) for one in inventory.workloads),
                contributions=tuple(self._contribution(one, ratio) for one in inventory.contributions),
            ),
            energy=energy(devices),
            meters=meters,
            meter_energy=energy(meters),
            clock=clock,
        )

    def _workload(self, one: MinerWorkload, ratio: float) -> MinerWorkload:
        told, worked = one.workload, self._worked_seconds[one.miner] / self._after_seconds
        shares = _shares(self._of_miners[one.miner, one.algorithm], worked)
        workload = copied_with(told, hashes_per_second=_times_ratio(told.hashes_per_second, ratio), **shares)
        return copied_with(one, workload=workload)

    def _contribution(self, one: DeviceContribution, ratio: float) -> DeviceContribution:
        told, worked = one.work, self._worked_seconds[one.miner] / self._after_seconds
        shares = _shares(self._of_parts[one.miner, one.algorithm, one.device], worked)
        work = copied_with(told, hashes_per_second=_times_ratio(told.hashes_per_second, ratio), **shares)
        return copied_with(one, work=work)


def _shares(known: Workload | DeviceWork, times: float) -> dict[str, int]:
    """What it counts, that many times; of those that it rejects few were played."""
    counts = {name: round(count * times) for name in SHARES if (count := getattr(known, name)) is not None}
    if REJECTED in counts:
        counts[REJECTED] = round(USUAL_REJECTS * counts[ACCEPTED])
    return counts


def _device(one: Device, weather: Weather) -> Device:
    told = one.reading
    warmer = {name: _plus(getattr(told, name), weather.room_celsius) for name in TEMPERATURES}
    reading = copied_with(told, power_watts=_times_ratio(told.power_watts, weather.work_ratio), **warmer)
    return copied_with(one, reading=reading)


def _energies(devices: Iterable[Device], *, interval_seconds: float, gap_seconds: float) -> tuple[DeviceEnergy, ...]:
    """Over a gap a counter tells what was drawn, and not when."""
    drawing = ((one.label, one.reading.power_watts) for one in devices)
    return tuple(
        DeviceEnergy(
            device=label,
            source="hardware",
            joules_total=None,
            joules_since_last_tick=None if gap_seconds else watts * interval_seconds,
            added_joules=watts * (interval_seconds + gap_seconds),
        )
        for label, watts in drawing
        if watts is not None
    )


def _times_ratio(value: float | None, ratio: float) -> float | None:
    return None if value is None else value * ratio


def _plus(value: float | None, more: float) -> float | None:
    return None if value is None else value + more


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
