"""What a fleet earns and draws, from the series that a Prometheus records. docs/alerts.md lists them."""

from dataclasses import dataclass
from decimal import Decimal

from calculators.units import KILOWATT_HOUR, SECONDS_PER_DAY
from miner_agent.cli.support.told_by_labels import Course, by_labels, courses_by_labels, in_natural_order, whole
from miner_agent.errors import SourceError
from miner_agent.look.asked_prometheus import AskedPrometheus

GRID_SECONDS = 60  # of what is summed over days


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAmount:
    """An amount, and the word for its currency as the series has it."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteProfit:
    """What a site leaves in a day at present, in one currency."""

    site: str
    currency: str
    rigs: int | None  # that tell it
    revenue_per_day: ToldAmount | None
    energy_cost_per_day: ToldAmount | None
    profit_per_day: ToldAmount
    profit_per_day_course: Course


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEnergy:
    """What a site drew over some days."""

    site: str
    kilowatt_hours: float
    covered_ratio: float  # of the time: what was not recorded is not in the sum
    power_watts_course: Course
    costs: tuple[ToldAmount, ...]  # in each currency, as the agents told them; none where they may not


def fleet_profit(prometheus: AskedPrometheus, *, days: float) -> tuple[SiteProfit, ...]:
    """What each site leaves in a day, and how that was over the last days.

    Raises:
        SourceError: it gives no answer, or nobody tells it of money.
    """
    keys = ("site", "currency")
    profits = by_labels(prometheus.answered("site:profit_per_day:sum"), *keys)
    if not profits:
        raise SourceError(
            "site:profit_per_day:sum: no money is recorded there. Agents with [tariff] and [[feeds]] show it, and only "
            "to the users that their [http] books_users name: let Prometheus ask them as one (docs/exposure.md)"
        )
    revenues = by_labels(prometheus.answered("site:profit_revenue_per_day:sum"), *keys)
    costs = by_labels(prometheus.answered("site:profit_energy_cost_per_day:sum"), *keys)
    rigs = by_labels(prometheus.answered("count by (site, currency) (rig:profit_per_day)"), *keys)
    courses = courses_by_labels(prometheus, "site:profit_per_day:sum", *keys, seconds=days * SECONDS_PER_DAY)
    return tuple(
        SiteProfit(
            site=key[0],
            currency=key[1],
            rigs=whole(rigs.get(key)),
            revenue_per_day=_money(revenues.get(key), key[1]),
            energy_cost_per_day=_money(costs.get(key), key[1]),
            profit_per_day=_told(profit, key[1]),
            profit_per_day_course=courses.get(key, ()),
        )
        for key, profit in sorted(profits.items(), key=in_natural_order)
    )


def fleet_energy(prometheus: AskedPrometheus, *, days: float) -> tuple[SiteEnergy, ...]:
    """What each site drew over the last days, and what the agents say that it cost.

    Raises:
        SourceError: it gives no answer, or no power is recorded there.
    """
    span = f"[{round(days * SECONDS_PER_DAY)}s:{GRID_SECONDS}s]"
    watts = by_labels(prometheus.answered(f"sum_over_time(site:power_watts:sum{span})"), "site")
    if not watts:
        raise SourceError(
            "site:power_watts:sum: no power is recorded there. Load miner-agent.records.yaml; rigs tell their power "
            "where a meter, a power supply or all of their devices do (docs/fleet.md)"
        )
    counts = by_labels(prometheus.answered(f"count_over_time(site:power_watts:sum{span})"), "site")
    costs = prometheus.answered(f"sum_over_time(site:profit_energy_cost_per_day:sum{span})")
    grid_days = GRID_SECONDS / SECONDS_PER_DAY
    paid: dict[str, list[ToldAmount]] = {}
    for (site, currency), cost in sorted(by_labels(costs, "site", "currency").items()):
        paid.setdefault(site, []).append(_told(cost * grid_days, currency))
    courses = courses_by_labels(prometheus, "site:power_watts:sum", "site", seconds=days * SECONDS_PER_DAY)
    return tuple(
        SiteEnergy(
            site=key[0],
            kilowatt_hours=watt_steps * GRID_SECONDS / KILOWATT_HOUR,
            covered_ratio=min(1.0, counts.get(key, 0.0) * grid_days / days),
            power_watts_course=courses.get(key, ()),
            costs=tuple(paid.get(key[0], ())),
        )
        for key, watt_steps in sorted(watts.items(), key=in_natural_order)
    )


def _told(amount: float, currency: str) -> ToldAmount:
    """To the digits that a metric holds."""
    return ToldAmount(amount=Decimal(f"{amount:.12g}"), currency=currency)


def _money(amount: float | None, currency: str) -> ToldAmount | None:
    return None if amount is None else _told(amount, currency)
