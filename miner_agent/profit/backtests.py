"""From a rig and a history to what rules of choice would have brought on it, and how forecasts held."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from calculators.chain.coin import Coin
from calculators.earnings.operation import Operation
from calculators.horizon.backtest import Backtest, Chain, Minable, Strategy, backtest
from calculators.horizon.choice import Criterion, Rule
from calculators.horizon.forecast import Coverage, coverage
from calculators.horizon.history import History
from calculators.money import Money
from calculators.told_figures import significant
from calculators.units import HOURS_PER_DAY, WATTS_PER_KILOWATT
from miner_agent.profit.asked_for import is_asked_for
from miner_agent.profit.coin_estimate import doubt_of, operation_of
from miner_agent.profit.energy_cost import Prices, mean_price
from miner_agent.profit.in_common import with_demand_charge
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.replayed_rewards import with_rewards_by_rule
from miner_agent.profit.rig_figures import RigPart
from miner_agent.profit.supply import assumption


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried."""

    rules: Sequence[Criterion]
    lookback_days: int
    hold_days: int
    hysteresis_ratio: float
    minimum_dwell: timedelta
    horizon_days: int  # of the forecasts
    coverage: float  # that they state
    difficulty_source: str  # whose unit the history's difficulty is in
    energy: Prices | None = None  # of days that tell no price of it
    switch_cost: Money | None = None
    idle_watts: float | None = None  # None: it runs on all days


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How the forecast intervals of one coin held."""

    coin: str
    measure: str  # "coins": for a hash; "revenue": what these were worth
    coverage: Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """The answer. Money of a run is over all its days together, unless its name says per day."""

    name: str  # of what mines
    history: History
    trial: Trial
    candidates: tuple[Minable, ...]
    backtest: Backtest
    held: tuple[Held, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    parts: tuple["Tried", ...] = ()  # of a rig of several: each by itself, over the same days

    @property
    def price_per_kilowatt_hour(self) -> Money | None:
        """What was taken on days that tell no price of energy; ``None`` where none was, or each power has its own."""
        prices = {each.price_per_kilowatt_hour for each in self.candidates}
        return prices.pop() if len(prices) == 1 else None

    @property
    def first(self) -> date:
        return self.backtest.days[0]

    @property
    def last(self) -> date:
        return self.backtest.days[-1]


def tried(
    asked: Question, history: History, trial: Trial, *, progress: Callable[[int, int], None] | None = None
) -> Tried:
    """Run the rules over the history, on the rig of one part and the tariff that are asked about.

    Hardware, power and fees are as they are asked about on all days; only prices, difficulties, rewards and the
    history's own tariff move.

    Raises:
        ValueError: nothing in the history can be mined, or its days are too few.
    """
    problems: list[str] = []
    notes: list[str] = [*asked.conditions.notes]
    asked = followed(asked, history, notes)
    history = with_rewards_by_rule(history, asked.coins, notes)
    able = candidates_of(asked, history, trial.difficulty_source, problems, notes)
    candidates = _priced([replace(each, charge_per_day=peak_charge(each, asked)) for each in able], trial, asked.now)
    if not candidates:
        raise ValueError("; ".join(problems) or "no coin of it is asked for")
    found = backtest(
        history=history,
        candidates=candidates,
        strategies=[
            Strategy(
                name=f"by {rule}",
                rule=Rule(by=rule, hysteresis_ratio=trial.hysteresis_ratio, minimum_dwell=trial.minimum_dwell),
                lookback_days=trial.lookback_days,
                hold_days=trial.hold_days,
            )
            for rule in trial.rules
        ],
        fixed_cost_per_day=asked.conditions.fixed_cost_per_day,
        idle_cost_per_day=_idle_cost(trial, history, asked.now),
        switch_cost=trial.switch_cost,
        progress=progress,
    )
    notes += _of_energy(history, found.days, trial, candidates)
    chains = dict.fromkeys(chain.coin for candidate in candidates for chain in candidate.chains)
    return Tried(
        name=asked.rig.name,
        history=history,
        trial=trial,
        candidates=candidates,
        backtest=found,
        held=tuple(_held(history, list(chains), trial, problems)),
        problems=tuple(problems),
        notes=tuple(notes),
    )


def _priced(candidates: Sequence[Minable], trial: Trial, now: datetime) -> tuple[Minable, ...]:
    """Each with what a kilowatt-hour of its power costs: by blocks of consumption it depends on that."""
    energy = trial.energy
    if energy is None:
        return tuple(candidates)
    return tuple(
        replace(
            each,
            price_per_kilowatt_hour=mean_price(energy, power_watts=each.operation.power_watts, now=now),
        )
        for each in candidates
    )


def _of_energy(history: History, days: Sequence[date], trial: Trial, candidates: Sequence[Minable]) -> Iterator[str]:
    """What energy is taken to have cost, and on which days."""
    told = sorted(history.tariffs[day] for day in days if day in history.tariffs)
    untold = len(days) - len(told)
    if untold and trial.energy is not None:
        of = "each day" if not told else f"{untold} of {len(days)} days"
        yield f"the history tells no price of energy on {of}: {_taken(candidates)}/kWh is taken"
    if told:
        low, high = told[0], told[-1]
        span = f"{low.amount:f}" if low == high else f"{low.amount:f} to {high.amount:f}"
        of = "each day" if not untold else f"{len(told)} of {len(days)} days"
        unused = "" if trial.energy is None else f", and {trial.energy.source} counts on none of them"
        yield f"the history tells what energy cost on {of}: {span} {low.currency}/kWh{unused}"


def _taken(candidates: Sequence[Minable]) -> str:
    """The prices of energy that were taken, for people."""
    prices = sorted(each.price_per_kilowatt_hour for each in candidates if each.price_per_kilowatt_hour is not None)
    low, high = prices[0], prices[-1]
    return f"{low.amount:f} {low.currency}" if low == high else f"{low.amount:f} to {high.amount:f} {low.currency}"


def followed(asked: Question, history: History, notes: list[str]) -> Question:
    """The question about the part of the rig that mines what the history tells of: days that were follow one.

    Raises:
        ValueError: several parts do.
    """
    rig, able = asked.rig, parts_told_of(asked, history)
    if len(rig.parts) == 1 or not able:
        return asked
    if len(able) > 1:
        raise ValueError(f"{rig.name} mines several things at once; name one part alone, such as {able[0].name}")
    notes.append(f"{able[0].name} alone mines what the history tells of; all of the host and of what is fixed is its")
    return replace(asked, rig=replace(rig, name=able[0].name, parts=(able[0],)))


def parts_told_of(asked: Question, history: History) -> list[RigPart]:
    """The parts of a rig that mine what the history tells of."""
    told = {asked.coins[ticker].algorithm for ticker in history.coins if ticker in asked.coins}
    return [part for part in asked.rig.parts if told & {work.mined_as for work in part.works}]


def candidates_of(
    asked: Question, history: History, source: str, problems: list[str], notes: list[str]
) -> tuple[Minable, ...]:
    """What of the history the rig can mine: a chain that is mined with another one stands with it.

    Args:
        asked: the rig and how it is run.
        history: of coins.
        source: whose unit its difficulty is in.
        problems: is added a sentence for each coin that cannot be gone through.
        notes: is added what was taken for granted.
    """
    problems += [f"{ticker}: the history has no day of it" for ticker in asked.only if ticker not in history.coins]
    found: dict[str, Minable] = {}
    for ticker in sorted(history.coins, key=lambda each: _parent(each, asked.coins) is not None):
        parent = _parent(ticker, asked.coins) if asked.merge else None
        if not is_asked_for(ticker, only=asked.only, coins=asked.coins, merge=asked.merge):
            continue
        try:
            chain = _chain(ticker, asked, history, source, notes)
            if parent in found:
                found[parent] = replace(found[parent], chains=(*found[parent].chains, chain))
            else:
                operation = _operation(asked, asked.coins[ticker].algorithm, notes)
                found[ticker] = Minable(operation=operation, chains=(chain,))
        except ValueError as error:
            problems.append(f"{ticker}: {error}")
    return tuple(found.values())


def peak_charge(candidate: Minable, asked: Question) -> Money | None:
    """What a day of mining costs for the month's peak; ``None`` where nothing is charged for it."""
    work = asked.rig.only_work(asked.coins[candidate.name].algorithm)
    if work is None:
        return None
    wall = operation_of(work, asked.conditions)[1]
    return with_demand_charge(None, asked.conditions.demand_charge_per_kilowatt_per_day, wall)[0]


