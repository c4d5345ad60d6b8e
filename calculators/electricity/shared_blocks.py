"""Several loads on one tariff by blocks of consumption: which of them run for how much of the month."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from calculators.electricity.tariff_tiers import TieredTariff
from calculators.money import Money

NONE, ALL = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What can run for any part of a month. Amounts are in the tariff's currency."""

    revenue: Decimal  # of a month in which it never stops, after fees
    kilowatt_hours: Decimal  # of such a month, above standing still
    stop_loss: Decimal = NONE  # where it runs for a part of the month alone
    charge: Decimal = NONE  # where it runs at all, such as for the month's peak


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadShare:
    """How much of the month a load runs, and what its energy costs in the blocks that it reaches into."""

    share: Decimal
    energy_cost: Money


def best_shares(
    loads: Sequence[Load], *, tariff: TieredTariff, consumed_kilowatt_hours: Decimal, may_stop: bool = True
) -> tuple[LoadShare, ...]:
    """The shares that leave most.

    What earns most for a kilowatt-hour comes first into the blocks: whatever energy is used in all, it earns most so.
    Where one more kilowatt-hour stops paying is at the edge of a load or of a block, so only these are tried.

    Args:
        loads: what can run.
        tariff: the blocks.
        consumed_kilowatt_hours: what fills them before. [kWh]
        may_stop: otherwise all run all the month.

    The first load earns 0.40 a kWh, the second 0.15, which the block above 100 kWh is too dear for:

    >>> from zoneinfo import ZoneInfo
    >>> from calculators.electricity.tariff_tiers import Tier
    >>> cheap, dear = (Tier(Decimal(over), Money(Decimal(price), "USD")) for over, price in ((0, "0.1"), (100, "0.2")))
    >>> blocks = TieredTariff((cheap, dear), ZoneInfo("UTC"))
    >>> loads = [Load(revenue=Decimal(revenue), kilowatt_hours=Decimal(80)) for revenue in (32, 12)]
    >>> found = best_shares(loads, tariff=blocks, consumed_kilowatt_hours=Decimal(0))
    >>> [(str(each.share), str(each.energy_cost.amount)) for each in found]
    [('1', '8.0'), ('0.25', '2.0')]
    """
    order = sorted(range(len(loads)), key=lambda place: _worth(loads[place]), reverse=True)
    starts = _starts(loads, order)
    whole = sum((load.kilowatt_hours for load in loads), NONE)
    limits = (tier.over_kilowatt_hours - consumed_kilowatt_hours for tier in tariff.tiers)
    edges = {NONE, whole, *starts.values(), *(limit for limit in limits if 0 < limit < whole)}
    best: tuple[Decimal, Decimal, tuple[LoadShare, ...]] | None = None
    for edge in sorted(edges) if may_stop else [whole]:
        shares = tuple(
            _share(load, starts[place], edge, tariff, consumed_kilowatt_hours) for place, load in enumerate(loads)
        )
        left = sum((_left(load, each) for load, each in zip(loads, shares, strict=True)), NONE)
        if best is None or (left, edge) >= best[:2]:
            best = left, edge, shares
    return () if best is None else best[2]


def _worth(load: Load) -> tuple[bool, Decimal]:
    """What it earns for a kilowatt-hour; first what needs none."""
    return (not load.kilowatt_hours, load.revenue / (load.kilowatt_hours or ALL))


def _starts(loads: Sequence[Load], order: Sequence[int]) -> dict[int, Decimal]:
    """What the loads before each use in a month. [kWh]"""
    found, used = {}, NONE
    for place in order:
        found[place] = used
        used += loads[place].kilowatt_hours
    return found


def _share(load: Load, start: Decimal, edge: Decimal, tariff: TieredTariff, consumed: Decimal) -> LoadShare:
    energy = min(max(edge - start, NONE), load.kilowatt_hours)
    share = energy / load.kilowatt_hours if load.kilowatt_hours else Decimal(load.revenue > load.charge)
    cost = tariff.cost(energy_kilowatt_hours=energy, consumed_kilowatt_hours=consumed + start)
    return LoadShare(share=share, energy_cost=cost)


def _left(load: Load, at: LoadShare) -> Decimal:
    """What a load leaves."""
    stops = load.stop_loss if NONE < at.share < ALL else NONE
    return load.revenue * at.share - at.energy_cost.amount - stops - (load.charge if at.share else NONE)
