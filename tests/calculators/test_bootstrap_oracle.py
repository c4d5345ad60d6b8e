"""Paths that are drawn from a history, beside the same bootstrap of another library: arch, by K. Sheppard."""

import math
import random
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from calculators.horizon.history import History, MarketDay
from calculators.horizon.paths import BootstrapPaths
from calculators.money import Money

pytestmark = pytest.mark.thorough

DAYS, BLOCK_DAYS, DRAWS = 120, 10, 20_000
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def moves() -> list[float]:
    """Of logarithms, each with half of the one before it: blocks that were too short or torn would stray less."""
    chance, found, move = random.Random(4), [], 0.0
    for _ in range(DAYS):
        move = 0.5 * move + chance.gauss(0, 0.03)
        found.append(move)
    return found


def history(steps: list[float]) -> History:
    level, rows = 0.0, []
    for number, step in enumerate([0.0, *steps]):
        level += step
        price = Money(Decimal(repr(10 * math.exp(level))), "USD")
        rows.append(MarketDay(day=date(2025, 1, 1) + timedelta(days=number), coin="ETC", price=price, difficulty=1.0))
    return History(rows, currency="USD")


def test_what_a_month_of_blocks_comes_to_is_spread_as_the_circular_bootstrap_of_arch_spreads_it() -> None:
    from arch.bootstrap import CircularBlockBootstrap

    steps = moves()
    drawn = BootstrapPaths(
        history=history(steps), coins=["ETC"], days=DAYS, count=DRAWS, block_days=BLOCK_DAYS, drift="history"
    )
    ours = np.log(list(drawn.revenue_ratios("ETC"))[-1])
    theirs = CircularBlockBootstrap(BLOCK_DAYS, np.array(steps), seed=5).apply(np.sum, DRAWS)[:, 0]

    spread = theirs.std()
    alone = math.sqrt(DAYS) * np.std(steps)
    assert spread > 1.3 * alone  # days that were drawn one by one would not show what a block keeps together
    assert ours.std() == pytest.approx(spread, rel=0.03)
    for quantile in QUANTILES:
        assert np.quantile(ours, quantile) == pytest.approx(np.quantile(theirs, quantile), abs=0.05 * spread), quantile
