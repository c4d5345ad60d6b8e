"""What a pool pays: which part of a block, less which fee, who bears the luck; and what of a hashrate it pays for.

Source: M. Rosenfeld, "Analysis of Bitcoin pooled mining reward systems", 2011, https://arxiv.org/abs/1112.4980.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from calculators.given import above_zero, not_negative, ratio

SchemeName = Literal["pps", "fpps", "pps+", "pplns", "prop", "solo"]
LuckBearer = Literal["pool", "miners", "miner"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How a pool shares out. Its fee is taken from everything that it pays.

    Luck: of the ``pool`` where every share has a price; of the pool's ``miners`` together where a block must be found
    first; of the one ``miner`` where nothing is shared.
    """

    name: SchemeName
    pays_transaction_fees: bool
    luck_of_subsidy: LuckBearer
    luck_of_fees: LuckBearer | None  # None: not paid
    part_paid: str  # what `part_paid` computes, for people
    note: str


SCHEMES: Mapping[SchemeName, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme(
            name="pps",
            pays_transaction_fees=False,
            luck_of_subsidy="pool",
            luck_of_fees=None,
            part_paid="(1 - fees_part) * (1 - pool_fee_ratio)",
            note="every share has its price of the subsidy; the pool keeps the fees of transactions",
        ),
        Scheme(
            name="fpps",
            pays_transaction_fees=True,
            luck_of_subsidy="pool",
            luck_of_fees="pool",
            part_paid="1 - pool_fee_ratio",
            note="every share has its price of the subsidy and of the average fees of transactions",
        ),
        Scheme(
            name="pps+",
            pays_transaction_fees=True,
            luck_of_subsidy="pool",
            luck_of_fees="miners",
            part_paid="(1 - fees_part * orphan_ratio) * (1 - pool_fee_ratio)",
            note="every share has its price of the subsidy; fees of transactions are shared when a block is found",
        ),
        Scheme(
            name="pplns",
            pays_transaction_fees=True,
            luck_of_subsidy="miners",
            luck_of_fees="miners",
            part_paid="(1 - orphan_ratio) * (1 - pool_fee_ratio)",
            note="a found block is shared by the last shares before it",
        ),
        Scheme(
            name="prop",
            pays_transaction_fees=True,
            luck_of_subsidy="miners",
            luck_of_fees="miners",
            part_paid="(1 - orphan_ratio) * (1 - pool_fee_ratio)",
            note="a found block is shared by the shares since the block before",
        ),
        Scheme(
            name="solo",
            pays_transaction_fees=True,
            luck_of_subsidy="miner",
            luck_of_fees="miner",
            part_paid="(1 - orphan_ratio) * (1 - pool_fee_ratio)",
            note="whoever finds a block gets it",
        ),
    )
}


def scheme(name: str) -> Scheme:
    """The scheme of a name in any case: ``PPLNS``, ``pps+``.

    Raises:
        ValueError: it is none of ``SCHEMES``.

    >>> scheme("PPS").pays_transaction_fees
    False
    """
    for known in SCHEMES.values():
        if known.name == name.lower():
            return known
    raise ValueError(f"{name!r} is no pool scheme; expected one of {', '.join(SCHEMES)}")


def part_paid(*, pool_scheme: SchemeName, fees_part: float, pool_fee_ratio: float, orphan_ratio: float = 0) -> float:
    """What a pool pays on average, of blocks that its shares were good for.

    Fees for paying out are not in it, nor shares that it refuses, nor what a pool keeps from blocks beside its fee.

    Args:
        pool_scheme: a name of ``SCHEMES``.
        fees_part: fees of transactions, of the whole reward. [1]
        pool_fee_ratio: the pool's fee on what it pays. [1]
        orphan_ratio: found blocks that the chain does not keep. [1] Where the pool bears the luck it bears these.

    Returns:
        Part of the whole reward. [1]

    Raises:
        ValueError: the scheme is not known, or a ratio is outside 0 to 1.

    >>> part_paid(pool_scheme="pps", fees_part=0.25, pool_fee_ratio=0)
    0.75
    """
    ratio(fees_part=fees_part, pool_fee_ratio=pool_fee_ratio, orphan_ratio=orphan_ratio)
    known = scheme(pool_scheme)
    kept = 1 - orphan_ratio
    subsidy = (1 - fees_part) * (1 if known.luck_of_subsidy == "pool" else kept)
    fees = fees_part * (1 if known.luck_of_fees == "pool" else kept) if known.pays_transaction_fees else 0
    return (subsidy + fees) * (1 - pool_fee_ratio)


