"""What rules of choice would have brought over a history, each day decided from the days before it alone.

Beside them stand what nobody can do and what anybody can: the best sequence in hindsight, the best of yesterday, and
each coin held.

Source of hindsight: R. Bellman, "Dynamic programming", 1957.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import fmean

from calculators.chain.pools import part_paid
from calculators.earnings.operation import Operation
from calculators.given import above_zero, not_negative
from calculators.horizon.choice import Decision, Rule, choose
from calculators.horizon.history import History, MarketDay
from calculators.horizon.outlook import Outlook
from calculators.horizon.tail import tail_of
from calculators.money import Money
from calculators.units import HOURS_PER_DAY, SECONDS_PER_DAY, WATTS_PER_KILOWATT

HINDSIGHT = "hindsight"
BEST_YESTERDAY = "best yesterday"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One coin of the history. What a row does not tell is taken from here."""

    coin: str
    hashes_per_difficulty: float = 1  # by the source that the history's difficulty is from; not used with yields
    block_reward_coins: float | None = None  # where the history tells none

    def __post_init__(self) -> None:
        above_zero(hashes_per_difficulty=self.hashes_per_difficulty)
        if self.block_reward_coins is not None:
            above_zero(block_reward_coins=self.block_reward_coins)


@dataclass(frozen=True, slots=True, kw_only=True)
class Minable:
    """What the machine could mine: one coin, or chains that are mined together."""

    operation: Operation
    chains: tuple[Chain, ...]
    price_per_kilowatt_hour: Money | None = None  # of its power, on days that tell no tariff; None: that of all
    charge_per_day: Money | None = None  # for the month's peak, by the days on which it is mined

    @property
    def name(self) -> str:
        """As decisions call it: the first chain."""
        return self.chains[0].coin


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A rule of choice, and what it is told: the profits of the last days, as if the next ones were drawn from them."""

    name: str
    rule: Rule
    lookback_days: int = 7
    hold_days: int = 7  # over which a switch has to pay

    def __post_init__(self) -> None:
        if min(self.lookback_days, self.hold_days) < 1:
            raise ValueError(f"{self.name}: lookback_days and hold_days are one day or more")


YESTERDAY = Strategy(
    name=BEST_YESTERDAY,
    rule=Rule(by="mean", hysteresis_ratio=0, minimum_dwell=timedelta(0)),
    lookback_days=1,
    hold_days=1,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one way of choosing brought. The first coin costs nothing; a switch is to mine another one than last."""

    name: str
    profit: Money
    profit_per_day: Money
    regret: Money  # what the best sequence in hindsight brought more
    switches: int
    idle_days: int
    mined: tuple[str | None, ...]  # each day's coin; None: it stood idle
    decisions: tuple[Decision, ...] = ()  # a strategy's, one a day, with the outlooks of the mined and the wanted coin


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """All runs over the same days, the largest profit first."""

    days: tuple[date, ...]
    runs: tuple[Run, ...]

    def run(self, name: str) -> Run:
        """The run of a name.

        Raises:
            ValueError: there is none.
        """
        for each in self.runs:
            if each.name == name:
                return each
        raise ValueError(f"no run is called {name!r}; there are {', '.join(each.name for each in self.runs)}")


