"""From difficulty to coins, odds and break-evens: worked by hand, and properties that must hold for every number."""

import math
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calculators.chain.network import (
    break_even_coin_price,
    break_even_difficulty,
    break_even_price_per_kilowatt_hour,
    cost_per_coin,
    expected_coins_per_day,
    expected_coins_per_day_by_network,
    hash_cost,
    hash_price,
    hashes_per_block,
    kilowatt_hours_per_coin,
    periods_to_unprofitability,
    revenue_after,
    revenue_over,
    solo_odds,
)
from calculators.money import Money
from tests.for_each import for_each

positive = st.floats(min_value=1e-6, max_value=1e18)
growth = st.floats(min_value=-0.5, max_value=0.5)
factors = st.sampled_from([1.0, 2.0, 42.0, 8192.0, 2.0**32, 42 / 16384])


def usd(amount: float | str) -> Money:
    return Money(Decimal(str(amount)), "USD")


@given(own=positive, other=positive, difficulty=positive, factor=factors)
def test_two_rigs_find_what_each_finds(own: float, other: float, difficulty: float, factor: float) -> None:
    def found(hashes_per_second: float) -> float:
        return expected_coins_per_day(
            hashes_per_second=hashes_per_second,
            difficulty=difficulty,
            hashes_per_difficulty=factor,
            block_reward_coins=3.125,
        )

    assert found(own + other) == pytest.approx(found(own) + found(other), rel=1e-12)


@given(difficulty=positive, factor=factors)
def test_twice_the_difficulty_earns_half(difficulty: float, factor: float) -> None:
    def found(difficulty: float) -> float:
        return expected_coins_per_day(
            hashes_per_second=1e9, difficulty=difficulty, hashes_per_difficulty=factor, block_reward_coins=2
        )

    assert found(2 * difficulty) == pytest.approx(found(difficulty) / 2, rel=1e-12)


@given(difficulty=positive, factor=factors, block_time=st.floats(min_value=0.1, max_value=3600))
def test_the_whole_network_finds_a_block_in_every_block_time(
    difficulty: float, factor: float, block_time: float
) -> None:
    network = hashes_per_block(difficulty=difficulty, hashes_per_difficulty=factor) / block_time
    by_difficulty = expected_coins_per_day(
        hashes_per_second=network, difficulty=difficulty, hashes_per_difficulty=factor, block_reward_coins=5
    )
    by_network = expected_coins_per_day_by_network(
        hashes_per_second=network,
        network_hashes_per_second=network,
        block_time_seconds=block_time,
        block_reward_coins=5,
    )

    assert by_network == pytest.approx(86_400 / block_time * 5, rel=1e-12)
    assert by_difficulty == pytest.approx(by_network, rel=1e-12)


@for_each("bad", [0.0, -1.0, math.nan, math.inf])
@for_each("name", ["difficulty", "hashes_per_difficulty", "block_reward_coins"])
def test_a_figure_that_no_chain_has_is_named(name: str, bad: float) -> None:
    figures = {"difficulty": 1.0, "hashes_per_difficulty": 1.0, "block_reward_coins": 1.0, name: bad}
    with pytest.raises(ValueError, match=name):
        expected_coins_per_day(hashes_per_second=1, **figures)


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_a_hashrate_is_zero_or_more(bad: float) -> None:
    figures = {"difficulty": 1.0, "hashes_per_difficulty": 1.0, "block_reward_coins": 1.0}
    assert expected_coins_per_day(hashes_per_second=0, **figures) == 0
    with pytest.raises(ValueError, match="hashes_per_second"):
        expected_coins_per_day(hashes_per_second=bad, **figures)


def test_hash_price_is_above_hash_cost_exactly_where_mining_pays() -> None:
    price = hash_price(
        difficulty=81_725_299_822_043, hashes_per_difficulty=2**32, block_reward_coins=6.25, coin_price=usd(52_143)
    )
    # 21.5 J/TH breaks even at: price of a TH-day over its 0.516 kWh.
    even = float(price) * 1e12 / (21.5 * 24 / 1000)
    cost = hash_cost(joules_per_hash=21.5e-12, price_per_kilowatt_hour=usd(f"{even:.12f}"))

    assert float(price) * 1e12 == pytest.approx(0.0802, abs=5e-4)
    assert float(cost) == pytest.approx(float(price), rel=1e-9)


