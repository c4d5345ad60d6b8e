"""CSV that no spreadsheet can be made to execute, and that every program reads back."""

import csv
import io
from datetime import UTC, datetime

from exporters.csv import render
from tests.for_each import for_each
from tests.hostile_names import NAMES

FORMULA_STARTS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"


@for_each("text", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "'quoted"])
def test_a_text_that_looks_like_a_formula_is_quoted_away(text: str) -> None:
    (row,) = list(csv.reader(io.StringIO(render(["name"], [[text]]))))[1:]

    assert row[0].startswith("'") or not row[0].startswith(("=", "+", "-", "@", "\t"))


@for_each("kind", NAMES)
def test_no_name_is_a_formula_in_a_spreadsheet_that_reads_full_width_signs_too(kind: str) -> None:
    (row,) = list(csv.reader(io.StringIO(render(["name", "watts"], [[NAMES[kind], -1.5]]))))[1:]

    assert not row[0].startswith(tuple(FORMULA_STARTS))
    assert row[1] == "-1.5"


def test_numbers_stay_numbers_and_the_unknown_stays_empty() -> None:
    moment = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)

    assert render(["a", "b", "c", "d"], [[-1.5, 0, None, moment]]) == "a,b,c,d\n-1.5,0,,2026-01-02T03:04:00+00:00\n"


def test_a_hostile_name_makes_no_row_and_no_column_of_its_own() -> None:
    text = render(["name", "watts"], [['a",=1\n"b', 1.0]])

    assert len(list(csv.reader(io.StringIO(text)))) == 2
