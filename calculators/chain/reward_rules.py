"""Kinds of schedules of rewards: what a block makes, and its next change. The figures of each chain are data.

Sources: ``GetBlockSubsidy`` in validation.cpp of Bitcoin and of Dash, ``get_block_reward`` in cryptonote_basic_impl.cpp
of Monero, coinbase.rs of Kaspa, and https://ecips.ethereumclassic.org/ECIPs/ecip-1017.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from calculators.given import above_zero, not_negative, ratio

HALF = 0.5
CRYPTONOTE_SUPPLY_ATOMIC_UNITS = 2**64 - 1
MOST_BITS = 64
MONTH_SECONDS = 2_629_800
"""A twelfth of 365.25 days, as the chains of Kaspa's family count it. [s]"""
MONTHLY_HALVING_IN_A_YEAR = 2 ** (-1 / 12)
AMOUNTS = frozenset({"coins", "coins_per_second", "less_coins", "tail_coins", "top_coins", "least_coins", "most_coins"})
"""Parameters that are of coins: what a block makes grows with them."""
COINS_FROM = "coins_from_"
"""Of a table: what a block makes from that height on."""


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
    needs_difficulty: bool = False  # then its parameters hold "difficulty" too, the chain's own at that block
    by_height: bool = False  # its parameters are coins_from_HEIGHT, at least one
    stands_anywhere: bool = False  # where nobody tells the height, it is taken as reached


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
    return _step_at(figures, height, now=_after(done, figures), later=_after(done + 1, figures))


def _less_after(steps: int, figures: Mapping[str, float]) -> float:
    return max(figures["coins"] - figures["less_coins"] * steps, figures["tail_coins"])


def _lessened(figures: Mapping[str, float], height: int) -> float:
    return _less_after(_steps_done(figures, height), figures)


def _next_less(figures: Mapping[str, float], height: int) -> Step | None:
    done = _steps_done(figures, height)
    return _step_at(figures, height, now=_less_after(done, figures), later=_less_after(done + 1, figures))


def _step_at(figures: Mapping[str, float], height: int, *, now: float, later: float) -> Step | None:
    """The end of this interval, where it changes anything."""
    if later == now or now <= 0 or later <= 0:
        return None
    at_height = int(figures["from_height"]) + (_steps_done(figures, height) + 1) * int(figures["interval_blocks"])
    return Step(ratio=later / now, blocks=at_height - height, seconds=None)


def _squared(figures: Mapping[str, float], height: int) -> float:
    """Whole coins, less with the square of the difficulty, between two bounds."""
    _steps_done({**figures, "interval_blocks": 1}, height)
    root = (figures["difficulty"] + figures["shift"]) / figures["scale"]
    return min(max(math.floor(figures["top_coins"] / root**2), figures["least_coins"]), figures["most_coins"])


def _constant(figures: Mapping[str, float], height: int) -> float:
    _steps_done({**figures, "interval_blocks": 1}, height)
    return figures["coins"]


def _no_step(_figures: Mapping[str, float], _stand: int) -> None:
    return None


def _voted(_figures: Mapping[str, float], _height: int) -> float:
    raise ValueError("its reward is set by vote; no rule says it")


def table_of(figures: Mapping[str, float], prefix: str) -> dict[int, float]:
    """Values from heights on, by height, of parameters whose names begin so and end in the
    height. [each its own]

    Args:
        figures: a rule's parameters, by their names. [each its own]
        prefix: how those that are meant begin.

    Raises:
        ValueError: a name does not end in a height.

    >>> table_of({"coins_from_0": 50, "coins_from_100": 25, "interval_blocks": 10}, "coins_from_")
    {0: 50, 100: 25}
    """
    by_height: dict[int, float] = {}
    for name, value in figures.items():
        if name.startswith(prefix):
            digits = name.removeprefix(prefix)
            if not (digits.isascii() and digits.isdigit()):
                raise ValueError(f"{name} is {value}; expected a height in the name")
            by_height[int(digits)] = value
    return by_height


def _listed(figures: Mapping[str, float], height: int) -> float:
    by_height = table_of(figures, COINS_FROM)
    reached = [each for each in by_height if each <= height]
    if not reached:
        raise ValueError(f"its rule is known from height {min(by_height)} on, not at {height}")
    return by_height[max(reached)]


