"""When one thing that is mined should stand still: slot by slot of the tariff, or block by block of a month."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from calculators.earnings.estimate import Estimate
from calculators.electricity.curtailment import Margin, RunningPlan, margins
from calculators.electricity.energy import kilowatt_hours
from calculators.electricity.peak_charges import ChargedPlan, plan_with_charge
from calculators.electricity.tariff import energy_cost
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.horizon.decay import Growth
from calculators.local_time import instant, months
from calculators.money import Money
from calculators.units import DAYS_PER_MONTH, HOURS_PER_DAY, SECONDS_PER_HOUR
from miner_agent.profit.drawn_idle import idle_watts_in
from miner_agent.profit.energy_cost import DAY, Prices
from miner_agent.profit.in_common import peak_charge_in
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.rewards_ahead import RewardsAhead, carried_on


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

    charged: ChargedPlan
    owed: Money  # paid either way: what is fixed, and energy that is drawn standing still

    @property
    def plan(self) -> RunningPlan:
        return self.charged.plan

    @property
    def always(self) -> Money:
        """Profit when it never stops."""
        return self.plan.always - self.owed - self.charged.charge_always

    @property
    def planned(self) -> Money:
        """Profit when it stands still as planned."""
        return self.plan.planned - self.owed - self.charged.charge

    @property
    def worth(self) -> Money:
        """What standing still brings: zero or more."""
        return self.charged.worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Running(Planned):
    """One coin and when to mine it. That it never stops is what ``profit`` tells, over these hours."""

    estimate: Estimate
    idle_watts: float
    margins: tuple[Margin, ...]  # what running through each slot earns and costs, above standing still

    @property
    def chains(self) -> tuple[str, ...]:
        """What is mined."""
        return self.estimate.chains

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """When it stands still, in the order of time."""
        return tuple(pauses_of(self.margins, self.plan))


def most_left_first(planned: Money, always: Money, coin: str) -> tuple[Decimal, Decimal, str]:
    """What runs are sorted by. Plans that never run all leave the same: there the coin that loses least comes first."""
    return -planned.amount, -always.amount, coin


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


def month_of(tariff: TieredTariff, now: datetime) -> tuple[datetime, datetime]:
    """The month that counts for blocks of consumption."""
    return next(months(instant(now), instant(now) + timedelta(seconds=1), tariff.time_zone))


def running(
    found: Estimate,
    ranking: Ranking,
    stops: Stops,
    *,
    days: int,
    rewards: RewardsAhead | None,
    watts_before: float = 0,
    share: Decimal | None = None,
) -> Running:
    """When to mine what an estimate tells of.

    Args:
        found: one of the ranking's, or that of the whole rig.
        ranking: how the rig is run, and now.
        stops: what stopping costs.
        days: from now on, as far as the tariff knows them. [d]
        rewards: the steps of the chains' rewards over these days. ``None``: they stay as they are today.
        watts_before: of others, that fill blocks of consumption and take own power first. [W]
        share: of a month by blocks, where it is decided for how much of it this runs. ``None``: what leaves most.

    Raises:
        ValueError: the tariff knows too little, or the loss of a start is in another currency.
    """
    prices, nothing = ranking.conditions.prices, found.profit_per_day * 0
    drawn = idle_watts_in(found) if stops.idle_watts is None else stops.idle_watts
    idle = min(drawn, found.operation.power_watts)
    loss = stops.restart_loss or nothing
    charge = peak_charge_in(found)
    if isinstance(prices.tariff, TieredTariff):
        blocks = _Blocks.of(prices, prices.tariff, ranking.now, watts_before=watts_before)
        return blocks.running(found, idle, loss=loss, charge_per_day=charge, share=share)
    start, end = span_of(prices, ranking.now, days)
    tariff = prices.of_power(
        start, end, power_watts=found.operation.power_watts - idle, above_watts=watts_before + idle
    )
    resting = prices.of_power(start, end, power_watts=idle, above_watts=watts_before)
    slots = margins(
        tariff=tariff,
        revenue_per_hour=_revenue_per_hour(found, rewards, ranking.now),
        fee_ratio=0,  # it is taken off already
        power_watts=found.operation.power_watts - idle,
        start=start,
        end=end,
    )
    length = Decimal((end - start) // timedelta(seconds=1)) / (DAY // timedelta(seconds=1))
    return Running(
        estimate=found,
        idle_watts=idle,
        margins=slots,
        charged=plan_with_charge(
            margins=slots, restart_loss=loss, minimum_run=stops.minimum_run, charge_per_day=charge
        ),
        owed=(found.fixed_cost_per_day - charge) * length
        + (energy_cost(tariff=resting, power_watts=idle, start=start, end=end) if idle else nothing),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blocks:
    """A month by blocks of consumption, and what fills them before."""

    tariff: TieredTariff
    start: datetime
    end: datetime
    before: Decimal  # [kWh]

    @classmethod
    def of(cls, prices: Prices, tariff: TieredTariff, now: datetime, *, watts_before: float) -> "_Blocks":
        start, end = month_of(tariff, now)
        others = kilowatt_hours(power_watts=watts_before, duration=end - start)
        return cls(tariff=tariff, start=start, end=end, before=prices.household_kilowatt_hours_per_month + others)

    def running(
        self, found: Estimate, idle: float, *, loss: Money, charge_per_day: Money, share: Decimal | None
    ) -> Running:
        """What is drawn standing still fills blocks before the rig does."""
        resting = kilowatt_hours(power_watts=idle, duration=self.end - self.start)
        whole = kilowatt_hours(power_watts=found.operation.power_watts - idle, duration=self.end - self.start)
        edges = {Decimal(0), *((share * whole,) if share is not None else ()), whole}
        edges |= {tier.over_kilowatt_hours - self.before - resting for tier in self.tariff.tiers[1:]}
        inside = sorted(edge for edge in edges if 0 <= edge <= whole)
        days = Decimal(str((self.end - self.start) / DAY))
        slots = []
        for low, high in pairwise(inside if whole else (Decimal(0), Decimal(1))):
            begin, stop = low / (whole or 1), high / (whole or 1)
            cost = self.tariff.cost(
                energy_kilowatt_hours=high - low if whole else whole,
                consumed_kilowatt_hours=self.before + resting + (low if whole else whole),
            )
            start, end = (self.start + float(each) * (self.end - self.start) for each in (begin, stop))
            slots.append(Margin(start, end, found.revenue_per_day * days * (stop - begin), cost))
        owed = self.tariff.cost(energy_kilowatt_hours=resting, consumed_kilowatt_hours=self.before)
        until = None if share is None else sum(edge <= share * whole for edge in inside[1:]) if whole else round(share)
        return Running(
            estimate=found,
            idle_watts=idle,
            margins=tuple(slots),
            charged=_first_slots(slots, loss, charge_per_day * days, until),
            owed=owed + (found.fixed_cost_per_day - charge_per_day) * days,
        )


def _first_slots(slots: Sequence[Margin], loss: Money, charge: Money, until: int | None) -> ChargedPlan:
    """How many slots from the first on are best run through, or those that are decided: one start a month, unless it
    never or always runs.
    """
    sums = [loss * 0]
    for slot in slots:
        sums.append(sums[-1] + slot.worth)
    kept = [earned - loss if 0 < count < len(slots) else earned for count, earned in enumerate(sums)]
    left = [earned - charge if count else earned for count, earned in enumerate(kept)]
    count = max(range(len(left)), key=lambda number: (left[number].amount, number)) if until is None else until
    hours = [(slot.end - slot.start).total_seconds() / SECONDS_PER_HOUR for slot in slots]
    plan = RunningPlan(
        running=tuple(number < count for number in range(len(slots))),
        starts=int(0 < count < len(slots)),
        running_hours=sum(hours[:count]),
        hours=sum(hours),
        always=sums[-1],
        planned=kept[count],
    )
    return ChargedPlan(plan=plan, charge=charge if count else charge * 0, charge_always=charge)
