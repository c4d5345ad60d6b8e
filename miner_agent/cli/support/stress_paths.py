"""Draws the paths of a stress test as its options say. Loads numpy."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from calculators.horizon.paths import FEWEST_PATHS, MOST_DRAWS, MOST_PATHS
from calculators.money import Money
from miner_agent.cli.support.history_input import read_history, refusal
from miner_agent.cli.support.progress_bar import Progress
from miner_agent.errors import SourceError
from miner_agent.profit.energy_cost import cost_of_day
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.rewards_ahead import rewards_ahead
from miner_agent.profit.spread import Draw, Spread, Standing, spread
from miner_agent.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options of the paths."""

    days: int
    paths: int
    seed: int
    history_file: Path | None
    trend: bool
    mining: str | None
    idle_watts: float | None


def paths_of(
    asked: Question, ranking: Ranking, wanted: Wanted, *, config_path: Path | None, heights: Mapping[str, int]
) -> Spread:
    """The spread of each ranked coin.

    Raises:
        SourceError: the history cannot be used.
        click.UsageError: options that do not go together.
    """
    _check(wanted)
    mining = None if wanted.mining is None else wanted.mining.strip().upper()
    if mining is not None and all(mining != found.coin for found in ranking.ranked):
        ranked = ", ".join(found.coin for found in ranking.ranked)
        raise click.BadParameter(f"{mining[:24]!r} is not among what is ranked: {ranked}", param_hint="--mining")
    file = wanted.history_file
    history = None if file is None else read_history(file, asked, config_path).history
    draw = Draw(
        days=wanted.days,
        paths=wanted.paths,
        seed=wanted.seed,
        history=history,
        history_name="" if file is None else clean_text(file.name),
        drift="history" if wanted.trend else "none",
    )
    site = Standing(
        mining=mining,
        switch_cost=ranking.conditions.switch_cost,
        idle_cost_per_day=idle_cost_per_day(ranking, wanted.idle_watts),
    )
    chains = [chain for found in ranking.ranked for chain in found.chains]
    ahead = rewards_ahead(
        chains, coins=asked.coins, quotes=ranking.market.quotes, now=ranking.now, days=wanted.days, said=heights
    )
    try:
        with Progress("paths") as progress:
            return spread(ranking, draw=draw, site=site, rule=ranking.conditions.rule, ahead=ahead, progress=progress)
    except ValueError as error:
        if file is not None:
            raise refusal(file, str(error)) from None
        raise SourceError(str(error)) from None


def idle_cost_per_day(ranking: Ranking, idle_watts: float | None) -> Money | None:
    """What the rig costs in a day while it stands idle; ``None`` where it may not."""
    if idle_watts is None:
        return None
    return cost_of_day(ranking.conditions.prices, power_watts=idle_watts, now=ranking.now).money


def _check(wanted: Wanted) -> None:
    if not FEWEST_PATHS <= wanted.paths <= MOST_PATHS:
        raise click.BadParameter(
            f"{wanted.paths} is not in the range {FEWEST_PATHS} to {MOST_PATHS}: a twentieth of the paths is the tail",
            param_hint="--paths",
        )
    if wanted.days * wanted.paths > MOST_DRAWS:
        most = MOST_DRAWS // wanted.days
        raise click.UsageError(
            f"{wanted.paths} paths of {wanted.days} days are too many to hold; "
            + (f"give --paths {most} or fewer" if most >= FEWEST_PATHS else "give fewer --horizon-days")
        )
    if wanted.trend and wanted.history_file is None:
        raise click.UsageError("--trend is of a history; name it with --history")
