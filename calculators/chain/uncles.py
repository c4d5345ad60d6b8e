"""What uncles do to the reward of a proof of work, on chains of Ethereum's family.

Sources: G. Wood, "Ethereum: a secure decentralised generalised transaction ledger", on block finalisation;
https://ecips.ethereumclassic.org/ECIPs/ecip-1017.
"""

from dataclasses import dataclass

from calculators.given import not_negative, ratio

NEPHEW_PART = 1 / 32
"""Of the block's reward, for naming an uncle. And to the uncle itself on Ethereum Classic since its second era."""
LATEST_UNCLE_BLOCKS = 6
"""An uncle is named at most this many blocks after its own height. [blocks]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UncleReward:
    """What blocks that came a moment too late add on chains of Ethereum's family."""

    coins_per_block: float  # made on the chain for one block of it, uncles and nephews with it
    coins_per_proof: float  # that a miner gets on average for one proof of work, which becomes a block or an uncle


def with_uncles(*, block_coins: float, uncles_per_block: float, uncle_part: float) -> UncleReward:
    """What uncles do to a reward. Formula 2 on a block's difficulty wants ``coins_per_proof``: an uncle took as much
    work as a block, so the chain spends ``1 + uncles_per_block`` proofs on each block.

    Fees of transactions are not in it: an uncle gets none.

    Args:
        block_coins: reward of a block. [coin]
        uncles_per_block: uncles that are named per block, measured. [1] Zero gives the block's reward.
        uncle_part: what an uncle gets, of a block's reward: ``uncle_part_at_depth``, or 1/32 on Ethereum Classic
            since block 5,000,001. [1]

    Raises:
        ValueError: a number is negative or not finite, or the part is above one.

    >>> round(with_uncles(block_coins=4, uncles_per_block=0.032, uncle_part=1 / 32).coins_per_block, 6)
    4.008
    """
    not_negative(block_coins=block_coins, uncles_per_block=uncles_per_block)
    ratio(uncle_part=uncle_part)
    coins = block_coins * (1 + uncles_per_block * (uncle_part + NEPHEW_PART))
    return UncleReward(coins_per_block=coins, coins_per_proof=coins / (1 + uncles_per_block))


def uncle_part_at_depth(blocks: int) -> float:
    """What an uncle got of a block's reward on Ethereum, and on Ethereum Classic up to block 5,000,000.

    Args:
        blocks: how much higher the block stood that named it, 1 to 6. [blocks]

    Raises:
        ValueError: no chain allows such a depth.

    >>> uncle_part_at_depth(1)
    0.875
    """
    if not 1 <= blocks <= LATEST_UNCLE_BLOCKS:
        raise ValueError(f"an uncle is named 1 to {LATEST_UNCLE_BLOCKS} blocks later, not {blocks}")
    return (8 - blocks) / 8
