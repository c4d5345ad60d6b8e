"""What a coin is: its algorithm, its blocks, and who gets which part of them. The figures are data, not code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, Self

TICKER = re.compile(r"[A-Z0-9][A-Z0-9.$@_-]{0,23}")
"""How a coin's ticker is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerReward:
    """The rule of a chain's reward below a height."""

    until_height: int
    rule: str  # a name in calculators.chain.reward_rules.RULES
    parameters: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStatus:
    """What became of a chain that is not as others are."""

    state: Literal["ended", "unattended"]  # no block is mined any more; nobody is paid to look after it
    since: date
    source: str

    @property
    def told(self) -> str:
        """For people.

        >>> ChainStatus(state="ended", since=date(2022, 9, 15), source="ethereum.org").told
        'nobody mines it since 2022-09-15 (ethereum.org)'
        """
        what = "nobody mines it" if self.state == "ended" else "no organisation looks after the chain"
        return f"{what} since {self.since} ({self.source})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coin:
    """One coin as its rules define it, whatever its market does."""

    ticker: str  # in capitals
    name: str
    algorithm: str  # our spelling: lower case, such as randomx, kawpow, etchash, sha256d, scrypt, equihash-200-9
    block_time_seconds: float | None = None  # between blocks of this algorithm on this chain, as the rules aim for
    former_block_times: tuple[tuple[date, float], ...] = ()  # before that day, so many seconds; in the order of days
    height_time_seconds: float | None = None  # between heights, where several algorithms find blocks of one chain
    reward_rule: str | None = None  # a name in calculators.chain.reward_rules.RULES
    reward_parameters: Mapping[str, float] = field(default_factory=dict)
    former_rewards: tuple[FormerReward, ...] = ()  # in the order of heights
    miner_part: float | None = None  # of the block's subsidy: the rest goes to founders, masternodes, a treasury
    hashes_per_difficulty: Mapping[str, float] = field(default_factory=dict)  # by source; "node" is the node's own unit
    known_heights: tuple[tuple[date, int], ...] = ()  # the chain's height at the start of days, in their order
    merged_with: str | None = None  # ticker of the parent chain whose work is counted here too
    status: ChainStatus | None = None  # None: it is mined and looked after, as far as anybody told
    sources: tuple[str, ...] = ()  # where its figures are from, with dates

    def as_of(self, day: date) -> Self:
        """The coin with the time between its blocks that held on that day: old quotes are judged by old rules.

        >>> kaspa = Coin(ticker="KAS", name="Kaspa", algorithm="kheavyhash", block_time_seconds=0.1,
        ...              former_block_times=((date(2025, 5, 5), 1.0),))
        >>> kaspa.as_of(date(2024, 2, 16)).block_time_seconds, kaspa.as_of(date(2026, 10, 4)).block_time_seconds
        (1.0, 0.1)
        """
        then = next((seconds for until, seconds in self.former_block_times if day < until), None)
        return self if then is None else replace(self, block_time_seconds=then)
