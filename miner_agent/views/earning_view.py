"""What the rig leaves in a day, between what it may come out, and the price of energy at which to stop."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from calculators.money import Money
from miner_agent.model.finances import Candidate, Economy
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.figures import NOT_SHOWN, Circumstances, Figure, MoneyFigure, figure, money_figure

NO_REVENUE = "what the mined coins bring is not known of everything that is mined"
NO_COST = "what energy costs is not known: [tariff] says it"
NO_RANGE = "how far it may stray is not known of everything that is mined"
NO_BREAK_EVEN = "without revenue and power nobody can say"
NO_ECONOMY = "nothing of money is computed yet, or set: [tariff] and [[feeds]] say what energy costs and coins bring"
MODEL = "estimate"


class EarningView(msgspec.Struct, frozen=True, kw_only=True):
    """The rig as it runs now, projected over a day. All money is before taxes."""

    computed_at: datetime | None
    net_per_day: MoneyFigure
    net_p5_per_day: MoneyFigure  # one day in twenty is worse
    net_p95_per_day: MoneyFigure  # and one in twenty is better
    revenue_per_day: MoneyFigure
    energy_cost_per_day: MoneyFigure
    power_watts: Figure
    energy_price_per_kilowatt_hour: MoneyFigure  # now, with taxes and fees
    break_even_price_per_kilowatt_hour: MoneyFigure  # above it, every hour costs more than it brings
    price_until: datetime | None
    best: "BetterCoin | None"  # None: nothing is known to leave more than what is mined


class BetterCoin(msgspec.Struct, frozen=True, kw_only=True):
    """What would leave most, where that is not what is mined."""

    part: str
    coin: str
    more_per_day: MoneyFigure
    why_unclear: str | None  # None: a clear winner


def earning_view(snapshot: RigSnapshot, at: Circumstances) -> EarningView:
    """All of it; each figure that is not known says why."""
    economy = snapshot.economy
    present = None if economy is None else economy.present
    tariff = None if economy is None else economy.tariff
    computed_at = None if economy is None else economy.computed_at
    power_watts = None if present is None else present.power_watts

    def money(value: Money | None, reason: str, source: str | None = MODEL) -> MoneyFigure:
        if not at.sees_money:
            return MoneyFigure(value=None, reason=NOT_SHOWN)
        told = reason if economy is not None else NO_ECONOMY
        return money_figure(value, source=source, taken_at=computed_at, at=at, reason=told)

    revenue = None if present is None else present.revenue_per_day
    cost = None if present is None else present.energy_cost_per_day
    no_revenue = (None if present is None else present.no_revenue_because) or NO_REVENUE
    net = None if present is None else present.net_per_day
    low, high = (None, None) if economy is None or net is None else _range(economy, net)
    return EarningView(
        computed_at=computed_at,
        net_per_day=money(net, no_revenue if revenue is None else NO_COST),
        net_p5_per_day=money(low, NO_RANGE),
        net_p95_per_day=money(high, NO_RANGE),
        revenue_per_day=money(revenue, no_revenue),
        energy_cost_per_day=money(cost, NO_COST),
        power_watts=figure(
            "power_watts",
            power_watts,
            source=None if present is None else present.power_source,
            taken_at=computed_at,
            at=at,
        ),
        energy_price_per_kilowatt_hour=money(
            None if tariff is None else tariff.import_price, NO_COST, None if tariff is None else tariff.tariff
        ),
        break_even_price_per_kilowatt_hour=money(
            None if present is None else present.break_even_price_per_kilowatt_hour, NO_BREAK_EVEN
        ),
        price_until=None if tariff is None else tariff.slot_end_at,
        best=None if economy is None or not at.sees_money else _better(economy.candidates, computed_at, at),
    )


def _range(economy: Economy, net: Money) -> tuple[Money | None, Money | None]:
    """Where the rig's day may come out: its parts move together, as the market does, so their ends add up."""
    mined = [each for each in economy.candidates if each.selected]
    down, up = Decimal(0), Decimal(0)
    for each in mined:
        if each.profit_p5_per_day is None or each.profit_p95_per_day is None:
            return None, None
        down += (each.profit_p5_per_day - each.profit_per_day).amount
        up += (each.profit_p95_per_day - each.profit_per_day).amount
    if not mined:
        return None, None
    return Money(net.amount + down, net.currency), Money(net.amount + up, net.currency)


def _better(candidates: Sequence[Candidate], computed_at: datetime | None, at: Circumstances) -> BetterCoin | None:
    """The best coin of the part where it would leave most more than what is mined there."""
    mined = {each.part: each for each in candidates if each.selected}
    found = [
        (each.profit_per_day - now.profit_per_day, each)
        for each in candidates
        if (now := mined.get(each.part)) is not None and each.profit_per_day > now.profit_per_day
    ]
    if not found:
        return None
    more, each = max(found, key=lambda one: one[0].amount)
    return BetterCoin(
        part=each.part,
        coin=each.coin,
        more_per_day=money_figure(more, source=MODEL, taken_at=computed_at, at=at, reason=NO_REVENUE),
        why_unclear=each.why_unclear,
    )
