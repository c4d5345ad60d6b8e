"""A prospect as people read it."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from calculators.told_figures import counted, digits, percent_told
from miner_agent.cli.support.first_lines import show_first_lines
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.plain_lines import percent, plain_console, print_line
from miner_agent.profit.prospect import Measured, Prospect
from miner_agent.profit.ranking import Ranking

MEASURES = {"coins": "coins for a hash", "revenue": "what these are worth"}


def show_prospect(found: Prospect, ranking: Ranking, console: Console | None = None) -> None:
    """Print how old the market is, how far to trust it, the interval, how such intervals held, and odds."""
    out = console or plain_console()
    estimate, currency, days = found.estimate, ranking.currency, found.horizon_days
    show_first_lines(
        out,
        ranking,
        trusted=[estimate],
        subject=f"{'+'.join(estimate.chains)} on {estimate.devices or ranking.rig.name}",
        notes=["energy and fixed cost stay as they are today"],
    )
    for note in found.notes:
        print_line(out, f"Note: {note}")
    stated = percent_told(found.revenue.interval.coverage)
    within = f"which should lie between low and high in {stated} of cases"
    print_line(out, f"\nMean of the next {counted(days, 'day')}, {within}", style="bold")
    print_line(out, f"From {found.source}.")
    print_table(out, _table(found, currency))
    for each in found.measures:
        print_line(out, _measured(each))
        if each is found.revenue and each.steps_ratio != 1:
            print_line(out, f"Known steps of the reward within these days make {percent(each.steps_ratio)} of it.")
    odds = found.odds
    print_line(
        out,
        f"Odds over {counted(days, 'day')}: a loss {percent_told(odds.loss, count=2)}, less than half of today's "
        f"revenue {percent_told(odds.less_than_half, count=2)}, more than double "
        f"{percent_told(odds.more_than_double, count=2)}",
        style="bold",
    )


def _table(found: Prospect, currency: str) -> Table:
    table = Table("", "today", "low", "median", "high", box=None, pad_edge=False)
    for each in found.measures:
        one = each.interval
        ratios = (1.0, one.low_ratio, one.median_ratio, one.high_ratio)
        table.add_row(Text(f"{MEASURES[each.measure]}, by today's"), *(Text(percent(ratio)) for ratio in ratios))
    one = found.revenue.interval
    ratios = (1.0, one.low_ratio, one.median_ratio, one.high_ratio)
    for name, amount_of in (("revenue", found.revenue_per_day), ("profit", found.profit_per_day)):
        cells = (digits(amount_of(ratio).amount) for ratio in ratios)
        table.add_row(Text(f"{name}, {currency} a day"), *(Text(cell) for cell in cells))
    return table


def _measured(one: Measured) -> str:
    name, held = MEASURES[one.measure], one.held
    if held is None:
        return f"{name}: how often such intervals hold was not measured"
    return (
        f"{name}: of {len(held.issued):,} such intervals on days held out {percent(held.held_ratio)} held, "
        f"{percent(held.below_ratio)} came below, {percent(held.above_ratio)} above; as today was off by "
        f"{percent(held.static_error_median)}, one in twenty by {percent(held.static_error_p95)}"
    )
