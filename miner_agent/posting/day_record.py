"""The record of one day of one rig, which the rig makes of its log and whoever keeps the book posts. Pure.

It tells energy and hours, and no money. Its seal is a hash over its own bytes: it finds what was damaged or cut on the
way and lets the book name what it was told. Who told it, the connection says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Raw, Struct

from calculators.books.exact import plain
from calculators.local_time import written
from calculators.money import decimal_of
from calculators.units import KILOWATT_HOUR, SECONDS_PER_HOUR
from miner_agent.bookkeeping.event_body import canonical, time_text
from miner_agent.errors import BadPayload
from miner_agent.storage.telemetry.log_answers import DeviceStats, MeterStats, PeriodStats, UnplacedEnergy
from miner_agent.text import clean_text

FORM = 1
LARGEST_RECORD_BYTES = 4 << 20
LONGEST_NAME = 76  # of a device or meter [characters]: with its rig's it is whole in the name of an entry
_KILOWATT_HOURS_STEP, _HOURS_STEP = Decimal("1e-12"), Decimal("1e-9")
_Number = Annotated[str, Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,12})?\Z")]


class _Hour(Struct, frozen=True, kw_only=True):
    """What a device or meter did in one hour of UTC, or in the part of one with which a day begins or ends."""

    start: datetime = msgspec.field(name="from")
    kwh: _Number | None = None  # None: not known
    hours: _Number = "0"  # for which it worked


class _Counted(Struct, frozen=True, kw_only=True):
    """A device or a meter: the hours in which it was seen."""

    name: str
    hours: tuple[_Hour, ...]


class _Unplaced(Struct, frozen=True, kw_only=True):
    """What a counter told of a gap: nobody knows when it was drawn."""

    name: str
    is_meter: bool
    known_at: datetime
    kwh: _Number


class _Record(Struct, frozen=True, kw_only=True):
    form: int
    agent: str  # its version
    rig: str
    day: date
    time_zone: str
    devices: tuple[_Counted, ...]
    meters: tuple[_Counted, ...]
    unplaced: tuple[_Unplaced, ...]
    gaps: tuple[tuple[datetime, datetime], ...]  # of which the log holds nothing


class _Sealed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    record: Raw
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRecord:
    """A record that was read, in the form in which the log answers."""

    rig: str
    raw: bytes = field(repr=False)  # as it came
    hours: tuple[PeriodStats, ...]
    unplaced: tuple[UnplacedEnergy, ...]


def sealed_day(
    rig: str,
    day: date,
    zone: ZoneInfo,
    *,
    hours: Sequence[PeriodStats],
    unplaced: Iterable[UnplacedEnergy],
    version: str,
) -> bytes:
    """The record of a day with its seal, as JSON; the same log gives the same bytes.

    Args:
        rig: whose day it is; of no other one is anything told.
        day: that is over.
        zone: whose day it is.
        hours: what the log says of each hour of it.
        unplaced: what counters told in it of gaps.
        version: of the agent.
    """
    devices: dict[str, list[dict[str, str]]] = {}
    meters: dict[str, list[dict[str, str]]] = {}
    gaps: list[list[str]] = []
    for hour in hours:
        told = [(devices, one.device, one.energy_joules, one.uptime_ratio) for one in hour.devices if one.rig == rig]
        told += [(meters, one.meter, one.wall_energy_joules, one.uptime_ratio) for one in hour.meters if one.rig == rig]
        for where, name, joules, uptime_ratio in told:
            where.setdefault(_name(name), []).append(_hour(hour, joules, uptime_ratio))
        if not told and gaps and gaps[-1][1] == time_text(hour.start):
            gaps[-1][1] = time_text(hour.end)
        elif not told:
            gaps.append([time_text(hour.start), time_text(hour.end)])
    record = {
        "form": FORM,
        "agent": version,
        "rig": rig,
        "day": day.isoformat(),
        "time_zone": zone.key,
        "devices": [{"name": name, "hours": told} for name, told in sorted(devices.items())],
        "meters": [{"name": name, "hours": told} for name, told in sorted(meters.items())],
        "unplaced": [
            {
                "name": _name(one.name),
                "is_meter": one.is_meter,
                "known_at": time_text(one.known_at.astimezone(UTC)),
                "kwh": _kilowatt_hours(one.joules),
            }
            for one in unplaced
            if one.rig == rig
        ],
        "gaps": gaps,
    }
    told_record = canonical(record)
    return canonical_sealed(told_record)


def canonical_sealed(record: str) -> bytes:
    """A record with its seal."""
    return f'{{"record":{record},"sha256":"{sha256(record.encode()).hexdigest()}"}}'.encode()


def read_day(
    raw: bytes, *, rig: str, day: date, zone: ZoneInfo, periods: Sequence[tuple[datetime, datetime]]
) -> DayRecord:
    """A record that came from elsewhere, once nothing speaks against it.

    Args:
        raw: as it came.
        rig: whose it has to be.
        day: of which it has to be.
        zone: whose day it has to be.
        periods: the hours of that day, the first and the last cut to it.

    Raises:
        BadPayload: its seal is wrong, it is another's or another day's, or it tells what cannot be.
    """
    place = f"the record of {day}"
    try:
        sealed = msgspec.json.decode(raw, type=_Sealed)
        record = msgspec.json.decode(sealed.record, type=_Record)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise BadPayload(place, clean_text(str(error)), "a sealed record of a day") from None
    if sha256(bytes(sealed.record)).hexdigest() != sealed.sha256:
        raise BadPayload(f"{place}: its seal", sealed.sha256, "the SHA-256 of what it says; it was changed on the way")
    for what, told, wanted in (
        ("its form", record.form, FORM),
        ("its rig", record.rig, rig),
        ("its day", record.day, day),
        ("its time zone", record.time_zone, zone.key),
    ):
        if told != wanted:
            raise BadPayload(f"{place}: {what}", str(told), str(wanted))
    ends = dict(periods)
    devices = _by_hour(place, "devices", record.devices, ends)
    meters = _by_hour(place, "meters", record.meters, ends)
    hours = tuple(
        PeriodStats(
            start=start,
            end=end,
            devices=tuple(_device(rig, name, hour, end) for name, hour in devices.get(start, {}).items()),
            meters=tuple(_meter(rig, name, hour, end) for name, hour in meters.get(start, {}).items()),
            works=(),
        )
        for start, end in periods
    )
    unplaced = tuple(_gap(place, rig, one, periods[0][0], periods[-1][1]) for one in record.unplaced)
    return DayRecord(rig=rig, raw=raw, hours=hours, unplaced=unplaced)


def merged(own: Sequence[PeriodStats], records: Iterable[DayRecord]) -> tuple[PeriodStats, ...]:
    """The hours of one's own log with those of other rigs in them: they are the same periods."""
    found = {hour.start: hour for hour in own}
    for record in records:
        for hour in record.hours:
            known = found[hour.start]
            found[hour.start] = replace(
                known, devices=(*known.devices, *hour.devices), meters=(*known.meters, *hour.meters)
            )
    return tuple(found.values())


