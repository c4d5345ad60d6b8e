"""Chance on the simulated rig: the same seed gives the same course."""

import math
import random
from collections.abc import Sequence
from typing import TypeVar

Drawn = TypeVar("Drawn")

SMALL_MEAN = 30.0


class Chance:
    """Dice with a memory."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311  nothing secret is drawn

    def happens(self, probability: float) -> bool:
        return self._dice.random() < probability

    def noise(self, deviation: float) -> float:
        """A draw around zero."""
        return self._dice.gauss(0.0, deviation)

    def within(self, low: float, high: float) -> float:
        """A draw between both."""
        return self._dice.uniform(low, high)

    def one_of(self, many: Sequence[Drawn]) -> Drawn:
        return self._dice.choice(many)

    def count(self, mean: float) -> int:
        """How many come where so many come on average: Knuth's way; for larger means the normal draw beside it."""
        if mean <= 0:
            return 0
        if mean > SMALL_MEAN:
            return max(0, round(self._dice.gauss(mean, math.sqrt(mean))))
        limit, product, found = math.exp(-mean), self._dice.random(), 0
        while product > limit:
            product *= self._dice.random()
            found += 1
        return found

    def of_many(self, many: int, probability: float) -> int:
        """How many of so many it happens to."""
        if many > SMALL_MEAN:
            return min(many, self.count(many * probability))
        return sum(self._dice.random() < probability for _ in range(many))

    def best_of(self, shares: int, difficulty: float) -> float:
        """The difficulty of the best of so many shares: of each it is ``difficulty`` over a draw from 0 to 1."""
        lowest = 1.0 - math.pow(1.0 - self._dice.random(), 1.0 / shares)
        return difficulty / max(lowest, 1e-9)
