"""Rewards of days that were, by the rules of their chains, where a history tells none."""

from collections.abc import Mapping
from datetime import UTC, datetime, time

from calculators.chain.coin import Coin
from calculators.chain.heights import reckoned_height
from calculators.chain.rewards import Moment, block_reward
from calculators.horizon.history import History, MarketDay

NOON = time(12)


def with_rewards_by_rule(history: History, coins: Mapping[str, Coin], notes: list[str]) -> History:
    """The history with what a block paid the miner on each day, of coins whose rule and heights are known.

    Args:
        history: of coins. What it tells of rewards and yields stays.
        coins: the table of coins by ticker.
        notes: is added what was taken by rule.
    """
    for ticker in history.coins:
        coin, first = coins.get(ticker), history.first_of(ticker)
        told = first.block_reward_coins is not None or first.coins_per_hash_per_second_per_day is not None
        if coin is None or coin.reward_rule is None or told:
            continue
        try:
            history, rewards = _rewarded(history, coin)
        except ValueError:  # not a rule for each of these days
            continue
        notes.append(
            f"{ticker}: the history tells no reward of a block, so each day's is by the rule of the chain, "
            f"{rewards[0]:.6g} to {rewards[-1]:.6g}, without fees of transactions; heights are reckoned"
        )
    return history


def _rewarded(history: History, coin: Coin) -> tuple[History, list[float]]:
    rewards: list[float] = []

    def reward_of(row: MarketDay) -> float:
        at = datetime.combine(row.day, NOON, UTC)
        height = reckoned_height(coin, at)
        moment = Moment(height=None if height is None else height.blocks, at=at, difficulty=row.difficulty)
        rewards.append(block_reward(coin=coin.as_of(row.day), moment=moment).miner_coins)
        return rewards[-1]

    return history.with_rewards(coin.ticker, reward_of), rewards
