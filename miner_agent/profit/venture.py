"""Whether to mine or to buy: an estimate carried on over months, and the same money spent on the coin itself."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from calculators.chain.schedule import RewardCourse
from calculators.earnings.estimate import Estimate
from calculators.earnings.reward_parts import courses_of
from calculators.horizon.alternatives import Alternatives, Staking, compare, payments_of
from calculators.horizon.decay import Growth
from calculators.horizon.finance import (
    internal_rate_of_return,
    net_present_value,
    payback_periods,
    per_year,
    static_payback_days,
)
from calculators.horizon.mining_months import Month, Stream, rig_months
from calculators.money import Money
from calculators.units import DAYS_PER_MONTH, MONTHS_PER_YEAR
from miner_agent.profit.rewards_ahead import RewardsAhead
from miner_agent.profit.venture_costs import Mining
from miner_agent.profit.venture_tax import TaxPlan, TaxYear, tax_years, taxes_of_months

MOST_MONTHS = 240
HARDER_RATIO_PER_MONTH = 0.03
"""What an answer is tried with where nobody said how difficulty goes on. Bitcoin's rose eightfold in the five years up
to January 2025, from 13.8e12 to 109.8e12: 3.5 % a month.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StakePlan:
    """A coin that is bought with the same money and pays for being held."""

    coin: str | None = None  # None: the mined one, at its own price
    yield_low_ratio_per_year: float = 0
    yield_high_ratio_per_year: float = 0
    price_growth_ratio_per_month: float = 0  # of another coin than the mined one
    source: str = "as said"  # of the yields, for people

    def staking(self, mined: str, *, months: int, currency: str) -> Staking:
        """The yields, and how the price of another coin goes by today's."""
        prices = None
        if self.coin not in {None, mined}:
            path = Growth(price_growth_ratio_per_month=self.price_growth_ratio_per_month)
            prices = [Money.estimated(path.price_factor(month), currency) for month in range(months + 1)]
        return Staking(
            yield_low_ratio_per_year=self.yield_low_ratio_per_year,
            yield_high_ratio_per_year=self.yield_high_ratio_per_year,
            prices=prices,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VenturePlan:
    """What is assumed of the months ahead, and of the hardware."""

    investment: Money
    months: int
    outlook: Growth  # of price and difficulty; what the chains' rules say of rewards comes to it
    resale: Money  # what the hardware brings in the end
    discount_ratio_per_year: float  # what the money would earn elsewhere
    staking: StakePlan
    purchase_fee_ratio: float  # exchange fee and spread on what is bought
    may_idle: bool = True
    tax: TaxPlan | None = None  # None: no figure is after tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Venture:
    """What comes of it, after tax where the plan has one. ``None``: never within these months, or not to be told."""

    estimate: Estimate
    plan: VenturePlan
    months: tuple[Month, ...]
    tax_years: tuple[TaxYear, ...]  # none where the plan has no tax
    static_payback_days: float | None  # before tax
    payback_months: int | None
    net_present_value: Money
    rate_of_return_per_year: float | None
    alternatives: Alternatives
    notes: tuple[str, ...]  # what the chains' rules say of these months

    @property
    def mined(self) -> Mapping[str, float]:
        """Coins of each chain over all months. [coins]"""
        return {coin: math.fsum(month.mined[coin] for month in self.months) for coin in self.months[0].mined}

    @property
    def best(self) -> str:
        """What leaves most in the end: mine, buy or stake."""
        worths = {
            "mine": self.alternatives.mine.worth,
            "buy": self.alternatives.buy.worth,
            "stake": self.alternatives.stake_low.worth,
        }
        return max(worths, key=lambda name: worths[name].amount)


def venture(mining: Mining, plan: VenturePlan, ahead: RewardsAhead) -> Venture:
    """The months of a rig, and what else the same payments would have brought.

    Every part stands still by itself where its energy costs more than it brings. Each chain has its own reward and its
    own part of its network; prices of all go on alike. What the coins bring when they are sold is taxed in none of it.

    Args:
        mining: what the rig earns today and what its energy costs.
        plan: what is assumed; its money in the estimate's currency.
        ahead: the steps of the chains' rewards over all these months.

    Raises:
        ValueError: a figure is not possible, or currencies mix.
    """
    if not 1 <= plan.months <= MOST_MONTHS:
        raise ValueError(f"{plan.months} months are not possible; expected 1 to {MOST_MONTHS}")
    found = mining.whole
    sale_fee = found.operation.exchange_fee_ratio
    if sale_fee >= 1 or found.price.amount <= 0 or found.revenue_per_day.amount <= 0:
        raise ValueError(f"{found.coin}: it brings nothing that could be carried on")
    table = rig_months(
        [_streams(part, plan.outlook, ahead) for part in mining.parts],
        told_in=found.coin,
        costs=mining.costs,
        fixed_cost_per_month=mining.fixed_cost_per_month,
        investment=plan.investment,
        months=plan.months,
        sale_fee_ratio=sale_fee,
        may_idle=plan.may_idle,
    )
    years: tuple[TaxYear, ...] = ()
    taxes = (Money(Decimal(0), found.price.currency),) * len(table)
    if plan.tax is not None:
        years = tax_years(table, plan.tax, investment=plan.investment, resale=plan.resale)
        taxes = taxes_of_months(table, years)
    flows = [month.cash_flow - tax for month, tax in zip(table, taxes, strict=True)]
    discount = (1 + plan.discount_ratio_per_year) ** (1 / MONTHS_PER_YEAR) - 1
    rate = internal_rate_of_return(investment=plan.investment, cash_flows=flows, resale=plan.resale)
    return Venture(
        estimate=found,
        plan=plan,
        months=table,
        tax_years=years,
        static_payback_days=static_payback_days(investment=plan.investment, profit_per_day=found.profit_per_day),
        payback_months=payback_periods(
            investment=plan.investment, cash_flows=flows, discount_ratio_per_period=discount
        ),
        net_present_value=net_present_value(
            investment=plan.investment, cash_flows=flows, discount_ratio_per_period=discount, resale=plan.resale
        ),
        rate_of_return_per_year=None if rate is None else per_year(rate),
        alternatives=_alternatives(found, plan, table, taxes),
        notes=ahead.notes,
    )


def if_harder(mining: Mining, plan: VenturePlan, ahead: RewardsAhead) -> Venture:
    """The same with a difficulty that grows. Raises as ``venture`` does."""
    outlook = replace(plan.outlook, difficulty_growth_ratio_per_month=HARDER_RATIO_PER_MONTH)
    return venture(mining, replace(plan, outlook=outlook), ahead)


def _streams(part: Estimate, outlook: Growth, ahead: RewardsAhead) -> tuple[Stream, ...]:
    """The chains that pay a part."""
    chains = part.parts or (part,)
    courses = courses_of(part, ahead.steps) if part.revenue_per_day.amount > 0 else (RewardCourse(),) * len(chains)
    return tuple(
        Stream(
            coin=chain.coin,
            coins_per_month=_coins_per_day(chain) * DAYS_PER_MONTH,
            price=chain.price,
            outlook=replace(outlook, rewards=(replace(course, part=1.0),)),
        )
        for chain, course in zip(chains, courses, strict=True)
    )


def _coins_per_day(chain: Estimate) -> float:
    """What is left to be sold; none where payouts take more than is earned, or nobody pays for the coin."""
    sold = float(chain.price) * (1 - chain.operation.exchange_fee_ratio)
    return max(float(chain.revenue_per_day) / sold, 0.0) if sold else 0.0


def _alternatives(
    found: Estimate, plan: VenturePlan, table: tuple[Month, ...], taxes: tuple[Money, ...]
) -> Alternatives:
    prices = [found.price.scaled(plan.outlook.price_factor(month)) for month in range(len(table) + 1)]
    nothing = Money(Decimal(0), found.price.currency)
    # A tariff that pays for energy in a month pays for no coins: that part stays out of the payments.
    paid = [
        replace(month, energy_cost=max(month.energy_cost, nothing) + tax)
        for month, tax in zip(table, taxes, strict=True)
    ]
    return compare(
        payments=payments_of(paid, investment=plan.investment),
        prices=prices,
        coins_mined=sum(month.coins for month in table),
        resale=plan.resale,
        staking=plan.staking.staking(found.coin, months=len(table), currency=found.price.currency),
        purchase_fee_ratio=plan.purchase_fee_ratio,
    )
