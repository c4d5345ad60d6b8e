"""When a rig should stand still: every part's coins gone through, and what leaving hours out is worth."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from calculators.earnings.estimate import Estimate
from calculators.earnings.own_hashrate import RunningRatios, own_ratio_of
from calculators.electricity.energy import kilowatt_hours
from calculators.electricity.shared_blocks import Load, best_shares
from calculators.electricity.tariff import FlatTariff
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.money import Money
from miner_agent.profit.drawn_idle import idle_watts_in
from miner_agent.profit.energy_cost import DAY
from miner_agent.profit.in_common import peak_charge_in
from miner_agent.profit.planned_hours import (
    Running,
    Stops,
    month_of,
    most_left_first,
    running,
)
from miner_agent.profit.ranking import Ranking, rank
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.rewards_ahead import RewardsAhead
from miner_agent.profit.rig_figures import STANDS_STILL, RigPart, Work

NO_STOP_COSTS = Stops()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHours:
    """What one part of a rig can mine, with hours of its own; what leaves most with them first."""

    devices: str
    runs: tuple[Running, ...]

    @property
    def best(self) -> Running:
        return self.runs[0]

    @property
    def best_always(self) -> Running:
        """What leaves most when nothing ever stands still."""
        return max(self.runs, key=lambda run: run.always.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The answer. Money is over all the hours together."""

    ranking: Ranking
    stops: Stops
    parts: tuple[PartHours, ...]  # each stands still at its own times
    rest: Money  # what is paid for those that can mine nothing
    always: Money  # profit of the rig when nothing ever stands still

    @property
    def planned(self) -> Money:
        """Profit of the rig when each part stands still as planned."""
        return sum((part.best.planned for part in self.parts), self.rest * -1)

    @property
    def worth(self) -> Money:
        """What standing still, or another coin in the hours that are left, brings: zero or more."""
        return self.planned - self.always


