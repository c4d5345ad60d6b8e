"""Questions with another input: the answer is what the whole sum gives with it, checks of the market included."""

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from calculators.earnings.own_hashrate import own_ratio_of
from calculators.earnings.together import together
from miner_agent.profit.document import estimated
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking import rank
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.what_if import answer_with, estimate_of
from tests.profit.recomputed_ranking import BUILT_IN, COINS, check_by_hand, flat, rig
from tests.quotes import NOON, quote


def question(market: Market, hardware: str) -> Question:
    return Question(market=market, rig=rig(hardware), conditions=Conditions(prices=flat("0.05")), coins=COINS, now=NOON)


@pytest.mark.parametrize(("coin", "hardware"), [("KAS", "antminer-ks5-pro"), ("DOGE", "antminer-l7")])
def test_a_halving_that_is_asked_for_is_no_lie_of_the_source(coin: str, hardware: str) -> None:
    asked = replace(question(BUILT_IN, hardware), merge=False, now=datetime(2026, 10, 5, tzinfo=UTC))
    today = estimate_of(asked, coin)
    halved = answer_with(asked, today, {"block_reward_ratio": 0.5})

    assert math.isclose(halved.coins_per_day, today.coins_per_day / 2, rel_tol=1e-12)
    assert halved.confidence.level == today.confidence.level


def test_a_halving_halves_a_reward_that_only_the_rule_of_the_chain_tells() -> None:
    node = quote(source="node", block_reward_coins=None, network_hashes_per_second=None, height=25_432_100)
    asked = question(Market(quotes=(node,)), "6x rtx3080")
    today = estimate_of(asked, "ETC")
    halved = answer_with(asked, today, {"block_reward_ratio": 0.5})

    assert math.isclose(halved.coins_per_day, today.coins_per_day / 2, rel_tol=1e-12)


@pytest.mark.parametrize(("coin", "hardware"), [("RVN", "6x rtx3080"), ("PRL", "rtx4090"), ("LTC", "antminer-l9")])
def test_twice_the_difficulty_leaves_half_the_coins_of_that_chain(coin: str, hardware: str) -> None:
    asked = question(BUILT_IN, hardware)
    today = estimate_of(asked, coin)
    harder = answer_with(asked, today, {"difficulty_ratio": 2.0})

    own = own_ratio_of((today.parts or (today,))[0].terms)
    assert math.isclose(harder.coins_per_day, today.coins_per_day * (1 + own) / (2 + own), rel_tol=1e-12)
    assert harder.energy_cost_per_day == today.energy_cost_per_day
    assert harder.confidence.level == today.confidence.level


def test_a_whole_rig_that_mines_one_coin_stops_at_the_price_at_which_it_leaves_nothing() -> None:
    asked = question(Market(quotes=(quote(),)), "4x rtx3080, 4x rtx-a4000")
    today = rank(asked).whole
    assert today is not None
    assert len(today.sides) == 2
    assert today.break_even_coin_price is not None
    check_by_hand(today)
    there = answer_with(asked, today, {"coin_price": float(today.break_even_coin_price)})

    assert math.isclose(there.profit_per_day.amount, 0, abs_tol=1e-6)
    assert there.break_even_coin_price == today.break_even_coin_price


def test_the_hashrate_of_a_whole_rig_is_that_of_all_its_parts_where_one_algorithm_has_one() -> None:
    whole = rank(question(Market(quotes=(quote(),)), "4x rtx3080, 4x rtx-a4000")).whole
    assert whole is not None
    assert estimated(whole)["hashes_per_second"] == sum(side.operation.hashes_per_second for side in whole.sides)
    other = replace(whole.sides[1], algorithm="kawpow")
    assert estimated(together([whole.sides[0], other], devices="both"))["hashes_per_second"] is None
