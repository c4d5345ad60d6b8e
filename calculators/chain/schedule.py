"""How a chain's pay goes on: the steps of its reward ahead, in days, and what each leaves of today's."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from calculators.chain.coin import Coin
from calculators.chain.heights import seconds_a_height
from calculators.chain.rewards import Moment, next_step
from calculators.given import above_zero, not_negative, ratio
from calculators.units import SECONDS_PER_DAY

SAME_MOMENT = 1e-9
"""Days. Months that were made days and back are off by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStep:
    """A change of a chain's reward whose day is known, such as a halving."""

    after_days: float
    ratio: float  # what the miner gets of a block's subsidy, by what it was before; fees of transactions stay

    def __post_init__(self) -> None:
        not_negative(after_days=self.after_days)
        above_zero(ratio=self.ratio)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardCourse:
    """How the pay of one chain goes on at the same price and hashrate.

    >>> course = RewardCourse(steps=(KnownStep(after_days=90, ratio=0.5),), fees_part=0.1)
    >>> course.factor(89), course.factor(90)
    (1.0, 0.55)

    Who has as much as all others together gets a half; where the others are three times as many, a quarter:

    >>> RewardCourse(own_network_ratio=1).factor(0, network_ratio=3)
    0.5
    """

    steps: Sequence[KnownStep] = ()
    fees_part: float = 0.0  # of today's pay that is fees of transactions: no step takes them
    part: float = 1.0  # of all that is earned today, where one hashrate mines several chains
    own_network_ratio: float = 0.0  # own hashrate by that of all others today: it stays while theirs grows

    def __post_init__(self) -> None:
        ratio(fees_part=self.fees_part)
        not_negative(own_network_ratio=self.own_network_ratio)
        if not math.isfinite(self.part):
            raise ValueError(f"part is {self.part}; expected a share of what is earned")

    def factor(self, days: float, *, network_ratio: float = 1.0, running_ratio: float = 1.0) -> float:
        """The pay after so many days from today, as a multiple of today's.

        Args:
            days: from today. [d]
            network_ratio: hashrate of all others then, by today's. [1]
            running_ratio: of the time that own hashrate is part of the network then; what it earns is told for all of
                the time. [1]
        """
        left = math.prod(step.ratio for step in self.steps if step.after_days <= days + SAME_MOMENT)
        own = self.own_network_ratio
        return (self.fees_part + (1 - self.fees_part) * left) * (1 + own) / (network_ratio + own * running_ratio)


def steps_ahead(*, coin: Coin, moment: Moment, days: float) -> tuple[KnownStep, ...]:
    """Every step of a chain's reward within the days ahead, by its rule.

    Blocks are taken to come as fast as the rule aims for.

    Args:
        coin: its rule and the time between its blocks.
        moment: where the chain stands today: all that its rule goes by.
        days: how far to look. [d] A step at the end itself is not in it.

    Raises:
        ValueError: the coin has no rule, the moment does not tell what it goes by, or a rule by height comes with a
            coin of which no time between blocks is known.

    >>> bitcoin = Coin(ticker="BTC", name="Bitcoin", algorithm="sha256d", block_time_seconds=600,
    ...                reward_rule="halvings", reward_parameters={"coins": 50, "interval_blocks": 210_000})
    >>> steps_ahead(coin=bitcoin, moment=Moment(height=1_048_560), days=365)
    (KnownStep(after_days=10.0, ratio=0.5),)
    """
    return tuple(_steps(coin, moment, days))


def _steps(coin: Coin, moment: Moment, days: float) -> Iterator[KnownStep]:
    passed, pace = 0.0, seconds_a_height(coin)
    while (step := next_step(coin=coin, moment=moment)) is not None:
        if step.seconds is not None:
            seconds = max(step.seconds, 1)
        elif step.blocks is not None and pace is not None:
            seconds = max(step.blocks, 1) * pace
        else:
            raise ValueError(f"{coin.ticker}: no time between its blocks is known, so no day of a step is")
        passed += seconds / SECONDS_PER_DAY
        if passed >= days:
            return
        yield KnownStep(after_days=passed, ratio=step.ratio)
        moment = _moved(moment, pace, seconds)


def _moved(moment: Moment, pace: float | None, seconds: float) -> Moment:
    """Where the chain stands so much later."""
    blocks = None if pace is None else round(seconds / pace)
    return replace(
        moment,
        height=None if moment.height is None or blocks is None else moment.height + blocks,
        at=None if moment.at is None else moment.at + timedelta(seconds=math.ceil(seconds)),
    )