def hours_of(
    ranking: Ranking, *, stops: Stops = NO_STOP_COSTS, days: int = 1, rewards: RewardsAhead | None = None
) -> Hours:
    """When to mine each coin of a ranking, and when to stand still; each part of a rig by itself.

    A part is a part of networks by the time that it runs, and one that never runs of none. Of several that would not,
    the one that loses most is left out first: without it the others may run.

    Revenue of an hour is that of the day divided by its hours: prices and difficulty of coins stay as they are, and
    rewards go on by the rules of their chains.
    By blocks of consumption it is the month that is gone through, from its first day on: a rig that stops stays in its
    block, so it runs first and stands still afterwards. What earns most for a kilowatt-hour comes first into the
    blocks, and takes own power first.

    Args:
        ranking: what the coins earn. Those that are refused are not gone through.
        stops: what stopping costs.
        days: from now on, as far as the tariff knows them. [d]
        rewards: the steps of the chains' rewards over these days. ``None``: they stay as they are today.

    Raises:
        ValueError: no coin is ranked, the tariff knows too little, or the loss of a start is in another currency.
    """
    if not ranking.ranked:
        raise ValueError("no coin is ranked, so there is nothing to run or to stop")
    order = [of.part.name for of in ranking.parts]
    ranking = _in_order_of_worth(ranking)
    span = _Span(stops=stops, days=days, rewards=rewards)
    first = planned = span.parts(ranking)
    always = sum((part.best_always.always for part in first), ranking.ranked[0].profit_per_day * 0)
    rest = always * 0
    if len(first) < len(ranking.parts) and ranking.whole is not None:
        rest = always - span.whole(ranking).always
    left, still = ranking, list[PartHours]()
    while (part := _counted_in_vain(left, planned)) is not None:
        still.append(part)
        left = rank(_of_these(left.asked, {each.devices for each in planned} - {part.devices}))
        planned = span.parts(left)
    found = [*_by_time(left, planned, span), *still]
    notes = [f"{part.devices} never runs: it is not counted in what the others mine on" for part in still]
    return Hours(
        ranking=replace(ranking, notes=(*ranking.notes, *notes)),
        stops=stops,
        parts=tuple(sorted(_beside(found, first), key=lambda part: order.index(part.devices))),
        rest=rest,
        always=always - rest,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """What is gone through."""

    stops: Stops
    days: int
    rewards: RewardsAhead | None

    def parts(self, ranking: Ranking) -> tuple[PartHours, ...]:
        """The hours of each part that has something to mine."""
        shares = _shares_of_blocks(ranking, self)
        found = []
        for of in (each for each in ranking.parts if each.ranked):
            stops = self._stops(ranking.rig.share(of.part))
            runs = [
                running(
                    each,
                    ranking,
                    stops,
                    days=self.days,
                    rewards=self.rewards,
                    watts_before=of.beside.watts,
                    share=shares.get(of.part.name) if each is of.best else None,
                )
                for each in of.ranked
            ]
            runs.sort(key=lambda run: most_left_first(run.planned, run.always, run.estimate.coin))
            found.append(PartHours(devices=of.part.name, runs=tuple(runs)))
        return tuple(found)

    def whole(self, ranking: Ranking) -> Running:
        """All parts as one, with what is paid for those that mine nothing."""
        if ranking.whole is None:
            raise ValueError("no part mines anything")
        return running(ranking.whole, ranking, self.stops, days=self.days, rewards=self.rewards)

    def _stops(self, share: float) -> Stops:
        idle_watts = self.stops.idle_watts
        return replace(self.stops, idle_watts=None if idle_watts is None else idle_watts * share)


def _in_order_of_worth(ranking: Ranking) -> Ranking:
    """The parts as they come into blocks and own power: the last ones stop first. So they stay, whichever stand still:
    a stop never makes the energy of another part dearer.
    """
    taken = {part.name: place for place, part in enumerate(ranking.in_turn)}
    parts = tuple(sorted(ranking.parts, key=lambda of: taken[of.part.name]))
    asked = ranking.asked
    asked = replace(asked, rig=replace(asked.rig, parts=ranking.in_turn), is_in_turn=True)
    return replace(ranking, asked=asked, parts=parts)


def _shares_of_blocks(ranking: Ranking, span: _Span) -> Mapping[str, Decimal]:
    """For how much of the month each part runs its best, where they fill blocks of consumption together."""
    prices = ranking.conditions.prices
    able = [(of.part.name, of.best) for of in ranking.parts if of.best is not None]
    if len(able) < 2 or not isinstance(prices.tariff, TieredTariff):
        return {}
    start, end = month_of(prices.tariff, ranking.now)
    days = Decimal(str((end - start) / DAY))
    idle = [min(idle_watts_in(best), best.operation.power_watts) for _, best in able]
    resting = kilowatt_hours(power_watts=sum(idle), duration=end - start)
    loss = Decimal(0) if span.stops.restart_loss is None else span.stops.restart_loss.amount
    loads = [
        Load(
            revenue=best.revenue_per_day.amount * days,
            kilowatt_hours=kilowatt_hours(power_watts=best.operation.power_watts - resting_watts, duration=end - start),
            stop_loss=loss,
            charge=peak_charge_in(best).amount * days,
        )
        for (_, best), resting_watts in zip(able, idle, strict=True)
    ]
    consumed = prices.household_kilowatt_hours_per_month + resting
    shares = best_shares(loads, tariff=prices.tariff, consumed_kilowatt_hours=consumed)
    return {name: each.share for (name, _), each in zip(able, shares, strict=True)}


def _by_time(ranking: Ranking, planned: tuple[PartHours, ...], span: _Span) -> tuple[PartHours, ...]:
    """The same where each part is a part of its networks by the time that it runs, until plan and networks agree."""
    ratios = RunningRatios({key: own_ratio_of(chain.terms) for key, chain, _ in _mined(planned)})
    while ratios.move(_told(planned)):
        parts = (_running_so(part, ratios.now) for part in ranking.asked.rig.parts)
        asked = replace(ranking.asked, rig=replace(ranking.asked.rig, parts=tuple(parts)))
        planned = span.parts(rank(asked))
    return planned


_Key = tuple[str, str, str]
"""A part, an algorithm, a chain."""


def _mined(planned: Sequence[PartHours]) -> Iterator[tuple[_Key, Estimate, float]]:
    """Every chain of every plan, the best plan of each part first, and of how much of the time it is mined."""
    for part in planned:
        for run in part.runs:
            for chain in run.estimate.parts or (run.estimate,):
                yield (part.devices, chain.algorithm, chain.coin), chain, run.plan.running_hours / run.plan.hours


def _told(planned: Sequence[PartHours]) -> dict[_Key, float]:
    """Of each chain the best plan in which it is mined."""
    told: dict[_Key, float] = {}
    for key, _, ratio in _mined(planned):
        told.setdefault(key, ratio)
    return told


def _running_so(part: RigPart, ratios: Mapping[_Key, float]) -> RigPart:
    def of(work: Work) -> Work:
        mine = {
            coin: ratio
            for (name, algorithm, coin), ratio in ratios.items()
            if (name, algorithm) == (part.name, work.algorithm)
        }
        return replace(work, running_ratios=mine, second=None if work.second is None else of(work.second))

    return replace(part, works=tuple(of(work) for work in part.works))


def _beside(found: Sequence[PartHours], first: Sequence[PartHours]) -> Iterator[PartHours]:
    """Plans beside what never stopping brings, which is told of the network as it is then."""
    always = {(part.devices, run.estimate.algorithm, run.estimate.coin): run for part in first for run in part.runs}
    for part in found:
        runs = []
        for run in part.runs:
            ever = always[part.devices, run.estimate.algorithm, run.estimate.coin]
            plan, slots = replace(run.plan, always=ever.plan.always), run.margins
            if not any(plan.running):  # what running would lose is told of the network with it
                plan, slots = replace(plan, running=(False,) * len(ever.margins)), ever.margins
            charged = replace(run.charged, plan=plan)
            runs.append(replace(run, estimate=ever.estimate, owed=ever.owed, margins=slots, charged=charged))
        yield replace(part, runs=tuple(runs))


def _counted_in_vain(ranking: Ranking, planned: Sequence[PartHours]) -> PartHours | None:
    """Of the parts that never run though others count on what they mine, the one that loses most."""
    shared = {chain for of in ranking.parts if of.ranked for chain in of.beside.hashes_per_second}
    mined = {of.part.name: of.best.parts or (of.best,) for of in ranking.parts if of.best is not None}
    in_vain = [
        part
        for part in planned
        if not part.best.plan.running_hours and any(chain.coin in shared for chain in mined[part.devices])
    ]
    return min(in_vain, key=lambda part: part.best.always.amount, default=None)


def _of_these(asked: Question, names: Collection[str]) -> Question:
    """The question of a rig of which all other parts mine nothing."""
    parts = (part if part.name in names else replace(part, kept=STANDS_STILL) for part in asked.rig.parts)
    return replace(asked, rig=replace(asked.rig, parts=tuple(parts)))


def worth_of_hours(ranking: Ranking) -> Hours | None:
    """The hours of a ranking's day; ``None`` where energy has one price, or no stop is worth it."""
    prices = ranking.conditions.prices
    if (isinstance(prices.tariff, FlatTariff) and prices.own is None) or not ranking.ranked:
        return None
    found = hours_of(ranking)
    return found if any(part.best.worth.amount for part in found.parts) else None
