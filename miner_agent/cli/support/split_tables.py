"""A split as people read it."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from calculators.horizon.tail import Tail
from calculators.money import Money
from calculators.told_figures import digits
from miner_agent.cli.support.first_lines import show_assumed, show_first_lines
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.plain_lines import percent, plain_console, print_line
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.splitting import Splitting

AIMS = {"variance": "that strays least", "cvar": "whose worst twentieth of the paths brings most"}


def show_split(found: Splitting, ranking: Ranking, console: Console | None = None) -> None:
    """Print how old the market is, what was assumed, the shares, and what they bring beside the best coin alone."""
    out = console or plain_console()
    currency, days = ranking.currency, found.horizon_days
    show_first_lines(out, ranking, trusted=[one.estimate for part in found.of_parts for one in part.parts])
    show_assumed(out, found.notes)
    if found.left_out:
        print_line(out, f"Left out: the history has no day of {', '.join(found.left_out)}", style="yellow")
    print_line(
        out,
        f"\nThe split {AIMS[found.aim]} over {days} days and is expected to bring {digits(found.floor_per_day.amount)} "
        f"{currency} a day",
        style="bold",
    )
    print_line(out, f"From {found.source}; {found.paths:,} paths.")
    of_which = ("part",) if len(found.of_parts) > 1 else ()
    table = Table(*of_which, "coin", "share", f"expected, {currency} a day", box=None, pad_edge=False)
    for part in found.of_parts:
        for one in part.parts:
            cells = ("+".join(one.estimate.chains), percent(one.share), digits(one.expected_per_day.amount))
            table.add_row(*(Text(cell) for cell in ((part.name,) if of_which else ()) + cells))
    print_table(out, table, keys=1 + len(of_which))
    table = Table("", "expected", "p5", "p95", "CVaR 5 %", "loss on", box=None, pad_edge=False)
    for name, tail in (("split", found.split), (f"{found.best_coin} alone", found.best_alone)):
        table.add_row(*(Text(cell) for cell in (name, *_cells(tail, currency))))
    print_table(out, table)


def _cells(tail: Tail, currency: str) -> tuple[str, ...]:
    amounts = (tail.expected, tail.p5, tail.p95, tail.cvar_5)
    return (*(digits(Money.estimated(one, currency).amount) for one in amounts), percent(tail.probability_of_loss))
