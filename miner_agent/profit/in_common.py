"""What the parts of a rig have in common: power supplies, the host, what is fixed, and chains that several mine."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from calculators.earnings.estimate import Estimate
from calculators.earnings.sum_sheet import Term
from calculators.earnings.together import StandingStill
from calculators.electricity.tariff_charges import demand_charge
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.money import Money
from miner_agent.profit.drawn_idle import first_of, idle_watts_in
from miner_agent.profit.energy_cost import Prices, cost_of_day
from miner_agent.profit.rig_figures import BesidePart, Rig, RigPart
from miner_agent.profit.supply import AtTheWall, Supply


def supply_of(supply: Supply, rig: Rig, part: RigPart) -> Supply:
    """A part's share of a rig's supply: of the host by its devices, of the power supplies by what it draws at most."""
    if len(rig.parts) == 1:
        return supply
    boards = sum(each.most_board_watts for each in rig.parts)
    rated = supply.rated_watts
    if rated is not None and boards > 0 and part.most_board_watts > 0:
        rated *= part.most_board_watts / boards
    return replace(supply, rated_watts=rated, host_watts=supply.host_watts * rig.share(part))


def fixed_cost_of(cost: Money | None, rig: Rig, part: RigPart) -> Money | None:
    """What of a rig's fixed cost is a part's, by its devices."""
    return cost if cost is None or len(rig.parts) == 1 else cost.scaled(rig.share(part))


def with_demand_charge(
    other: Money | None, demand: Money | None, wall: AtTheWall
) -> tuple[Money | None, tuple[Term, ...]]:
    """What is owed for a day beside energy, with its lines where a charge for the peak is in it.

    Args:
        other: what is fixed. ``None``: nothing.
        demand: of a kilowatt of the month's peak, for a day. ``None``: nothing.
        wall: what is drawn.
    """
    if demand is None or not demand.amount:
        return other, ()
    owed = demand_charge(quarter_hour_watts=[wall.peak_watts], price_per_kilowatt=demand)
    whole = owed if other is None else owed + other
    a_day = f"{demand.currency}/d"
    lines = (
        Term(name="other_fixed_cost_per_day", value=other or demand * 0, unit=a_day, source="operation"),
        Term(name="demand_charge_per_kilowatt", value=demand, unit=f"{demand.currency}/kW/d", source="[site]"),
        Term(name="peak_watts", value=wall.peak_watts, unit="W", source="power_watts without pauses"),
    )
    formula = "other_fixed_cost_per_day + demand_charge_per_kilowatt * peak_watts / 1000"
    return whole, (*lines, Term(name="fixed_cost_per_day", value=whole, unit=a_day, formula=formula))


def demand_charge_in(found: Estimate) -> Money:
    """What of an estimate's fixed cost of a day is for the month's peak: who never runs in a month does not owe it."""
    lines = {term.name: term.value for term in found.terms}
    price = lines.get("demand_charge_per_kilowatt")
    if not isinstance(price, Money):
        return found.fixed_cost_per_day * 0
    return demand_charge(quarter_hour_watts=[float(lines["peak_watts"])], price_per_kilowatt=price)


def peak_charge_in(found: Estimate) -> Money:
    """What a day of all that is mined at the same time costs for the month's peak."""
    sides = found.sides or (found,)
    return sum((demand_charge_in(first_of(side)) for side in sides), found.profit_per_day * 0)


def left_idle_per_day(found: Estimate, prices: Prices, *, watts_before: float, now: datetime) -> Money:
    """What a day leaves on which this stands idle and nobody switches the rig off: what its host draws and what is
    fixed are paid, the month's peak is not. It is what ``hours`` leaves of a day that it never runs in.

    Args:
        found: what would be mined.
        prices: of energy.
        watts_before: of others, that fill blocks of consumption and take own power first. [W]
        now: this moment, aware.
    """
    watts = min(idle_watts_in(found), found.operation.power_watts)
    energy = cost_of_day(replace(prices, watts_before=watts_before), power_watts=watts, now=now).money
    return peak_charge_in(found) - found.fixed_cost_per_day - energy


def beside_of(
    part: RigPart, *, before: Iterable[Estimate], others: Iterable[tuple[RigPart, Estimate]], prices: Prices
) -> BesidePart:
    """What the rest of the rig does while a part mines.

    Args:
        part: which.
        before: what the parts before it mine.
        others: all other parts, and what they mine.
        prices: of energy.
    """
    algorithms = {algorithm for work in part.works for algorithm in work.algorithms}
    hashes: dict[str, float] = {}
    for other, chain in ((other, chain) for other, found in others for chain in found.parts or (found,)):
        if chain.algorithm in algorithms:
            mined = chain.operation.hashes_per_second * chain.operation.uptime_ratio
            mined *= other.running_ratio(chain.algorithm, chain.coin)
            hashes[chain.coin] = hashes.get(chain.coin, 0.0) + mined
    return BesidePart(
        watts=sum(found.operation.power_watts for found in before) if shares_energy(prices) else 0.0,
        hashes_per_second=hashes,
    )


def shares_energy(prices: Prices) -> bool:
    """Whether what one part of a rig draws changes what a kilowatt-hour costs the others."""
    return isinstance(prices.tariff, TieredTariff) or prices.own is not None


def gained_by(found: Estimate) -> Money:
    """What a rig of several parts gains by one's mining: its share of the host and of what is fixed is paid anyway."""
    lines = {term.name: float(term.value) for term in (found.parts or (found,))[0].terms}
    host = lines.get("host_watts", 0.0) * lines.get("cooling_factor", 1.0)
    watts = found.operation.power_watts
    paid = found.energy_cost_per_day.scaled(min(host / watts, 1.0)) if watts else found.energy_cost_per_day
    return found.profit_per_day + found.fixed_cost_per_day + paid


def standing_still(
    idle: Sequence[RigPart],
    *,
    rig: Rig,
    supply: Supply,
    prices: Prices,
    fixed_cost_per_day: Money | None,
    watts_before: float,
    now: datetime,
) -> StandingStill:
    """What is paid for parts that mine nothing: their share of the host and of what is fixed.

    Args:
        idle: which parts.
        rig: the whole.
        supply: of the rig.
        prices: of energy.
        fixed_cost_per_day: of the rig. ``None``: nothing.
        watts_before: what the other parts draw. [W]
        now: this moment, aware.
    """
    share = sum(rig.share(part) for part in idle)
    powers = [work.power for work in rig.works if work.power is not None]
    counted = any(power.metered or power.whole for power in powers)  # the host is in what is measured
    watts = 0.0 if counted else supply.host_watts * share * supply.cooling_factor
    cost = cost_of_day(replace(prices, watts_before=watts_before), power_watts=watts, now=now).money
    nothing = Money(Decimal(0), prices.currency)
    return StandingStill(
        power_watts=watts,
        energy_cost_per_day=cost,
        fixed_cost_per_day=nothing if fixed_cost_per_day is None else fixed_cost_per_day.scaled(share),
    )
