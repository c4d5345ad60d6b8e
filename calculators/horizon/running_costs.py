"""What the energy of a month costs by how much of it a rig runs, for months whose hours have several prices."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from calculators.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRun:
    """How much of a month something runs."""

    share: float
    energy_cost: Money  # above what is drawn standing still
    charge: Money  # owed where it runs at all, such as for the month's peak


class RunningCosts(Protocol):
    """Of a rig whose parts run and stand still each by itself."""

    @property
    def standing(self) -> Money:
        """Energy of a month that is drawn beside the parts while any of them runs."""

    def best(self, revenues: Sequence[Money]) -> Sequence[PartRun]:
        """How each part runs so that the month leaves most.

        Args:
            revenues: of each part, in a month in which it never stops. [currency/month]
        """

    def always(self, revenues: Sequence[Money]) -> Sequence[PartRun]:
        """The same where none ever stops.

        Args:
            revenues: of each part, in a month in which it never stops. [currency/month]
        """


class PricedTime:
    """One part of a rig, by the prices of the hours: it runs where an hour earns more than its energy costs."""

    def __init__(self, pieces: Iterable[tuple[float, float]], *, whole: Money, charge: Money) -> None:
        """Sorts the pieces.

        Args:
            pieces: shares of the time, and what a month of energy would cost at the price of each. [currency/month]
            whole: what all of it costs: their sum, to the last digit.
            charge: where it runs at all.

        Half of the time at 10 a month, half at 50: of 30 a month the cheap half is run through, and leaves 10.

        >>> from decimal import Decimal
        >>> nothing = Money(Decimal(0), "USD")
        >>> time = PricedTime([(0.5, 50), (0.5, 10)], whole=Money(Decimal(30), "USD"), charge=nothing)
        >>> run = time.best(Money(Decimal(30), "USD"))
        >>> run.share, str(run.energy_cost.amount)
        (0.5, '5')
        """
        ordered = sorted(pieces, key=lambda piece: piece[1])
        self._rates = [rate for _, rate in ordered]
        self._shares = [0.0, *accumulate(share for share, _ in ordered)]
        self._costs = [0.0, *accumulate(share * rate for share, rate in ordered)]
        self._whole, self._charge = whole, charge

    def best(self, revenue: Money) -> PartRun:
        """Through all that costs less than it earns, unless the charge takes that again.

        Args:
            revenue: of a month in which it never stops. [currency/month]
        """
        earned = float(revenue)
        count = bisect_left(self._rates, earned)
        if count == len(self._rates):
            run = self.always()
        else:
            cost = Money.estimated(self._costs[count], self._whole.currency)
            run = PartRun(share=self._shares[count], energy_cost=cost, charge=self._charge)
        if revenue.scaled(run.share) > run.energy_cost + run.charge:
            return run
        return PartRun(share=0.0, energy_cost=self._whole * 0, charge=self._whole * 0)

    def always(self) -> PartRun:
        """Through all of the month."""
        return PartRun(share=1.0, energy_cost=self._whole, charge=self._charge)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsByHour:
    """A rig whose parts change each other's price of energy in nothing."""

    standing: Money
    parts: Sequence[PricedTime]

    def best(self, revenues: Sequence[Money]) -> Sequence[PartRun]:
        """As of ``RunningCosts``.

        Args:
            revenues: of each part, in a month in which it never stops. [currency/month]
        """
        return [part.best(revenue) for part, revenue in zip(self.parts, revenues, strict=True)]

    def always(self, revenues: Sequence[Money]) -> Sequence[PartRun]:
        """As of ``RunningCosts``.

        Args:
            revenues: of each part, in a month in which it never stops. [currency/month]
        """
        return [part.always() for part, _ in zip(self.parts, revenues, strict=True)]


def costs_of_one_price(energy_cost_per_month: Money) -> CostsByHour:
    """Of one part, where every hour costs the same.

    Args:
        energy_cost_per_month: of a month in which the rig never stops. [currency/month]

    >>> from decimal import Decimal
    >>> run, = costs_of_one_price(Money(Decimal(50), "USD")).best([Money(Decimal(30), "USD")])
    >>> run.share
    0.0
    """
    nothing = energy_cost_per_month * 0
    rate = float(energy_cost_per_month)
    return CostsByHour(standing=nothing, parts=[PricedTime([(1.0, rate)], whole=energy_cost_per_month, charge=nothing)])
