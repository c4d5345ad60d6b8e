"""What standing still in dear hours would have brought over a past whose prices of coins and of energy are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from calculators.earnings.operation import Operation
from calculators.electricity.curtailment import Margin, margins
from calculators.electricity.peak_charges import plan_with_charge
from calculators.electricity.tariff import energy_cost
from calculators.horizon.backtest import Minable, revenue_of_day
from calculators.horizon.history import History, MarketDay
from calculators.money import Money
from calculators.told_figures import counted
from calculators.units import HOURS_PER_DAY
from miner_agent.profit.backtests import candidates_of, followed, peak_charge
from miner_agent.profit.coin_estimate import operation_of
from miner_agent.profit.drawn_idle import idle_watts_of
from miner_agent.profit.energy_cost import DAY, Prices
from miner_agent.profit.planned_hours import Planned, Stops, most_left_first
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.replayed_rewards import with_rewards_by_rule

ONE_DAY = timedelta(days=1)
MOST_CARRIED_DAYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun(Planned):
    """One coin over the past. Its plan is the best, which nobody knew at the time beyond the published prices."""

    chains: tuple[str, ...]
    operation: Operation
    start: datetime
    end: datetime
    margins: tuple[Margin, ...]
    carried_days: int  # that the history does not tell: they are taken as the day before


@dataclass(frozen=True, slots=True, kw_only=True)
class PastHours:
    """The answer, the coin that would have left most first."""

    history: History
    prices: Prices
    stops: Stops
    runs: tuple[PastRun, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def past_hours(asked: Question, history: History, *, stops: Stops, difficulty_source: str) -> PastHours:
    """Go through the days that the history and the tariff both know, with the rig as it is now.

    Args:
        asked: the rig, how it is run, and the tariff.
        history: of coins.
        stops: what stopping costs.
        difficulty_source: whose unit the history's difficulty is in.

    Raises:
        ValueError: no coin of the history can be gone through.
    """
    problems: list[str] = []
    notes: list[str] = [*asked.conditions.notes]
    asked = followed(asked, history, notes)
    history = with_rewards_by_rule(history, asked.coins, notes)
    prices = asked.conditions.prices
    runs = []
    for candidate in candidates_of(asked, history, difficulty_source, problems, notes):
        try:
            runs.append(_run(candidate, history, asked, stops))
        except ValueError as error:
            problems.append(f"{candidate.name}: {error}")
    if not runs:
        raise ValueError("; ".join(problems) or "no coin of it is asked for")
    runs.sort(key=lambda run: most_left_first(run.planned, run.always, "+".join(run.chains)))
    notes += [
        f"{run.chains[0]}: the history tells nothing of {counted(run.carried_days, 'day')}: "
        "each is taken as the day before"
        for run in runs
        if run.carried_days
    ]
    if prices.holes:
        notes.append(f"{prices.source}: where it tells no price of energy, the mean of the others is taken")
    return PastHours(
        history=history, prices=prices, stops=stops, runs=tuple(runs), problems=tuple(problems), notes=tuple(notes)
    )


def _run(candidate: Minable, history: History, asked: Question, stops: Stops) -> PastRun:
    prices, operation = asked.conditions.prices, candidate.operation
    revenues, carried = _without_holes(_revenues(candidate, history))
    start, end = _shared(revenues, prices)
    idle = min(_idle_watts(candidate, asked) if stops.idle_watts is None else stops.idle_watts, operation.power_watts)
    tariff = prices.of_power(start, end, power_watts=operation.power_watts - idle, above_watts=idle)
    resting = prices.of_power(start, end, power_watts=idle)
    nothing = Money.estimated(0, history.currency)
    slots = margins(
        tariff=tariff,
        revenue_per_hour=lambda at: revenues[at.date()],
        fee_ratio=0,
        power_watts=operation.power_watts - idle,
        start=start,
        end=end,
    )
    fixed = (asked.conditions.fixed_cost_per_day or nothing) * ((end - start) // ONE_DAY)
    return PastRun(
        chains=tuple(chain.coin for chain in candidate.chains),
        operation=operation,
        start=start,
        end=end,
        margins=slots,
        charged=plan_with_charge(
            margins=slots,
            restart_loss=stops.restart_loss or nothing,
            minimum_run=stops.minimum_run,
            charge_per_day=peak_charge(candidate, asked) or nothing,
        ),
        owed=fixed + (energy_cost(tariff=resting, power_watts=idle, start=start, end=end) if idle else nothing),
        carried_days=sum(start.date() <= day < end.date() for day in carried),
    )


def _idle_watts(candidate: Minable, asked: Question) -> float:
    work = asked.rig.only_work(asked.coins[candidate.name].algorithm)
    return 0.0 if work is None else idle_watts_of(operation_of(work, asked.conditions)[1].terms)


def _revenues(candidate: Minable, history: History) -> Mapping[date, Money]:
    """What an hour of each day brought, after every fee."""
    days: dict[date, list[MarketDay]] = {}
    for rows in history.common(chain.coin for chain in candidate.chains):
        days[rows[0].day] = list(rows)
    return {
        day: Money.estimated(
            sum(
                revenue_of_day(row, chain, candidate.operation)
                for row, chain in zip(rows, candidate.chains, strict=True)
            )
            / HOURS_PER_DAY,
            history.currency,
        )
        for day, rows in days.items()
    }


def _without_holes(told: Mapping[date, Money]) -> tuple[Mapping[date, Money], frozenset[date]]:
    """The days with short holes filled from the day before, and which these are.

    Raises:
        ValueError: a hole is long.
    """
    days = sorted(told)
    filled, carried = dict(told), set()
    for before, after in pairwise(days):
        missing = (after - before).days - 1
        if missing > MOST_CARRIED_DAYS:
            raise ValueError(
                f"the history tells nothing of {counted(missing, 'day')} after {before}; fill them, or begin after them"
            )
        for number in range(1, missing + 1):
            filled[before + number * ONE_DAY] = told[before]
            carried.add(before + number * ONE_DAY)
    return filled, frozenset(carried)


def _shared(revenues: Mapping[date, Money], prices: Prices) -> tuple[datetime, datetime]:
    """The whole days that the history tells and the tariff knows.

    Raises:
        ValueError: there is none.
    """
    known = [day for day in revenues if _knows(prices, day)]
    if not known:
        raise ValueError("there is no day that both the history and the tariff know")
    return datetime.combine(min(known), time(), UTC), datetime.combine(max(known), time(), UTC) + DAY


def _knows(prices: Prices, day: date) -> bool:
    start = datetime.combine(day, time(), UTC)
    return (prices.known_from is None or prices.known_from <= start) and (
        prices.known_until is None or start + DAY <= prices.known_until
    )
