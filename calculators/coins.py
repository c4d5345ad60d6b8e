"""What a coin is: its algorithm, its blocks, and who gets which part of them. The figures are data, not code."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Coin:
    """One coin as its rules define it, whatever its market does."""

    ticker: str  # in capitals
    name: str
    algorithm: str  # our spelling: lower case, such as randomx, kawpow, etchash, sha256d, scrypt, equihash-200-9
    block_time_seconds: float | None = None  # between blocks of this algorithm on this chain, as the rules aim for
    reward_rule: str | None = None  # a name in calculators.rewards.RULES
    reward_parameters: Mapping[str, float] = field(default_factory=dict)
    miner_part: float | None = None  # of the block's subsidy: the rest goes to founders, masternodes, a treasury
    hashes_per_difficulty: Mapping[str, float] = field(default_factory=dict)  # by source; "node" is the node's own unit
    merged_with: str | None = None  # ticker of the parent chain whose work is counted here too
    sources: tuple[str, ...] = ()  # where its figures are from, with dates