def test_solo_odds_are_those_of_a_poisson_process() -> None:
    odds = solo_odds(
        hashes_per_second=500e9,
        difficulty=100e12,
        hashes_per_difficulty=2**32,
        block_reward_coins=3.125,
        period_seconds=365 * 86_400,
    )
    seconds = 100e12 * 2**32 / 500e9

    assert odds.mean_seconds_to_first_block == pytest.approx(seconds)
    assert odds.median_seconds_to_first_block == pytest.approx(seconds * 0.693147, rel=1e-5)
    assert odds.seconds_to_first_block_95 == pytest.approx(seconds * 2.995732, rel=1e-6)
    assert odds.probability_of_none_in_period == pytest.approx(math.exp(-365 * 86_400 / seconds))
    assert odds.coins_in_period == pytest.approx(365 * odds.blocks_per_day * 3.125)
    assert odds.income_variation == pytest.approx(1 / math.sqrt(odds.blocks_in_period))


@given(st.floats(min_value=1, max_value=1e9))
def test_the_median_time_and_the_95_percent_time_leave_half_and_a_twentieth(hashes_per_second: float) -> None:
    def none_within(seconds: float) -> float:
        return solo_odds(
            hashes_per_second=hashes_per_second,
            difficulty=1e6,
            hashes_per_difficulty=1,
            block_reward_coins=1,
            period_seconds=seconds,
        ).probability_of_none_in_period

    odds = solo_odds(
        hashes_per_second=hashes_per_second,
        difficulty=1e6,
        hashes_per_difficulty=1,
        block_reward_coins=1,
        period_seconds=1,
    )
    assert none_within(odds.median_seconds_to_first_block) == pytest.approx(0.5)
    assert none_within(odds.seconds_to_first_block_95) == pytest.approx(0.05)


def test_orphans_thin_out_the_blocks_that_pay() -> None:
    figures = {
        "hashes_per_second": 1.0,
        "difficulty": 86_400.0,
        "hashes_per_difficulty": 1.0,
        "block_reward_coins": 5.0,
        "period_seconds": 86_400.0,
    }
    assert solo_odds(**figures, orphan_probability=0.2).coins_in_period == pytest.approx(4)
    assert solo_odds(**figures, orphan_probability=0.2).mean_seconds_to_first_block == pytest.approx(108_000)
    with pytest.raises(ValueError, match="no block is ever paid"):
        solo_odds(**figures, orphan_probability=1)


@given(revenue=positive, watts=st.floats(min_value=0.1, max_value=1e9))
def test_energy_at_its_break_even_price_costs_the_revenue(revenue: float, watts: float) -> None:
    price = break_even_price_per_kilowatt_hour(revenue_per_day=Money.estimated(revenue, "USD"), power_watts=watts)

    assert float(price) * watts / 1000 * 24 == pytest.approx(revenue, rel=1e-9)


@given(cost=positive, coins=positive)
def test_coins_at_their_break_even_price_bring_the_cost(cost: float, coins: float) -> None:
    price = break_even_coin_price(cost_per_day=Money.estimated(cost, "USD"), coins_per_day=coins)

    assert float(price) * coins == pytest.approx(cost, rel=1e-9)


@given(difficulty=positive, reward=st.floats(min_value=0.01, max_value=1e6), cost=positive)
def test_at_the_break_even_difficulty_revenue_is_the_cost(difficulty: float, reward: float, cost: float) -> None:
    def revenue(difficulty: float) -> Money:
        coins = expected_coins_per_day(
            hashes_per_second=1e9, difficulty=difficulty, hashes_per_difficulty=1, block_reward_coins=reward
        )
        return Money.estimated(coins * 7, "USD")

    paid = Money.estimated(cost, "USD")
    even = break_even_difficulty(difficulty=difficulty, revenue_per_day=revenue(difficulty), cost_per_day=paid)

    assert float(revenue(even)) == pytest.approx(cost, rel=1e-9)


