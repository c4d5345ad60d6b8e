"""What a block pays by the rules of its chain: all that is made, what of it this block pays, what the miner gets.

``RULES`` are kinds of schedules; the figures of each chain are parameters of its coin (``Coin.reward_parameters``), so
that a new chain is a row of data. What held up to a height stands in ``Coin.former_rewards``. Fees of transactions are
not in a reward by rule.

Beside a kind's own parameters every chain may have these, as parts of the subsidy, where they changed with height:
``block_part_from_HEIGHT`` (the rest is held back for a treasury or for superblocks) and ``miner_part_from_HEIGHT``.
Where the miner's part never changed, ``Coin.miner_part`` says it.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from calculators.chain.coin import Coin, FormerReward
from calculators.chain.reward_rules import RULES, ScheduleRule, Step, complete_figures, scaled_figures, table_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Where a chain stands. A rule asks for what it needs; ``None``: not known."""

    height: int | None = None
    at: datetime | None = None
    emitted_atomic_units: int | None = None  # everything mined before this block
    difficulty: float | None = None  # of this block, in the node's unit


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockReward:
    """What one block pays, in coins, without fees of transactions."""

    subsidy_coins: float  # all that the rule makes for one block
    block_coins: float  # what an ordinary block pays out: what is held back for superblocks or a treasury is not in it
    miner_coins: float


_BLOCK_PART, _MINER_PART = "block_part_from_", "miner_part_from_"
_PARTS = (_BLOCK_PART, _MINER_PART)


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
    rule, figures = _rule(coin, moment)
    stand = _stand(coin, rule, moment)
    try:
        subsidy = rule.subsidy_coins(figures, stand)
    except ValueError as error:
        raise ValueError(f"{coin.ticker}: {error}") from error
    if coin.miner_part is not None and not 0 <= coin.miner_part <= 1:
        raise ValueError(f"{coin.ticker}: miner_part is {coin.miner_part}; expected a ratio from 0 to 1")
    block_part = _part(coin, moment, _BLOCK_PART, unchanged=1)
    miner_part = _part(coin, moment, _MINER_PART, unchanged=block_part if coin.miner_part is None else coin.miner_part)
    if miner_part > block_part:
        raise ValueError(
            f"{coin.ticker}: the miner's part, {miner_part}, is more than the {block_part} that a block pays"
        )
    return BlockReward(subsidy_coins=subsidy, block_coins=subsidy * block_part, miner_coins=subsidy * miner_part)


