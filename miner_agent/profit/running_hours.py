"""When a rig should stand still: coins gone through slot by slot of the tariff, and what leaving some out is worth."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from calculators.earnings.estimate import Estimate
from calculators.earnings.sum_sheet import Term
from calculators.electricity.curtailment import Margin, RunningPlan, margins, plan
from calculators.electricity.energy import kilowatt_hours
from calculators.electricity.tariff import FlatTariff, energy_cost
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.horizon.decay import Growth
from calculators.local_time import instant, months
from calculators.money import Money
from calculators.units import DAYS_PER_MONTH, HOURS_PER_DAY, SECONDS_PER_HOUR
from miner_agent.profit.energy_cost import DAY, Prices
from miner_agent.profit.ranking import Question, Ranking, rank
from miner_agent.profit.rewards_ahead import RewardsAhead, carried_on
from miner_agent.profit.rig_figures import STANDS_STILL


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """What stopping and starting costs."""

    restart_loss: Money | None = None  # of each start; None: nothing
    minimum_run: timedelta = timedelta(0)
    idle_watts: float | None = None  # at the wall, standing still; None: what draws all day in any case


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A time in which it stands still."""

    start: datetime
    end: datetime
    loss: Money  # that running through it would have made

    @property
    def hours(self) -> float:
        return (self.end - self.start).total_seconds() / SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What comes of a plan, over all its hours together."""

    plan: RunningPlan
    owed: Money  # paid either way: what is fixed, and energy that is drawn standing still

    @property
    def always(self) -> Money:
        """Profit when it never stops."""
        return self.plan.always - self.owed

    @property
    def planned(self) -> Money:
        """Profit when it stands still as planned."""
        return self.plan.planned - self.owed

    @property
    def worth(self) -> Money:
        """What standing still brings: zero or more."""
        return self.plan.worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Running(Planned):
    """One coin and when to mine it. That it never stops is what ``profit`` tells, over these hours."""

    estimate: Estimate
    idle_watts: float
    margins: tuple[Margin, ...]  # what running through each slot earns and costs, above standing still

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """When it stands still, in the order of time."""
        return tuple(pauses_of(self.margins, self.plan))


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


def hours_of(ranking: Ranking, *, stops: Stops = Stops(), days: int = 1, rewards: RewardsAhead | None = None) -> Hours:
    """When to mine each coin of a ranking, and when to stand still; each part of a rig by itself.

    A part that never runs is no part of the networks that the others mine on. Of several that would not, the one that
    loses most is left out first: without it the others may run.

    Revenue of an hour is that of the day divided by its hours: prices and difficulty of coins stay as they are, and
    rewards go on by the rules of their chains.
    By blocks of consumption it is the month that is gone through, from its first day on: a rig that stops stays in its
    block, so it runs first and stands still afterwards.

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
    planned = _parts(ranking, stops, days, rewards)
    order = [part.devices for part in planned]
    always = sum((part.best_always.always for part in planned), ranking.ranked[0].profit_per_day * 0)
    rest = always * 0
    if not _is_one(ranking) and len(planned) < len(ranking.parts) and ranking.whole is not None:
        rest = always - _running(ranking.whole, ranking, stops, days, rewards).always
    left, still = ranking, list[PartHours]()
    while (part := _counted_in_vain(left, planned)) is not None:
        still.append(part)
        left = rank(_of_these(left.asked, {each.devices for each in planned} - {part.devices}))
        planned = _parts(left, stops, days, rewards)
    notes = [f"{part.devices} never runs: it is not counted in what the others mine on" for part in still]
    return Hours(
        ranking=replace(ranking, notes=(*ranking.notes, *notes)),
        stops=stops,
        parts=tuple(sorted((*planned, *still), key=lambda part: order.index(part.devices))),
        rest=rest,
        always=always - rest,
    )


def _is_one(ranking: Ranking) -> bool:
    return len(ranking.parts) == 1 or _share_energy(ranking.conditions.prices)


