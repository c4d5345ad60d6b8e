"""A backtest as people read it."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from calculators.horizon.backtest import HINDSIGHT
from calculators.told_figures import counted, digits, percent_told
from miner_agent.cli.support.first_lines import show_assumed, told_conditions
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.plain_lines import percent, plain_console, print_line
from miner_agent.cli.support.prospect_tables import MEASURES
from miner_agent.profit.backtests import Tried
from miner_agent.profit.ranking_question import Question


def show_backtest(asked: Question, found: Tried, console: Console | None = None) -> None:
    """Print what each way of choosing would have brought, and how forecasts held."""
    out = console or plain_console()
    currency, days = found.history.currency, len(found.backtest.days)
    print_line(out, f"Past: {found.first} to {found.last}", style="bold")
    fees = told_conditions(asked.conditions, asked.rig)
    print_line(out, f"Rig: {asked.rig.name}, as it is now on all days; {fees}")
    print_line(out, "Confidence: it is of these days alone: what chose well on them may choose badly on others")
    show_assumed(out, found.notes)
    print_line(out, f"\nProfit in {currency} over ALL {days} DAYS together", style="bold")
    print_table(out, _runs_table(found))
    print_line(
        out,
        f"{HINDSIGHT}: the best sequence that there was, which nobody can know; regret: what it brings more. by ...: "
        f"chosen each day from the {counted(found.trial.lookback_days, 'day')} before it",
    )
    for part in found.parts:
        print_line(out, f"\n{part.name} by itself", style="bold")
        print_table(out, _runs_table(part))
    if found.held:
        stated = percent_told(found.trial.coverage)
        ahead = counted(found.trial.horizon_days, "day")
        print_line(out, f"\nForecasts of the mean of {ahead}, which state that {stated} of them hold", style="bold")
        print_table(out, _held_table(found), keys=2)
    for problem in found.problems:
        print_line(out, f"Left out: {problem}")


def show_switches(found: Tried, console: Console | None = None) -> None:
    """Print why each rule changed what it mined, day by day."""
    out = console or plain_console()
    for part in found.parts:
        print_line(out, f"\n{part.name}", style="bold")
        show_switches(part, out)
    for run in found.backtest.runs:
        changes = [decision for decision in run.decisions if decision.changed]
        if changes:
            days = next((each.days for decision in changes for each in decision.outlooks), 1)
            print_line(out, f"\n{run.name}: its switches, amounts over {counted(days, 'day')}", style="bold")
        for decision in changes:
            course = f"{decision.before or 'idle'} to {decision.after or 'idle'}"
            print_line(out, f"  {decision.decided_at:%Y-%m-%d} {course}: {decision.sentence}")


def _runs_table(found: Tried) -> Table:
    table = Table("run", f"profit, {len(found.backtest.days)} d", "that a day", "regret", "switches", "idle days",
                  box=None, pad_edge=False)  # fmt: skip
    for run in found.backtest.runs:
        cells = (
            run.name,
            digits(run.profit.amount),
            digits(run.profit_per_day.amount),
            digits(run.regret.amount),
            str(run.switches),
            str(run.idle_days),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _held_table(found: Tried) -> Table:
    table = Table("coin", "of", "intervals", "held", "came below", "came above", "as today is off by", "1 in 20 by",
                  box=None, pad_edge=False)  # fmt: skip
    for held in found.held:
        told = held.coverage
        cells = (
            held.coin,
            MEASURES[held.measure],
            str(len(told.issued)),
            percent(told.held_ratio),
            percent(told.below_ratio),
            percent(told.above_ratio),
            percent(told.static_error_median),
            percent(told.static_error_p95),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table
