"""What one hash a second earns in a day, by everything that a quote tells of it.

Every quote gives up to three witnesses: by its difficulty, by its network's hashrate, and the yield that the source
publishes itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from calculators.chain.coin import Coin
from calculators.chain.confidence import MEDIUM_APART, REFUSED_APART, apart
from calculators.chain.difficulty_factor import Factor, derived_factor
from calculators.chain.network import expected_coins_per_day, expected_coins_per_day_by_network
from calculators.chain.quote import Quote
from calculators.chain.rewards import BlockReward
from calculators.told_figures import significant

Method = Literal["difficulty", "network", "published"]
WRONG_BLOCK_TIME = "aim of the chain, for one that the source lists wrongly"
WHOLE_BLOCK_FITS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One estimate of what one hash a second earns in a day, and where it is from."""

    method: Method
    coins_per_hash_per_second_per_day: float
    quote: Quote  # as the source gave it, and what it left out filled in
    filled_from: Mapping[str, str]  # field of the quote to where it is from, for what the source left out


def reward_basis(*, listed_coins: float, rule: BlockReward) -> Literal["miner", "whole"] | None:
    """Whether a source lists what the miner gets, or the whole block with what founders and masternodes get.

    Args:
        listed_coins: reward as the source lists it. [coin] With fees of transactions it may be 10 % above the rule.
        rule: the block by the chain's rule.

    Returns:
        Which one it is; ``None`` where it fits neither. Where all is the miner's: ``miner``.

    Raises:
        ValueError: a number is not finite or not above zero.

    >>> zcash = BlockReward(subsidy_coins=1.5625, block_coins=1.5625, miner_coins=1.25)
    >>> reward_basis(listed_coins=1.5625, rule=zcash)
    'whole'
    """
    from_miner = apart(listed_coins, rule.miner_coins)
    if (
        from_miner
        > WHOLE_BLOCK_FITS
        >= min(apart(listed_coins, rule.subsidy_coins), apart(listed_coins, rule.block_coins))
    ):
        return "whole"
    return "miner" if from_miner <= MEDIUM_APART else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedQuote:
    """A quote with what could be filled in, and where that is from."""

    quote: Quote
    filled_from: Mapping[str, str]
    factor: Factor | None  # where the source told a difficulty without one


def completed_quote(quote: Quote, coin: Coin | None, rule: BlockReward | None) -> CompletedQuote:
    """The quote, with what it left out from the table of coins and from the rule of its chain.

    A source that lists the whole block of 10, of which the miner gets 8:

    >>> from datetime import UTC, datetime
    >>> from calculators.chain.quote import Quote
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> rule = BlockReward(subsidy_coins=10, block_coins=10, miner_coins=8)
    >>> listed = Quote(coin="X", algorithm="x", source="file", taken_at=noon, block_reward_coins=10)
    >>> completed_quote(listed, None, rule).quote.block_reward_coins
    8.0
    """
    filled_from: dict[str, str] = {}
    hashes, reward, seconds = quote.hashes_per_difficulty, quote.block_reward_coins, quote.block_time_seconds
    factor = derived_factor(quote) if quote.difficulty and hashes is None else None
    if factor is not None and factor.hashes_per_difficulty is not None:
        hashes, filled_from["hashes_per_difficulty"] = factor.hashes_per_difficulty, f"derived from {quote.source}"
    if seconds is None and coin is not None and coin.block_time_seconds is not None:
        seconds, filled_from["block_time_seconds"] = coin.block_time_seconds, "aim of the chain"
    if rule is not None and reward is None:
        reward, filled_from["block_reward_coins"] = rule.miner_coins, "rule of the chain"
    elif rule is not None and reward is not None and reward_basis(listed_coins=reward, rule=rule) == "whole":
        filled_from["block_reward_coins"] = f"{quote.source}, the miner's part of {significant(reward)}"
        whole = rule.subsidy_coins if apart(reward, rule.subsidy_coins) <= WHOLE_BLOCK_FITS else rule.block_coins
        reward *= rule.miner_coins / whole
    complete = replace(quote, hashes_per_difficulty=hashes, block_reward_coins=reward, block_time_seconds=seconds)
    return CompletedQuote(quote=complete, filled_from=filled_from, factor=factor)


def witnesses_of(completed: CompletedQuote, coin: Coin | None) -> list[Witness]:
    """Up to three: by difficulty, by the network's hashrate, as published.

    >>> from datetime import UTC, datetime
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="X", algorithm="x", source="file", taken_at=noon, difficulty=864e3, hashes_per_difficulty=1,
    ...               block_reward_coins=2, network_hashes_per_second=1000, block_time_seconds=864)
    >>> [(each.method, each.coins_per_hash_per_second_per_day)
    ...  for each in witnesses_of(completed_quote(quote, None, None), None)]
    [('difficulty', 0.2), ('network', 0.2)]
    """
    quote = completed.quote
    found: list[Witness] = []

    def testify(method: Method, value: float) -> None:
        found.append(
            Witness(
                method=method,
                coins_per_hash_per_second_per_day=value,
                quote=quote,
                filled_from=completed.filled_from,
            )
        )

    reward = quote.block_reward_coins
    if reward and quote.difficulty and quote.hashes_per_difficulty:
        by_difficulty = expected_coins_per_day(
            hashes_per_second=1,
            difficulty=quote.difficulty,
            hashes_per_difficulty=quote.hashes_per_difficulty,
            block_reward_coins=reward,
        )
        testify("difficulty", by_difficulty)
    if reward and quote.network_hashes_per_second and quote.block_time_seconds:
        by_network = expected_coins_per_day_by_network(
            hashes_per_second=1,
            network_hashes_per_second=quote.network_hashes_per_second,
            block_time_seconds=quote.block_time_seconds,
            block_reward_coins=reward,
        )
        testify("network", by_network)
        if len(found) > 1 and coin is not None and coin.block_time_seconds is not None:
            found[1] = _with_likelier_block_time(*found, aimed_at_seconds=coin.block_time_seconds)
    if quote.coins_per_hash_per_second_per_day:
        testify("published", quote.coins_per_hash_per_second_per_day)
    return found


def _with_likelier_block_time(by_difficulty: Witness, by_network: Witness, *, aimed_at_seconds: float) -> Witness:
    """The estimate by network rate; with the chain's own time between blocks where that alone fits the difficulty.

    A source may list a wrong time. But a measured one may be right and far from the aim, on a chain that lost most of
    its hashrate: so the aim is taken only where it makes the two agree.
    """
    difficulty, listed = (each.coins_per_hash_per_second_per_day for each in (by_difficulty, by_network))
    listed_seconds = by_network.quote.block_time_seconds or aimed_at_seconds
    aimed = listed * listed_seconds / aimed_at_seconds
    if apart(difficulty, listed) <= REFUSED_APART or apart(difficulty, aimed) > MEDIUM_APART:
        return by_network
    return replace(
        by_network,
        coins_per_hash_per_second_per_day=aimed,
        quote=replace(by_network.quote, block_time_seconds=aimed_at_seconds),
        filled_from={**by_network.filled_from, "block_time_seconds": WRONG_BLOCK_TIME},
    )
