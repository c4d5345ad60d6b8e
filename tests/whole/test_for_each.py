"""A test that goes through many cases leaves none out, and says which of them fail."""

import inspect
from pathlib import Path

import pytest

from tests.for_each import for_each


@for_each("number", [1, 2, 3, 4], ids="number {}".format)
def even(number: int) -> None:
    assert number % 2 == 0


def test_every_case_is_tried_and_each_that_fails_is_named() -> None:
    with pytest.raises(ExceptionGroup, match=r"2 of 4 cases fail: 0 \(number 1\), 2 \(number 3\)") as failed:
        even()

    assert [error.__notes__ for error in failed.value.exceptions] == [["case 0: number 1"], ["case 2: number 3"]]


def test_a_case_may_have_several_values_beside_the_fixtures_of_its_test() -> None:
    seen = []

    @for_each("outer", "ab")
    @for_each(("left", "right"), [(1, 2), (3, 4)])
    def sums(outer: str, left: int, right: int, tmp_path: Path) -> None:
        seen.append((outer, left + right, tmp_path))

    assert list(inspect.signature(sums).parameters) == ["tmp_path"], "what pytest gives it"
    sums(tmp_path=Path("x"))
    assert seen == [("a", 3, Path("x")), ("a", 7, Path("x")), ("b", 3, Path("x")), ("b", 7, Path("x"))]


def test_a_test_without_a_case_fails() -> None:
    @for_each("number", [])
    def nothing(number: int) -> None: ...

    with pytest.raises(AssertionError, match="there is no case"):
        nothing()


def test_what_skips_a_case_skips_the_test() -> None:
    @for_each("number", [1])
    def skipped(number: int) -> None:
        pytest.skip("needs something")

    with pytest.raises(pytest.skip.Exception):
        skipped()
