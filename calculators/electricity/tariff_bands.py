"""Time-of-use tariffs: prices by hour, day of the week and season, in the local time of a place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calculators.electricity.tariff import Slot
from calculators.local_time import period, steady_until
from calculators.money import Money
from calculators.units import SECONDS_PER_DAY

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EVERY_DAY = frozenset(range(7))
WORKING_DAYS = frozenset(range(5))
WEEKEND = frozenset((5, 6))
SUNDAY = 6

Piece = tuple[int, int, Money]  # from and until second of the day, and its price
MonthDay = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One line of a rate table: a price at certain hours of certain days, by the wall clock.

    Hours past midnight (22:00 to 06:00) are the early and the late hours of each of these days.
    """

    name: str  # peak, off-peak, night
    price: Money  # per kWh
    days: frozenset[int] = EVERY_DAY  # 0 is Monday
    start: time = time()
    end: time = time()  # 00:00 is the end of the day
    first_day: MonthDay = (1, 1)  # month and day; a season may go over the end of the year
    last_day: MonthDay = (12, 31)  # is in it

    def __post_init__(self) -> None:
        if not self.days or not self.days <= EVERY_DAY:
            raise ValueError(f"band {self.name}: days are 0, Monday, to 6, Sunday, not {sorted(self.days)}")
        for when in (self.start, self.end):
            if when.tzinfo is not None or when.microsecond:
                raise ValueError(f"band {self.name}: {when} is no plain time of day; the tariff tells the zone")
        for month, day in (self.first_day, self.last_day):
            try:
                date(2024, month, day)
            except ValueError:
                raise ValueError(f"band {self.name}: month {month}, day {day} is no day of the year") from None

    def in_season(self, day: MonthDay) -> bool:
        """Whether its season holds this month and day."""
        if self.first_day <= self.last_day:
            return self.first_day <= day <= self.last_day
        return day >= self.first_day or day <= self.last_day

    def pieces(self) -> Iterator[Piece]:
        """Its hours as seconds of one day."""
        start, end = _second(self.start), _second(self.end) or SECONDS_PER_DAY
        if start < end:
            yield start, end, self.price
        else:
            yield start, SECONDS_PER_DAY, self.price
            yield 0, end, self.price


@dataclass(frozen=True, slots=True)
class TimeOfUseTariff:
    """A rate table: its bands name one price for each moment of the year, or ``elsewhere`` is that of all other hours.

    The wall clock of ``time_zone`` decides: an hour that is skipped in spring is not there, one that comes twice in
    autumn is paid twice.
    """

    bands: tuple[Band, ...]
    time_zone: ZoneInfo
    holidays: frozenset[date] = frozenset()  # priced like Sundays
    elsewhere: Money | None = None  # per kWh, of hours in no band; None: there is no such hour
    _weeks: dict[MonthDay, tuple[tuple[Piece, ...], ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.bands:
            raise ValueError("there is no band in this tariff")
        for band in self.bands:
            if band.price.currency != self.currency:
                raise ValueError(f"band {band.name} is in {band.price.currency}, the first in {self.currency}")
        if self.elsewhere is not None and self.elsewhere.currency != self.currency:
            raise ValueError(f"hours in no band are in {self.elsewhere.currency}, the first band in {self.currency}")
        known: dict[tuple[Band, ...], tuple[tuple[Piece, ...], ...]] = {}
        weeks = {}
        for number in range(366):
            on = date(2024, 1, 1) + timedelta(days=number)  # a leap year: every month and day
            day = on.month, on.day
            active = tuple(band for band in self.bands if band.in_season(day))
            if active not in known:
                known[active] = tuple(_pieces_of(active, weekday, on, self.elsewhere) for weekday in range(7))
            weeks[day] = known[active]
        object.__setattr__(self, "_weeks", weeks)

    @property
    def currency(self) -> str:
        return self.bands[0].price.currency

    def slots(self, start: datetime, end: datetime) -> Iterator[Slot]:
        at, end = period(start, end)
        while at < end:
            local = at.astimezone(self.time_zone)
            second = local.hour * 3600 + local.minute * 60 + local.second
            until, price = self._band_at(local.date(), second)
            ends = at + timedelta(seconds=until - second, microseconds=-local.microsecond)
            upto = steady_until(at, min(ends, end), self.time_zone)
            yield Slot(at, upto, price)
            at = upto

    def _band_at(self, day: date, second: int) -> tuple[int, Money]:
        weekday = SUNDAY if day in self.holidays else day.weekday()
        pieces = self._weeks[day.month, day.day][weekday]
        return next((until, price) for _, until, price in pieces if second < until)


def _pieces_of(bands: Sequence[Band], weekday: int, example: date, elsewhere: Money | None) -> tuple[Piece, ...]:
    """The prices of one weekday in the season that holds the example."""
    names = [(piece, band.name) for band in bands if weekday in band.days for piece in band.pieces()]
    names.sort(key=lambda found: found[0][:2])
    season = f"in the season that holds {example:%m-%d}"
    pieces: list[Piece] = []
    covered, before = 0, ""
    for (start, end, price), name in [*names, ((SECONDS_PER_DAY, SECONDS_PER_DAY, elsewhere), "")]:
        if start < covered:
            hours = f"{_clock(start)} to {_clock(min(end, covered))}"
            raise ValueError(f"{WEEKDAYS[weekday]} {hours} {season} is in two bands: {before} and {name}")
        if start > covered:
            if elsewhere is None:
                raise ValueError(f"{WEEKDAYS[weekday]} {_clock(covered)} to {_clock(start)} {season} is in no band")
            pieces.append((covered, start, elsewhere))
        if price is not None and start < end:
            pieces.append((start, end, price))
        covered, before = end, name
    return tuple(pieces)


def _second(when: time) -> int:
    return when.hour * 3600 + when.minute * 60 + when.second


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second % 3600 // 60:02}"
