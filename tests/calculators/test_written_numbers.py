"""Numbers as people write them: each has one meaning, or is refused with what to write."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.written_numbers import (
    NotWritten,
    factor,
    numeral,
    quantity,
    share,
    small_growth,
    small_share,
)
from tests.for_each import for_each


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=6))
def test_a_plain_number_is_read_to_its_last_digit(number: Decimal) -> None:
    assert numeral(f"{number:f}") == number


@given(whole=st.integers(1000, 10**9), tenths=st.integers(0, 99))
def test_a_number_with_separators_is_told_and_not_guessed(whole: int, tenths: int) -> None:
    told = f"{whole},{tenths:02}"
    for text in (f"{whole:,}.{tenths:02}", told, f"{whole:,}.{tenths:02}".translate({44: 46, 46: 44})):
        with pytest.raises(NotWritten, match=rf"is {whole}\.{tenths:02}\? Write it so"):
            numeral(text)


@pytest.mark.parametrize("text", ["1,200", "12,345"])
def test_one_comma_before_three_digits_may_mean_two_things(text: str) -> None:
    with pytest.raises(NotWritten, match=f"is {text.replace(',', '')} or {text.replace(',', '.')}"):
        numeral(text)


@for_each(
    ("read", "text", "value"),
    [
        (quantity, "2.2G", "2.2e9"),
        (factor, "130%", "1.3"),
        (share, "95 %", "0.95"),
        (share, "1", "1"),
        (small_share, "50%", "0.5"),
        (small_share, "0.02", "0.02"),
        (small_growth, "-2%", "-0.02"),
        (small_growth, "100%", "1"),
    ],
)
def test_what_is_written_is_what_is_meant(read: Callable[[str], Decimal], text: str, value: str) -> None:
    assert read(text) == Decimal(value)


@for_each(
    ("read", "text", "sentence"),
    [
        (numeral, "1_200", "is 1200"),
        (numeral, "1 200", "is 1200"),
        (numeral, "١٢", "is not a number"),
        (numeral, "nan", "is not a number"),
        (numeral, "1e999", "is beyond every figure, which are from 1E-30"),
        (numeral, "20%", "is a share of something"),
        (numeral, "9" * 50, "is not a number"),
        (quantity, "1.5 m", "is no number with its unit"),
        (share, "95", "write 95% or 0.95"),
        (share, "200%", "'200%' is no share from 0 to 1; write one between 0% and 100%"),
        (share, "-5", "write one between 0% and 100%"),
        (share, "150", "write one between 0% and 100%"),
        (small_share, "200 %", "write one between 0% and 100%"),
        (small_growth, "2000%", "write more than -100%, at most 1000%"),
        (small_growth, "-150", "write more than -100%, at most 1000%"),
        (small_share, "1", "'1' is 100 %; write 1% or 0.01"),
        (small_share, "0.9", "'0.9' is 90 %; write 0.9% or 0.009"),
        (small_share, "100%", "leaves nothing"),
        (small_share, "-1%", "no share from 0 to 1"),
        (small_growth, "3", r"'3' is \+300 %; write 3% or 0.03"),
        (small_growth, "-100%", "no growth above"),
    ],
)
def test_what_may_be_meant_otherwise_is_refused(read: Callable[[str], Decimal], text: str, sentence: str) -> None:
    with pytest.raises(NotWritten, match=sentence):
        read(text)
