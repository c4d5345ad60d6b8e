"""How many hashes a source means by one unit of difficulty, where it does not say so."""

from dataclasses import dataclass

from calculators.chain.confidence import apart
from calculators.chain.quote import Quote
from calculators.told_figures import significant
from calculators.units import SECONDS_PER_DAY

GRAPHS = 42
"""Edges of a cycle in Cuckoo's graphs, by which its chains divide."""
KNOWN_FACTORS = (1.0, 2.0, 16.0, 42.0, 8192.0, 2.0**32, GRAPHS / 16_384, GRAPHS / 7_936)
"""Hashes for one unit of difficulty that sources are known to use. The last two: Cuckatoo32 and Cuckatoo31."""
FACTORS_AGREE = 0.20
FACTOR_IS_KNOWN = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """Hashes for one unit of a source's difficulty, worked out from one of its answers, or why it could not be."""

    hashes_per_difficulty: float | None
    reason: str


def derived_factor(quote: Quote) -> Factor:
    """The factor that a source uses for a coin, from one answer of it.

    It is taken where the source's yield and its network's hashrate lead to the same one within 20 %, and both within
    2 % of one that sources are known to use. That a source may change its unit is not in it.

    Args:
        quote: an answer with difficulty, yield, reward, network hashrate and time between blocks.

    Returns:
        The known factor itself, or ``None`` with the reason.

    >>> from datetime import UTC, datetime
    >>> quote = Quote(coin="ETHW", algorithm="ethash", source="file", taken_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...               difficulty=1000, network_hashes_per_second=100, block_time_seconds=10, block_reward_coins=2,
    ...               coins_per_hash_per_second_per_day=172.8)
    >>> derived_factor(quote).hashes_per_difficulty
    1.0
    """
    difficulty, reward, yielded = (
        quote.difficulty,
        quote.block_reward_coins,
        quote.coins_per_hash_per_second_per_day,
    )
    rate, block_time = quote.network_hashes_per_second, quote.block_time_seconds
    if not (difficulty and reward and yielded and rate and block_time):
        return Factor(
            hashes_per_difficulty=None, reason=f"factor unknown: {quote.source} does not tell enough to find it"
        )
    by_yield = SECONDS_PER_DAY * reward / (difficulty * yielded)
    by_network = rate * block_time / difficulty
    if apart(by_yield, by_network) > FACTORS_AGREE:
        told = f"{significant(by_yield)} hashes by its yield, {significant(by_network)} by its network rate"
        reason = f"factor unknown: {told}"
        return Factor(hashes_per_difficulty=None, reason=f"{reason} ({quote.source})")
    for known in KNOWN_FACTORS:
        if max(abs(by_yield / known - 1), abs(by_network / known - 1)) <= FACTOR_IS_KNOWN:
            return Factor(
                hashes_per_difficulty=known, reason=f"factor {significant(known)} found from {quote.source}'s own yield"
            )
    told = f"{significant(by_yield)} and {significant(by_network)} hashes"
    reason = f"factor unknown: {told} are near no unit in use ({quote.source})"
    return Factor(hashes_per_difficulty=None, reason=reason)
