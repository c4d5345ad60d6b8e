"""What part of an estimate each chain pays, and what of that is fees: all that a step of a reward asks of it."""

from collections.abc import Mapping, Sequence

from calculators.chain.pools import part_paid
from calculators.chain.schedule import KnownStep, RewardCourse
from calculators.earnings.estimate import Estimate
from calculators.earnings.own_hashrate import own_ratio_of


def fees_part_of_pay(part: Estimate) -> float:
    """What of one chain's pay is fees of transactions, as its pool pays them: none where the pool keeps them. [1]

    Args:
        part: of one chain.

    Nobody told what a block pays by the rule, so no fees are known in it:

    >>> from datetime import UTC, datetime
    >>> from decimal import Decimal
    >>> from calculators.chain.quote import Quote
    >>> from calculators.earnings.estimate import estimate
    >>> from calculators.earnings.operation import Operation
    >>> from calculators.money import Money
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="ETC", algorithm="etchash", source="file", taken_at=noon, difficulty=864e6,
    ...               hashes_per_difficulty=1, block_reward_coins=2, price=Money(Decimal(10), "USD"))
    >>> today = estimate(quotes=[quote], operation=Operation(hashes_per_second=5000, power_watts=1000), now=noon,
    ...                  energy_cost_per_day=Money(Decimal("2.40"), "USD"))
    >>> fees_part_of_pay(today)
    0.0
    """
    operation = part.operation

    def paid(fees_part: float) -> float:
        return part_paid(
            pool_scheme=operation.pool_scheme,
            fees_part=fees_part,
            pool_fee_ratio=operation.pool_fee_ratio,
            orphan_ratio=operation.orphan_ratio,
        )

    listed = next(float(term.value) for term in part.terms if term.name == "fees_part")
    subsidy, fees = (1 - listed) * paid(0), listed * paid(1)
    return fees / (subsidy + fees) if subsidy + fees else 0.0


def courses_of(found: Estimate, steps: Mapping[str, Sequence[KnownStep]]) -> tuple[RewardCourse, ...]:
    """How the pay of every chain of an estimate goes on: a step of one takes nothing of the others.

    Args:
        found: of one chain, or of several that one hashrate mines.
        steps: of each chain's reward, by ticker. A chain that is not named keeps its reward.

    Raises:
        ValueError: nothing is earned.

    >>> from datetime import UTC, datetime
    >>> from decimal import Decimal
    >>> from calculators.chain.quote import Quote
    >>> from calculators.earnings.estimate import estimate
    >>> from calculators.earnings.operation import Operation
    >>> from calculators.money import Money
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="ETC", algorithm="etchash", source="file", taken_at=noon, difficulty=864e6,
    ...               hashes_per_difficulty=1, block_reward_coins=2, price=Money(Decimal(10), "USD"))
    >>> today = estimate(quotes=[quote], operation=Operation(hashes_per_second=5000, power_watts=1000), now=noon,
    ...                  energy_cost_per_day=Money(Decimal("2.40"), "USD"))
    >>> course, = courses_of(today, {"ETC": [KnownStep(after_days=90, ratio=0.8)]})
    >>> course.part, course.factor(89), course.factor(90)
    (1.0, 1.0, 0.8)
    """
    total = float(found.revenue_per_day)
    if not total > 0:
        raise ValueError(f"{found.coin}: it brings nothing that could be carried on")
    return tuple(
        RewardCourse(
            steps=tuple(steps.get(part.coin, ())),
            fees_part=fees_part_of_pay(part),
            part=float(part.revenue_per_day) / total,
            own_network_ratio=own_ratio_of(part.terms),
        )
        for part in found.parts or (found,)
    )
