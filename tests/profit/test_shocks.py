"""Luck of the presets, worked out by hand: by the blocks of the coin itself, found by whoever bears the luck."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.earnings.stress import LUCK_DAYS, LUCK_QUANTILE, poisson_quantile
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking import rank
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rig_figures import rented
from miner_agent.profit.shocks import grid
from miner_agent.tables.market_of_one_day import builtin_market
from tests.profit.recomputed_ranking import COINS, flat
from tests.quotes import NOON, quote

HASHES_PER_SECOND = 1e9
OTHER = quote(coin="OTHER", block_time_seconds=600)
"""Stands before the coin that is asked about."""


def unlucky_by_mean(asked: Quote, *, coins: Mapping[str, Coin], pool_share: float | None = None, **under: Any) -> float:
    """What an unlucky month pays, by an average one."""
    found = rank(
        Question(
            market=Market(quotes=(OTHER, asked)),
            rig=rented(asked.algorithm, HASHES_PER_SECOND, told_by="a test"),
            conditions=Conditions(prices=flat("0"), **under),
            coins=coins,
            now=NOON,
            only=(asked.coin,),
        )
    )
    (row,) = grid(found, coins=coins, heights={}, pool_share=pool_share).rows
    cell = next(cell for cell in row.cells if cell.scenario.name == "pool luck")
    assert cell.left_out == ()
    return float(cell.revenue_per_day) / float(row.estimate.revenue_per_day)


def by_hand(blocks_per_day: float) -> float:
    mean = blocks_per_day * LUCK_DAYS
    return poisson_quantile(mean_count=mean, probability=LUCK_QUANTILE) / mean


def test_a_pool_finds_its_part_of_the_blocks_that_the_coins_own_source_tells() -> None:
    seconds = 4320.0  # 20 blocks a day
    asked = quote(coin="NEW", block_time_seconds=seconds, network_hashes_per_second=1.94e15 / seconds)

    assert unlucky_by_mean(asked, coins={}, pool_share=0.25) == pytest.approx(by_hand(20 * 0.25), rel=1e-9)


def test_a_pool_finds_its_part_of_the_blocks_that_the_chain_aims_at_whatever_a_source_tells() -> None:
    aimed = COINS["RVN"].block_time_seconds
    (told,) = (each for each in builtin_market() if each.coin == "RVN")
    assert aimed == 60

    found = unlucky_by_mean(replace(told, block_time_seconds=66.0), coins=COINS, pool_share=0.01)
    assert found == pytest.approx(by_hand(0.01 * 86_400 / 60), rel=1e-9)


def test_a_miner_alone_finds_blocks_by_the_work_and_not_by_what_fees_leave() -> None:
    difficulty, seconds = 1e13, 14.5
    asked = quote(coin="NEW", difficulty=difficulty, network_hashes_per_second=difficulty / seconds)
    blocks_per_day = HASHES_PER_SECOND / (difficulty / seconds + HASHES_PER_SECOND) * 86_400 / seconds
    found = unlucky_by_mean(asked, coins={}, pool_scheme="solo", pool_fee_ratio=0.1)

    assert found == pytest.approx(by_hand(blocks_per_day), rel=1e-9)
