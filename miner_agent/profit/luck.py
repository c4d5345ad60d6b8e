"""What mining alone comes to, and what the network pays for work: both by the lines of an estimate's own sum."""

from collections.abc import Mapping

from calculators.chain.network import SoloOdds, solo_odds
from calculators.earnings.estimate import Estimate
from calculators.money import Money
from calculators.units import SECONDS_PER_DAY

PERIOD_DAYS = 30


def odds_alone(found: Estimate, *, period_days: float = PERIOD_DAYS) -> Mapping[str, SoloOdds]:
    """How long each chain lets a miner wait who shares with nobody, whatever the pool is.

    Args:
        found: what is mined. A chain whose source tells no reward of a block is left out.
        period_days: that is asked about. [d]
    """
    blocks: dict[str, float] = {}
    rewards: dict[str, float] = {}
    for part in found.parts or (found,):
        lines = _numbers(part)
        reward, coins = lines.get("block_reward_coins", 0.0), lines.get("coins_found_per_day", 0.0)
        if reward > 0 and coins > 0:
            rewards[part.coin] = reward
            blocks[part.coin] = blocks.get(part.coin, 0.0) + coins / reward
    return {
        coin: solo_odds(
            hashes_per_second=1,
            difficulty=SECONDS_PER_DAY / blocks_per_day,
            hashes_per_difficulty=1,
            block_reward_coins=rewards[coin],
            period_seconds=period_days * SECONDS_PER_DAY,
            orphan_probability=found.operation.orphan_ratio,
        )
        for coin, blocks_per_day in blocks.items()
    }


def hash_price_of(found: Estimate) -> Money | None:
    """What one hash a second earns in a day before every fee, with all chains that are mined with it.

    Returns:
        Money. [currency/(H/s)/d] ``None`` where nothing is mined, or by several algorithms at once.
    """
    parts = found.parts or (found,)
    lines = [_numbers(part) for part in parts]
    hashes_per_second = lines[0].get("effective_hashes_per_second", 0.0)
    if not hashes_per_second or any(part.algorithm != parts[0].algorithm for part in parts):
        return None
    earned = sum(
        each.get("coins_found_per_day", 0.0) * float(part.price) / hashes_per_second
        for part, each in zip(parts, lines, strict=True)
        if each.get("effective_hashes_per_second") == hashes_per_second
    )
    return Money.estimated(earned, found.price.currency)


def _numbers(found: Estimate) -> Mapping[str, float]:
    return {term.name: float(term.value) for term in found.terms}
