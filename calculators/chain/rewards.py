"""What a block pays by the rules of its chain: all that is made, what of it this block pays, what the miner gets.

``RULES`` are kinds of schedules; the figures of each chain are parameters of its coin (``Coin.reward_parameters``), so
that a new chain is a row of data. Fees of transactions are not in a reward by rule.

Beside a kind's own parameters every chain may have these, as parts of the subsidy, where they changed with height:
``block_part_from_HEIGHT`` (the rest is held back for a treasury or for superblocks) and ``miner_part_from_HEIGHT``.
Where the miner's part never changed, ``Coin.miner_part`` says it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from calculators.chain.coin import Coin
from calculators.given import above_zero, not_negative, ratio

HALF = 0.5
CRYPTONOTE_SUPPLY_ATOMIC_UNITS = 2**64 - 1
MOST_BITS = 64
MONTH_SECONDS = 2_629_800
"""A twelfth of 365.25 days, as the chains of Kaspa's family count it. [s]"""
MONTHLY_HALVING_IN_A_YEAR = 2 ** (-1 / 12)
NEPHEW_PART = 1 / 32
"""Of the block's reward, for naming an uncle. And to the uncle itself on Ethereum Classic since its second era."""
LATEST_UNCLE_BLOCKS = 6
"""An uncle is named at most this many blocks after its own height. [blocks]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Where a chain stands. A rule asks for what it needs; ``None``: not known."""

    height: int | None = None
    at: datetime | None = None
    emitted_atomic_units: int | None = None  # everything mined before this block


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockReward:
    """What one block pays, in coins, without fees of transactions."""

    subsidy_coins: float  # all that the rule makes for one block
    block_coins: float  # what an ordinary block pays out: what is held back for superblocks or a treasury is not in it
    miner_coins: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The next change of a reward: after so many blocks, or at a time, it is ``ratio`` of what it is now."""

    ratio: float
    blocks: int | None  # left until then
    seconds: float | None  # left until then, where the rule goes by time


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRule:
    """One kind of schedule. Its functions see complete parameters, and where the chain stands by ``goes_by``."""

    goes_by: Literal["height", "unix seconds", "emitted atomic units"]
    required: frozenset[str]
    defaults: Mapping[str, float]
    subsidy_coins: Callable[[Mapping[str, float], int], float]
    next_step: Callable[[Mapping[str, float], int], Step | None]


def _steps_done(figures: Mapping[str, float], height: int) -> int:
    first = int(figures["from_height"])
    if height < first:
        raise ValueError(f"its rule is known from height {first} on, not at {height}")
    return (height - first) // int(figures["interval_blocks"])


def _after(steps: int, figures: Mapping[str, float]) -> float:
    return max(figures["coins"] * math.pow(figures["ratio"], steps), figures["tail_coins"])


def _decayed(figures: Mapping[str, float], height: int) -> float:
    return _after(_steps_done(figures, height), figures)


def _next_decay(figures: Mapping[str, float], height: int) -> Step | None:
    done = _steps_done(figures, height)
    now, later = _after(done, figures), _after(done + 1, figures)
    if later >= now:
        return None
    at_height = int(figures["from_height"]) + (done + 1) * int(figures["interval_blocks"])
    return Step(ratio=later / now, blocks=at_height - height, seconds=None)


def _constant(figures: Mapping[str, float], height: int) -> float:
    _steps_done({**figures, "interval_blocks": 1}, height)
    return figures["coins"]


def _no_step(_figures: Mapping[str, float], _stand: int) -> None:
    return None


def _cryptonote(figures: Mapping[str, float], emitted: int) -> float:
    atomic_units = max(0, CRYPTONOTE_SUPPLY_ATOMIC_UNITS - emitted) >> int(figures["speed"])
    return max(atomic_units / math.pow(10, figures["decimals"]), figures["tail_coins"])


def _months_done(figures: Mapping[str, float], unix_seconds: int) -> int:
    months = math.floor((unix_seconds - figures["start_unix_seconds"]) / figures["month_seconds"])
    if months < 0:
        raise ValueError(f"its rule starts {figures['start_unix_seconds'] - unix_seconds:.0f} s later")
    return months


def _chromatic(figures: Mapping[str, float], unix_seconds: int) -> float:
    coins_per_second = figures["coins_per_second"] * math.pow(figures["ratio"], _months_done(figures, unix_seconds))
    return coins_per_second * figures["block_time_seconds"]


def _next_month(figures: Mapping[str, float], unix_seconds: int) -> Step | None:
    months = _months_done(figures, unix_seconds) + 1
    at_seconds = figures["start_unix_seconds"] + months * figures["month_seconds"]
    return Step(ratio=figures["ratio"], blocks=None, seconds=at_seconds - unix_seconds)


RULES: Mapping[str, ScheduleRule] = {
    # The same from a height on: DOGE since 600,000. A height that nobody told is taken as reached.
    "constant": ScheduleRule(
        goes_by="height",
        required=frozenset({"coins"}),
        defaults={"from_height": 0},
        subsidy_coins=_constant,
        next_step=_no_step,
    ),
    # Half after every interval: BTC and its forks, LTC, RVN. `coins` is the reward at `from_height`.
    "halvings": ScheduleRule(
        goes_by="height",
        required=frozenset({"coins", "interval_blocks"}),
        defaults={"from_height": 0, "ratio": HALF, "tail_coins": 0},
        subsidy_coins=_decayed,
        next_step=_next_decay,
    ),
    # `ratio` of it after every interval: ETC's eras, DASH, DCR, DGB.
    "decay": ScheduleRule(
        goes_by="height",
        required=frozenset({"coins", "interval_blocks", "ratio"}),
        defaults={"from_height": 0, "tail_coins": 0},
        subsidy_coins=_decayed,
        next_step=_next_decay,
    ),
    # A part of what is not yet mined, down to a tail: XMR. `speed` is the shift for the chain's own block time.
    "cryptonote": ScheduleRule(
        goes_by="emitted atomic units",
        required=frozenset({"speed", "decimals"}),
        defaults={"tail_coins": 0},
        subsidy_coins=_cryptonote,
        next_step=_no_step,
    ),
    # So much a second, less every month, whatever the time between blocks (the coin's own): KAS and its family.
    "chromatic": ScheduleRule(
        goes_by="unix seconds",
        required=frozenset({"coins_per_second", "start_unix_seconds"}),
        defaults={"month_seconds": MONTH_SECONDS, "ratio": MONTHLY_HALVING_IN_A_YEAR},
        subsidy_coins=_chromatic,
        next_step=_next_month,
    ),
}
"""Kinds of schedules by the name that ``Coin.reward_rule`` uses."""

_PARTS = ("block_part_from_", "miner_part_from_")


def block_reward(*, coin: Coin, moment: Moment) -> BlockReward:
    """What a block of a chain pays at a moment, by its rule.

    Fees of transactions and uncles are not in it, nor penalties on large blocks, nor what an upgrade will change later.

    Args:
        coin: its rule, its parameters and the miner's part.
        moment: what the rule needs: a height, a time or what was emitted.

    Returns:
        Coins for one block.

    Raises:
        ValueError: the coin has no rule, its parameters do not fit, or the moment does not tell what is needed.

    >>> bitcoin = Coin(ticker="BTC", name="Bitcoin", algorithm="sha256d", reward_rule="halvings",
    ...                reward_parameters={"coins": 50, "interval_blocks": 210_000})
    >>> block_reward(coin=bitcoin, moment=Moment(height=840_000)).miner_coins
    3.125
    """
    rule, figures = _rule(coin)
    stand = _stand(coin, rule, moment)
    try:
        subsidy = rule.subsidy_coins(figures, stand)
    except ValueError as error:
        raise ValueError(f"{coin.ticker}: {error}") from error
    if coin.miner_part is not None and not 0 <= coin.miner_part <= 1:
        raise ValueError(f"{coin.ticker}: miner_part is {coin.miner_part}; expected a ratio from 0 to 1")
    block_part = _part(coin, moment, _PARTS[0], unchanged=1)
    miner_part = _part(coin, moment, _PARTS[1], unchanged=block_part if coin.miner_part is None else coin.miner_part)
    if miner_part > block_part:
        raise ValueError(
            f"{coin.ticker}: the miner's part, {miner_part}, is more than the {block_part} that a block pays"
        )
    return BlockReward(subsidy_coins=subsidy, block_coins=subsidy * block_part, miner_coins=subsidy * miner_part)


def next_step(*, coin: Coin, moment: Moment) -> Step | None:
    """The next change of a chain's reward by its rule: for a stress test, and for a warning ahead of a halving.

    How fast blocks come until then is not in it, nor changes of the miner's part.

    Args:
        coin: its rule and parameters.
        moment: where the chain stands.

    Returns:
        The step; ``None`` where the rule has none, or changes with every block.

    Raises:
        ValueError: as of ``block_reward``.

    >>> bitcoin = Coin(ticker="BTC", name="Bitcoin", algorithm="sha256d", reward_rule="halvings",
    ...                reward_parameters={"coins": 50, "interval_blocks": 210_000})
    >>> next_step(coin=bitcoin, moment=Moment(height=1_049_000))
    Step(ratio=0.5, blocks=1000, seconds=None)
    """
    rule, figures = _rule(coin)
    stand = _stand(coin, rule, moment)
    try:
        return rule.next_step(figures, stand)
    except ValueError as error:
        raise ValueError(f"{coin.ticker}: {error}") from error


def _stand(coin: Coin, rule: ScheduleRule, moment: Moment) -> int:
    """Where the chain stands, by what its rule goes by."""
    if moment.at is not None and moment.at.tzinfo is None:
        raise ValueError(f"{coin.ticker}: a chain's time needs its zone")
    stand = {
        "height": moment.height,
        "unix seconds": math.floor(moment.at.timestamp()) if moment.at is not None else None,
        "emitted atomic units": moment.emitted_atomic_units,
    }[rule.goes_by]
    if stand is None and rule is RULES["constant"]:
        return int(coin.reward_parameters.get("from_height", 0))
    if stand is None:
        raise ValueError(f"{coin.ticker}: its reward goes by {rule.goes_by}; tell where the chain stands")
    if stand < 0:
        raise ValueError(f"{coin.ticker}: {rule.goes_by} of {stand}: below zero")
    return stand


def _rule(coin: Coin) -> tuple[ScheduleRule, dict[str, float]]:
    """The coin's rule with every parameter, checked."""
    rule = RULES.get(coin.reward_rule or "")
    if rule is None:
        raise ValueError(f"{coin.ticker}: reward_rule is {coin.reward_rule!r}; expected one of {', '.join(RULES)}")
    given = {name: value for name, value in coin.reward_parameters.items() if not name.startswith(_PARTS)}
    if missing := sorted(rule.required - given.keys()):
        raise ValueError(f"{coin.ticker}: reward_parameters lack {', '.join(missing)}")
    if unknown := sorted(given.keys() - rule.required - rule.defaults.keys()):
        raise ValueError(f"{coin.ticker}: reward_parameters have {', '.join(unknown)}, which {coin.reward_rule} lacks")
    figures = {**rule.defaults, **given}
    if rule is RULES["chromatic"]:
        if coin.block_time_seconds is None:
            raise ValueError(f"{coin.ticker}: its reward depends on block_time_seconds, which the coin does not tell")
        figures["block_time_seconds"] = coin.block_time_seconds
    try:
        _check(figures)
    except ValueError as error:
        raise ValueError(f"{coin.ticker}: reward_parameters: {error}") from error
    return rule, figures


