"""How much of a month each part of a rig runs, by what energy costs over a year: as ``hours`` would run it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from calculators.earnings.estimate import Estimate
from calculators.electricity.energy import kilowatt_hours
from calculators.electricity.shared_blocks import Load, LoadShare, best_shares
from calculators.electricity.tariff import Slot
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.horizon.running_costs import CostsByHour, PartRun, PricedTime, RunningCosts
from calculators.money import Money
from calculators.units import DAYS_PER_MONTH
from miner_agent.profit.drawn_idle import first_of, idle_watts_of
from miner_agent.profit.energy_cost import DAY, Prices
from miner_agent.profit.in_common import demand_charge_in
from miner_agent.profit.planned_hours import month_of
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.year_of_energy import YearOfEnergy

MONTH = Decimal(str(DAYS_PER_MONTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mining:
    """What mines and is carried on: each part by itself, and what all of them pay together."""

    whole: Estimate
    parts: tuple[Estimate, ...]
    costs: RunningCosts
    fixed_cost_per_month: Money  # without what is owed for the month's peak


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One part."""

    watts: float  # above standing still
    above_watts: float  # of what takes own power before it
    energy_cost: Money  # of a month
    charge: Money  # of a month


def mining_of(ranking: Ranking, found: Estimate, year: YearOfEnergy) -> Mining:
    """What an estimate is made of.

    Args:
        ranking: by the mean price of the year.
        found: one of its estimates, or that of the whole rig.
        year: the prices of energy.
    """
    several = found is ranking.whole and len(ranking.parts) > 1
    parts = tuple(best for of in ranking.parts if (best := of.best) is not None) if several else (found,)
    before = 0.0 if several else next((of.beside.watts for of in ranking.parts if found in of.ranked), 0.0)
    sides = _sides(parts, before)
    nothing = found.profit_per_day * 0
    standing = found.energy_cost_per_day * MONTH - sum((side.energy_cost for side in sides), nothing)
    charges = sum((side.charge for side in sides), nothing)
    tariff = year.prices.tariff
    costs: RunningCosts
    if isinstance(tariff, TieredTariff):
        prices = replace(year.prices, watts_before=before)
        costs = _ByBlocks.of(sides, found, tariff, prices, ranking.now)
    else:
        times = [PricedTime(_pieces(side, year), whole=side.energy_cost, charge=side.charge) for side in sides]
        costs = CostsByHour(standing=standing, parts=times)
    return Mining(
        whole=found,
        parts=parts,
        costs=costs,
        fixed_cost_per_month=found.fixed_cost_per_day * MONTH - charges,
    )


def _sides(parts: Sequence[Estimate], watts_before: float) -> list[_Side]:
    idle = [min(idle_watts_of(first_of(part).terms), part.operation.power_watts) for part in parts]
    above, sides = watts_before + sum(idle), []
    for part, resting in zip(parts, idle, strict=True):
        watts = part.operation.power_watts
        running = 1 - resting / watts if watts else 1.0
        sides.append(
            _Side(
                watts=watts - resting,
                above_watts=above,
                energy_cost=(part.energy_cost_per_day * MONTH).scaled(running),
                charge=demand_charge_in(first_of(part)) * MONTH,
            )
        )
        above += watts - resting
    return sides


def _pieces(side: _Side, year: YearOfEnergy) -> list[tuple[float, float]]:
    """Shares of the time, each at one price, and what a month would cost at it."""
    slots: Sequence[Slot] = year.slots
    if year.prices.own is not None:
        slots = year.prices.own.priced(slots, power_watts=side.watts, above_watts=side.above_watts)
    seconds: dict[Decimal, Decimal] = {}
    for slot in slots:
        seconds[slot.price.amount] = seconds.get(slot.price.amount, Decimal(0)) + slot.seconds
    whole = sum(seconds.values())
    energy = kilowatt_hours(power_watts=side.watts, duration=DAY) * MONTH
    return [(float(length / whole), float(price * energy)) for price, length in seconds.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByBlocks:
    """By blocks of consumption the parts change each other's price: what earns most for a kilowatt-hour comes first."""

    standing: Money
    sides: Sequence[_Side]
    tariff: TieredTariff
    consumed_kilowatt_hours: Decimal
    days: Decimal  # of this month, by which energy was priced

    @classmethod
    def of(
        cls, sides: Sequence[_Side], found: Estimate, tariff: TieredTariff, prices: Prices, now: datetime
    ) -> "_ByBlocks":
        """By the blocks of this month. What is drawn standing still comes into them first."""
        start, end = month_of(tariff, now)
        days = Decimal(str((end - start) / DAY))
        resting = found.operation.power_watts - sum(side.watts for side in sides)
        idle = kilowatt_hours(power_watts=max(resting, 0.0), duration=end - start)
        others = kilowatt_hours(power_watts=prices.watts_before, duration=end - start)
        house = prices.household_kilowatt_hours_per_month + others
        standing = tariff.cost(energy_kilowatt_hours=idle, consumed_kilowatt_hours=house)
        return cls(
            standing=_of_mean_month(standing, days),
            sides=sides,
            tariff=tariff,
            consumed_kilowatt_hours=house + idle,
            days=days,
        )

    def best(self, revenues: Sequence[Money]) -> Sequence[PartRun]:
        """As of ``RunningCosts``."""
        return self._runs(revenues, may_stop=True)

    def always(self, revenues: Sequence[Money]) -> Sequence[PartRun]:
        """As of ``RunningCosts``."""
        return self._runs(revenues, may_stop=False)

    def _runs(self, revenues: Sequence[Money], *, may_stop: bool) -> list[PartRun]:
        part = self.days / MONTH  # of a mean month
        loads = [
            Load(
                revenue=revenue.amount * part,
                kilowatt_hours=kilowatt_hours(power_watts=side.watts, duration=DAY) * self.days,
                charge=side.charge.amount * part,
            )
            for side, revenue in zip(self.sides, revenues, strict=True)
        ]
        found = best_shares(
            loads, tariff=self.tariff, consumed_kilowatt_hours=self.consumed_kilowatt_hours, may_stop=may_stop
        )
        return [self._run(side, each) for side, each in zip(self.sides, found, strict=True)]

    def _run(self, side: _Side, each: LoadShare) -> PartRun:
        return PartRun(
            share=float(each.share),
            energy_cost=_of_mean_month(each.energy_cost, self.days),
            charge=side.charge if each.share else side.charge * 0,
        )


def _of_mean_month(cost: Money, days: Decimal) -> Money:
    return Money(cost.amount * MONTH / days, cost.currency)