def backtest(
    *,
    history: History,
    candidates: Sequence[Minable],
    strategies: Sequence[Strategy],
    price_per_kilowatt_hour: Money | None = None,
    fixed_cost_per_day: Money | None = None,
    idle_cost_per_day: Money | None = None,
    switch_cost: Money | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Backtest:
    """Runs strategies over the days that every candidate has, beside hindsight, the best of yesterday and held coins.

    Prices and difficulties within a day are not in it, nor what a sale would have moved, nor fees of transactions where
    the reward leaves them out. A day's decision sees the days before it alone.

    Args:
        history: days of every chain of the candidates.
        candidates: what the machine could mine.
        strategies: what to test; names are free, but for those of the other runs.
        price_per_kilowatt_hour: of days that tell no tariff. [currency/kWh]
        fixed_cost_per_day: paid on every day. [currency/d]
        idle_cost_per_day: what it draws while it stands idle. [currency/d] ``None``: it may not, and runs at a loss.
        switch_cost: of mining another coin than last. [currency]
        progress: is told how many decisions of how many are made.

    Raises:
        ValueError: the days are too few for the longest lookback, a figure is missing, currencies differ, or names do.

    A coin a day, at 5 and at 8, less 24 kWh at 0.10 on each of both days; the first one is only looked at:

    >>> def told(day: int, price: int) -> MarketDay:
    ...     return MarketDay(day=date(2026, 1, day), coin="ETC", price=Money(Decimal(price), "USD"),
    ...                      coins_per_hash_per_second_per_day=1)
    >>> history = History([told(1, 5), told(2, 5), told(3, 8)], currency="USD")
    >>> etc = Minable(operation=Operation(hashes_per_second=1, power_watts=1000), chains=(Chain(coin="ETC"),))
    >>> found = backtest(history=history, candidates=[etc], strategies=[],
    ...                  price_per_kilowatt_hour=Money(Decimal("0.10"), "USD"))
    >>> print(found.run("hold ETC").profit)
    8.2 USD
    """
    if not candidates:
        raise ValueError("there is no candidate; name a coin or more")
    names = [candidate.name for candidate in candidates]
    held = [f"hold {name}" for name in names]
    plans = (YESTERDAY, *strategies)
    called = [HINDSIGHT, *held, *(plan.name for plan in plans)]
    if len(set(called)) < len(called):
        raise ValueError(f"two runs or two candidates have the same name: {', '.join(called)}")
    zero = Money(Decimal(0), history.currency)
    site = _Site(
        price_per_kilowatt_hour=price_per_kilowatt_hour,
        fixed_cost=zero if fixed_cost_per_day is None else zero + fixed_cost_per_day,
        idle=None if idle_cost_per_day is None else -float(zero + idle_cost_per_day + (fixed_cost_per_day or zero)),
        switch_cost=float(zero if switch_cost is None else zero + switch_cost),
        currency=history.currency,
    )
    not_negative(switch_cost=site.switch_cost)
    table = _table(history, candidates, site)
    start = max(plan.lookback_days for plan in plans)
    if len(table) <= start:
        raise ValueError(f"the candidates share {len(table)} days, and {start} are needed before the first decision")
    days = len(table) - start

    def followed(number: int, plan: Strategy) -> tuple[_Sequence, tuple[Decision, ...]]:
        def tell(decided: int) -> None:
            if progress is not None:
                progress(number * days + decided, len(plans) * days)

        return _followed(plan, names, table, start, site, tell)

    sequences: dict[str, tuple[_Sequence, tuple[Decision, ...]]] = {
        HINDSIGHT: (_hindsight(table[start:], site), ()),
        **{name: ([column] * days, ()) for column, name in enumerate(held)},
        **{plan.name: followed(number, plan) for number, plan in enumerate(plans)},
    }
    profits = {name: _profit(sequence, table[start:], site) for name, (sequence, _) in sequences.items()}
    runs = [
        Run(
            name=name,
            profit=site.money(profits[name]),
            profit_per_day=site.money(profits[name] / len(sequence)),
            regret=site.money(max(0.0, profits[HINDSIGHT] - profits[name])),
            switches=_switches(sequence),
            idle_days=sequence.count(None),
            mined=tuple(None if column is None else names[column] for column in sequence),
            decisions=decisions,
        )
        for name, (sequence, decisions) in sequences.items()
    ]
    runs.sort(key=lambda each: -each.profit.amount)
    return Backtest(days=tuple(day.date for day in table[start:]), runs=tuple(runs))


_Sequence = list[int | None]
"""The candidate of each day by its number; ``None``: idle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    price_per_kilowatt_hour: Money | None
    fixed_cost: Money
    idle: float | None  # what a day of standing idle brings
    switch_cost: float
    currency: str

    def money(self, amount: float) -> Money:
        return Money.estimated(amount, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    date: date
    revenues: list[float]  # of each candidate
    profits: list[float]


def _table(history: History, candidates: Sequence[Minable], site: _Site) -> list[_Day]:
    coins = list(dict.fromkeys(chain.coin for candidate in candidates for chain in candidate.chains))
    table = []
    for shared in history.common(coins):
        rows = {row.coin: row for row in shared}
        day = shared[0].day
        revenues = [
            sum(revenue_of_day(rows[chain.coin], chain, each.operation) for chain in each.chains) for each in candidates
        ]
        profits = [
            revenue - _energy_cost(history, day, each, site) - float(site.fixed_cost) - float(each.charge_per_day or 0)
            for revenue, each in zip(revenues, candidates, strict=True)
        ]
        table.append(_Day(date=day, revenues=revenues, profits=profits))
    return table


def _energy_cost(history: History, day: date, candidate: Minable, site: _Site) -> float:
    """Of a day of its power. [currency/d]"""
    price = _tariff(history, day, candidate.price_per_kilowatt_hour or site.price_per_kilowatt_hour)
    return candidate.operation.power_watts / WATTS_PER_KILOWATT * HOURS_PER_DAY * price


def _tariff(history: History, day: date, otherwise: Money | None) -> float:
    told = history.tariffs.get(day, otherwise)
    if told is None:
        raise ValueError(f"the history tells no tariff on {day}; give a price of energy")
    if told.currency != history.currency:
        raise ValueError(f"energy is paid in {told.currency}, the history is in {history.currency}; convert one")
    return float(told)


def revenue_of_day(row: MarketDay, chain: Chain, operation: Operation) -> float:
    """What a chain brings on a day of the history, after every fee.

    Args:
        row: that day.
        chain: what the history does not tell of it.
        operation: hashrate and fees.

    Returns:
        Money, in the history's currency. [currency/d]

    Raises:
        ValueError: nobody tells what a block pays.

    A block a day of 2 coins at 10, half of it the pool's:

    >>> row = MarketDay(day=date(2026, 1, 1), coin="ETC", price=Money(Decimal(10), "USD"), difficulty=86_400,
    ...                 block_reward_coins=2)
    >>> operation = Operation(hashes_per_second=1, power_watts=0, pool_fee_ratio=0.5)
    >>> revenue_of_day(row, Chain(coin="ETC"), operation)
    10.0
    """
    found = row.coins_per_hash_per_second_per_day
    if found is None:
        reward = row.block_reward_coins or chain.block_reward_coins
        if reward is None:
            raise ValueError(f"{row.coin}: the history tells no reward of a block; give block_reward_coins")
        found = SECONDS_PER_DAY * reward / (row.work * chain.hashes_per_difficulty)
    paid = part_paid(
        pool_scheme=operation.pool_scheme,
        fees_part=0,
        pool_fee_ratio=operation.pool_fee_ratio,
        orphan_ratio=operation.orphan_ratio,
    )
    coins = operation.effective_hashes_per_second() * found * paid - operation.payout_coins_per_day
    return coins * float(row.price) * (1 - operation.exchange_fee_ratio)


def _hindsight(table: Sequence[_Day], site: _Site) -> _Sequence:
    """The sequence that brings most: for each coin the best way to have mined it last, day by day."""
    brought = [0.0] * len(table[0].profits)
    came_from: list[list[int]] = []
    for number, day in enumerate(table):
        leader = max(range(len(brought)), key=brought.__getitem__)
        cost = site.switch_cost if number else math.inf  # the first coin is any
        steps = [leader if brought[leader] - cost > one else column for column, one in enumerate(brought)]
        came_from.append(steps)
        brought = [
            brought[step] - (cost if step != column else 0) + _worth(day.profits[column], site)
            for column, step in enumerate(steps)
        ]
    column = max(range(len(brought)), key=brought.__getitem__)
    sequence: _Sequence = []
    for day, steps in zip(reversed(table), reversed(came_from), strict=True):
        runs = site.idle is None or day.profits[column] > site.idle
        sequence.append(column if runs else None)
        column = steps[column]
    return sequence[::-1]


def _worth(profit: float, site: _Site) -> float:
    return profit if site.idle is None else max(profit, site.idle)


def _followed(
    plan: Strategy,
    names: Sequence[str],
    table: Sequence[_Day],
    start: int,
    site: _Site,
    tell: Callable[[int], None],
) -> tuple[_Sequence, tuple[Decision, ...]]:
    """A strategy day by day."""
    sequence: _Sequence = []
    decisions: list[Decision] = []
    mining: str | None = None
    last: str | None = None
    since: datetime | None = None
    for number in range(start, len(table)):
        now = datetime.combine(table[number].date, time(), UTC)
        known = table[number - plan.lookback_days : number]
        outlooks = _outlooks(plan, names, known, last, site)
        decision = choose(
            outlooks=outlooks,
            mining=mining,
            mined_since=since,
            now=now,
            outlooks_at=now,
            rule=plan.rule,
            idle=None if site.idle is None else site.money(site.idle * plan.hold_days),
        )
        if since is None or decision.changed:
            since = now
        mining = decision.after
        last = mining or last
        weighed = tuple(each for each in outlooks if each.coin in {decision.before, decision.wanted})
        decisions.append(replace(decision, outlooks=weighed))
        sequence.append(None if mining is None else names.index(mining))
        tell(len(sequence))
    return sequence, tuple(decisions)


def _outlooks(
    plan: Strategy, names: Sequence[str], known: Sequence[_Day], last: str | None, site: _Site
) -> list[Outlook]:
    """The last days as if they were paths: each coin's profit on each of them, held for some days."""
    costs = [0.0 if last in {None, name} else site.switch_cost for name in names]
    values = [
        [profit * plan.hold_days - cost for profit, cost in zip(day.profits, costs, strict=True)] for day in known
    ]
    best = [max(row) for row in values]
    found = []
    for column, name in enumerate(names):
        tail = tail_of([row[column] for row in values], best)
        found.append(
            Outlook(
                machine=plan.name,
                coin=name,
                algorithm="",
                days=plan.hold_days,
                paths=len(values),
                expected_revenue=site.money(fmean(day.revenues[column] for day in known) * plan.hold_days),
                expected=site.money(tail.expected),
                p5=site.money(tail.p5),
                p50=site.money(tail.p50),
                p95=site.money(tail.p95),
                cvar_5=site.money(tail.cvar_5),
                maximum_regret=site.money(tail.maximum_regret),
                probability_of_loss=tail.probability_of_loss,
                probability_best=tail.probability_best,
                switch_cost=site.money(costs[column]),
            )
        )
    return found


def _profit(sequence: _Sequence, table: Sequence[_Day], site: _Site) -> float:
    days = zip(sequence, table, strict=True)
    earned = math.fsum((site.idle or 0.0) if column is None else day.profits[column] for column, day in days)
    return earned - site.switch_cost * _switches(sequence)


def _switches(sequence: _Sequence) -> int:
    """How often another coin was mined than last; idle days between do not count."""
    mined = [column for column in sequence if column is not None]
    return sum(one != other for one, other in pairwise(mined))
