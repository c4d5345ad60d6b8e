"""From what the log tells of a day to the entries that are still to be made for it. Pure.

An entry says what the log knows beyond what was posted before: a day that is looked at again, after a restart or a step
of the clock, is posted neither twice nor in part.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from zoneinfo import ZoneInfo

from calculators.books.exact import plain
from calculators.local_time import written
from calculators.told_figures import counted
from calculators.units import SECONDS_PER_HOUR
from miner_agent.economy.energy_bill import DEVICE, METER, Bill, BillLine
from miner_agent.model.book.events import Amend, EnergyDay, Event, OperatingDay
from miner_agent.model.devices import meter_label
from miner_agent.posting.day_record import DayRecord
from miner_agent.posting.own_entries import ENERGY, HOURS, UNPLACED, PostedDays, PostedSum, own_id
from miner_agent.storage.telemetry.log_answers import PeriodStats
from miner_agent.text import clean_text

LEAST_KILOWATT_HOURS = Decimal("0.000001")  # 3.6 J: below that the log tells nothing new
LEAST_HOURS = Decimal("0.01")
ENERGY_STEP, HOURS_STEP, VALUE_STEP = Decimal("1e-9"), Decimal("1e-4"), Decimal("1e-12")
LONGEST_DEVICE = 150  # characters
MOST_GAPS_TOLD = 20
OVER_GAPS = "drawn over gaps, as its counter says; at which time is not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDay:
    """What the log tells of one day, and what its energy cost."""

    day: date
    zone: ZoneInfo
    hours: Sequence[PeriodStats]
    bill: Bill
    records: Sequence[DayRecord] = ()  # of other rigs, which are in both


def day_news(told: LoggedDay, posted: PostedDays, keep: Callable[[bytes], str], detail: bytes) -> Iterator[Event]:
    """The entries that are to be made.

    Args:
        told: by the log.
        posted: in the book so far.
        keep: keeps evidence, and returns its hash; called only where there is energy to post.
        detail: the day by device and slot of the tariff.
    """
    if told.day in posted.by_others:
        return
    at = datetime.combine(told.day, time(12), told.zone).astimezone(UTC)
    for line in counted_lines(told.bill):
        yield from _energy(told, line, posted, at, lambda: keep(detail))
    for device, hours in sorted(_hours(told.hours).items()):
        before = posted.of(HOURS, told.day, device)
        news = hours - before.amount
        if news >= LEAST_HOURS or (not before.entries and hours > 0):
            own = own_id(HOURS, told.day, device, before.entries + 1)
            yield OperatingDay(id=own, time=at, device=device, hours=news)


def _energy(
    told: LoggedDay, line: BillLine, posted: PostedDays, at: datetime, slots: Callable[[], str]
) -> Iterator[Event]:
    device, gaps = device_of(line), _gaps_told(told, line)
    for kind, by_hour in _kinds(line):
        before = posted.of(kind, told.day, device)
        for number, (kilowatt_hours, value) in enumerate(
            _parts(_Drawn.of(by_hour, told.bill), before), start=before.entries + 1
        ):
            yield EnergyDay(
                id=own_id(kind, told.day, device, number),
                time=at,
                device=device,
                kwh=kilowatt_hours,
                value=value,
                slots=slots(),
                unplaced=kind == UNPLACED,
                note=OVER_GAPS if kind == UNPLACED else gaps,
            )


def _kinds(line: BillLine) -> tuple[tuple[str, Mapping[datetime, Decimal]], ...]:
    return (ENERGY, line.counted), (UNPLACED, line.unplaced)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """What a line counts for in its day."""

    kilowatt_hours: Decimal
    unpriced_kilowatt_hours: Decimal
    cost: Decimal  # of what is priced

    @classmethod
    def of(cls, by_hour: Mapping[datetime, Decimal], bill: Bill) -> "_Drawn":
        priced = {hour: drawn for hour, drawn in by_hour.items() if hour in bill.prices}
        whole = sum(by_hour.values(), Decimal(0))
        return cls(
            kilowatt_hours=_rounded(whole, ENERGY_STEP),
            unpriced_kilowatt_hours=_rounded(whole - sum(priced.values(), Decimal(0)), ENERGY_STEP),
            cost=_rounded(sum((drawn * bill.prices[hour] for hour, drawn in priced.items()), Decimal(0)), VALUE_STEP),
        )

    @property
    def priced_kilowatt_hours(self) -> Decimal:
        return self.kilowatt_hours - self.unpriced_kilowatt_hours


def _parts(drawn: _Drawn, before: PostedSum) -> Iterator[tuple[Decimal, Decimal | None]]:
    """Energy with its value, and energy of which no price is known."""
    news = drawn.kilowatt_hours - before.amount
    if news < LEAST_KILOWATT_HOURS:
        return
    if not drawn.priced_kilowatt_hours:
        yield news, None
    elif not (drawn.unpriced_kilowatt_hours or before.unpriced or before.is_amended):
        yield news, drawn.cost - before.value
    elif not before.entries:
        yield drawn.priced_kilowatt_hours, drawn.cost
        if drawn.unpriced_kilowatt_hours:
            yield drawn.unpriced_kilowatt_hours, None
    else:
        yield news, _rounded(drawn.cost / drawn.priced_kilowatt_hours * news, VALUE_STEP)


def late_prices(told: LoggedDay, posted: PostedDays, now: datetime) -> Iterator[Amend]:
    """What gives a value to energy that was posted without one, once all prices of its day are known."""
    for line in counted_lines(told.bill):
        for kind, by_hour in _kinds(line):
            before, drawn = posted.of(kind, told.day, device_of(line)), _Drawn.of(by_hour, told.bill)
            if not before.unpriced or before.is_amended or drawn.unpriced_kilowatt_hours:
                continue
            *others, last = before.unpriced
            for target in others:
                yield _priced(target, Decimal(0), now)
            yield _priced(last, drawn.cost - before.value, now)


def counted_lines(bill: Bill) -> list[BillLine]:
    """Devices and meters that the energy of their rigs is made of."""
    return [line for line in bill.lines if line.kind in {DEVICE, METER} and (line.counted or line.unplaced)]


def _priced(target: str, value: Decimal, now: datetime) -> Amend:
    why = "its price is known now"
    return Amend(id=f"price/{target}", time=now, target=target, changes={"value": plain(value)}, why=why)


def device_of(line: BillLine) -> str:
    """The name under which a device or meter stands in the book."""
    name = meter_label(line.name or "") if line.kind == METER else line.name
    return clean_text(f"{line.rig}/{name}", length=LONGEST_DEVICE)


def day_detail(told: LoggedDay) -> dict[str, object]:
    """The day by slots of the tariff: kept as evidence of what was posted."""
    lines = {device_of(line): line.counted for line in counted_lines(told.bill)}
    gaps = {
        device_of(line): plain(_rounded(sum(line.unplaced.values(), Decimal(0)), ENERGY_STEP))
        for line in counted_lines(told.bill)
        if line.unplaced
    }
    slots = []
    for hour in told.hours:
        drawn = {
            device: plain(_rounded(by_hour[hour.start], ENERGY_STEP))
            for device, by_hour in sorted(lines.items())
            if hour.start in by_hour
        }
        if drawn:
            price = told.bill.prices.get(hour.start)
            shown = None if price is None else plain(_rounded(price, VALUE_STEP))
            slots.append({"from": written(hour.start), "to": written(hour.end), "price": shown, "kwh": drawn})
    return {
        "day": told.day.isoformat(),
        "time_zone": told.zone.key,
        "currency": told.bill.currency,
        "prices": told.bill.source,
        "notes": list(told.bill.notes),
        "slots": slots,
        "unplaced_kwh": gaps,
        **({"records": {one.rig: sha256(one.raw).hexdigest() for one in told.records}} if told.records else {}),
    }


def _hours(periods: Sequence[PeriodStats]) -> Mapping[str, Decimal]:
    """How long each device worked. [h]"""
    seconds: dict[str, float] = {}
    for period in periods:
        length = (period.end - period.start).total_seconds()
        for device in period.devices:
            name = clean_text(f"{device.rig}/{device.device}", length=LONGEST_DEVICE)
            seconds[name] = seconds.get(name, 0.0) + length * device.uptime_ratio
    return {name: _rounded(Decimal(worked) / SECONDS_PER_HOUR, HOURS_STEP) for name, worked in seconds.items()}


def _gaps_told(told: LoggedDay, line: BillLine) -> str | None:
    """Of which hours nothing is known."""
    known = {*line.counted}
    for other in counted_lines(told.bill):
        if other.kind == METER and other.rig == line.rig:
            known.update(other.counted)
    gaps: list[tuple[datetime, datetime]] = []
    for hour in told.hours:
        if hour.start in known:
            continue
        if gaps and gaps[-1][1] == hour.start:
            gaps[-1] = gaps[-1][0], hour.end
        else:
            gaps.append((hour.start, hour.end))
    if not gaps:
        return None
    spans = [f"{written(start)} to {written(end)}" for start, end in gaps[:MOST_GAPS_TOLD]]
    more = f" and {counted(len(gaps) - MOST_GAPS_TOLD, 'more time')}" if len(gaps) > MOST_GAPS_TOLD else ""
    return f"nothing is known of {', '.join(spans)}{more}"


def _rounded(number: Decimal, step: Decimal) -> Decimal:
    return number.quantize(step, rounding=ROUND_HALF_EVEN)
