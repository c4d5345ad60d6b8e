"""What a rig earns and costs month by month, each part of it for itself.

Estimates: they carry on what is assumed today. Taxes stand in ``depreciation``, buying instead in ``alternatives``.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calculators.earnings.own_hashrate import RunningRatios
from calculators.horizon.decay import Growth
from calculators.horizon.running_costs import PartRun, RunningCosts, costs_of_one_price
from calculators.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One chain that pays a part of a rig."""

    coin: str
    coins_per_month: float  # today, net of pool fees, in a month in which the part never stops
    price: Money  # of one coin today
    outlook: Growth  # how its price, difficulty and reward go on


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month of mining, for tables and drawings."""

    number: int  # the first is 1
    coins: float  # all that is mined, told as coins of one chain; net of pool fees
    mined: Mapping[str, float]  # of each chain
    price: Money  # of one coin of that chain
    revenue: Money
    energy_cost: Money  # none while the rig stands still
    fixed_cost: Money  # with what is owed for the month's peak where it runs at all
    running_share: float  # of the time, in the mean of the parts
    cash_flow: Money
    cumulative: Money  # of all months so far, less the investment

    @property
    def running(self) -> bool:
        """Whether any part runs at any time."""
        return self.running_share > 0


def rig_months(
    parts: Sequence[Sequence[Stream]],
    *,
    costs: RunningCosts,
    fixed_cost_per_month: Money,
    investment: Money,
    months: int,
    told_in: str = "",
    sale_fee_ratio: float = 0.0,
    may_idle: bool = True,
) -> tuple[Month, ...]:
    """The cash flows of a rig. Resale, taxes and interest are not in them.

    A month goes by what holds at its start: the first one by today's price, difficulty and reward. Tariffs stay.

    Args:
        parts: the chains that pay each part.
        costs: of the energy, in the same order.
        fixed_cost_per_month: rent, hosting, internet: paid either way. [currency/month]
        investment: paid before the first month. [currency]
        months: how many. [months]
        told_in: the coin of one of the chains, in which all is told too.
        sale_fee_ratio: exchange fee and spread, 0 to 1. [1]
        may_idle: whether parts stand still where their energy costs more than they earn.

    Raises:
        ValueError: coins or months are negative, a ratio is none, nothing mines what all is told in, the sums are
            beyond all measure, or currencies mix.

    200 a month, less 120 for energy and 5 of rent:

    >>> from decimal import Decimal
    >>> def usd(amount: int) -> Money:
    ...     return Money(Decimal(amount), "USD")
    >>> stream = Stream(coin="ETC", coins_per_month=2, price=usd(100), outlook=Growth())
    >>> table = rig_months([[stream]], costs=costs_of_one_price(usd(120)), fixed_cost_per_month=usd(5),
    ...                    investment=usd(100), months=2, told_in="ETC")
    >>> [str(month.cumulative) for month in table]
    ['-25 USD', '50 USD']
    """
    for stream in (stream for part in parts for stream in part):
        if not (math.isfinite(stream.coins_per_month) and stream.coins_per_month >= 0):
            raise ValueError(f"{stream.coin}: {stream.coins_per_month} coins a month; expected 0 or more")
    if months < 0:
        raise ValueError(f"expected 0 months or more, not {months}")
    if not 0 <= sale_fee_ratio <= 1:
        raise ValueError(f"a sale fee of {sale_fee_ratio} is no ratio from 0 to 1: 0.01 is 1 %")
    nothing = fixed_cost_per_month * 0
    streams = [stream for part in parts for stream in part]
    first = next((stream for stream in streams if stream.coin == told_in), None)
    if first is None:
        known = ", ".join(stream.coin for stream in streams)
        raise ValueError(f"nothing mines {told_in!r}, in which all is to be told; name one of {known}")
    table, cumulative = [], nothing - investment
    for number in range(1, months + 1):
        gone = number - 1
        runs = _runs(parts, gone, costs, 1 - sale_fee_ratio, may_idle=may_idle)
        ratios = _running(parts, [run.share for run in runs])
        coins = _coins(parts, gone, ratios)
        worths = _worths(parts, gone, coins)
        revenues = [worth.scaled(1 - sale_fee_ratio) for worth in worths]
        revenue = sum((each.scaled(run.share) for each, run in zip(revenues, runs, strict=True)), nothing)
        energy_cost = sum((run.energy_cost for run in runs), costs.standing)
        charge = sum((run.charge for run in runs), nothing)
        if may_idle and revenue <= energy_cost + charge:
            shares, revenue, energy_cost, charge = [0.0] * len(runs), nothing, nothing, nothing
        else:
            shares = [run.share for run in runs]
        mined: dict[str, float] = {}
        for part, counts, share in zip(parts, coins, shares, strict=True):
            for stream, count in zip(part, counts, strict=True):
                mined[stream.coin] = mined.get(stream.coin, 0.0) + count * share
        worth = math.fsum(float(each) * share for each, share in zip(worths, shares, strict=True))
        price_then = first.price.scaled(first.outlook.price_factor(gone))
        cash_flow = revenue - energy_cost - fixed_cost_per_month - charge
        cumulative += cash_flow
        table.append(
            Month(
                number=number,
                coins=worth / float(price_then) if price_then.amount else mined[first.coin],
                mined=mined,
                price=price_then,
                revenue=revenue,
                energy_cost=energy_cost,
                fixed_cost=fixed_cost_per_month + charge,
                running_share=math.fsum(shares) / len(shares),
                cash_flow=cash_flow,
                cumulative=cumulative,
            )
        )
    return tuple(table)


def _runs(
    parts: Sequence[Sequence[Stream]], gone: float, costs: RunningCosts, kept_ratio: float, *, may_idle: bool
) -> Sequence[PartRun]:
    """How each part runs in a month, until that and its part of the networks agree."""
    ratios = RunningRatios(
        {
            stream.coin: sum(course.own_network_ratio for course in stream.outlook.rewards)
            for part in parts
            for stream in part
        }
    )
    while True:
        revenues = [worth.scaled(kept_ratio) for worth in _worths(parts, gone, _coins(parts, gone, ratios.now))]
        if not may_idle:
            return costs.always(revenues)
        runs = costs.best(revenues)
        if not ratios.move(_running(parts, [run.share for run in runs])):
            return runs


def _running(parts: Sequence[Sequence[Stream]], shares: Sequence[float]) -> dict[str, float]:
    """Of all that the rig could give each chain, what runs. [1]"""
    most: dict[str, float] = {}
    run: dict[str, float] = {}
    for part, share in zip(parts, shares, strict=True):
        for stream in part:
            most[stream.coin] = most.get(stream.coin, 0.0) + stream.coins_per_month
            run[stream.coin] = run.get(stream.coin, 0.0) + stream.coins_per_month * share
    return {coin: run[coin] / whole if whole else 1.0 for coin, whole in most.items()}


def _coins(parts: Sequence[Sequence[Stream]], gone: float, ratios: Mapping[str, float]) -> list[list[float]]:
    """Of each chain in a month in which its part never stops."""
    return [
        [
            stream.coins_per_month * stream.outlook.coins_factor(gone, running_ratio=ratios[stream.coin])
            for stream in part
        ]
        for part in parts
    ]


def _worths(parts: Sequence[Sequence[Stream]], gone: float, coins: Sequence[Sequence[float]]) -> list[Money]:
    """What each part's coins are worth then."""
    nothing = parts[0][0].price * 0
    return [
        sum(
            (
                stream.price.scaled(stream.outlook.price_factor(gone)).scaled(count)
                for stream, count in zip(part, counts, strict=True)
            ),
            nothing,
        )
        for part, counts in zip(parts, coins, strict=True)
    ]


