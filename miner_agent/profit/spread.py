"""How far a rig's profit may stray over the days ahead, coin by coin on the same joint paths, and the choice from it.

This module loads numpy, through ``calculators.horizon.paths``: import it where scenarios run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calculators.chain.schedule import RewardCourse
from calculators.earnings.estimate import Estimate
from calculators.earnings.reward_parts import fees_part_of_pay
from calculators.horizon.choice import Decision, Rule, choose
from calculators.horizon.history import History
from calculators.horizon.outlook import Outlook
from calculators.horizon.paths import BLOCK_DAYS, BootstrapPaths, Drift, ParametricPaths, Paths
from calculators.horizon.scenario import Machine, outlooks
from calculators.money import Money
from miner_agent.profit.in_common import left_idle_per_day, peak_charge_in
from miner_agent.profit.labels import WHOLE_RIG
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
    idle_cost_per_day: Money | None = None  # what standing idle draws, as said; None: it runs on all days


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSpread:
    """The outlooks of one part of the rig, and the choice from them."""

    name: str
    outlooks: tuple[Outlook, ...]
    decision: Decision
    idle: Money  # what standing idle brings over these days

    def named(self, coin: str | None) -> Outlook | None:
        """The outlook of a coin."""
        return next((each for each in self.outlooks if each.coin == coin), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The outlooks over ``draw.days`` together, and the choices from them. No money in it is per day."""

    draw: Draw
    site: Standing
    model: str  # where the paths are from, for people
    parts: tuple[PartSpread, ...]  # each chooses by itself
    whole: Outlook | None  # of a rig of several parts, each at today's best
    left_out: tuple[str, ...]
    notes: tuple[str, ...]  # what the chains' rules say of these days

    @property
    def idle(self) -> Money:
        """What it brings over these days that all parts stand idle."""
        return sum((part.idle for part in self.parts[1:]), self.parts[0].idle)

    @property
    def outlooks(self) -> tuple[Outlook, ...]:
        """All of them, the whole rig's first."""
        return (*((self.whole,) if self.whole else ()), *(each for part in self.parts for each in part.outlooks))


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
    machines, left_out = _machines(ranking, draw.history, site)
    if not machines:
        raise ValueError("; ".join(left_out) or "no coin is ranked")
    estimates = [found for machine in machines for found in machine.estimates]
    found = outlooks(
        machines=machines,
        paths=_paths(draw, estimates),
        rewards={
            part.coin: RewardCourse(steps=ahead.steps.get(part.coin, ()), fees_part=fees_part_of_pay(part))
            for found in estimates
            for part in found.parts or (found,)
        },
        progress=progress,
    )
    return Spread(
        draw=draw,
        site=site,
        model=_told(draw, estimates),
        parts=tuple(
            _chosen(machine, [each for each in found if each.machine == machine.name], ranking, draw, rule)
            for machine in machines
            if machine.name != WHOLE_RIG
        ),
        whole=next((each for each in found if each.machine == WHOLE_RIG), None),
        left_out=left_out,
        notes=ahead.notes,
    )


def _machines(ranking: Ranking, history: History | None, site: Standing) -> tuple[tuple[Machine, ...], tuple[str, ...]]:
    """Each part that has a coin on the paths, and a rig of several as a whole; with sentences on what is left out."""
    found: list[Machine] = []
    sentences: list[str] = []
    for of in ranking.parts:
        estimates, left_out = _drawable(of.ranked, history)
        sentences += left_out
        if estimates:
            mined = site.mining in {each.coin for each in estimates}
            share = ranking.rig.share(of.part)
            idle = site.idle_cost_per_day
            found.append(
                Machine(
                    name=of.part.name,
                    estimates=estimates,
                    mining=site.mining if mined else None,
                    switch_cost=site.switch_cost,
                    idle_cost_per_day=idle if idle is None or share == 1 else idle.scaled(share),
                )
            )
    if len(ranking.parts) > 1 and ranking.whole is not None:
        whole, _ = _drawable([ranking.whole], history)
        if whole:
            found.append(Machine(name=WHOLE_RIG, estimates=whole, idle_cost_per_day=site.idle_cost_per_day))
    return tuple(found), tuple(dict.fromkeys(sentences))


def _chosen(machine: Machine, outlooks_: Sequence[Outlook], ranking: Ranking, draw: Draw, rule: Rule) -> PartSpread:
    """What one part chooses: it can always stand idle, and what is fixed is paid all the same."""
    idle = _left_idle_per_day(machine, ranking) * draw.days
    decision = choose(
        outlooks=outlooks_,
        mining=machine.mining,
        mined_since=None,
        now=ranking.now,
        outlooks_at=ranking.now,
        rule=rule,
        idle=idle,
    )
    return PartSpread(name=machine.name, outlooks=tuple(outlooks_), decision=decision, idle=idle)


def _left_idle_per_day(machine: Machine, ranking: Ranking) -> Money:
    """By what the host draws, where nobody says what is drawn."""
    first, said = machine.estimates[0], machine.idle_cost_per_day
    if said is not None:
        return peak_charge_in(first) - first.fixed_cost_per_day - said
    before = next(of.beside.watts for of in ranking.parts if of.part.name == machine.name)
    return left_idle_per_day(first, ranking.conditions.prices, watts_before=before, now=ranking.now)


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
