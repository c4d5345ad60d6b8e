"""Carbon dioxide of what is mined: of what the grid delivers, not of own power nor of making the hardware."""

from dataclasses import dataclass
from typing import Any

from calculators.earnings.estimate import Estimate
from calculators.electricity.emissions import emitted_grams
from miner_agent.profit.energy_cost import DAY, grid_kilowatt_hours
from miner_agent.profit.ranking import Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """Of one estimate."""

    grams_per_day: float
    grams_per_coin: float | None  # None: several coins are mined with one work, or none


def emitted_by(found: Estimate, ranking: Ranking) -> Emitted | None:
    """What mining this emits; ``None`` where nobody says what the grid's electricity carries."""
    intensity = ranking.conditions.grid_grams_per_kilowatt_hour
    if intensity is None:
        return None
    energy = grid_kilowatt_hours(
        ranking.conditions.prices, power_watts=found.operation.power_watts, now=ranking.now, duration=DAY
    )
    grams = emitted_grams(energy_kilowatt_hours=float(energy), grams_per_kilowatt_hour=intensity)
    single = len(found.chains) == 1 and found.coins_per_day > 0
    return Emitted(grams_per_day=grams, grams_per_coin=grams / found.coins_per_day if single else None)


def carbon_document(ranking: Ranking) -> dict[str, Any] | None:
    """The same for programs: of the rig at its best, and of every coin that is ranked, as if it were mined alone."""
    if ranking.conditions.grid_grams_per_kilowatt_hour is None:
        return None
    emitted = [(found, emitted_by(found, ranking)) for found in ranking.ranked]
    whole = None if ranking.whole is None else emitted_by(ranking.whole, ranking)
    return {
        "grid_grams_per_kilowatt_hour": ranking.conditions.grid_grams_per_kilowatt_hour,
        "grams_per_day": None if whole is None else whole.grams_per_day,  # of the rig at its best
        "coins": [
            {
                "chains": list(found.chains),
                "grams_per_day": each.grams_per_day,
                "grams_per_coin": each.grams_per_coin,
            }
            for found, each in emitted
            if each is not None
        ],
    }