def _name(told: str) -> str:
    return clean_text(told, length=LONGEST_NAME)


def _hour(hour: PeriodStats, joules: float | None, uptime_ratio: float) -> dict[str, str]:
    length = (hour.end - hour.start).total_seconds()
    worked = (decimal_of(uptime_ratio * length) / SECONDS_PER_HOUR).quantize(_HOURS_STEP, rounding=ROUND_HALF_EVEN)
    told = {"from": time_text(hour.start.astimezone(UTC)), "hours": plain(worked)}
    return told if joules is None else {**told, "kwh": _kilowatt_hours(joules)}


def _kilowatt_hours(joules: float) -> str:
    exact = decimal_of(joules) / Decimal(int(KILOWATT_HOUR))
    return plain(exact.quantize(_KILOWATT_HOURS_STEP, rounding=ROUND_HALF_EVEN))


def _by_hour(
    place: str, what: str, told: Iterable[_Counted], ends: Mapping[datetime, datetime]
) -> dict[datetime, dict[str, _Hour]]:
    found: dict[datetime, dict[str, _Hour]] = {}
    names: set[str] = set()
    for one in told:
        _check_name(f"{place}: a name of {what}", one.name)
        if one.name in names:
            _refuse(f"{place}: {what}", f"{one.name} twice", "each once")
        names.add(one.name)
        for hour in one.hours:
            end = ends.get(hour.start) if hour.start.tzinfo is not None else None
            if end is None or one.name in found.get(hour.start, {}):
                _refuse(f"{place}: an hour of {one.name}", time_text(hour.start), "each hour of that day once")
            if Decimal(hour.hours) > _length_hours(hour.start, end):
                _refuse(
                    f"{place}: hours of {one.name} from {written(hour.start)}", hour.hours, "no more than there are"
                )
            found.setdefault(hour.start, {})[one.name] = hour
    return found


def _gap(place: str, rig: str, told: _Unplaced, start: datetime, end: datetime) -> UnplacedEnergy:
    _check_name(f"{place}: a name in unplaced", told.name)
    if told.known_at.tzinfo is None or not start <= told.known_at < end:
        _refuse(f"{place}: a moment in unplaced", time_text(told.known_at), "one of that day")
    return UnplacedEnergy(
        known_at=told.known_at, rig=rig, name=told.name, is_meter=told.is_meter, joules=_joules(told.kwh)
    )


def _device(rig: str, name: str, hour: _Hour, end: datetime) -> DeviceStats:
    ratio = _ratio(hour, end)
    return DeviceStats(
        rig=rig,
        device=name,
        seen_ratio=ratio,
        uptime_ratio=ratio,
        power_watts_mean=None,
        power_watts_min=None,
        power_watts_max=None,
        energy_joules=None if hour.kwh is None else _joules(hour.kwh),
        core_temperature_celsius_mean=None,
        core_temperature_celsius_max=None,
    )


def _meter(rig: str, name: str, hour: _Hour, end: datetime) -> MeterStats:
    ratio = _ratio(hour, end)
    return MeterStats(
        rig=rig,
        meter=name,
        seen_ratio=ratio,
        uptime_ratio=ratio,
        wall_power_watts_mean=None,
        wall_power_watts_min=None,
        wall_power_watts_max=None,
        wall_energy_joules=None if hour.kwh is None else _joules(hour.kwh),
    )


def _ratio(hour: _Hour, end: datetime) -> float:
    return float(Decimal(hour.hours) / _length_hours(hour.start, end))


def _length_hours(start: datetime, end: datetime) -> Decimal:
    return decimal_of((end - start).total_seconds()) / SECONDS_PER_HOUR


def _joules(kilowatt_hours: str) -> float:
    return float(Decimal(kilowatt_hours) * int(KILOWATT_HOUR))


def _check_name(place: str, name: str) -> None:
    if not name or name != _name(name):
        _refuse(place, clean_text(name), f"up to {LONGEST_NAME} characters that can be seen")


def _refuse(place: str, got: str, expected: str) -> NoReturn:
    raise BadPayload(place, clean_text(got), expected)
