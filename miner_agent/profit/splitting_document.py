"""A split for programs."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from calculators.horizon.tail import Tail
from calculators.money import Money
from miner_agent.profit.document import head, money
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.splitting import Splitting

CSV_COLUMNS = ("coin", "share", "expected_per_day", "currency", "confidence")
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
                "coin": one.estimate.coin,
                "chains": list(one.estimate.chains),
                "share": one.share,
                "expected_per_day": money(one.expected_per_day),
                "confidence": one.estimate.confidence.level,
            }
            for one in found.parts
        ],
        "per_day": _tail(found.split, ranking.currency),
        "best_coin": found.best_coin.coin,
        "best_coin_alone_per_day": _tail(found.best_alone, ranking.currency),
        "left_out": [f"{coin}: the history has no day of it" for coin in found.left_out],
        "notes": [*ranking.notes, *found.notes],
    }


def csv_rows(found: Splitting) -> Iterator[list[Cell]]:
    """A row for each coin that has a share."""
    for one in found.parts:
        amount = one.expected_per_day
        yield [
            *("+".join(one.estimate.chains), one.share, amount.amount, amount.currency, one.estimate.confidence.level)
        ]


def _tail(tail: Tail, currency: str) -> dict[str, Any]:
    told = {name: money(Money.estimated(getattr(tail, name), currency)) for name in ("expected", "p5", "p95", "cvar_5")}
    return {**told, "probability_of_loss": tail.probability_of_loss}
