"""A split for programs."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from calculators.horizon.tail import Tail
from calculators.money import Money
from miner_agent.profit.document import head, money
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.splitting import Splitting

CSV_COLUMNS = ("part", "coin", "share", "expected_per_day", "currency", "confidence")
Cell = str | float | Decimal | None


def document(found: Splitting, ranking: Ranking) -> dict[str, Any]:
    """The whole answer, the age of the market first."""
    return {
        **head(ranking),
        "aim": found.aim,
        "horizon_days": found.horizon_days,
        "paths": found.paths,
        "source": found.source,
        "floor_per_day": money(found.floor_per_day),
        "split": [
            {
                "part": part.name,
                "coin": one.estimate.coin,
                "chains": list(one.estimate.chains),
                "share": one.share,
                "expected_per_day": money(one.expected_per_day),
                "confidence": one.estimate.confidence.level,
            }
            for part in found.of_parts
            for one in part.parts
        ],
        "parts": [
            {"part": part.name, "floor_per_day": money(part.floor_per_day), "best_coin": part.best_coin.coin}
            for part in found.of_parts
        ],
        "per_day": _tail(found.split, ranking.currency),
        "best_coin": found.best_coin,
        "best_coin_alone_per_day": _tail(found.best_alone, ranking.currency),
        "left_out": [f"{coin}: the history has no day of it" for coin in found.left_out],
        "notes": [*ranking.notes, *found.notes],
    }


def csv_rows(found: Splitting) -> Iterator[list[Cell]]:
    """A row for each coin that has a share in the work of a part."""
    for part in found.of_parts:
        for one in part.parts:
            amount, level = one.expected_per_day, one.estimate.confidence.level
            yield [part.name, "+".join(one.estimate.chains), one.share, amount.amount, amount.currency, level]


def _tail(tail: Tail, currency: str) -> dict[str, Any]:
    told = {name: money(Money.estimated(getattr(tail, name), currency)) for name in ("expected", "p5", "p95", "cvar_5")}
    return {**told, "probability_of_loss": tail.probability_of_loss}