def income_variation(
    *,
    pool_scheme: SchemeName,
    fees_part: float,
    pool_blocks: float | None = None,
    own_shares: float | None = None,
    own_blocks: float | None = None,
) -> float:
    """How far income of a period strays: its standard deviation by its mean, as far as counting luck goes.

    Price, difficulty and pool hopping are not in it. Shares are counted at the difficulty that the pool sets.

    Args:
        pool_scheme: a name of ``SCHEMES``.
        fees_part: fees of transactions, of the whole reward. [1]
        pool_blocks: blocks that the pool finds in the period (of PPLNS, in its window, if that is longer). [1]
        own_shares: shares that the miner finds in the period. [1] ``None``: so many that their noise is nothing.
        own_blocks: blocks that the miner finds in the period, for SOLO. [1]

    Returns:
        Coefficient of variation. [1] With PPS and FPPS it is that of the own shares alone.

    Raises:
        ValueError: a count that the scheme needs is missing, not finite or not above zero.

    >>> income_variation(pool_scheme="pplns", fees_part=0, pool_blocks=100)
    0.1
    """
    ratio(fees_part=fees_part)
    known = scheme(pool_scheme)
    if known.luck_of_subsidy == "miner":
        return 1 / math.sqrt(_count(known, "own_blocks", own_blocks))
    share_noise = 0.0 if own_shares is None else 1 / _count(known, "own_shares", own_shares)
    lucky_part = 1.0 if known.luck_of_subsidy == "miners" else fees_part if known.luck_of_fees == "miners" else 0.0
    block_noise = lucky_part**2 / _count(known, "pool_blocks", pool_blocks) if lucky_part else 0.0
    return math.sqrt(block_noise + share_noise)


def effective_hashes_per_second(
    *,
    hashes_per_second: float,
    uptime_ratio: float = 1,
    dev_fee_ratio: float = 0,
    stale_ratio: float = 0,
    rejected_ratio: float = 0,
) -> float:
    """What of a hashrate is paid for.

    The power is not: a dev fee is a share of mining time, and stale shares were work too, so the power runs on.

    Args:
        hashes_per_second: hashrate while it mines. [H/s] Zero gives zero.
        uptime_ratio: share of the time in which it mines. [1]
        dev_fee_ratio: share of mining time that the mining program works for its author. [1]
        stale_ratio: share of the shares that come too late. [1]
        rejected_ratio: share of the shares that the pool refuses for other reasons. [1]

    Returns:
        Hashrate. [H/s]

    Raises:
        ValueError: the hashrate is negative or not finite, a ratio is outside 0 to 1, or stale and rejected shares are
            more than all.

    >>> effective_hashes_per_second(hashes_per_second=100, uptime_ratio=0.5, dev_fee_ratio=0.2, stale_ratio=0.25)
    30.0
    """
    not_negative(hashes_per_second=hashes_per_second)
    ratio(
        uptime_ratio=uptime_ratio, dev_fee_ratio=dev_fee_ratio, stale_ratio=stale_ratio, rejected_ratio=rejected_ratio
    )
    ratio(stale_and_rejected_ratio=stale_ratio + rejected_ratio)
    return hashes_per_second * uptime_ratio * (1 - dev_fee_ratio) * (1 - stale_ratio - rejected_ratio)


def _count(known: Scheme, name: str, value: float | None) -> float:
    if value is None:
        raise ValueError(f"{name} is not given; the spread of {known.name.upper()} depends on it")
    above_zero(**{name: value})
    return value
