"""Which files a run opens goes by the marks that it asks for: none that has a test of them is left out, and none by all runs."""

import re
from itertools import chain, combinations, product
from pathlib import Path

import pytest

from tests.selection import WORDS, Selection, Told

MAKEFILE = Path(__file__).parents[2] / "Makefile"
UNIT, E2E = "not e2e and not thorough and not root", "(e2e or thorough or hypothesis) and not root"


def opens(asked: str, text: str) -> bool:
    return Selection(asked).opens(Told.by(text))


@pytest.mark.parametrize(
    ("text", "by_unit", "by_e2e"),
    [
        ("def test_it() -> None: ...", True, False),
        ("@pytest.mark.e2e\ndef test_it() -> None: ...\n", True, True),
        ("pytestmark = pytest.mark.e2e\n", False, True),
        ("pytestmark = [pytest.mark.thorough, pytest.mark.root]\n", False, False),
        ('@pytest.mark.parametrize("case", few_and_all(CASES))', True, True),
        ("from hypothesis import given", True, True),
    ],
)
def test_a_run_opens_a_file_that_may_have_a_test_it_asks_for(text: str, *, by_unit: bool, by_e2e: bool) -> None:
    assert (opens(UNIT, text), opens(E2E, text)) == (by_unit, by_e2e)


@pytest.mark.parametrize("asked", ["", "lasting", "e2e or parametrize"])
def test_a_run_that_asks_for_other_marks_opens_all(asked: str) -> None:
    assert opens(asked, "def test_it() -> None: ...")


def test_whatever_is_told_of_a_file_one_of_the_runs_opens_it() -> None:
    runs = [
        Selection(quoted or word)
        for quoted, word in re.findall(r"(?i:pytest)\b.* -m (?:'([^']+)'|(\w+))", MAKEFILE.read_text())
    ]
    some = [
        frozenset(each) for each in chain.from_iterable(combinations(WORDS, many) for many in range(len(WORDS) + 1))
    ]
    kinds = [Told(of_all, of_some) for of_all, of_some in product(some, some) if of_all <= of_some]

    assert len(runs) == 4
    assert [told for told in kinds if not any(run.opens(told) for run in runs)] == []


def test_a_mark_that_a_file_hides_or_promises_in_vain_is_told() -> None:
    told = Told.by("pytestmark = pytest.mark.e2e\n")

    assert told.wrongly(frozenset({"e2e", "skipif"})) == frozenset()
    assert told.wrongly(frozenset({"e2e", "soak"})) == {"soak"}
    assert told.wrongly(frozenset()) == {"e2e"}
