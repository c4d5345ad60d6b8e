"""Sums, parts and sizes of money, each in one currency."""

import operator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.money import Money

amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=8)


def eur(amount: str | int | Decimal) -> Money:
    return Money(Decimal(amount), "EUR")


@given(st.lists(amounts, min_size=1, max_size=9))
def test_the_sum_of_money_is_the_sum_of_its_amounts(given_amounts: list[Decimal]) -> None:
    assert sum(map(eur, given_amounts)) == eur(sum(given_amounts, Decimal(0)))


def test_money_adds_to_no_number_but_the_zero_that_sum_starts_with() -> None:
    with pytest.raises(TypeError):
        operator.add(1, eur(1))
    with pytest.raises(ValueError, match="EUR and USD"):
        sum([eur(1), Money(Decimal(1), "USD")])


@given(amounts, st.integers(1, 1000))
def test_a_part_of_money_taken_as_often_is_all_of_it(amount: Decimal, parts: int) -> None:
    part = eur(amount) / parts

    assert float(part * parts) == pytest.approx(float(amount), rel=1e-20, abs=1e-20)
    assert (eur(amount) / part if amount else Decimal(parts)) == pytest.approx(Decimal(parts), rel=Decimal("1e-20"))


@pytest.mark.parametrize(
    ("divisor", "told"),
    [
        (0, "0.50 EUR cannot be divided by nothing"),
        (eur(0), "0.50 EUR cannot be divided by nothing"),
        (Money(Decimal(2), "USD"), "EUR and USD cannot be"),
    ],
)
def test_a_division_that_has_no_answer_is_told(divisor: int | Money, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        operator.truediv(eur("0.50"), divisor)


@given(amounts)
def test_the_size_of_money_has_no_sign(amount: Decimal) -> None:
    assert abs(eur(amount)) == abs(eur(-amount)) >= eur(0)


@pytest.mark.parametrize(
    ("amount", "written"), [("-3.50", "-3.50 EUR"), ("1.2E-7", "0.00000012 EUR"), ("1E+3", "1000 EUR"), ("0", "0 EUR")]
)
def test_money_is_written_with_every_digit_and_its_currency(amount: str, written: str) -> None:
    assert str(eur(amount)) == written
