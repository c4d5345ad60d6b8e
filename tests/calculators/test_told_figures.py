"""Figures for people have no exponent and end where sense does; those for programs keep every digit."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.told_figures import (
    changed,
    counted,
    days_told,
    digits,
    percent_told,
    plain,
    significant,
    watts_told,
)

LONGEST = 28
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(number=FINITE)
def test_no_figure_for_people_has_an_exponent_or_is_longer_than_a_line_bears(number: float) -> None:
    exact = Decimal(repr(number))
    for told in (digits(exact), significant(number), percent_told(number), changed(number), watts_told(number)):
        assert not re.search(r"\d[eE][+-]?\d", told), told
        assert len(told) <= LONGEST, told
    if number >= 0:
        assert len(days_told(number)) <= LONGEST


@given(number=FINITE.filter(bool))
def test_what_is_not_nothing_is_never_told_as_nothing(number: float) -> None:
    told = (digits(Decimal(repr(number))), significant(number), percent_told(number))

    assert not {"0", "0 %", "-0", "0.00"} & set(told)


@given(ratio=st.floats(0.99, 1, exclude_max=True))
def test_all_is_said_of_what_is_all_alone(ratio: float) -> None:
    for count in (2, 3, 6):
        assert percent_told(ratio, count=count) != "100 %"
    assert percent_told(1.0) == "100 %"


@given(number=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40))
def test_a_number_for_programs_is_the_same_number_without_an_exponent(number: Decimal) -> None:
    told = plain(number)

    assert Decimal(told) == number
    assert re.fullmatch(r"-?\d+(\.\d+)?", told)
    assert not re.search(r"\.\d{8}\d*0$", told)


@given(number=FINITE)
def test_a_float_for_programs_is_the_same_float(number: float) -> None:
    told = plain(number)

    assert float(told) == number
    assert re.fullmatch(r"-?\d+(\.\d+)?", told)


@pytest.mark.parametrize(("count", "told"), [(0, "0 months"), (1, "1 month"), (2, "2 months")])
def test_one_is_not_many(count: int, told: str) -> None:
    assert counted(count, "month") == told
