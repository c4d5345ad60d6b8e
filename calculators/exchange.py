"""Rates of exchange, each with its date, and what an amount is worth in another currency."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from calculators.money import Money

LONG_WEEKEND = timedelta(days=6)
"""Central banks set no rate on a holiday: from the first moment of Maundy Thursday to the evening of Easter Tuesday."""
STEPS = 3  # BTC to USD to EUR to CZK: no conversion that anybody needs takes more


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One unit of ``currency`` was worth ``worth``, as ``source`` said it at ``taken_at``.

    A rate of a whole day, such as a central bank's, was taken at that day's first moment, UTC.
    """

    currency: str
    worth: Money
    taken_at: datetime
    source: str
    undated: bool = False  # nobody says of when it is: taken_at is only when it was saved

    @property
    def told_at(self) -> datetime | None:
        """When it was taken; ``None`` where nobody says."""
        return None if self.undated else self.taken_at

    @property
    def of_a_day(self) -> bool:
        """Whether it is one of a whole day, which holds until the next one is set."""
        return self.taken_at == self.taken_at.replace(hour=0, minute=0, second=0, microsecond=0)

    def holds(self, now: datetime) -> bool:
        """Whether it is one of a whole day, and the next one need not have been set yet."""
        return not self.undated and self.of_a_day and timedelta(0) <= now - self.taken_at <= LONG_WEEKEND

    def __post_init__(self) -> None:
        if self.worth.amount <= 0:
            raise ValueError(f"{self.currency}: a rate of exchange is above zero, not {self.worth.amount}")
        if self.currency == self.worth.currency:
            raise ValueError(f"{self.currency}: a rate of exchange is one of two currencies")
        if self.taken_at.tzinfo is None:
            raise ValueError(f"{self.currency}: a rate's time needs its zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """An amount after its conversion, with the dated rates that led to it; none where nothing was converted."""

    money: Money
    steps: tuple[Rate, ...]

    @property
    def oldest(self) -> datetime | None:
        """When the oldest of its rates was taken."""
        return min((rate.taken_at for rate in self.steps), default=None)


class Rates:
    """All known rates. A day without one takes the last one before it: a weekend has Friday's, under Friday's date. One
    that nobody dates is taken where there is no other.
    """

    __slots__ = ("_by_pair", "_rates")

    def __init__(self, rates: Iterable[Rate] = ()) -> None:
        self._rates = tuple(sorted(rates, key=lambda rate: (not rate.undated, rate.taken_at)))
        self._by_pair: dict[str, dict[str, list[Rate]]] = {}
        for rate in self._rates:
            for one, other in ((rate.currency, rate.worth.currency), (rate.worth.currency, rate.currency)):
                self._by_pair.setdefault(one, {}).setdefault(other, []).append(rate)

    def __iter__(self) -> Iterator[Rate]:
        return iter(self._rates)

    def convert(self, money: Money, currency: str, at: datetime) -> Converted:
        """What ``money`` was worth in ``currency`` at a moment. What an exchange takes for it is not in the number.

        The way with the fewest conversions is taken, each at the last rate of its pair that is not later than ``at``.

        Args:
            money: the amount. [currency]
            currency: the code of the other currency.
            at: the moment, aware.

        Raises:
            ValueError: no rates lead there, or none as early as ``at``.

        >>> from datetime import UTC
        >>> from decimal import Decimal
        >>> friday, sunday = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 4, 12, tzinfo=UTC)
        >>> ecb = Rate(currency="EUR", worth=Money(Decimal("1.25"), "USD"), taken_at=friday, source="ecb")
        >>> Rates([ecb]).convert(Money(Decimal("10"), "USD"), "EUR", sunday).money
        Money(amount=Decimal('8.0'), currency='EUR')
        """
        if at.tzinfo is None:
            raise ValueError("the moment of a conversion needs its zone")
        ways: list[Converted] = [Converted(money=money, steps=())]
        seen = {money.currency}
        for _ in range(STEPS + 1):
            for way in ways:
                if way.money.currency == currency:
                    return way
            ways = [further for way in ways for further in self._further(way, at, seen)]
        raise ValueError(self._refusal(money.currency, currency, at))

    def of_day(self, money: Money, currency: str, day: date) -> Money:
        """What ``money`` was worth on a day, by rates of that day, or of the last before it on which one was set.

        Args:
            money: the amount. [currency]
            currency: the code of the other currency.
            day: of UTC.

        Raises:
            ValueError: no rates lead there, or none that held on that day.

        >>> from datetime import UTC
        >>> from decimal import Decimal
        >>> friday = datetime(2026, 1, 2, tzinfo=UTC)
        >>> ecb = Rate(currency="EUR", worth=Money(Decimal("1.25"), "USD"), taken_at=friday, source="ecb")
        >>> Rates([ecb]).of_day(Money(Decimal("10"), "USD"), "EUR", date(2026, 1, 4))
        Money(amount=Decimal('8.0'), currency='EUR')
        """
        end = datetime.combine(day, time(), UTC) + timedelta(days=1) - timedelta.resolution
        found = self.convert(money, currency, end)
        for rate in found.steps:
            pair = f"{rate.currency} and {rate.worth.currency}"
            if rate.undated:
                raise ValueError(f"the rate of {pair} does not say of when it is")
            if day - rate.taken_at.astimezone(UTC).date() > LONG_WEEKEND:
                raise ValueError(
                    f"the last rate of {pair} before {day} is of {rate.taken_at:%Y-%m-%d}; load those of these days"
                )
        return found.money

    def _further(self, way: Converted, at: datetime, seen: set[str]) -> Iterator[Converted]:
        """The way, one conversion longer: to every currency that was not reached before."""
        for other, rates in sorted(self._by_pair.get(way.money.currency, {}).items()):
            last = _last_before(rates, at)
            if last is None or other in seen:
                continue
            seen.add(other)
            factor = last.worth.amount
            if last.currency != way.money.currency:
                factor = 1 / factor
            yield Converted(money=way.money.converted(rate=factor, currency=other), steps=(*way.steps, last))

    def _refusal(self, one: str, other: str, at: datetime) -> str:
        pair = self._by_pair.get(one, {}).get(other)
        if pair:
            return (
                f"no rate from {one} to {other} on or before {at:%Y-%m-%d}: the first one known is of "
                f"{pair[0].taken_at:%Y-%m-%d}; load older rates"
            )
        known = ", ".join(sorted(self._by_pair)) or "none"
        return (
            f"no rates lead from {one} to {other} on {at:%Y-%m-%d}; currencies with rates: {known}. "
            "Configure a feed of exchange rates, or give a file of them"
        )


def _last_before(rates: Sequence[Rate], at: datetime) -> Rate | None:
    """The last rate that is not later: one with a date, else one that nobody dates. The latter stand first."""
    dated = bisect_left(rates, True, key=lambda rate: not rate.undated)
    for first, after in ((dated, len(rates)), (0, dated)):
        place = bisect_right(rates, at, first, after, key=lambda rate: rate.taken_at)
        if place > first:
            return rates[place - 1]
    return None
