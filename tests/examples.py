"""How much of many cases a run of the tests takes: some in the unit tests, all of them in ``make test``."""

from collections.abc import Sequence

import pytest
from hypothesis import settings


def times(factor: float) -> int:
    """So many examples of a property as the profile has, times that: for one whose example is cheap, or dear."""
    return max(1, round(factor * settings().max_examples))


def few_and_all(cases: Sequence[str | tuple[object, ...]], few: int = 5) -> list[object]:
    """Some of the cases in each run of the unit tests, and every one in ``make test``."""
    step = max(1, len(cases) // few)
    return [
        case
        if number % step == 0
        else pytest.param(*[case] if isinstance(case, str) else case, marks=pytest.mark.thorough)
        for number, case in enumerate(cases)
    ]