def _check(figures: Mapping[str, float]) -> None:
    for name, value in figures.items():
        if name in {"from_height", "tail_coins", "decimals", "speed"}:
            not_negative(**{name: value})
        elif name == "interval_blocks" and not value >= 1:
            raise ValueError(f"interval_blocks is {value}; expected one block or more")
        else:
            above_zero(**{name: value})
    ratio(ratio=figures.get("ratio", 1))
    for name in ("decimals", "speed"):
        if figures.get(name, 0) > MOST_BITS:
            raise ValueError(f"{name} is {figures[name]:g}; atomic units are numbers of 64 bits")


def _part(coin: Coin, moment: Moment, prefix: str, *, unchanged: float) -> float:
    """The part that holds at this height, of those that the coin's parameters name by height."""
    by_height: dict[int, float] = {}
    for name, value in coin.reward_parameters.items():
        if name.startswith(prefix):
            digits = name.removeprefix(prefix)
            if not (digits.isascii() and digits.isdigit()) or not 0 <= value <= 1:
                raise ValueError(f"{coin.ticker}: {name} is {value}; expected a height in the name and a ratio to 1")
            by_height[int(digits)] = value
    if not by_height:
        return unchanged
    if moment.height is None:
        raise ValueError(f"{coin.ticker}: its {prefix.removesuffix('_from_')} depends on height, which is not known")
    reached = [height for height in by_height if height <= moment.height]
    if not reached:
        raise ValueError(f"{coin.ticker}: its {prefix.removesuffix('_from_')} is known from height {min(by_height)} on")
    return by_height[max(reached)]


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
        blocks: how much higher the block stood that named it, 1 to 6.

    Raises:
        ValueError: no chain allows such a depth.

    >>> uncle_part_at_depth(1)
    0.875
    """
    if not 1 <= blocks <= LATEST_UNCLE_BLOCKS:
        raise ValueError(f"an uncle is named 1 to {LATEST_UNCLE_BLOCKS} blocks later, not {blocks}")
    return (8 - blocks) / 8