def test_break_evens_of_two_currencies_are_refused() -> None:
    with pytest.raises(ValueError, match="EUR"):
        break_even_difficulty(difficulty=1, revenue_per_day=usd(1), cost_per_day=Money(Decimal(1), "EUR"))


def test_a_coin_costs_what_the_days_energy_costs_by_the_days_coins() -> None:
    figures = {"difficulty": 1e12, "hashes_per_difficulty": 4.0, "block_reward_coins": 2.5}
    coins = expected_coins_per_day(hashes_per_second=3e9, **figures)
    kilowatt_hours = kilowatt_hours_per_coin(**figures, joules_per_hash=1500 / 3e9)
    cost = cost_per_coin(**figures, joules_per_hash=1500 / 3e9, price_per_kilowatt_hour=usd("0.25"))

    assert kilowatt_hours == pytest.approx(36 / coins, rel=1e-12)
    assert float(cost) == pytest.approx(9 / coins, rel=1e-11)


@given(price_growth_ratio=growth, difficulty_growth_ratio=growth, periods=st.integers(min_value=0, max_value=60))
def test_revenue_over_periods_is_the_sum_of_each(
    price_growth_ratio: float, difficulty_growth_ratio: float, periods: int
) -> None:
    summed = sum(
        float(
            revenue_after(
                revenue=usd(10),
                price_growth_ratio=price_growth_ratio,
                difficulty_growth_ratio=difficulty_growth_ratio,
                periods=period,
            )
        )
        for period in range(periods)
    )
    over = revenue_over(
        revenue=usd(10),
        price_growth_ratio=price_growth_ratio,
        difficulty_growth_ratio=difficulty_growth_ratio,
        periods=periods,
    )

    assert float(over) == pytest.approx(summed, rel=1e-9)


@given(
    revenue=st.floats(min_value=1, max_value=1e6),
    cost=st.floats(min_value=0.01, max_value=1e6),
    price_growth_ratio=growth,
    difficulty_growth_ratio=growth,
)
def test_revenue_is_the_cost_when_it_is_said_to_be(
    revenue: float, cost: float, price_growth_ratio: float, difficulty_growth_ratio: float
) -> None:
    earned, paid = Money.estimated(revenue, "USD"), Money.estimated(cost, "USD")
    assume(abs((1 + price_growth_ratio) / (1 + difficulty_growth_ratio) - 1) > 1e-3)
    periods = periods_to_unprofitability(
        revenue=earned,
        cost=paid,
        price_growth_ratio=price_growth_ratio,
        difficulty_growth_ratio=difficulty_growth_ratio,
    )

    if periods is None:
        assert revenue > cost
        assert price_growth_ratio > difficulty_growth_ratio
    elif periods == 0:
        assert revenue <= cost
    else:
        then = revenue_after(
            revenue=earned,
            price_growth_ratio=price_growth_ratio,
            difficulty_growth_ratio=difficulty_growth_ratio,
            periods=periods,
        )
        assert float(then) == pytest.approx(cost, rel=1e-9)


def test_revenue_that_does_not_fall_never_becomes_too_small() -> None:
    assert (
        periods_to_unprofitability(revenue=usd(2), cost=usd(1), price_growth_ratio=0.1, difficulty_growth_ratio=0.1)
        is None
    )
    assert (
        periods_to_unprofitability(revenue=usd(2), cost=usd(0), price_growth_ratio=0, difficulty_growth_ratio=0.1)
        is None
    )


def test_a_growth_below_all_is_refused() -> None:
    with pytest.raises(ValueError, match="difficulty_growth_ratio"):
        revenue_after(revenue=usd(1), price_growth_ratio=0, difficulty_growth_ratio=-1, periods=1)
