"""When to run where each month's peak is charged: a month that is not begun at all owes nothing for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from calculators.electricity.curtailment import Margin, RunningPlan, plan
from calculators.local_time import INSTANT
from calculators.money import Money

NEVER = Decimal("1e12")
"""Of any currency: no hour brings so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedPlan:
    """When to run, and what is owed for the months' peaks."""

    plan: RunningPlan
    charge: Money  # of the months in which the plan runs
    charge_always: Money  # of all

    @property
    def worth(self) -> Money:
        """What the plan gains over never stopping."""
        return self.plan.worth - self.charge + self.charge_always


def plan_with_charge(
    *, margins: Sequence[Margin], restart_loss: Money, minimum_run: timedelta = timedelta(0), charge_per_day: Money
) -> ChargedPlan:
    """The plan of ``plan``, without the months whose hours bring less than their peak costs.

    A month here is one of UTC, and its charge is owed by the days of it that the slots cover. Raises as ``plan`` does.

    Args:
        margins: slots that touch each other, of one currency.
        restart_loss: of each start. [currency]
        minimum_run: how long a rig runs once started.
        charge_per_day: for the peak that running makes, spread over the days of a month. [currency/d]

    An hour that brings 0.03 does not pay a charge of 1.20 a day, which is 0.05 of it:

    >>> from datetime import UTC, datetime
    >>> def eur(amount: str) -> Money:
    ...     return Money(Decimal(amount), "EUR")
    >>> noon, one = datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 1, 13, tzinfo=UTC)
    >>> hour = Margin(noon, one, eur("0.13"), eur("0.10"))
    >>> found = plan_with_charge(margins=[hour], restart_loss=eur("0"), charge_per_day=eur("1.20"))
    >>> found.plan.running, str(found.charge.amount), f"{found.worth.amount:.2f}"
    ((False,), '0', '0.02')
    """
    best = plan(margins=margins, restart_loss=restart_loss, minimum_run=minimum_run)
    if not charge_per_day.amount:
        return ChargedPlan(plan=best, charge=charge_per_day, charge_always=charge_per_day)
    charges = _charges(margins, charge_per_day)
    dear = {month for month, gain in _gains(margins, best).items() if gain <= charges[month]}
    if dear:
        never = Money(NEVER, restart_loss.currency)
        left = [replace(slot, cost=slot.cost + never) if _month(slot) in dear else slot for slot in margins]
        kept = plan(margins=left, restart_loss=restart_loss, minimum_run=minimum_run)
        best = replace(kept, always=best.always)
    run = {_month(slot) for slot, runs in zip(margins, best.running, strict=True) if runs}
    currency = restart_loss.currency
    return ChargedPlan(
        plan=best,
        charge=Money(sum((charges[month] for month in run), Decimal(0)), currency),
        charge_always=Money(sum(charges.values(), Decimal(0)), currency),
    )


def _month(slot: Margin) -> tuple[int, int]:
    return slot.start.year, slot.start.month


def _charges(margins: Sequence[Margin], charge_per_day: Money) -> dict[tuple[int, int], Decimal]:
    found: dict[tuple[int, int], Decimal] = {}
    for slot in margins:
        days = Decimal((slot.end - slot.start) // INSTANT) / (timedelta(days=1) // INSTANT)
        found[_month(slot)] = found.get(_month(slot), Decimal(0)) + charge_per_day.amount * days
    return found


def _gains(margins: Sequence[Margin], best: RunningPlan) -> dict[tuple[int, int], Decimal]:
    """What the hours of each month bring that are run through."""
    found: dict[tuple[int, int], Decimal] = {}
    for slot, runs in zip(margins, best.running, strict=True):
        if runs:
            found[_month(slot)] = found.get(_month(slot), Decimal(0)) + slot.worth.amount
    return found
