"""Bounds on the expected number of shares."""

import math
from pathlib import Path

import pytest

from calculators.chain.shares import expected_shares_bounds
from tests.for_each import for_each

PAGE = Path(__file__).parents[2] / "docs" / "proven-hashrate.md"


def row(name: str) -> list[str]:
    line = next(line for line in PAGE.read_text().splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")[1:]]


def test_the_page_shows_what_is_computed() -> None:
    for shares, lower, upper in zip(row("accepted shares"), row("from"), row("to"), strict=True):
        count = int(shares.replace(",", ""))
        bounds = expected_shares_bounds(accepted_shares=count, coverage=0.99)
        assert [f"{bound / count:.2f}" for bound in bounds] == [lower, upper]


def poisson_at_most(count: int, mean: float) -> float:
    return sum(math.exp(-mean + n * math.log(mean) - math.lgamma(n + 1)) for n in range(count + 1))


@for_each("shares", [10, 36, 100, 1000])
@for_each("coverage", [0.9, 0.99, 0.999])
def test_the_bounds_leave_half_of_the_rest_on_each_side(shares: int, coverage: float) -> None:
    lower, upper = expected_shares_bounds(accepted_shares=shares, coverage=coverage)
    tail = (1 - coverage) / 2

    assert poisson_at_most(shares, upper) == pytest.approx(tail, rel=0.1)
    assert 1 - poisson_at_most(shares - 1, lower) == pytest.approx(tail, rel=0.25)


def test_without_a_share_there_is_an_upper_bound_all_the_same() -> None:
    lower, upper = expected_shares_bounds(accepted_shares=0, coverage=0.95)

    assert lower == 0
    assert upper == pytest.approx(3.69, rel=0.02)


@pytest.mark.parametrize(("shares", "coverage"), [(-1, 0.9), (1, 0.0), (1, 1.0), (1, math.nan)])
def test_what_cannot_be_is_refused(shares: int, coverage: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        expected_shares_bounds(accepted_shares=shares, coverage=coverage)
