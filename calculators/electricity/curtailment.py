"""When a rig should stand still: which hours cost more energy than they earn, and what leaving them out is worth.

Fixed costs, depreciation and a demand charge that is owed already are paid either way: they do not enter.

Source of the plan: R. Bellman, "Dynamic programming", 1957.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate, pairwise

from calculators.electricity.energy import kilowatt_hours
from calculators.electricity.tariff import Slot, Tariff
from calculators.local_time import INSTANT
from calculators.money import Money, decimal_of

LONGEST_SLOT = timedelta(hours=1)
HOUR = timedelta(hours=1)


def should_run(
    *, revenue_per_hour: Money, fee_ratio: float, power_watts: float, price_per_kilowatt_hour: Money
) -> bool:
    """Whether an hour earns more than its energy costs. A stop and a start are free here: ``plan`` counts them.

    Args:
        revenue_per_hour: what mining pays, before fees. [currency/h]
        fee_ratio: of the pool and the exchange together, 0 to 1. [1]
        power_watts: at the wall, above what the idle rig draws. [W]
        price_per_kilowatt_hour: of the next kWh, all in. [currency/kWh] May be negative.

    Raises:
        ValueError: the fee is no ratio, the power is negative or not finite, or currencies mix.

    >>> should_run(revenue_per_hour=Money(Decimal("0.10"), "EUR"), fee_ratio=0.02, power_watts=1000,
    ...            price_per_kilowatt_hour=Money(Decimal("0.098"), "EUR"))
    False
    """
    energy = kilowatt_hours(power_watts=power_watts, duration=HOUR)
    return revenue_per_hour * _kept(fee_ratio) > price_per_kilowatt_hour * energy


@dataclass(frozen=True, slots=True)
class Margin:
    """What running through a slot earns after fees, and what its energy costs."""

    start: datetime
    end: datetime
    revenue: Money
    cost: Money

    @property
    def worth(self) -> Money:
        """Gain of running instead of standing still; negative where that loses."""
        return self.revenue - self.cost


def margins(
    *,
    tariff: Tariff,
    revenue_per_hour: Callable[[datetime], Money],
    fee_ratio: float,
    power_watts: float,
    start: datetime,
    end: datetime,
) -> tuple[Margin, ...]:
    """Revenue and energy cost of each slot of a tariff; slots of more than an hour are cut to hours.

    Args:
        tariff: prices per kWh.
        revenue_per_hour: what mining pays, before fees, from an instant on. [currency/h] It is asked at the start of
            each slot.
        fee_ratio: of the pool and the exchange together, 0 to 1. [1]
        power_watts: at the wall, above what the idle rig draws. [W]
        start: of the period, which is half open.
        end: of the period.

    Raises:
        ValueError: the fee is no ratio, the power is negative or not finite, a price is not known, or currencies mix.

    Two hours of 0.20 less a fee of half, at 1 kWh of 0.30:

    >>> from datetime import UTC
    >>> from calculators.electricity.tariff import FlatTariff
    >>> def eur(amount: str) -> Money:
    ...     return Money(Decimal(amount), "EUR")
    >>> one, three = datetime(2026, 1, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 3, tzinfo=UTC)
    >>> found = margins(tariff=FlatTariff(eur("0.30")), revenue_per_hour=lambda _: eur("0.20"), fee_ratio=0.5,
    ...                 power_watts=1000, start=one, end=three)
    >>> [str(each.worth) for each in found]
    ['-0.200 EUR', '-0.200 EUR']
    """
    kept = _kept(fee_ratio)
    known: dict[timedelta, tuple[Decimal, Decimal]] = {}  # the hours that are paid, and the energy, of each length
    found: list[Margin] = []
    of_hour, paid, revenue = None, Decimal(0), None
    for slot in tariff.slots(start, end):
        for at, until in _pieces(slot):
            length = until - at
            if length not in known:
                hours = Decimal(length // INSTANT) / (HOUR // INSTANT)
                known[length] = kept * hours, kilowatt_hours(power_watts=power_watts, duration=length)
            hours, energy = known[length]
            told = revenue_per_hour(at)
            if revenue is None or told is not of_hour or hours != paid:  # a day's hours earn the same
                of_hour, paid, revenue = told, hours, told * hours
            found.append(Margin(at, until, revenue, slot.price * energy))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPlan:
    """When to run, and what that is worth beside running all the time."""

    running: tuple[bool, ...]  # through each of the slots that were given
    starts: int
    running_hours: float
    hours: float
    always: Money  # earned when it never stops
    planned: Money  # earned when it follows the plan, its starts paid

    @property
    def worth(self) -> Money:
        """What the plan gains over never stopping: zero or more."""
        return self.planned - self.always


def plan(
    *, margins: Sequence[Margin], restart_loss: Money, minimum_run: timedelta = timedelta(0), running: bool = True
) -> RunningPlan:
    """The best hours to run when all prices are known: no other choice of slots earns more.

    It looks ahead: a rig runs through a bad hour where a stop and a start cost more. Prices that nobody knows yet are
    not in it: it is a plan for published prices, and over the past the most that curtailment could have brought.

    Args:
        margins: slots that touch each other, of one currency.
        restart_loss: of each start: energy, lost shares, worn hardware. [currency] Zero or more.
        minimum_run: how long a rig runs once started; the end of the slots may cut it short.
        running: whether it runs, and has for long enough, when the first slot begins.

    Raises:
        ValueError: there is no slot, slots do not touch, currencies mix, or loss or minimum run is negative.

    An hour that loses 0.03 is run through when a start costs 0.05:

    >>> at = [datetime(2026, 1, 1, hour) for hour in range(4)]
    >>> slots = [Margin(a, b, Money(Decimal("0.10"), "EUR"), Money(Decimal(cost), "EUR"))
    ...          for (a, b), cost in zip(pairwise(at), ("0.04", "0.13", "0.04"))]
    >>> plan(margins=slots, restart_loss=Money(Decimal("0.05"), "EUR")).running
    (True, True, True)
    >>> plan(margins=slots, restart_loss=Money(Decimal("0.02"), "EUR")).worth.amount
    Decimal('0.01')
    """
    _check(margins, restart_loss, minimum_run)
    worths = [margin.revenue.amount - margin.cost.amount for margin in margins]
    chosen = _best(worths, _releases(margins, minimum_run), restart_loss.amount, running=running)
    starts = sum(runs and not ran for ran, runs in pairwise((running, *chosen)))
    # Both are added up in the same order: a plan that never stops earns what running always does, to the last digit.
    always = sum(worths, Decimal(0)) - (0 if running else restart_loss.amount)
    planned = sum((worth for worth, runs in zip(worths, chosen, strict=True) if runs), Decimal(0))
    planned -= starts * restart_loss.amount
    currency = restart_loss.currency
    return RunningPlan(
        running=chosen,
        starts=starts,
        running_hours=sum(((m.end - m.start) for m, runs in zip(margins, chosen, strict=True) if runs), timedelta(0))
        / HOUR,
        hours=(margins[-1].end - margins[0].start) / HOUR,
        always=Money(always, currency),
        planned=Money(planned, currency),
    )


def _best(worths: Sequence[Decimal], releases: Sequence[int], loss: Decimal, *, running: bool) -> tuple[bool, ...]:
    """Dynamic programming over the boundaries between slots: the most that is earned up to each of them, by state."""
    count = len(worths)
    earned = [Decimal(0), *accumulate(worths)]
    still: list[Decimal] = [Decimal(0)] * (count + 1)  # standing still at boundary k
    free: list[Decimal | None] = [None] * (count + 1)  # running at boundary k, and free to stop
    begun: list[int | None] = [None] * (
        count + 1
    )  # where the run that is free at k was started; None: went on from k - 1
    stopped = [False] * (count + 1)  # whether the best way to stand still at k is to stop there
    if running:
        free[0] = Decimal(0)
    for k in range(count + 1):
        if k:
            still[k] = still[k - 1]
        at_k = free[k]
        if at_k is not None and at_k > still[k]:
            still[k], stopped[k] = at_k, True
        if k == count:
            break
        if at_k is not None:
            _offer(free, begun, k + 1, at_k + worths[k], None)
        release = releases[k]
        _offer(free, begun, release, still[k] - loss + earned[release] - earned[k], k)
    chosen = [False] * count
    k, runs = count, stopped[count]
    while k:
        start = begun[k]
        if not runs:
            k -= 1
            runs = stopped[k]
        elif start is None:
            k -= 1
            chosen[k] = True
        else:
            chosen[start:k] = [True] * (k - start)
            k, runs = start, stopped[start]
    return tuple(chosen)


def _offer(free: list[Decimal | None], begun: list[int | None], at: int, earned: Decimal, start: int | None) -> None:
    known = free[at]
    if known is None or earned > known:
        free[at], begun[at] = earned, start


def _releases(margins: Sequence[Margin], minimum_run: timedelta) -> list[int]:
    """For a run that starts with each slot: the boundary at which it may stop."""
    found, k = [], 0
    for at, margin in enumerate(margins):
        k = max(k, at + 1)
        while k < len(margins) and margins[k - 1].end - margin.start < minimum_run:
            k += 1
        found.append(k)
    return found


def _check(margins: Sequence[Margin], restart_loss: Money, minimum_run: timedelta) -> None:
    if not margins:
        raise ValueError("there is no slot to plan for")
    for before, after in pairwise(margins):
        if before.end != after.start:
            raise ValueError(f"the slot that ends at {before.end} does not touch the one that starts at {after.start}")
    if restart_loss.amount < 0 or minimum_run < timedelta(0):
        raise ValueError(f"a restart costs nothing or more, and a run lasts: {restart_loss.amount}, {minimum_run}")
    for margin in margins:
        if not margin.revenue.currency == margin.cost.currency == restart_loss.currency:
            raise ValueError(
                f"slots in {margin.worth.currency}, a restart in {restart_loss.currency}; convert one first"
            )


def _pieces(slot: Slot) -> Iterator[tuple[datetime, datetime]]:
    at = slot.start
    while at < slot.end:
        until = min(at + LONGEST_SLOT, slot.end)
        yield at, until
        at = until


def _kept(fee_ratio: float) -> Decimal:
    if not (math.isfinite(fee_ratio) and 0 <= fee_ratio <= 1):
        raise ValueError(f"a fee of {fee_ratio} is no ratio from 0 to 1: 0.02 is 2 %")
    return 1 - decimal_of(fee_ratio)