def _parts(ranking: Ranking, stops: Stops, days: int, rewards: RewardsAhead | None) -> tuple[PartHours, ...]:
    """The hours of each part that has something to mine, while the others never stop."""
    if _is_one(ranking):
        choices = [(ranking.rig.name, ranking.choices, 1.0)]
    else:
        shares = [(of, ranking.rig.share(of.part)) for of in ranking.parts if of.ranked]
        choices = [(of.part.name, of.ranked, share) for of, share in shares]
    parts = []
    for devices, found, share in choices:
        idle_watts = None if stops.idle_watts is None else stops.idle_watts * share
        of_part = replace(stops, idle_watts=idle_watts)
        runs = [_running(each, ranking, of_part, days, rewards) for each in found]
        runs.sort(key=lambda run: most_left_first(run.planned, run.always, run.estimate.coin))
        parts.append(PartHours(devices=devices, runs=tuple(runs)))
    return tuple(parts)


def _counted_in_vain(ranking: Ranking, planned: Sequence[PartHours]) -> PartHours | None:
    """Of the parts that never run though others count on what they mine, the one that loses most."""
    if _is_one(ranking):
        return None
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


def most_left_first(planned: Money, always: Money, coin: str) -> tuple[Decimal, Decimal, str]:
    """What runs are sorted by. Plans that never run all leave the same: there the coin that loses least comes first."""
    return -planned.amount, -always.amount, coin


def _share_energy(prices: Prices) -> bool:
    """Whether what one part of a rig draws changes what a kilowatt-hour costs the others: they stop together then."""
    return isinstance(prices.tariff, TieredTariff) or prices.own is not None


def worth_of_hours(ranking: Ranking) -> Hours | None:
    """The hours of a ranking's day; ``None`` where energy has one price, or no stop is worth it."""
    prices = ranking.conditions.prices
    if (isinstance(prices.tariff, FlatTariff) and prices.own is None) or not ranking.ranked:
        return None
    found = hours_of(ranking)
    return found if any(part.best.worth.amount for part in found.parts) else None


def pauses_of(margins: Sequence[Margin], planned: RunningPlan) -> Iterator[Pause]:
    """Slots that are left out, those that touch each other as one."""
    start: datetime | None = None
    loss = planned.always * 0
    for margin, runs in zip(margins, planned.running, strict=True):
        if runs and start is not None:
            yield Pause(start=start, end=margin.start, loss=loss)
            start, loss = None, loss * 0
        if not runs:
            start = start or margin.start
            loss -= margin.worth
    if start is not None:
        yield Pause(start=start, end=margins[-1].end, loss=loss)


def idle_watts_of(terms: Iterable[Term]) -> float:
    """What is drawn at the wall while nothing is mined, by the lines of a sum: the host, and what cools it. [W]"""
    lines = {term.name: float(term.value) for term in terms}
    return lines.get("host_watts", 0.0) * lines.get("cooling_factor", 1.0)


def _idle_watts(found: Estimate) -> float:
    """Of all that is mined at the same time, and of what stands still beside it."""
    rest = sum(float(term.value) for term in found.terms if term.name == "power_watts_of_the_rest")
    return rest + sum(idle_watts_of((side.parts or (side,))[0].terms) for side in found.sides or (found,))


