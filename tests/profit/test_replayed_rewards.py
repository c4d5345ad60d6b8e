"""Days that were are paid what their chains' rules paid then."""

from datetime import date, timedelta

import pytest

from calculators.horizon.history import History, MarketDay
from miner_agent.profit.replayed_rewards import with_rewards_by_rule
from miner_agent.tables.coin_table import load_coins
from tests.quotes import usd

COINS = load_coins()


def days(coin: str, first: date, count: int, difficulty: float = 1e6, reward: float | None = None) -> History:
    rows = [
        MarketDay(
            day=first + timedelta(days=number),
            coin=coin,
            price=usd("10"),
            difficulty=difficulty,
            block_reward_coins=reward,
        )
        for number in range(count)
    ]
    return History(rows, currency="USD")


@pytest.mark.parametrize(
    ("coin", "first", "before", "after"),
    [
        ("LTC", date(2019, 8, 1), 25, 12.5),
        ("ETC", date(2017, 12, 7), 5, 4),
        ("ZEC", date(2020, 11, 14), 5, 2.5),
        ("ZEC", date(2019, 12, 7), 10, 5),
        ("BTC", date(2024, 4, 16), 6.25, 3.125),
    ],
)
def test_a_halving_that_was_is_in_the_days_that_were(coin: str, first: date, before: float, after: float) -> None:
    notes: list[str] = []
    rows = with_rewards_by_rule(days(coin, first, 8), COINS, notes).of(coin)

    assert (rows[0].block_reward_coins, rows[-1].block_reward_coins) == (before, after)
    (note,) = notes
    assert f"{coin}: the history tells no reward" in note
    assert f"{before:g} to {after:g}, without fees" in note


def test_dash_is_paid_by_the_day_s_difficulty_where_its_rule_went_by_it() -> None:
    rows = with_rewards_by_rule(days("DASH", date(2014, 11, 1), 2, difficulty=2000), COINS, []).of("DASH")

    assert rows[0].block_reward_coins == 8 * 0.75  # a quarter is the masternodes'


@pytest.mark.parametrize(
    "told",
    [
        days("LTC", date(2019, 8, 1), 8, reward=26.0),  # its own word stays
        days("LTC", date(2011, 10, 1), 8),  # before any height that is known
        days("XNA", date(2025, 1, 1), 8),  # without a rule
        days("CFX", date(2025, 1, 1), 8),  # voted on
    ],
    ids=["told", "before", "no-rule", "voted"],
)
def test_what_no_rule_says_stays_as_it_was(told: History) -> None:
    notes: list[str] = []
    (coin,) = told.coins

    assert with_rewards_by_rule(told, COINS, notes).of(coin) == told.of(coin)
    assert notes == []
