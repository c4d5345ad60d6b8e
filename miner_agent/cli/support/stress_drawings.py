"""A stress test as drawings. Each says of how many days its money is."""

from typing import TYPE_CHECKING

from calculators.earnings.stress import StressRow
from exporters.svg import Bar, Swing, bars
from exporters.svg import tornado as swings
from miner_agent.profit.labels import label
from miner_agent.profit.quotes import told_briefly
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.stress_document import spread_name

if TYPE_CHECKING:
    from miner_agent.profit.spread import Spread  # it loads numpy


def spread_bars(ranking: Ranking, spread: "Spread") -> str:
    """Each coin's expected profit over the horizon, with whiskers from p5 to p95."""
    days = spread.draw.days
    rows = [
        Bar(label=spread_name(ranking, found), value=float(found.expected), low=float(found.p5), high=float(found.p95))
        for found in spread.outlooks
    ]
    title = f"Profit expected over {days} days, whiskers p5 to p95; {_age(ranking)}"
    return bars(title=title, unit=f"{ranking.currency} in {days} days together", rows=rows)


def tornado(ranking: Ranking, row: StressRow) -> str:
    """How far each preset moves one coin's profit of a day."""
    base = float(row.estimate.profit_per_day)
    rows = [Swing(label=cell.scenario.name, low=float(cell.profit_per_day), high=base) for cell in row.cells]
    title = f"{label(row.estimate, ranking)}: profit a day if ...; {_age(ranking)}"
    return swings(title=title, unit=f"{ranking.currency} a day", base=base, rows=rows)


def _age(ranking: Ranking) -> str:
    return told_briefly(ranking.market.ages, ranking.now)