def _next_listed(figures: Mapping[str, float], height: int) -> Step | None:
    ahead = [each for each in table_of(figures, COINS_FROM) if each > height]
    if not ahead:
        return None
    return Step(ratio=_listed(figures, min(ahead)) / _listed(figures, height), blocks=min(ahead) - height, seconds=None)


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
        stands_anywhere=True,
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
    # So many coins less after every interval, down to a tail: ERG. Below zero it rises: ZEC's slow start.
    "linear": ScheduleRule(
        goes_by="height",
        required=frozenset({"coins", "interval_blocks", "less_coins"}),
        defaults={"from_height": 0, "tail_coins": 0},
        subsidy_coins=_lessened,
        next_step=_next_less,
    ),
    # What each height begins: IRON, whose years are rounded.
    "table": ScheduleRule(
        goes_by="height",
        required=frozenset(),
        defaults={},
        subsidy_coins=_listed,
        next_step=_next_listed,
        by_height=True,
    ),
    # By the square of the difficulty, in whole coins: DASH in its first year.
    "by difficulty": ScheduleRule(
        goes_by="height",
        required=frozenset({"top_coins", "shift", "scale", "least_coins", "most_coins"}),
        defaults={"from_height": 0},
        subsidy_coins=_squared,
        next_step=_no_step,
        needs_difficulty=True,
    ),
    # Holders vote on it, so nothing can be said ahead: CFX.
    "voted": ScheduleRule(
        goes_by="height",
        required=frozenset(),
        defaults={},
        subsidy_coins=_voted,
        next_step=_no_step,
        stands_anywhere=True,
    ),
    # A part of what is not yet mined, down to a tail: XMR. `speed` is the shift for the chain's own block time.
    "cryptonote": ScheduleRule(
        goes_by="emitted atomic units",
        required=frozenset({"speed", "decimals"}),
        defaults={"tail_coins": 0},
        subsidy_coins=_cryptonote,
        next_step=_no_step,
    ),
    # So much a second, less every month, whatever the time between blocks (the coin's own): KAS and its family; CKB,
    # whose month is four years.
    "chromatic": ScheduleRule(
        goes_by="unix seconds",
        required=frozenset({"coins_per_second", "start_unix_seconds"}),
        defaults={"month_seconds": MONTH_SECONDS, "ratio": MONTHLY_HALVING_IN_A_YEAR},
        subsidy_coins=_chromatic,
        next_step=_next_month,
    ),
}
"""Kinds of schedules by the name that ``Coin.reward_rule`` uses."""


def scaled_figures(figures: Mapping[str, float], factor: float) -> dict[str, float]:
    """The parameters of a rule by which every block makes so many times as much.
    [each its own]

    Args:
        figures: parameters of any rule. [each its own]
        factor: how many times as much. [1]

    >>> scaled_figures({"coins": 50, "interval_blocks": 210_000}, 0.5)
    {'coins': 25.0, 'interval_blocks': 210000}
    """
    return {
        name: value * factor if name in AMOUNTS or name.startswith(COINS_FROM) else value
        for name, value in figures.items()
    }


def complete_figures(rule: ScheduleRule, given: Mapping[str, float]) -> dict[str, float]:
    """The parameters of a rule, all of them, checked. [each its own]

    Args:
        rule: one of ``RULES``.
        given: what the coin tells. [each its own]

    Raises:
        ValueError: one is missing, is not of this rule, or cannot be.

    >>> figures = complete_figures(RULES["halvings"], {"coins": 50, "interval_blocks": 210_000})
    >>> figures["ratio"], figures["from_height"], figures["tail_coins"]
    (0.5, 0, 0)
    """
    by_height = {name for name in given if rule.by_height and name.startswith(COINS_FROM)}
    if missing := sorted(rule.required - given.keys()):
        raise ValueError(f"lack {', '.join(missing)}")
    if rule.by_height and not by_height:
        raise ValueError(f"lack {COINS_FROM}HEIGHT")
    if unknown := sorted(given.keys() - rule.required - rule.defaults.keys() - by_height):
        raise ValueError(f"have {', '.join(unknown)}, which the rule lacks")
    figures = {**rule.defaults, **given}
    table_of(figures, COINS_FROM)
    for name, value in figures.items():
        if name in {"from_height", "tail_coins", "decimals", "speed"}:
            not_negative(**{name: value})
        elif name == "interval_blocks" and not value >= 1:
            raise ValueError(f"interval_blocks is {value}; expected one block or more")
        elif name == "less_coins" or (name == "coins" and rule is RULES["linear"]):
            not_negative(**{name: abs(value)})
        else:
            above_zero(**{name: value})
    ratio(ratio=figures.get("ratio", 1))
    for name in ("decimals", "speed"):
        if figures.get(name, 0) > MOST_BITS:
            raise ValueError(f"{name} is {figures[name]:g}; atomic units are numbers of 64 bits")
    return figures
