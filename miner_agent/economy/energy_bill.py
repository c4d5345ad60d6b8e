"""What the energy of a month cost, by device and in all: what the log counted, hour by hour, at each hour's price."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from calculators.electricity.tariff import Slot
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.local_time import INSTANT
from calculators.money import Money, decimal_of
from calculators.told_figures import counted
from calculators.units import KILOWATT_HOUR
from miner_agent.profit.energy_cost import Prices
from miner_agent.storage.telemetry.log_answers import HeldTime, PeriodStats, UnplacedEnergy

DEVICE, METER, RIG, ALL = "device", "meter", "rig", "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """Energy and money of one device or meter, of a rig, or of all of them."""

    kind: str  # DEVICE, METER, RIG or ALL
    rig: str | None  # None: all of them
    name: str | None  # of a device or meter
    kilowatt_hours: Decimal | None  # None: the log knows none, which is not that none was drawn
    cost: Money | None  # None: no energy is known, or no price of any of it
    unpriced_kilowatt_hours: Decimal  # in the energy, and not in the cost
    known_ratio: float | None  # of the time, in which it was seen; None of a sum
    counted: Mapping[datetime, Decimal]  # what the energy of its rig is made of, by the start of each hour [kWh]
    unplaced: Mapping[datetime, Decimal]  # likewise, of gaps before that hour, as a counter told in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The answer. A rig's energy is what its meters measured, else that of its devices together."""

    held: HeldTime  # of the time: nothing else is in any line

    start: datetime
    end: datetime
    currency: str
    source: str  # of the prices
    lines: tuple[BillLine, ...]
    notes: tuple[str, ...]
    prices: Mapping[datetime, Decimal]  # of a kilowatt-hour, by the start of each hour

    @property
    def total(self) -> BillLine:
        """All rigs together."""
        return self.lines[-1]


def energy_bill(
    hours: Sequence[PeriodStats],
    prices: Prices,
    *,
    held: HeldTime,
    days: Mapping[date, Money],
    start: datetime,
    end: datetime,
    unplaced: Sequence[UnplacedEnergy] = (),
) -> Bill:
    """The bill of a time.

    Args:
        hours: what the log says of each hour of it.
        prices: the tariff.
        held: which hours of it the log holds.
        days: the mean price of each UTC day as the log has it, for hours of which the tariff knows none.
        start: of the time, aware.
        end: of the time, aware.
        unplaced: what counters told of gaps: it costs what the hour does in which they told it.
    """
    devices = _drawn((DEVICE, hour, one.rig, one.device, one.energy_joules) for hour in hours for one in hour.devices)
    meters = _drawn((METER, hour, one.rig, one.meter, one.wall_energy_joules) for hour in hours for one in hour.meters)
    metered, rigs = _metered(hours, meters, unplaced), _by_rig(devices)
    unmetered = {rig: sum(hour not in metered.get(rig, {}) for hour in by_hour) for rig, by_hour in rigs.items()}
    for rig, by_hour in metered.items():
        rigs[rig] = {**rigs.get(rig, {}), **by_hour}
    late = _late(hours, unplaced, metered)
    for (_, rig, _), by_hour in late.items():
        rigs[rig] = dict(rigs.get(rig, {}))
        _add(rigs[rig], by_hour)
    whole: dict[datetime, Decimal] = {}
    for by_hour in rigs.values():
        _add(whole, by_hour)
    notes = [*prices.notes]
    if isinstance(prices.tariff, TieredTariff):
        priced = dict.fromkeys((hour.start for hour in hours), _mean_of_tiers(prices.tariff, whole, prices))
    else:
        priced, taken = _prices_of_hours(hours, prices, days)
        if taken:
            notes.append(f"of {counted(taken, 'hour')} the tariff knows no price: the log's mean of the day is taken")
    seen = _seen(hours, end - start)

    def line(kind: str, rig: str | None, name: str | None, by_hour: Mapping[datetime, Decimal]) -> BillLine:
        energy = sum(by_hour.values(), Decimal(0))
        cost = sum((amount * priced[hour] for hour, amount in by_hour.items() if hour in priced), Decimal(0))
        unpriced = sum((amount for hour, amount in by_hour.items() if hour not in priced), Decimal(0))
        others = metered.get(rig or "", {}) if kind == DEVICE else {}
        placed = drawn.get((kind, rig or "", name or ""), {})
        return BillLine(
            kind=kind,
            rig=rig,
            name=name,
            kilowatt_hours=energy if by_hour else None,
            cost=None if not by_hour or (unpriced and unpriced == energy) else Money(cost, prices.currency),
            unpriced_kilowatt_hours=unpriced,
            known_ratio=seen.get((kind, rig or "", name or "")),
            counted={hour: amount for hour, amount in placed.items() if hour not in others},
            unplaced=late.get((kind, rig or "", name or ""), {}),
        )

    drawn = devices | meters
    lines = [line(*key, _summed(drawn.get(key, {}), late.get(key, {}))) for key in dict.fromkeys((*drawn, *late))]
    lines += [line(RIG, rig, None, by_hour) for rig, by_hour in rigs.items()]
    lines.append(line(ALL, None, None, whole))
    notes += [
        f"{rig}: no meter measures it{' for a part of the time' if rig in metered else ''}: what the power supplies "
        "lose and the host draws is not in it"
        for rig, count in unmetered.items()
        if count
    ]
    notes += [
        f"{rig}: {name} was seen, and no energy of it is known: it is in no amount"
        for kind, rig, name in seen
        if (kind, rig, name) not in drawn and rig not in metered
    ]
    if gaps := sum((energy for by_hour in late.values() for energy in by_hour.values()), Decimal(0)):
        notes.append(
            f"{gaps:.3f} kWh were drawn over gaps, as counters say: each at the price of the hour that told it"
        )
    if unpriced := lines[-1].unpriced_kilowatt_hours:
        notes.append(f"of {unpriced:.3f} kWh no price is known, so they are in no amount: --tariff FILE may know it")
    return Bill(
        start=start,
        end=end,
        held=held,
        currency=prices.currency,
        source=prices.source,
        lines=tuple(lines),
        notes=tuple(notes),
        prices=priced,
    )


