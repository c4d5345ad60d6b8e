"""How far a rig's profit may stray over the days ahead, coin by coin on the same joint paths, and the choice from it.

This module loads numpy, through ``calculators.horizon.paths``: import it where scenarios run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from calculators.chain.schedule import RewardCourse
from calculators.earnings.estimate import Estimate
from calculators.earnings.reward_parts import fees_part_of_pay
from calculators.horizon.choice import Decision, Rule, choose
from calculators.horizon.history import History
from calculators.horizon.outlook import Outlook
from calculators.horizon.paths import BLOCK_DAYS, BootstrapPaths, Drift, ParametricPaths, Paths
from calculators.horizon.scenario import Machine, outlooks
from calculators.money import Money
from miner_agent.profit.prospect import told_model
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.rewards_ahead import RewardsAhead


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How paths are drawn."""

    days: int
    paths: int
    seed: int
    history: History | None = None  # None: the model
    history_name: str = ""
    drift: Drift = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds whatever is mined."""

    mining: str | None = None  # the coin that is mined now; None: not told
    switch_cost: Money | None = None
    idle_cost_per_day: Money | None = None  # what standing idle draws; None: it runs on all days


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The outlooks over ``draw.days`` together, and the choice from them. No money in it is per day."""

    draw: Draw
    site: Standing
    model: str  # where the paths are from, for people
    outlooks: tuple[Outlook, ...]
    decision: Decision
    idle: Money  # what standing idle brings over these days
    left_out: tuple[str, ...]
    notes: tuple[str, ...]  # what the chains' rules say of these days

    def named(self, coin: str | None) -> Outlook | None:
        """The outlook of a coin."""
        return next((each for each in self.outlooks if each.coin == coin), None)


def spread(
    ranking: Ranking,
    *,
    draw: Draw,
    site: Standing,
    rule: Rule,
    ahead: RewardsAhead,
    progress: Callable[[int, int], None] | None = None,
) -> Spread:
    """Every ranked coin on joint paths.

    Args:
        ranking: estimates of today.
        draw: how many paths of how many days, from what.
        site: of the rig.
        rule: what the choice goes by.
        ahead: the steps of the chains' rewards over these days.
        progress: is told how many steps of how many are done.

    Raises:
        ValueError: no coin is ranked or is in the history, or paths cannot be drawn so.
    """
    estimates, left_out = _drawable(ranking.ranked, draw.history)
    if not estimates:
        raise ValueError("; ".join(left_out) or "no coin is ranked")
    machine = Machine(
        name=ranking.rig.name,
        estimates=estimates,
        mining=site.mining,
        switch_cost=site.switch_cost,
        idle_cost_per_day=site.idle_cost_per_day,
    )
    found = outlooks(
        machines=[machine],
        paths=_paths(draw, estimates),
        rewards={
            part.coin: RewardCourse(steps=ahead.steps.get(part.coin, ()), fees_part=fees_part_of_pay(part))
            for found in estimates
            for part in found.parts or (found,)
        },
        progress=progress,
    )
    idle = _idle(ranking, draw, site)
    return Spread(
        draw=draw,
        site=site,
        model=_told(draw, estimates),
        outlooks=found,
        decision=choose(
            outlooks=found,
            mining=site.mining,
            mined_since=None,
            now=ranking.now,
            outlooks_at=ranking.now,
            rule=rule,
            idle=idle,
        ),
        idle=idle,
        left_out=left_out,
        notes=ahead.notes,
    )


def _drawable(ranked: Sequence[Estimate], history: History | None) -> tuple[tuple[Estimate, ...], tuple[str, ...]]:
    """Estimates whose every chain is in the history, the better one of a coin with two algorithms; and a sentence for
    each of the others.
    """
    kept: dict[str, Estimate] = {}
    sentences = []
    for found in ranked:
        absent = [] if history is None else [chain for chain in found.chains if chain not in history.coins]
        if absent:
            sentences.append(f"{'+'.join(found.chains)}: the history has no day of {', '.join(absent)}")
        elif found.coin in kept:
            better = kept[found.coin].algorithm
            sentences.append(f"{found.coin} on {found.algorithm}: on {better} it brings more")
        else:
            kept[found.coin] = found
    return tuple(kept.values()), tuple(sentences)


def _paths(draw: Draw, estimates: Sequence[Estimate]) -> Paths:
    if draw.history is None:
        return ParametricPaths(days=draw.days, count=draw.paths, seed=draw.seed)
    return BootstrapPaths(
        history=draw.history,
        coins=_chains(estimates),
        days=draw.days,
        count=draw.paths,
        seed=draw.seed,
        drift=draw.drift,
    )


def _chains(estimates: Sequence[Estimate]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain for found in estimates for chain in found.chains))


def _idle(ranking: Ranking, draw: Draw, site: Standing) -> Money:
    """A rig can always be switched off: then it draws nothing, and what is fixed is paid all the same."""
    none = Money(Decimal(0), ranking.currency)
    a_day = none + (site.idle_cost_per_day or none) + (ranking.conditions.fixed_cost_per_day or none)
    return -(a_day * draw.days)


def _told(draw: Draw, estimates: Sequence[Estimate]) -> str:
    if draw.history is not None:
        days = [rows[0].day for rows in draw.history.common(_chains(estimates))]
        energy = "with" if draw.history.tariffs else "without"
        trend = "its trend goes on" if draw.drift == "history" else "its spread, not its trend"
        return (
            f"days of {draw.history_name} ({days[0]} to {days[-1]}), drawn anew in blocks of {BLOCK_DAYS} days, "
            f"{energy} the price of energy; {trend}"
        )
    return f"{told_model()}; no jumps, no trend, energy as today. --history FILE draws from days that were"