def next_step(*, coin: Coin, moment: Moment) -> Step | None:
    """The next change of what a chain pays its miners: for a stress test, and for a warning ahead of a halving.

    A change of the miner's part is one, and the end of a former rule. How fast blocks come until then is not in it.

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
    rule, figures = _rule(coin, moment)
    stand = _stand(coin, rule, moment)
    try:
        by_rule = rule.next_step(figures, stand)
    except ValueError as error:
        raise ValueError(f"{coin.ticker}: {error}") from error
    if moment.height is None or (by_rule is not None and by_rule.blocks is None):
        return by_rule
    at_heights = [each for each in _changes_at_heights(coin) if each > moment.height]
    if by_rule is not None and by_rule.blocks is not None:
        at_heights.append(moment.height + by_rule.blocks)
    for height in sorted(set(at_heights)):
        now = block_reward(coin=coin, moment=moment).miner_coins
        later = block_reward(coin=coin, moment=replace(moment, height=height)).miner_coins
        if later != now and now > 0 and later > 0:
            return Step(ratio=later / now, blocks=height - moment.height, seconds=None)
    return None


def check_rule(coin: Coin) -> None:
    """Whether a coin's rules can be used, those of before too.

    Args:
        coin: without a rule it has nothing to check.

    Raises:
        ValueError: with the coin's name: a rule is none of ours, its parameters do not fit it, or a part is none.

    >>> check_rule(Coin(ticker="X", name="X", algorithm="x", reward_rule="halvings", reward_parameters={"coins": 50}))
    Traceback (most recent call last):
    ValueError: X: reward_parameters lack interval_blocks
    """
    if coin.reward_rule is None:
        return
    for name, parameters in ((coin.reward_rule, coin.reward_parameters), *_of_before(coin)):
        _checked(coin, name, parameters)
    for prefix in _PARTS:
        try:
            parts = table_of(coin.reward_parameters, prefix)
        except ValueError as error:
            raise ValueError(f"{coin.ticker}: {error}") from error
        for height, part in parts.items():
            _check_part(coin, prefix, height, part)


def _of_before(coin: Coin) -> Iterator[tuple[str, Mapping[str, float]]]:
    return ((former.rule, former.parameters) for former in coin.former_rewards)


def paying(coin: Coin, factor: float) -> Coin:
    """The coin whose every block pays so many times as much as its rule says, now, before and later.

    Args:
        coin: with a rule or without one.
        factor: how many times as much. [1]

    >>> bitcoin = Coin(ticker="BTC", name="Bitcoin", algorithm="sha256d", reward_rule="halvings",
    ...                reward_parameters={"coins": 50, "interval_blocks": 210_000})
    >>> block_reward(coin=paying(bitcoin, 0.5), moment=Moment(height=0)).miner_coins
    25.0
    """
    former = tuple(replace(each, parameters=scaled_figures(each.parameters, factor)) for each in coin.former_rewards)
    return replace(coin, reward_parameters=scaled_figures(coin.reward_parameters, factor), former_rewards=former)


def _changes_at_heights(coin: Coin) -> set[int]:
    """Where a former rule ends, or a part changes."""
    ends = {former.until_height for former in coin.former_rewards}
    return ends.union(*(table_of(coin.reward_parameters, prefix) for prefix in _PARTS))


def _stand(coin: Coin, rule: ScheduleRule, moment: Moment) -> int:
    """Where the chain stands, by what its rule goes by."""
    if moment.at is not None and moment.at.tzinfo is None:
        raise ValueError(f"{coin.ticker}: a chain's time needs its zone")
    stand = {
        "height": moment.height,
        "unix seconds": math.floor(moment.at.timestamp()) if moment.at is not None else None,
        "emitted atomic units": moment.emitted_atomic_units,
    }[rule.goes_by]
    if stand is None and rule.stands_anywhere:
        return int(coin.reward_parameters.get("from_height", 0))
    if stand is None:
        raise ValueError(f"{coin.ticker}: its reward goes by {rule.goes_by}; tell where the chain stands")
    if stand < 0:
        raise ValueError(f"{coin.ticker}: {rule.goes_by} of {stand}: below zero")
    return stand


def _rule(coin: Coin, moment: Moment) -> tuple[ScheduleRule, dict[str, float]]:
    """The coin's rule at that moment with every parameter, checked."""
    former = _former(coin, moment)
    name, parameters = (
        (coin.reward_rule, coin.reward_parameters) if former is None else (former.rule, former.parameters)
    )
    rule, figures = _checked(coin, name, parameters)
    if rule.needs_difficulty:
        if moment.difficulty is None or not moment.difficulty > 0:
            raise ValueError(f"{coin.ticker}: its reward goes by difficulty then; tell the one of that block")
        figures["difficulty"] = moment.difficulty
    if rule is RULES["chromatic"]:
        if coin.block_time_seconds is None:
            raise ValueError(f"{coin.ticker}: its reward depends on block_time_seconds, which the coin does not tell")
        figures["block_time_seconds"] = coin.block_time_seconds
    return rule, figures


def _checked(coin: Coin, name: str | None, parameters: Mapping[str, float]) -> tuple[ScheduleRule, dict[str, float]]:
    """The rule of that name with every parameter."""
    rule = RULES.get(name or "")
    if rule is None:
        raise ValueError(f"{coin.ticker}: reward_rule is {name!r}; expected one of {', '.join(RULES)}")
    given = {key: value for key, value in parameters.items() if not key.startswith(_PARTS)}
    try:
        return rule, complete_figures(rule, given)
    except ValueError as error:
        said = str(error)
        between = " " if said.startswith(("lack", "have")) else ": "
        raise ValueError(f"{coin.ticker}: reward_parameters{between}{said}") from error


def _former(coin: Coin, moment: Moment) -> FormerReward | None:
    """The rule that held at that height, where it is not the one of today."""
    if moment.height is None:
        return None
    return next((former for former in coin.former_rewards if moment.height < former.until_height), None)


def _part(coin: Coin, moment: Moment, prefix: str, *, unchanged: float) -> float:
    """The part that holds at this height, of those that the coin's parameters name by height."""
    try:
        by_height = table_of(coin.reward_parameters, prefix)
    except ValueError as error:
        raise ValueError(f"{coin.ticker}: {error}") from error
    if not by_height:
        return unchanged
    for height, value in by_height.items():
        _check_part(coin, prefix, height, value)
    what = prefix.removesuffix("_from_")
    if moment.height is None:
        raise ValueError(f"{coin.ticker}: its {what} depends on height, which is not known")
    reached = [height for height in by_height if height <= moment.height]
    if not reached:
        raise ValueError(f"{coin.ticker}: its {what} is known from height {min(by_height)} on")
    return by_height[max(reached)]


def _check_part(coin: Coin, prefix: str, height: int, part: float) -> None:
    if not 0 <= part <= 1:
        raise ValueError(f"{coin.ticker}: {prefix}{height} is {part}; expected a ratio from 0 to 1")
