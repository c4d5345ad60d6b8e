"""Pools: which part of a block they pay on average, and how far a month strays from that."""

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.chain.pools import (
    SCHEMES,
    SchemeName,
    effective_hashes_per_second,
    income_variation,
    part_paid,
    scheme,
)
from tests.for_each import for_each

ratios = st.floats(min_value=0, max_value=1)
names = st.sampled_from(get_args(SchemeName))


@given(name=names, fees_part=ratios, pool_fee_ratio=ratios, orphan_ratio=ratios)
def test_the_formula_that_is_shown_is_the_one_that_is_computed(
    name: SchemeName, fees_part: float, pool_fee_ratio: float, orphan_ratio: float
) -> None:
    figures = {"fees_part": fees_part, "pool_fee_ratio": pool_fee_ratio, "orphan_ratio": orphan_ratio}
    paid = part_paid(pool_scheme=name, fees_part=fees_part, pool_fee_ratio=pool_fee_ratio, orphan_ratio=orphan_ratio)

    assert paid == pytest.approx(eval(SCHEMES[name].part_paid, {}, figures), abs=1e-12)
    assert 0 <= paid <= 1


@for_each(
    ("name", "part"),
    [
        ("pps", 0.95 * 0.98),
        ("fpps", 0.98),
        ("pps+", (0.95 + 0.05 * 0.99) * 0.98),
        ("pplns", 0.99 * 0.98),
        ("prop", 0.99 * 0.98),
        ("solo", 0.99 * 0.98),
    ],
)
def test_a_scheme_pays_its_part_of_subsidy_and_fees(name: SchemeName, part: float) -> None:
    paid = part_paid(pool_scheme=name, fees_part=0.05, pool_fee_ratio=0.02, orphan_ratio=0.01)

    assert paid == pytest.approx(part)


def test_without_orphans_all_but_pps_pay_the_same_on_average() -> None:
    paid = {name: part_paid(pool_scheme=name, fees_part=0.1, pool_fee_ratio=0) for name in SCHEMES}

    assert paid == {name: pytest.approx(0.9 if name == "pps" else 1) for name in SCHEMES}


def test_who_bears_the_luck_decides_how_far_income_strays() -> None:
    def strays(name: SchemeName) -> float:
        return income_variation(pool_scheme=name, fees_part=0.1, pool_blocks=400, own_shares=2500, own_blocks=0.25)

    assert strays("fpps") == strays("pps") == pytest.approx(0.02)
    assert strays("pplns") == strays("prop") == pytest.approx(math.hypot(0.05, 0.02))
    assert strays("pps+") == pytest.approx(math.hypot(0.1 * 0.05, 0.02))
    assert strays("solo") == pytest.approx(2)
    assert income_variation(pool_scheme="fpps", fees_part=0) == 0


@pytest.mark.parametrize(
    ("name", "missing"), [("pplns", "pool_blocks"), ("prop", "pool_blocks"), ("solo", "own_blocks")]
)
def test_a_spread_without_its_count_says_which(name: SchemeName, missing: str) -> None:
    with pytest.raises(ValueError, match=f"{missing} is not given; the spread of {name.upper()}"):
        income_variation(pool_scheme=name, fees_part=0)


def test_a_scheme_is_found_in_any_case_and_no_other_is_guessed() -> None:
    assert scheme("PPS+").name == "pps+"
    with pytest.raises(ValueError, match="'pplnt' is no pool scheme; expected one of pps, fpps"):
        scheme("pplnt")


@given(hashrate=st.floats(min_value=0, max_value=1e18), uptime=ratios, dev_fee=ratios, stale=ratios)
def test_what_arrives_is_never_more_than_what_is_hashed(
    hashrate: float, uptime: float, dev_fee: float, stale: float
) -> None:
    arrives = effective_hashes_per_second(
        hashes_per_second=hashrate, uptime_ratio=uptime, dev_fee_ratio=dev_fee, stale_ratio=stale
    )

    assert 0 <= arrives <= hashrate


@pytest.mark.parametrize(
    ("ratios_given", "name"),
    [
        ({"uptime_ratio": 1.1}, "uptime_ratio"),
        ({"dev_fee_ratio": -0.1}, "dev_fee_ratio"),
        ({"stale_ratio": math.nan}, "stale_ratio"),
        ({"stale_ratio": 0.6, "rejected_ratio": 0.6}, "stale_and_rejected_ratio"),
    ],
)
def test_a_ratio_outside_its_range_is_named(ratios_given: dict[str, float], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        effective_hashes_per_second(hashes_per_second=1, **ratios_given)
