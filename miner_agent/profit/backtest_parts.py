"""A backtest of a rig whose parts mine at the same time: each chooses by itself, and the answer is their sum."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from calculators.electricity.tariff_tiers import TieredTariff
from calculators.horizon.backtest import HINDSIGHT, Backtest, Run
from calculators.horizon.history import History
from calculators.money import Money
from miner_agent.profit.backtests import Trial, Tried, candidates_of, parts_told_of, tried
from miner_agent.profit.in_common import fixed_cost_of, supply_of
from miner_agent.profit.ranking_question import Question

Progress = Callable[[int, int], None]
IDLE = "idle"


def tried_by_part(asked: Question, history: History, trial: Trial, *, progress: Progress | None = None) -> Tried:
    """Run the rules over the history for each part of the rig that mines what it tells of, over the same days.

    Raises:
        ValueError: nothing in the history can be mined, or its days are too few.
    """
    able = parts_told_of(asked, history)
    if len(able) < 2:
        return tried(asked, history, trial, progress=progress)
    shared = _days_of_all(asked, history, trial)
    found = []
    for number, (question, of_part) in enumerate(_each(asked, history, trial)):
        tell = None if progress is None else _nth(progress, number, len(able))
        found.append(tried(question, shared, of_part, progress=tell))
    silent = [part.name for part in asked.rig.parts if part not in able]
    notes = [
        f"{name} mines nothing that the history tells of; its host and what is fixed are the others'" for name in silent
    ]
    return _summed(asked, trial, found, notes)


def _each(asked: Question, history: History, trial: Trial) -> Iterator[tuple[Question, Trial]]:
    """The question of each part: its share of what is paid in common, and blocks that the ones before it filled."""
    able = parts_told_of(asked, history)
    among, conditions, before = replace(asked.rig, parts=tuple(able)), asked.conditions, 0.0
    for part in able:
        question = replace(
            asked,
            rig=replace(among, name=part.name, parts=(part,)),
            conditions=replace(
                conditions,
                supply=supply_of(conditions.supply, among, part),
                fixed_cost_per_day=fixed_cost_of(conditions.fixed_cost_per_day, among, part),
                prices=replace(conditions.prices, watts_before=before),
            ),
        )
        energy = None if trial.energy is None else replace(trial.energy, watts_before=before)
        idle = None if trial.idle_watts is None else trial.idle_watts * among.share(part)
        yield question, replace(trial, energy=energy, idle_watts=idle)
        if isinstance(conditions.prices.tariff, TieredTariff) or conditions.prices.own is not None:
            mined = candidates_of(question, history, trial.difficulty_source, [], [])
            before += max((each.operation.power_watts for each in mined), default=0.0)


def _days_of_all(asked: Question, history: History, trial: Trial) -> History:
    """The days that tell of all coins that a part can mine: parts are added up over the same ones."""
    mined = [
        chain.coin
        for question, _ in _each(asked, history, trial)
        for each in candidates_of(question, history, trial.difficulty_source, [], [])
        for chain in each.chains
    ]
    if not mined:
        return history
    rows = [row for day in history.common(dict.fromkeys(mined)) for row in day]
    if not rows:
        raise ValueError("there is no day that tells of every coin that the parts of the rig mine")
    return History(rows, currency=history.currency)


def _nth(progress: Progress, number: int, count: int) -> Progress:
    return lambda done, of: progress(number * of + done, count * of)


def _summed(asked: Question, trial: Trial, found: Sequence[Tried], notes: Sequence[str]) -> Tried:
    days, history = found[0].backtest.days, found[0].history
    names = [run.name for run in found[0].backtest.runs if all(_has(each.backtest, run.name) for each in found)]
    zero = Money(Decimal(0), history.currency)
    profits = {name: sum((each.backtest.run(name).profit for each in found), zero) for name in names}
    runs = [_run(name, found, profits) for name in names]
    runs.sort(key=lambda run: -run.profit.amount)
    held = {(each.coin, each.measure): each for part in found for each in part.held}
    return Tried(
        name=asked.rig.name,
        history=history,
        trial=trial,
        candidates=tuple(candidate for part in found for candidate in part.candidates),
        backtest=Backtest(days=days, runs=tuple(runs)),
        held=tuple(held.values()),
        problems=tuple(dict.fromkeys(problem for part in found for problem in part.problems)),
        notes=(*notes, *dict.fromkeys(note for part in found for note in part.notes)),
        parts=tuple(found),
    )


def _has(backtest: Backtest, name: str) -> bool:
    return any(run.name == name for run in backtest.runs)


def _run(name: str, found: Sequence[Tried], profits: dict[str, Money]) -> Run:
    runs = [each.backtest.run(name) for each in found]
    profit = profits[name]
    return Run(
        name=name,
        profit=profit,
        profit_per_day=profit / len(found[0].backtest.days),
        regret=max(profit * 0, profits[HINDSIGHT] - profit),
        switches=sum(run.switches for run in runs),
        idle_days=sum(all(coin is None for coin in day) for day in zip(*(run.mined for run in runs), strict=True)),
        mined=tuple(
            " + ".join(coin or IDLE for coin in day) if any(day) else None
            for day in zip(*(run.mined for run in runs), strict=True)
        ),
    )