def _operation(asked: Question, algorithm: str, notes: list[str]) -> Operation:
    work = asked.rig.only_work(algorithm)
    if work is None:
        raise ValueError(f"{asked.rig.name} has no figure for {algorithm}")
    taken = [assumption(asked.conditions.supply, work.power)] if work.power is not None else []
    taken += [None if (doubt := doubt_of(work)) is None else doubt.reason]
    notes += [note for note in taken if note is not None and note not in notes]
    return operation_of(work, asked.conditions)[0]


def _parent(ticker: str, coins: Mapping[str, Coin]) -> str | None:
    coin = coins.get(ticker)
    return None if coin is None else coin.merged_with


def _chain(ticker: str, asked: Question, history: History, source: str, notes: list[str]) -> Chain:
    coin, first = asked.coins.get(ticker), history.of(ticker)[0]
    if coin is None:
        raise ValueError("it is in no table of coins, so its algorithm is not known; --catalog can add it")
    if first.coins_per_hash_per_second_per_day is not None:
        return Chain(coin=ticker)
    factor = coin.hashes_per_difficulty.get(source)
    if factor is None:
        known = ", ".join(coin.hashes_per_difficulty) or "none"
        raise ValueError(f"what a difficulty of {source} is worth in hashes is not known; known: {known}")
    reward = None
    if first.block_reward_coins is None:
        told = (
            (quote, quote.block_reward_coins)
            for quote in asked.market.quotes
            if quote.coin == ticker and quote.block_reward_coins
        )
        quote, reward = next(told, (None, None))
        if quote is None or reward is None:
            raise ValueError("the history tells no reward of a block; add the column reward")
        notes.append(
            f"{ticker}: the history tells no reward of a block, so each day's is taken for {significant(reward)}, as "
            f"of {quote.taken_at:%Y-%m-%d} ({quote.source}); steps of the reward are not in it"
        )
    return Chain(coin=ticker, hashes_per_difficulty=factor, block_reward_coins=reward)


def _idle_cost(trial: Trial, history: History, now: datetime) -> Money | None:
    """What a day of standing idle costs, at the mean of the history's own prices where it tells any."""
    if trial.idle_watts is None:
        return None
    told = list(history.tariffs.values())
    if told:
        price = Money(sum((each.amount for each in told), Decimal(0)) / len(told), history.currency)
    elif trial.energy is not None:
        price = mean_price(trial.energy, power_watts=trial.idle_watts, now=now)
    else:
        price = Money(Decimal(0), history.currency)
    return price.scaled(trial.idle_watts / WATTS_PER_KILOWATT * HOURS_PER_DAY)


def _held(history: History, coins: Sequence[str], trial: Trial, problems: list[str]) -> Iterator[Held]:
    for coin in coins:
        days = history.of(coin)
        measures = {
            "coins": [day.coins_per_work for day in days],
            "revenue": [day.coins_per_work * float(day.price) for day in days],
        }
        try:
            for measure, values in measures.items():
                found = coverage(values=values, horizon_days=trial.horizon_days, stated_coverage=trial.coverage)
                yield Held(coin=coin, measure=measure, coverage=found)
        except ValueError as error:
            problems.append(f"{coin}: no forecast: {error}")
