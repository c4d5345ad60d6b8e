"""What a block pays the miner: by what a source tells, by the height, and by the rule of the chain."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calculators.chain.quote import Quote
from calculators.told_figures import significant
from miner_agent.profit.quotes import Market
from tests.profit.recomputed_ranking import NOWHERE, ranking
from tests.quotes import NOON, quote


def test_a_node_that_tells_no_reward_tells_by_its_height_what_a_block_pays() -> None:
    node = quote(source="node", block_reward_coins=None, block_time_seconds=None, price=None, height=25_432_100)
    silent = replace(node, height=None)
    priced = quote(source="coingecko", **dict.fromkeys(("difficulty", "network_hashes_per_second"), None))
    priced = replace(priced, block_reward_coins=None, block_time_seconds=None)
    (found,) = ranking(Market(quotes=(node, priced))).ranked

    reward = next(float(term.value) for term in found.terms if term.name == "block_reward_coins")
    assert math.isclose(reward, 1.6384)
    assert any("1.6384 coins is from: rule of the chain" in reason for reason in found.confidence.reasons)
    assert "and the reward to either" in ranking(Market(quotes=(silent, priced)), coins=NOWHERE).problems[0]


@pytest.mark.parametrize(
    ("coin", "algorithm", "height", "whole", "part"),
    [("ZEC", "equihash-200-9", 3_400_000, 1.5625, 0.8), ("XEC", "sha256d", 960_000, 3_125_000, 0.58)],
)
def test_of_a_block_that_is_shared_with_a_fund_the_miner_earns_its_part(
    coin: str, algorithm: str, height: int, whole: float, part: float
) -> None:
    told = quote(
        coin=coin, algorithm=algorithm, difficulty=1e23, network_hashes_per_second=None, block_reward_coins=whole
    )
    hardware = "antminer-z15, antminer-s19-xp"
    (found,) = ranking(Market(quotes=(replace(told, height=height),)), hardware=hardware).ranked
    (reckoned,) = ranking(Market(quotes=(told,)), hardware=hardware).ranked
    (unknown,) = ranking(Market(quotes=(told,)), hardware=hardware, coins=NOWHERE).ranked

    assert math.isclose(found.coins_per_day, reckoned.coins_per_day)
    assert math.isclose(found.coins_per_day, unknown.coins_per_day * part)
    assert any(f"the miner's part of {significant(whole)}" in reason for reason in found.confidence.reasons)


def test_the_height_of_the_newest_quote_counts() -> None:
    old = quote(source="old", taken_at=NOON - timedelta(hours=20), height=24_999_000, block_reward_coins=None)
    (found,) = ranking(Market(quotes=(old, quote(height=25_001_000)))).ranked

    assert not any("by the rule of the chain" in reason for reason in found.confidence.reasons)


def btc(reward: float) -> Quote:
    """A network beside which one machine is next to nothing."""
    return quote(
        coin="BTC", algorithm="sha256d", difficulty=1e23, network_hashes_per_second=None, block_reward_coins=reward
    )


@pytest.mark.parametrize(("reward", "ranked"), [(3.2, True), (6.25, False), (1.5625, False)])
def test_where_no_height_is_told_a_reward_is_held_to_the_one_that_is_reckoned(reward: float, ranked: bool) -> None:
    told = btc(reward)
    found = ranking(Market(quotes=(told,)), hardware="antminer-s21")

    assert bool(found.ranked) is ranked
    assert bool(found.refused) is not ranked


def test_near_a_step_a_reckoned_height_refuses_neither_side_of_it() -> None:
    at = datetime(2028, 4, 10, tzinfo=UTC)  # about the halving: 2 % of four years are a month
    for reward in (3.125, 1.5625):
        told = btc(reward)
        found = ranking(Market(quotes=(replace(told, taken_at=at),)), hardware="antminer-s21", now=at)
        assert [each.coin for each in found.ranked] == ["BTC"]
