"""What a rig draws while it mines nothing, and what its parts earn for the energy beyond that."""

import math
from collections.abc import Iterable

from calculators.earnings.estimate import Estimate
from calculators.earnings.sum_sheet import Term


def idle_watts_of(terms: Iterable[Term]) -> float:
    """What is drawn at the wall while nothing is mined, by the lines of a sum: the host, and what cools it. [W]"""
    lines = {term.name: float(term.value) for term in terms}
    return lines.get("host_watts", 0.0) * lines.get("cooling_factor", 1.0)


def first_of(found: Estimate) -> Estimate:
    """Whose sum tells of power: of merged chains, and of two algorithms on one device, the first."""
    return (found.parts or (found,))[0]


def idle_watts_in(found: Estimate) -> float:
    """The same of all that is mined at the same time, and of what stands still beside it. [W]"""
    rest = sum(float(term.value) for term in found.terms if term.name == "power_watts_of_the_rest")
    return rest + sum(idle_watts_of(first_of(side).terms) for side in found.sides or (found,))


def worth_of_energy(found: Estimate | None) -> float:
    """What a part earns a day for each watt that it draws because it mines; one that can mine nothing comes last."""
    if found is None:
        return -math.inf
    watts = found.operation.power_watts - idle_watts_in(found)
    return float(found.revenue_per_day) / watts if watts > 0 else math.inf
