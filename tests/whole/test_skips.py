"""The end of a run names what was not tested."""

import pytest

from tests import skips

WANTS_DATA, WANTS_ROOT = "needs captured answers", "needs root"


def skipped(test: str, reason: str) -> pytest.TestReport:
    where = ("tests/x.py", 7, f"Skipped: {reason}")
    return pytest.TestReport(test, ("tests/x.py", 7, ""), {}, "skipped", where, "setup")


def test_every_skipped_test_is_named_once_under_its_reason() -> None:
    told = skips.lines(
        [
            skipped("tests/b.py::test_two", WANTS_ROOT),
            skipped("tests/b.py::test_one[y]", WANTS_DATA),
            skipped("tests/b.py::test_one[x]", WANTS_DATA),
            skipped("tests/a.py", WANTS_DATA),
        ]
    )

    assert [line.split(maxsplit=1) for line in told] == [
        ["3", WANTS_DATA],
        ["tests/a.py:", "all of it"],
        ["tests/b.py:", "test_one"],
        ["1", WANTS_ROOT],
        ["tests/b.py:", "test_two"],
    ]
