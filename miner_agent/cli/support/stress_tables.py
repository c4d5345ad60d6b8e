"""A stress test as people read it. Each table says in its first line of how many days its money is."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from calculators.earnings.stress import Stressed
from calculators.horizon.outlook import Outlook
from calculators.money import Money
from calculators.told_figures import counted, digits
from miner_agent.cli.support.first_lines import best_of_parts, show_assumed, show_first_lines
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.plain_lines import ABSENT, percent, plain_console, print_line
from miner_agent.profit.labels import label, refusals
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.shocks import Grid
from miner_agent.profit.stress_document import spread_name

if TYPE_CHECKING:
    from miner_agent.profit.spread import PartSpread, Spread  # they load numpy

MARK = "*"


def show_stress(ranking: Ranking, grid: Grid, spread: "Spread | None", console: Console | None = None) -> None:
    """Print how old the market is, the presets, the spread over the days ahead and the choice."""
    out = console or plain_console()
    show_first_lines(out, ranking, trusted=best_of_parts(ranking))
    show_assumed(out, (*grid.notes, *(spread.notes if spread else ())))
    print_line(out, f"\nProfit in {ranking.currency} PER DAY, today and if ...", style="bold")
    print_table(out, _grid_table(ranking, grid))
    for why, coins in _left_out(grid).items():
        print_line(out, f"{MARK} {why}: {', '.join(coins)}")
    if spread is not None:
        _show_spread(out, ranking, spread)
    for refusal in refusals(ranking):
        print_line(out, f"Not ranked: {refusal}", style="yellow")


def show_presets(grid: Grid, console: Console | None = None) -> None:
    """Print what each preset changes, and why it is there."""
    out = console or plain_console()
    print_line(out, "\nThe presets, each done with the whole sum again:", style="bold")
    for cell in grid.rows[0].cells:
        print_line(out, f"  {cell.scenario.name:<17} {cell.scenario.why}")


def _left_out(grid: Grid) -> dict[str, dict[str, None]]:
    """What presets leave out, and of which coins."""
    found: dict[str, dict[str, None]] = {}
    for why in (why for row in grid.rows for cell in row.cells for why in cell.left_out):
        coin, _, reason = why.partition(": ")
        found.setdefault(reason, {})[coin] = None
    return found


def _grid_table(ranking: Ranking, grid: Grid) -> Table:
    table = Table("coin", "today", *(_head(cell) for cell in grid.rows[0].cells), box=None, pad_edge=False)
    for row in grid.rows:
        table.add_row(
            Text(label(row.estimate, ranking).replace("+", " +")),
            Text(digits(row.estimate.profit_per_day.amount)),
            *(Text(f"{digits(cell.profit_per_day.amount)}{MARK if cell.left_out else ''}") for cell in row.cells),
        )
    return table


def _head(cell: Stressed) -> str:
    """A preset's name, its number and its unit on one line."""
    return cell.scenario.name.replace(" %", "\N{NO-BREAK SPACE}%")


def _show_spread(out: Console, ranking: Ranking, spread: "Spread") -> None:
    days, paths = spread.draw.days, spread.draw.paths
    period = "1 day" if days == 1 else f"ALL {days} DAYS together"
    print_line(out, f"\nProfit in {ranking.currency} over {period}, on {paths:,} paths", style="bold")
    print_line(out, f"From {spread.model}.")
    if spread.site.idle_cost_per_day is not None:
        print_line(out, "It stands idle on days that would bring less.")
    print_table(out, _spread_table(ranking, spread))
    print_line(
        out,
        "p5, p95: one path in twenty ends below, above; CVaR 5 %: mean of the worst twentieth; regret: the most that "
        "another coin brings more on a path; best on: so many paths on which nothing brings more; "
        "stops: by today's figures",
    )
    for why in spread.left_out:
        print_line(out, f"Left out: {why}")
    for part in spread.parts:
        print_line(out, verdict(part, spread), style="bold")


def verdict(part: "PartSpread", spread: "Spread") -> str:
    """The choice of one part, for people."""
    decision, days = part.decision, spread.draw.days
    of_days = f"over {counted(days, 'day')}"
    by = f"Choice by {decision.rule.by}" + (f" for {part.name}" if len(spread.parts) > 1 else "")
    found = part.named(decision.after)
    if found is None:
        best = max(part.outlooks, key=lambda each: each.expected.amount)
        return (
            f"{by}: stand idle, which brings {_money(part.idle)} {of_days}; "
            f"the best coin, {best.coin}, is expected to bring {_money(best.expected)}"
        )
    chosen = f"{by}: {found.coin}; expected {_money(found.expected)} {of_days}"
    if decision.before is not None:
        return f"{chosen}. {decision.sentence}{_trust(found)}"
    if len(part.outlooks) == 1:
        return f"{chosen}; no other coin was compared{_trust(found)}"
    lead = "a clear winner" if found.why_unclear is None else f"no clear winner: {found.why_unclear}"
    return f"{chosen}; {lead}{_trust(found)}"


def _trust(found: Outlook) -> str:
    """How far the figures of the choice can be believed."""
    return "" if found.confidence is None else f". Confidence of {found.coin}: {found.confidence.told}"


def _spread_table(ranking: Ranking, spread: "Spread") -> Table:
    days = spread.draw.days
    table = Table(
        *("coin", f"expected, {days} d", "that a day", "p5", "p50", "p95", "CVaR 5 %", "loss on", "regret", "best on"),
        *("stops at /kWh", "or at price"),
        box=None,
        pad_edge=False,
    )
    for found in spread.outlooks:
        cells: Iterable[str] = (
            spread_name(ranking, found).replace("+", " +"),
            _digits(found.expected),
            _digits(found.expected.scaled(1 / days)),
            _digits(found.p5),
            _digits(found.p50),
            _digits(found.p95),
            _digits(found.cvar_5),
            percent(found.probability_of_loss),
            _digits(found.maximum_regret),
            percent(found.probability_best),
            _digits(found.break_even_price_per_kilowatt_hour),
            _digits(found.break_even_coin_price),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _digits(amount: Money | None) -> str:
    return ABSENT if amount is None else digits(amount.amount)


def _money(amount: Money) -> str:
    return f"{digits(amount.amount)} {amount.currency}"
