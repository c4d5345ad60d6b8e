"""What a coin may bring on a machine over a number of days: the few figures that a choice is made by."""

from dataclasses import dataclass

from calculators.chain.confidence import Confidence
from calculators.money import Money

TAIL = 0.05
"""Of the paths: the worst, whose best is ``p5`` and whose mean is ``cvar_5``."""
CLEAR = 0.95
"""Of the paths: a coin that is best on so many is a clear winner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The spread of one coin's profit on one machine, over ``days``. All money is in one currency.

    The cost of switching to it is in every figure of profit. Regret is what the best coin of a path would have brought
    more on that path; the largest over all paths stands here.
    """

    machine: str
    coin: str  # of merged mining the first chain
    algorithm: str
    days: int
    paths: int  # how many the figures are of
    expected_revenue: Money  # if it runs on all days
    expected: Money
    p5: Money
    p50: Money
    p95: Money
    cvar_5: Money  # mean of the worst twentieth
    maximum_regret: Money
    probability_of_loss: float
    probability_best: float  # that no other coin brings more; of equals each counts as best
    switch_cost: Money  # in the figures above; zero for the coin that is mined now
    break_even_price_per_kilowatt_hour: Money | None = None  # today's, as of the estimate
    break_even_coin_price: Money | None = None
    break_even_difficulty_ratio: float | None = None
    confidence: Confidence | None = None  # of the estimate; None where there was none

    @property
    def is_clear_winner(self) -> bool:
        """Whether it is the best on at least 95 % of the paths: the interval of its lead over the best of the others,
        from its 5 % quantile up, does not reach below zero. Moves that all coins share cancel in the lead. Where its
        figures have a low confidence, no lead is clear.
        """
        return self.why_unclear is None

    @property
    def why_unclear(self) -> str | None:
        """What keeps it from being a clear winner, for people."""
        best_on = f"best on {100 * self.probability_best:.0f} % of the paths"
        if self.probability_best < CLEAR:
            return f"{best_on}, not on {100 * CLEAR:.0f} %"
        if self.confidence is not None and self.confidence.level in {"low", "refused"}:
            return f"{best_on}, but its confidence is {self.confidence.level}"
        return None