Drawn = dict[tuple[str, str, str], dict[datetime, Decimal]]
"""By kind, rig and name: the energy of each hour. [kWh]"""
_ByRig = dict[str, dict[datetime, Decimal]]


def _drawn(told: Iterable[tuple[str, PeriodStats, str, str, float | None]]) -> Drawn:
    found: Drawn = {}
    for kind, hour, rig, name, joules in told:
        if joules is not None:
            found.setdefault((kind, rig, name), {})[hour.start] = decimal_of(joules) / Decimal(int(KILOWATT_HOUR))
    return found


def _metered(hours: Sequence[PeriodStats], meters: Drawn, unplaced: Sequence[UnplacedEnergy]) -> _ByRig:
    """What meters measured; zero in hours that are in what a counter told of a gap, back to the last one measured."""
    found, starts = _by_rig(meters), [hour.start for hour in hours]
    for one in unplaced:
        measured = meters.get((METER, one.rig, one.name), {})
        told = bisect_right(starts, one.known_at) - 1
        for at in range(told, -1, -1) if one.is_meter else ():
            found.setdefault(one.rig, {}).setdefault(starts[at], Decimal(0))
            if at < told and starts[at] in measured:
                break
    return found


def _late(
    hours: Sequence[PeriodStats], unplaced: Sequence[UnplacedEnergy], metered: Mapping[str, Mapping[datetime, Decimal]]
) -> Drawn:
    """What counters told of gaps, by the hour in which they told it; of devices only where no meter counts."""
    found: Drawn = {}
    starts = [hour.start for hour in hours]
    for one in unplaced if starts else ():
        hour = starts[bisect_right(starts, one.known_at) - 1]
        if one.is_meter or hour not in metered.get(one.rig, {}):
            key = METER if one.is_meter else DEVICE, one.rig, one.name
            _add(found.setdefault(key, {}), {hour: decimal_of(one.joules) / Decimal(int(KILOWATT_HOUR))})
    return found


def _summed(one: Mapping[datetime, Decimal], other: Mapping[datetime, Decimal]) -> dict[datetime, Decimal]:
    found = dict(one)
    _add(found, other)
    return found


def _by_rig(drawn: Drawn) -> _ByRig:
    found: _ByRig = {}
    for (_, rig, _), by_hour in drawn.items():
        _add(found.setdefault(rig, {}), by_hour)
    return found


def _seen(hours: Sequence[PeriodStats], whole: timedelta) -> dict[tuple[str, str, str], float]:
    """The part of the time in which each was seen, by whole moments: those of a month add up to a month."""
    found: dict[tuple[str, str, str], int] = {}
    for hour in hours:
        length = (hour.end - hour.start) // INSTANT
        for device in hour.devices:
            key = DEVICE, device.rig, device.device
            found[key] = found.get(key, 0) + round(length * device.seen_ratio)
        for meter in hour.meters:
            key = METER, meter.rig, meter.meter
            found[key] = found.get(key, 0) + round(length * meter.seen_ratio)
    return {key: seen / (whole // INSTANT) for key, seen in found.items()}


def _add(total: dict[datetime, Decimal], more: Mapping[datetime, Decimal]) -> None:
    for hour, drawn in more.items():
        total[hour] = total.get(hour, Decimal(0)) + drawn


def _mean_of_tiers(tariff: TieredTariff, whole: Mapping[datetime, Decimal], prices: Prices) -> Decimal:
    """What a kilowatt-hour cost in the mean of the month: blocks are filled by all together."""
    energy = sum(whole.values(), Decimal(0))
    if energy <= 0:
        return Decimal(0)
    used = prices.household_kilowatt_hours_per_month
    return tariff.cost(energy_kilowatt_hours=energy, consumed_kilowatt_hours=used).amount / energy


def _prices_of_hours(
    hours: Sequence[PeriodStats], prices: Prices, days: Mapping[date, Money]
) -> tuple[dict[datetime, Decimal], int]:
    """The mean price of each hour, and for how many it is the log's."""
    if not hours:
        return {}, 0
    start = max(hours[0].start, prices.known_from or hours[0].start)
    end = min(hours[-1].end, prices.known_until or hours[-1].end)
    slots = prices.known_slots(start, end) if start < end else []
    found: dict[datetime, Decimal] = {}
    first = 0
    for hour in hours:
        while first < len(slots) and slots[first].end <= hour.start:
            first += 1
        if (mean := _mean(slots, first, hour)) is not None:
            found[hour.start] = mean
    taken = 0
    for hour in hours:
        of_day = days.get(hour.start.astimezone(UTC).date())
        if hour.start not in found and of_day is not None and of_day.currency == prices.currency:
            found[hour.start] = of_day.amount
            taken += 1
    return found, taken


def _mean(slots: Sequence[Slot], first: int, hour: PeriodStats) -> Decimal | None:
    """The price of an hour; ``None`` where a part of it has none."""
    microseconds, worth = Decimal(0), Decimal(0)
    for at in range(first, len(slots)):
        slot = slots[at]
        if slot.start >= hour.end:
            break
        part = Decimal((min(slot.end, hour.end) - max(slot.start, hour.start)) // INSTANT)
        microseconds, worth = microseconds + part, worth + part * slot.price.amount
    return worth / microseconds if microseconds == (hour.end - hour.start) // INSTANT else None
