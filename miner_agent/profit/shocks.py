"""What the stress presets need to know of coins: the next step of each reward, and who finds how many blocks.

What no source tells is taken from the chain's rule, or taken for granted and said so in a note.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from calculators.chain.coin import Coin
from calculators.chain.pools import scheme
from calculators.chain.reward_rules import Step
from calculators.chain.rewards import Moment, block_reward, next_step
from calculators.earnings.estimate import Estimate
from calculators.earnings.stress import StressRow, stress_grid
from calculators.told_figures import percent_told
from calculators.units import SECONDS_PER_DAY
from miner_agent.profit.ranking import Ranking
from miner_agent.profit.rewards_ahead import chain_height, moment_of

POOL_SHARE = 0.1
"""Of the network's blocks: taken for a pool of which nobody said how large it is."""
MOST_STEPS = 1000
LEAST_OF_SUBSIDY, MOST_OF_SUBSIDY = 0.97, 1.4
"""A block pays its subsidy and some fees. A source whose reward is not between them means another part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Every ranked coin in every preset, and what was taken for granted in it. All money is per day."""

    rows: tuple[StressRow, ...]
    pool_share: float | None  # of the network's blocks; None: nobody's luck depends on a pool
    notes: tuple[str, ...]


def grid(
    ranking: Ranking,
    *,
    coins: Mapping[str, Coin],
    heights: Mapping[str, int],
    pool_share: float | None,
) -> Grid:
    """The presets on each ranked coin.

    Args:
        ranking: estimates of today.
        coins: the table of coins by ticker.
        heights: that the question says, by ticker; of other chains they are what sources tell, or reckoned.
        pool_share: part of the network's blocks that the pool finds. [1] ``None``: a tenth, and a note says so.

    Raises:
        ValueError: no coin is ranked.
    """
    if not ranking.ranked:
        raise ValueError("no coin is ranked")
    parts = [part for found in ranking.ranked for part in found.parts or (found,)]
    by_pool = any("miners" in _bearers(part) for part in parts)
    share = POOL_SHARE if pool_share is None else pool_share
    steps = {part.coin: step for part in parts if (step := _step(part, coins, heights, ranking)) is not None}
    blocks = {part.coin: found for part in parts if (found := _blocks_per_day(part, coins, share, ranking)) is not None}
    compared = ranking.ranked if len(ranking.parts) == 1 else (*ranking.choices, *ranking.ranked)
    rows = stress_grid(estimates=compared, reward_steps=steps, blocks_per_day=blocks)
    notes = []
    if by_pool and pool_share is None:
        notes.append(f"pool luck: pools are taken for ones that find {percent_told(share)} of the blocks: --pool-share")
    return Grid(rows=rows, pool_share=share if by_pool else None, notes=tuple(notes))


def _step(part: Estimate, coins: Mapping[str, Coin], heights: Mapping[str, int], ranking: Ranking) -> Step | None:
    coin = coins.get(part.coin)
    if coin is None or coin.reward_rule is None:
        return None
    height = chain_height(coin, ranking.market.quotes, ranking.now, said=heights)
    try:
        return next_step(coin=coin, moment=moment_of(height, ranking.now))
    except ValueError:  # its rule goes by height, and nobody told one
        return _step_by_reward(coin, _reward(part))


def _step_by_reward(coin: Coin, reward_coins: float | None) -> Step | None:
    """The next step of the era in which a block pays what the source says: its ratio needs no height."""
    interval = coin.reward_parameters.get("interval_blocks")
    if reward_coins is None or not interval:
        return None
    height = int(coin.reward_parameters.get("from_height", 0))
    nearest: tuple[float, Step] | None = None
    for _ in range(MOST_STEPS):
        moment = Moment(height=height)
        try:
            step, paid = next_step(coin=coin, moment=moment), block_reward(coin=coin, moment=moment).miner_coins
        except ValueError:
            return None
        if step is None or paid <= 0:
            break
        if LEAST_OF_SUBSIDY <= reward_coins / paid <= MOST_OF_SUBSIDY:
            distance = abs(math.log(reward_coins / paid))
            if nearest is None or distance < nearest[0]:
                nearest = distance, step
        height += int(interval)
    return None if nearest is None else Step(ratio=nearest[1].ratio, blocks=None, seconds=None)


def _blocks_per_day(part: Estimate, coins: Mapping[str, Coin], pool_share: float, ranking: Ranking) -> float | None:
    """Blocks that who bears the luck finds in a day."""
    if "miner" in _bearers(part):
        reward, found = _reward(part), _value(part, "coins_found_per_day")
        return found / reward if reward and found else None
    coin = coins.get(part.coin)
    told = [quote.block_time_seconds for quote in ranking.market.quotes if quote.coin == part.coin]
    seconds = next((seconds for seconds in (coin.block_time_seconds if coin else None, *told) if seconds), None)
    return pool_share * SECONDS_PER_DAY / seconds if seconds and pool_share > 0 else None


def _bearers(part: Estimate) -> set[str | None]:
    known = scheme(part.operation.pool_scheme)
    return {known.luck_of_subsidy, known.luck_of_fees}


def _reward(part: Estimate) -> float | None:
    return _value(part, "block_reward_coins")


def _value(part: Estimate, name: str) -> float | None:
    return next((float(term.value) for term in part.terms if term.name == name), None)