def mining_months(
    *,
    coins_per_month: float,
    price: Money,
    energy_cost_per_month: Money,
    fixed_cost_per_month: Money,
    investment: Money,
    outlook: Growth,
    months: int,
    sale_fee_ratio: float = 0.0,
    may_idle: bool = True,
) -> tuple[Month, ...]:
    """The same of one coin, and of energy that always costs the same. Raises as ``rig_months`` does.

    Args:
        coins_per_month: that the rig earns today, net of pool fees. [coins]
        price: of one coin today. [currency/coin]
        energy_cost_per_month: saved by standing still. [currency/month]
        fixed_cost_per_month: paid either way. [currency/month]
        investment: paid before the first month. [currency]
        outlook: how price, difficulty and reward go on.
        months: how many. [months]
        sale_fee_ratio: exchange fee and spread, 0 to 1. [1]
        may_idle: whether the rig stands still in a month whose energy costs more than it earns.

    >>> from decimal import Decimal
    >>> def usd(amount: int) -> Money:
    ...     return Money(Decimal(amount), "USD")
    >>> table = mining_months(coins_per_month=2, price=usd(100), energy_cost_per_month=usd(120), months=3,
    ...     fixed_cost_per_month=usd(5), investment=usd(100), outlook=Growth(difficulty_growth_ratio_per_month=0.6))
    >>> [str(month.cash_flow.amount) for month in table]  # 200, 125, 78.125 of revenue
    ['75', '0', '-5']
    """
    return rig_months(
        [[Stream(coin="", coins_per_month=coins_per_month, price=price, outlook=outlook)]],
        costs=costs_of_one_price(energy_cost_per_month),
        fixed_cost_per_month=fixed_cost_per_month,
        investment=investment,
        months=months,
        sale_fee_ratio=sale_fee_ratio,
        may_idle=may_idle,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """Twelve months of mining added up; the last year may have fewer."""

    number: int  # the first is 1
    coins: float
    revenue: Money
    energy_cost: Money
    fixed_cost: Money
    months_running: float  # parts of months count
    cash_flow: Money
    cumulative: Money


def yearly(table: Sequence[Month]) -> tuple[Year, ...]:
    """The months of a table added up to years.

    >>> from decimal import Decimal
    >>> def usd(amount: int) -> Money:
    ...     return Money(Decimal(amount), "USD")
    >>> table = mining_months(coins_per_month=1, price=usd(10), energy_cost_per_month=usd(4), months=15,
    ...     fixed_cost_per_month=usd(1), investment=usd(50), outlook=Growth())
    >>> [(str(year.cash_flow), year.months_running) for year in yearly(table)]
    [('60 USD', 12.0), ('15 USD', 3.0)]
    """
    years = []
    for at in range(0, len(table), 12):
        held = table[at : at + 12]
        years.append(
            Year(
                number=at // 12 + 1,
                coins=math.fsum(month.coins for month in held),
                revenue=_sum([month.revenue for month in held]),
                energy_cost=_sum([month.energy_cost for month in held]),
                fixed_cost=_sum([month.fixed_cost for month in held]),
                months_running=math.fsum(month.running_share for month in held),
                cash_flow=_sum([month.cash_flow for month in held]),
                cumulative=held[-1].cumulative,
            )
        )
    return tuple(years)


def _sum(amounts: Sequence[Money]) -> Money:
    return sum(amounts[1:], amounts[0])
