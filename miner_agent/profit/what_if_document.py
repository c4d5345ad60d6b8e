"""What inputs that are others come to, for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from calculators.earnings.estimate import Estimate
from miner_agent.profit.document import conditions, estimated, head, money
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.what_if import Weight
from miner_agent.profit.what_if_inputs import Input
from miner_agent.profit.what_if_words import Range


def unit_of(told: Input, base: Estimate) -> str:
    """What an input is told in."""
    return told.unit.replace("CURRENCY", base.profit_per_day.currency)


def what_if_head(ranking: Ranking, settings: Mapping[str, float]) -> dict[str, Any]:
    """What every answer begins with: of which market and rig it is, and what is set."""
    return {**head(ranking), "conditions": conditions(ranking.conditions), "set": dict(settings)}


def row_document(base: Estimate, along: Input, rows: Sequence[tuple[float, Estimate]]) -> dict[str, Any]:
    """The estimate at each value of one input."""
    return {
        "today": estimated(base),
        "sweep": {"key": along.key, "unit": unit_of(along, base)},
        "rows": [{along.key: value, **estimated(found)} for value, found in rows],
    }


def map_document(base: Estimate, across: Range, up: Range, rows: Sequence[Sequence[Estimate]]) -> dict[str, Any]:
    """The profit at each pair of values of two inputs."""
    return {
        "today": estimated(base),
        "across": {"key": across.key, "values": list(across.values)},
        "up": {"key": up.key, "values": list(up.values)},
        "profit_per_day": [[money(found.profit_per_day) for found in row] for row in rows],
    }


def weights_document(today: Estimate, base: Estimate, share: float, rows: Sequence[Weight]) -> dict[str, Any]:
    """Today beside what is set, and how much each input weighs then."""
    return {
        "today": estimated(today),
        "then": estimated(base),
        "swing": share,
        "weights": [
            {
                "key": weight.input.key,
                "unit": unit_of(weight.input, base),
                "low": weight.low,
                "high": weight.high,
                "profit_per_day_at_low": money(weight.profit_at_low),
                "profit_per_day_at_high": money(weight.profit_at_high),
            }
            for weight in rows
        ],
    }
