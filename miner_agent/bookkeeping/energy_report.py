"""What electricity was booked, by day, device and price of the tariff, and which bills stand in its place."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from calculators.books.electricity_costs import ElectricityCost, PowerBill, PoweredDay, electricity_cost
from calculators.books.exact import EXACT, exact_product
from calculators.books.tax_year import BookYear, day_of
from miner_agent.bookkeeping.standing import EntryStanding
from miner_agent.model.book.events import EnergyDay, Invoice, OperatingDay
from miner_agent.text import natural_key

By = Literal["day", "month"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyRow:
    """Energy of one device in one period. Money is in the book's currency."""

    period: str  # 2026-01-31 or 2026-01
    device: str
    price: Decimal | None  # of a slot of the tariff; None: of all, or it is not known
    kilowatt_hours: Decimal
    value: Decimal | None  # None: no price is known of any of it
    unpriced_kilowatt_hours: Decimal
    unplaced_kilowatt_hours: Decimal  # a counter knows it, but not of which time it is
    billed_kilowatt_hours: Decimal  # of days of a bill, which counts in their place
    hours: Decimal | None  # for how long the device worked


@dataclass(slots=True)
class _Sum:
    kilowatt_hours: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    unpriced: Decimal = Decimal(0)
    unplaced: Decimal = Decimal(0)
    billed: Decimal = Decimal(0)
    hours: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyReport:
    """Of a time, both ends included."""

    first: date
    last: date
    rows: tuple[EnergyRow, ...]
    bills: tuple[Invoice, ...]  # that reach into it
    gaps: tuple[str, ...]  # times of which nothing is known
    counted: ElectricityCost  # bills, and what was posted of days without one


def period_of(day: date, by: By) -> str:
    """As rows of reports are named: 2026-01-31 or 2026-01."""
    return day.isoformat() if by == "day" else f"{day:%Y-%m}"


def energy_report(
    standing: Iterable[EntryStanding],
    zone: ZoneInfo,
    *,
    first: date,
    last: date,
    by: By,
    slots_of: Callable[[str], bytes | None] | None = None,
) -> EnergyReport:
    """Sum up what holds of a book's entries.

    Args:
        standing: every entry.
        zone: of the book.
        first: day.
        last: day, included.
        by: what a row is of.
        slots_of: evidence by its hash: then a row is of one price too.
    """
    events = [one.event for one in standing if one.status != "cancelled"]
    bills = [one for one in events if isinstance(one, Invoice) and one.first_day <= last and first <= one.last_day]
    sums: dict[tuple[str, str, Decimal | None], _Sum] = {}
    gaps: dict[str, None] = {}
    powered: list[PoweredDay] = []
    detailed: dict[tuple[date, str], tuple[str, EnergyDay, bool]] = {}  # of several of a day the last knows it all
    for event in events:
        if not isinstance(event, EnergyDay | OperatingDay):
            continue
        day = day_of(event.time, zone)
        if not first <= day <= last:
            continue
        period = period_of(day, by)
        if isinstance(event, OperatingDay):
            if slots_of is None:
                so_far = sums.setdefault((period, event.device, None), _Sum())
                so_far.hours = EXACT.add(so_far.hours or Decimal(0), event.hours)
            continue
        powered.append(PoweredDay(day=day, kilowatt_hours=event.kwh, value=event.value))
        if event.note is not None and not event.unplaced:
            gaps[f"{day}: {event.device}: {event.note}"] = None
        is_billed = any(bill.first_day <= day <= bill.last_day for bill in bills)
        if slots_of is None or event.slots is None or event.unplaced:
            _add(sums.setdefault((period, event.device, None), _Sum()), event.kwh, event.value, event, is_billed)
        else:
            detailed[day, event.device] = period, event, is_billed
    for period, event, is_billed in detailed.values():
        for price, drawn in _slots(None if slots_of is None else slots_of(event.slots or ""), event.device):
            value = None if price is None else exact_product(price, drawn)
            _add(sums.setdefault((period, event.device, price), _Sum()), drawn, value, event, is_billed)
    rows = [_row(*key, so_far) for key, so_far in sorted(sums.items(), key=_in_order)]
    billed = [
        PowerBill(first=one.first_day, last=one.last_day, kilowatt_hours=one.kwh, value=one.value) for one in bills
    ]
    counted = electricity_cost(powered, billed, BookYear(first, last, "these days"))
    return EnergyReport(first=first, last=last, rows=tuple(rows), bills=tuple(bills), gaps=tuple(gaps), counted=counted)


def _add(so_far: _Sum, drawn: Decimal, value: Decimal | None, event: EnergyDay, is_billed: bool) -> None:  # noqa: FBT001
    so_far.kilowatt_hours = EXACT.add(so_far.kilowatt_hours, drawn)
    if value is None:
        so_far.unpriced = EXACT.add(so_far.unpriced, drawn)
    else:
        so_far.value = EXACT.add(so_far.value, value)
    if event.unplaced:
        so_far.unplaced = EXACT.add(so_far.unplaced, drawn)
    if is_billed:
        so_far.billed = EXACT.add(so_far.billed, drawn)


def _in_order(item: tuple[tuple[str, str, Decimal | None], _Sum]) -> tuple[object, ...]:
    (period, device, price), _ = item
    return period, natural_key(device), price is None, price or Decimal(0)


def _row(period: str, device: str, price: Decimal | None, so_far: _Sum) -> EnergyRow:
    nothing_known = bool(so_far.unpriced) and so_far.unpriced == so_far.kilowatt_hours
    return EnergyRow(
        period=period,
        device=device,
        price=price,
        kilowatt_hours=so_far.kilowatt_hours,
        value=None if nothing_known else so_far.value,
        unpriced_kilowatt_hours=so_far.unpriced,
        unplaced_kilowatt_hours=so_far.unplaced,
        billed_kilowatt_hours=so_far.billed,
        hours=so_far.hours,
    )


def _slots(raw: bytes | None, device: str) -> Sequence[tuple[Decimal | None, Decimal]]:
    """Of each slot of a day its price and what the device drew. Evidence that is gone tells nothing."""
    if raw is None:
        return ()
    detail: dict[str, Any] = json.loads(raw)
    return [
        (None if slot["price"] is None else Decimal(slot["price"]), Decimal(slot["kwh"][device]))
        for slot in detail["slots"]
        if device in slot["kwh"]
    ]