def _running(found: Estimate, ranking: Ranking, stops: Stops, days: int, rewards: RewardsAhead | None) -> Running:
    prices, nothing = ranking.conditions.prices, found.profit_per_day * 0
    drawn = _idle_watts(found) if stops.idle_watts is None else stops.idle_watts
    idle = min(drawn, found.operation.power_watts)
    loss = stops.restart_loss or nothing
    if isinstance(prices.tariff, TieredTariff):
        return _by_blocks(found, prices, prices.tariff, idle, loss, ranking.now)
    start, end = span_of(prices, ranking.now, days)
    tariff = prices.of_power(start, end, power_watts=found.operation.power_watts - idle, above_watts=idle)
    resting = prices.of_power(start, end, power_watts=idle)
    slots = margins(
        tariff=tariff,
        revenue_per_hour=_revenue_per_hour(found, rewards, ranking.now),
        fee_ratio=0,  # it is taken off already
        power_watts=found.operation.power_watts - idle,
        start=start,
        end=end,
    )
    fixed = found.fixed_cost_per_day * (Decimal((end - start) // timedelta(seconds=1)) / (DAY // timedelta(seconds=1)))
    return Running(
        estimate=found,
        idle_watts=idle,
        margins=slots,
        plan=plan(margins=slots, restart_loss=loss, minimum_run=stops.minimum_run),
        owed=fixed + (energy_cost(tariff=resting, power_watts=idle, start=start, end=end) if idle else nothing),
    )


def _revenue_per_hour(found: Estimate, rewards: RewardsAhead | None, now: datetime) -> Callable[[datetime], Money]:
    today = found.revenue_per_day / HOURS_PER_DAY
    if rewards is None or not any(chain in rewards.steps for chain in found.chains) or today.amount <= 0:
        return lambda _: today
    outlook = carried_on(found, Growth(), rewards)
    return lambda at: today.scaled(outlook.coins_factor(max((at - now) / DAY, 0.0) / DAYS_PER_MONTH))


def span_of(prices: Prices, now: datetime, days: int) -> tuple[datetime, datetime]:
    """The time that is gone through: the day of ``profit``, and more of them as far as prices are known.

    Raises:
        ValueError: less than 24 hours are known.
    """
    start, end = prices.day(now)
    wanted = start + days * DAY
    return start, max(end, wanted if prices.known_until is None else min(wanted, prices.known_until))


def _by_blocks(
    found: Estimate, prices: Prices, tariff: TieredTariff, idle: float, loss: Money, now: datetime
) -> Running:
    """A month by blocks of consumption. What is drawn standing still fills blocks before the rig does."""
    start, end = next(months(instant(now), instant(now) + timedelta(seconds=1), tariff.time_zone))
    resting = kilowatt_hours(power_watts=idle, duration=end - start)
    before = prices.household_kilowatt_hours_per_month + resting
    whole = kilowatt_hours(power_watts=found.operation.power_watts - idle, duration=end - start)
    edges = [Decimal(0), *(tier.over_kilowatt_hours - before for tier in tariff.tiers[1:]), whole]
    edges = [edge for edge in dict.fromkeys(edges) if 0 <= edge <= whole]
    days = Decimal(str((end - start) / DAY))
    revenue = found.revenue_per_day * days
    slots = []
    for low, high in pairwise(edges if whole else (Decimal(0), Decimal(1))):
        share = [Decimal(0), Decimal(1)] if not whole else [low / whole, high / whole]
        slots.append(
            Margin(
                start + float(share[0]) * (end - start),
                start + float(share[1]) * (end - start),
                revenue * (share[1] - share[0]),
                tariff.cost(energy_kilowatt_hours=high - low if whole else whole, consumed_kilowatt_hours=before + low),
            )
        )
    owed = tariff.cost(energy_kilowatt_hours=resting, consumed_kilowatt_hours=prices.household_kilowatt_hours_per_month)
    return Running(
        estimate=found,
        idle_watts=idle,
        margins=tuple(slots),
        plan=_first_slots(slots, loss),
        owed=owed + found.fixed_cost_per_day * days,
    )


def _first_slots(slots: Sequence[Margin], loss: Money) -> RunningPlan:
    """How many slots from the first on are best run through: one start a month, unless it never or always runs."""
    sums = [loss * 0]
    for slot in slots:
        sums.append(sums[-1] + slot.worth)
    kept = [earned - loss if 0 < count < len(slots) else earned for count, earned in enumerate(sums)]
    count = max(range(len(kept)), key=lambda number: (kept[number].amount, number))
    hours = [(slot.end - slot.start).total_seconds() / SECONDS_PER_HOUR for slot in slots]
    return RunningPlan(
        running=tuple(number < count for number in range(len(slots))),
        starts=int(0 < count < len(slots)),
        running_hours=sum(hours[:count]),
        hours=sum(hours),
        always=sums[-1],
        planned=kept[count],
    )
