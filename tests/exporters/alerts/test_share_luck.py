"""Shares come at random: honest luck raises nothing, and what is lost is told soon."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from exporters.alerts import ALERTS
from exporters.alerts.evaluator import Evaluator
from tests.exporters.alerts.life_of_an_alert import Firing
from tests.written_families import families

WORK = '{miner="m",algorithm="a"}'
ABOUT_SHARES = "PoolHashrateDivergence", "NoAcceptedShares", "RejectRatioHigh", "PoolRefusesShares"
STEP_SECONDS = 60
DAY_STEPS = 24 * 60


@dataclass(frozen=True, kw_only=True)
class Mining:
    """How shares come and what becomes of them."""

    interval_seconds: float
    arrive_ratio: float = 1.0  # of those that the hashrate gives
    reject_ratio: float = 0.0  # of those that arrive


def pages(phases: Sequence[tuple[int, Mining]], seed: int) -> Iterator[dict[str, float]]:
    """What a miner shows, a page a minute, over so many minutes of each phase."""
    luck = np.random.default_rng(seed)
    expected = proven = rejected = since = 0.0
    for minutes, mining in phases:
        a_step = STEP_SECONDS / mining.interval_seconds
        arriving = luck.poisson(a_step * mining.arrive_ratio, minutes)
        refused = luck.binomial(arriving, mining.reject_ratio)
        for found, bad in zip(arriving, refused, strict=True):
            accepted = float(found - bad)
            expected, proven, rejected = expected + a_step, proven + accepted, rejected + float(bad)
            since = a_step / (accepted + 1) if accepted else since + a_step
            yield {
                f"rig_miner_shares_expected_total{WORK}": expected,
                f"rig_miner_shares_proven_total{WORK}": proven,
                f"rig_miner_shares_accepted_total{WORK}": proven,
                f"rig_miner_shares_rejected_total{WORK}": rejected,
                f"rig_miner_shares_expected_since_accepted{WORK}": since,
            }


def told(phases: Sequence[tuple[int, Mining]], seed: int = 1) -> Iterator[tuple[int, str]]:
    """The alerts that begin to fire, and in which minute."""
    evaluator, firing = Evaluator([rule for rule in ALERTS if rule.name in ABOUT_SHARES]), Firing()
    before = set[str]()
    for minute, page in enumerate(pages(phases, seed)):
        seconds = float(minute * STEP_SECONDS)
        looked = evaluator.look(families(page), now_seconds=seconds, steady_seconds=seconds)
        now = {key.rule for key in firing.after(looked, seconds)}
        yield from ((minute, name) for name in now - before)
        before = now


@pytest.mark.parametrize(
    "days", [pytest.param(10, marks=pytest.mark.thorough), pytest.param(30, marks=pytest.mark.soak)]
)
@pytest.mark.parametrize("interval_seconds", [3, 30, 300])
def test_days_of_honest_luck_raise_nothing(interval_seconds: int, days: int) -> None:
    """A fee of 2 %, and 2 % that come too late."""
    honest = Mining(interval_seconds=interval_seconds, arrive_ratio=0.98, reject_ratio=0.02)

    assert list(told([(days * DAY_STEPS, honest)])) == []


def test_half_of_the_shares_lost_is_told_within_three_hours_at_two_a_minute() -> None:
    honest, robbed = Mining(interval_seconds=30), Mining(interval_seconds=30, arrive_ratio=0.5)
    for seed in range(3):
        minute, name = next(told([(500, honest), (400, robbed)], seed))

        assert name == "PoolHashrateDivergence"
        assert minute - 500 <= 180


def test_a_pool_that_refuses_everything_is_told_within_ten_minutes() -> None:
    honest, refused = Mining(interval_seconds=30), Mining(interval_seconds=30, reject_ratio=1.0)
    for seed in range(3):
        minute, name = next(told([(120, honest), (60, refused)], seed))

        assert name == "PoolRefusesShares"
        assert minute - 120 <= 10


def test_shares_that_stop_are_told_once() -> None:
    honest, none = Mining(interval_seconds=30), Mining(interval_seconds=30, arrive_ratio=0.0)

    assert [name for _, name in told([(2 * 60, honest), (90, none), (8 * 60, honest)])] == ["NoAcceptedShares"]
