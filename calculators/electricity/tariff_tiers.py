"""Tariffs whose price depends on how much was used in the month already."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from calculators.electricity.energy import kilowatt_hours
from calculators.local_time import months, period
from calculators.money import Money


@dataclass(frozen=True, slots=True)
class Tier:
    """A price for what is used above a consumption of the month."""

    over_kilowatt_hours: Decimal
    price: Money  # per kWh; may be negative where it is a credit beside another tariff


@dataclass(frozen=True, slots=True)
class TieredTariff:
    """Blocks of monthly consumption, each with its price.

    A rig comes on top of what the house uses: its energy is priced by the blocks that it reaches into. Where hours have
    prices too, the blocks are a second cost beside those of the hours.
    """

    tiers: tuple[Tier, ...]  # the first one from 0 kWh on
    time_zone: ZoneInfo  # whose months count

    def __post_init__(self) -> None:
        if not self.tiers or self.tiers[0].over_kilowatt_hours != 0:
            raise ValueError("the first block of a tiered tariff starts at 0 kWh")
        for below, above in pairwise(self.tiers):
            if not below.over_kilowatt_hours < above.over_kilowatt_hours:
                limits = f"{below.over_kilowatt_hours} kWh and {above.over_kilowatt_hours} kWh"
                raise ValueError(f"the blocks at {limits} are out of order: each starts above the one before")
            if below.price.currency != above.price.currency:
                at = f"{above.over_kilowatt_hours} kWh"
                raise ValueError(f"the block at {at} is in {above.price.currency}, the first in {self.currency}")

    @property
    def currency(self) -> str:
        return self.tiers[0].price.currency

    def marginal_price(self, *, consumed_kilowatt_hours: Decimal) -> Money:
        """The price of the next kWh.

        Args:
            consumed_kilowatt_hours: in this month so far, house and rig together. [kWh]

        Raises:
            ValueError: the consumption is negative or not finite.
        """
        _energy("consumed_kilowatt_hours", consumed_kilowatt_hours)
        return next(tier.price for tier in reversed(self.tiers) if tier.over_kilowatt_hours <= consumed_kilowatt_hours)

    def cost(self, *, energy_kilowatt_hours: Decimal, consumed_kilowatt_hours: Decimal = Decimal(0)) -> Money:
        """Cost of more energy within one month.

        Args:
            energy_kilowatt_hours: what is priced. [kWh]
            consumed_kilowatt_hours: what fills the blocks before it. [kWh]

        Raises:
            ValueError: an energy is negative or not finite.

        An example of the city of Seymour: 250 kWh at 0.064, 450 at 0.049, 500 at 0.0446 are 16.00 + 22.05 + 22.30

        >>> def over(kilowatt_hours: int, price: str) -> Tier:
        ...     return Tier(Decimal(kilowatt_hours), Money(Decimal(price), "USD"))
        >>> winter = TieredTariff((over(0, "0.064"), over(250, "0.049"), over(700, "0.0446")), ZoneInfo("UTC"))
        >>> winter.cost(energy_kilowatt_hours=Decimal(1200)).amount
        Decimal('60.3500')
        """
        _energy("energy_kilowatt_hours", energy_kilowatt_hours)
        _energy("consumed_kilowatt_hours", consumed_kilowatt_hours)
        reached = consumed_kilowatt_hours + energy_kilowatt_hours
        ends = [*(tier.over_kilowatt_hours for tier in self.tiers[1:]), reached]
        cost = Decimal(0)
        for tier, end in zip(self.tiers, ends, strict=True):
            within = min(reached, end) - max(consumed_kilowatt_hours, tier.over_kilowatt_hours)
            cost += max(within, Decimal(0)) * tier.price.amount
        return Money(cost, self.currency)

    def energy_cost(
        self, *, power_watts: float, start: datetime, end: datetime, consumed_kilowatt_hours: Decimal = Decimal(0)
    ) -> Money:
        """Cost of a steady power over a period. Each month begins with the first block again.

        Args:
            power_watts: at the wall. [W]
            start: of the period, which is half open.
            end: of the period.
            consumed_kilowatt_hours: what fills the blocks of each of these months before it, as the house does. [kWh]

        Raises:
            ValueError: the power is negative or not finite, or the end lies before the start.
        """
        start, end = period(start, end)
        cost = Money(Decimal(0), self.currency)
        for month_start, month_end in months(start, end, self.time_zone):
            duration = min(end, month_end) - max(start, month_start)
            energy = kilowatt_hours(power_watts=power_watts, duration=duration)
            cost += self.cost(energy_kilowatt_hours=energy, consumed_kilowatt_hours=consumed_kilowatt_hours)
        return cost


def _energy(name: str, energy: Decimal) -> None:
    if not (energy.is_finite() and energy >= 0):
        raise ValueError(f"{name} is {energy}; expected a finite energy of 0 kWh or more")
