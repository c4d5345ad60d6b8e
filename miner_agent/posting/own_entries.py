"""The entries that posting makes: their ids, and what was posted of each day so far. Pure."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from calculators.books.exact import EXACT
from calculators.books.tax_year import day_of
from calculators.local_time import day_bounds
from miner_agent.model.book.events import Amend, EnergyDay, Event, OperatingDay

ENERGY, HOURS, UNPLACED = "energy", "hours", "unplaced"
"""What ids begin with: ``energy/2026-01-31/left/GPU-1/1``, the last part counts the entries of that day and device."""


@dataclass(slots=True)
class PostedSum:
    """What was posted of one device on one day."""

    entries: int = 0
    amount: Decimal = Decimal(0)  # of energy or of time [kWh, h]
    value: Decimal = Decimal(0)  # of what has one, in the book's currency
    unpriced: list[str] = field(default_factory=list)  # ids of energy that has no value yet
    is_amended: bool = False  # what was posted is no longer what it is worth


class PostedDays:
    """What a book has of days: by posting, and by others."""

    def __init__(self, events: Iterable[Event], zone: ZoneInfo) -> None:
        """``events``: as they were booked. What somebody cancelled or amended later was posted all the same."""
        self._sums: dict[tuple[str, date, str], PostedSum] = {}
        self.by_others: set[date] = set()  # days of which somebody else booked energy: posting leaves them alone
        amended: set[str] = set()
        for event in events:
            if isinstance(event, Amend):
                amended.add(event.target)
            if not isinstance(event, EnergyDay | OperatingDay):
                continue
            kind, day, device = _parts(event.id)
            if day is None:
                if isinstance(event, EnergyDay):
                    self.by_others.add(day_of(event.time, zone))
                continue
            self._take(self._sums.setdefault((kind, day, device), PostedSum()), event)
        for so_far in self._sums.values():
            left = [told for told in so_far.unpriced if told not in amended]
            so_far.is_amended, so_far.unpriced = left != so_far.unpriced, left

    @staticmethod
    def _take(so_far: PostedSum, event: EnergyDay | OperatingDay) -> None:
        so_far.entries += 1
        if isinstance(event, OperatingDay):
            so_far.amount = EXACT.add(so_far.amount, event.hours)
            return
        so_far.amount = EXACT.add(so_far.amount, event.kwh)
        if event.value is None:
            so_far.unpriced.append(event.id)
        else:
            so_far.value = EXACT.add(so_far.value, event.value)

    def of(self, kind: str, day: date, device: str) -> PostedSum:
        return self._sums.get((kind, day, device), PostedSum())

    @property
    def last(self) -> date | None:
        """The newest day of which anything was posted."""
        return max((day for _, day, _ in self._sums), default=None)

    def last_of(self, rig: str) -> date | None:
        """The newest day of which anything of a rig was posted."""
        return max((day for _, day, device in self._sums if _rig_of(device) == rig), default=None)

    def last_beside(self, rigs: Container[str]) -> date | None:
        """The newest day of which anything was posted of any rig but these."""
        return max((day for _, day, device in self._sums if _rig_of(device) not in rigs), default=None)

    def kilowatt_hours_of(self, rigs: Container[str]) -> dict[tuple[str, date], Decimal]:
        """The energy that was posted of these rigs, by rig and day."""
        found: dict[tuple[str, date], Decimal] = {}
        for (kind, day, device), so_far in self._sums.items():
            rig = _rig_of(device)
            if kind != HOURS and rig in rigs:
                found[rig, day] = EXACT.add(found.get((rig, day), Decimal(0)), so_far.amount)
        return found


def _rig_of(device: str) -> str:
    return device.partition("/")[0]


def own_id(kind: str, day: date, device: str, number: int) -> str:
    """The id of an entry of posting."""
    return f"{kind}/{day.isoformat()}/{device}/{number}"


def _parts(told: str) -> tuple[str, date | None, str]:
    kind, _, rest = told.partition("/")
    day, _, rest = rest.partition("/")
    device, _, number = rest.rpartition("/")
    if kind in {ENERGY, HOURS, UNPLACED} and device and number.isdigit():
        try:
            return kind, date.fromisoformat(day), device
        except ValueError:
            pass
    return "", None, ""


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """When a day is over."""
    return day_bounds(day, zone)[1]
