"""The table of growth says what it measured, and by what power that grew."""

import pytest

from bench.growth_table import STEEPEST, exponents, middle_of, rig_costs, table

SIZES = (1, 2, 4)
COSTS = [
    {"tick, ms": 1.0, "memory, MiB": 60.0},
    {"tick, ms": 2.0, "memory, MiB": 61.0},
    {"tick, ms": 8.0, "memory, MiB": 61.0},
]


def test_the_exponent_is_that_between_the_last_two_sizes() -> None:
    assert exponents(SIZES, COSTS) == pytest.approx({"tick, ms": 2.0, "memory, MiB": 0.0})
    assert exponents(SIZES, COSTS)["tick, ms"] > STEEPEST


def test_a_size_is_a_row_and_the_last_row_the_exponents() -> None:
    rows = [row.split() for row in table("cards", SIZES, COSTS).splitlines()]
    assert [row[0] for row in rows] == ["cards", "1", "2", "4", "exponent"]
    assert rows[3] == ["4", "8", "61"]
    assert rows[-1] == ["exponent", "2.00", "0.00"]


def test_of_several_turns_each_cost_is_the_one_in_the_middle() -> None:
    turns = [[{"a": value, "b": 7.0}, {"a": 10 * value, "b": 7.0}] for value in (3.0, 1.0, 2.0)]
    assert middle_of(turns) == [{"a": 2.0, "b": 7.0}, {"a": 20.0, "b": 7.0}]


def test_every_cost_of_a_rig_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.growth_table.TICKS", 2)
    costs = rig_costs(cards=1, miners=2)
    assert costs.pop("log, B a tick") >= 0  # a file grows by whole pages
    assert min(costs.values()) > 0
