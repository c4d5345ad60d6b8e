"""What holds, what wavers and what got worse is judged by ratios and sizes; a time by itself only where the machine is known."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bench import kept
from bench.figure import Figure
from bench.results import results, table
from bench.turns import in_turn, middle_run, middle_turn, spread
from tests.bench.figure_making import machine, ratio, size

DAY = date(2026, 1, 2)


def a_time(ours: float, *, more_is_better: bool = False) -> Figure:
    unit = "rows/s" if more_is_better else "ms"
    return Figure(name="a time", unit=unit, ours=ours, limit=10, more_is_better=more_is_better)


def test_a_limit_of_the_ratio_holds_on_a_machine_of_any_speed() -> None:
    for speed in (0.4, 1.0, 2.0):
        assert not ratio(3.0, 2.0, limit=1.5).is_missed_on(machine(speed))
        assert ratio(3.1, 2.0, limit=1.5).is_missed_on(machine(speed))
        assert ratio(1.4, 1.0, limit=1.5, more_is_better=True).is_missed_on(machine(speed))
        assert not ratio(1.6, 1.0, limit=1.5, more_is_better=True).is_missed_on(machine(speed))


def test_a_ratio_to_a_peer_that_took_nothing_holds_no_limit() -> None:
    assert ratio(3.0, 0.0, limit=1.5).is_missed_on(machine())


def test_a_limit_of_time_holds_only_where_the_machine_is_as_fast_as_the_reference() -> None:
    for missed in (a_time(11), a_time(9, more_is_better=True)):
        assert missed.is_missed_on(machine())
        assert missed.is_missed_on(machine(1.5))
        assert not missed.is_missed_on(machine(0.7))
    assert not a_time(9).is_missed_on(machine())


def test_a_limit_of_a_size_holds_on_every_machine() -> None:
    assert size(61, limit=60).is_missed_on(machine(0.4))
    assert not size(60, limit=60).is_missed_on(machine(0.4))


def test_the_turn_in_the_middle_is_that_of_one_moment() -> None:
    # the second turn met a slow moment of the machine: both took twice as long, and their ratio stayed
    assert middle_turn([(10, 5), (22, 10), (9, 5)]) == (10, 5)
    assert middle_turn([(3, 1), (1, 1)]) == (1, 1)


def test_who_begins_changes_from_turn_to_turn() -> None:
    calls: list[str] = []

    def measure(name: str, value: float) -> float:
        calls.append(name)
        return value

    assert in_turn(lambda: measure("ours", 3), lambda: measure("peer's", 2), 3) == (3, 2)
    assert calls == ["ours", "peer's", "peer's", "ours", "ours", "peer's"]


def test_of_several_runs_the_one_in_the_middle_is_told_and_how_far_they_lie_apart() -> None:
    runs = [ratio(4.0, 2.0), ratio(11.0, 5.0), ratio(2.1, 1.0)]
    assert middle_run(runs) == runs[2]
    (result,) = results([[run] for run in runs], {}, machine())
    assert result.figure == runs[2]
    assert result.spread == pytest.approx(0.2 / 2.1)
    assert result.remark == ""
    (result,) = results([[run] for run in (*runs[:2], ratio(1.5))], {}, machine())
    assert result.remark == "wavers"
    (alone,) = results([[runs[0]]], {}, machine())
    assert alone.spread is None


def test_runs_that_do_not_differ_lie_nowhere_apart() -> None:
    assert spread([0.0, 0.0]) == 0
    assert spread([0.0, 0.0, 3.0]) == 1
    assert spread([2.0, 2.0, 2.5]) == 0.25


def keep(figure: Figure, spread: float = 0.0) -> kept.Kept:
    (held,) = kept.merged({}, [(figure, spread)], on=DAY, machine="Invented CPU")
    return held


def test_worse_is_what_differs_by_more_than_wavers() -> None:
    was = keep(ratio(2.0))
    assert not was.is_worse(ratio(2.19), 0.0)
    assert was.is_worse(ratio(2.21), 0.0)
    assert not was.is_worse(ratio(1.0), 0.0)
    assert not was.is_worse(ratio(2.5), 0.3), "the runs of today lie further apart"
    assert not replace(was, spread=0.3).is_worse(ratio(2.5), 0.0), "those of then did"
    more = keep(ratio(2.0, more_is_better=True))
    assert more.is_worse(ratio(1.7, more_is_better=True), 0.0)
    assert not more.is_worse(ratio(3.0, more_is_better=True), 0.0)


def test_what_is_next_to_nothing_may_change_by_a_tenth_of_its_limit() -> None:
    was = keep(size(0.01, limit=1))
    assert not was.is_worse(size(0.09, limit=1), 0.0)
    assert was.is_worse(size(0.2, limit=1), 0.0)
    assert keep(size(50)).is_worse(size(56), 0.0)


def test_a_time_without_a_peer_is_neither_kept_nor_compared() -> None:
    assert kept.merged({}, [(a_time(3), None)], on=DAY, machine="Invented CPU") == []
    assert not keep(ratio(2.0)).is_worse(a_time(300), 0.0)


def test_a_ratio_of_walls_is_neither_kept_nor_compared() -> None:
    walls = replace(ratio(9.0), only_told=True)
    assert walls.ratio == 9
    assert kept.merged({}, [(walls, None)], on=DAY, machine="Invented CPU") == []
    assert not keep(ratio(2.0)).is_worse(walls, 0.0)


def test_what_is_kept_comes_back_from_its_file_and_only_what_was_measured_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "figures.toml"
    assert kept.load(file) == {}
    quoted = replace(ratio(1.0), name='a "quoted" \\ name, µs', peer="peer's")
    kept.save(kept.merged({}, [(ratio(2.0), 0.05), (size(61), None), (quoted, None)], on=DAY, machine="first"), file)
    before = kept.load(file)
    assert set(before) == {("a tick", "a peer"), ("memory", ""), quoted.key}
    assert before["a tick", "a peer"].spread == 0.05
    later = date(2026, 2, 3)
    kept.save(kept.merged(before, [(ratio(1.5), None)], on=later, machine="second"), file)
    after = kept.load(file)
    assert after["memory", ""] == before["memory", ""]
    assert (after["a tick", "a peer"].value, after["a tick", "a peer"].on) == (1.5, later)
    assert after["a tick", "a peer"].machine == "second"


def test_the_table_says_limit_spread_and_what_was_before() -> None:
    figures = [ratio(4.0, 2.0, limit=1.5), size(61, limit=68), a_time(3)]
    held = {ratio(1.0).key: keep(ratio(1.5))}
    found = results([figures, figures], held, machine(0.5))
    assert table(found).splitlines() == [
        "figure  ours    peer    peer's  ratio  limit     spread  before",
        "a tick  4 ms    a peer  2       2 x    ≤ 1.5 x   0 %     1.5 x   MISSED, WORSE",
        "memory  61 MiB                         ≤ 68 MiB  0 %",
        "a time  3 ms                           ≤ 10 ms*  0 %",
        "* holds on a machine as fast as that of docs/performance.md",
    ]
    assert [result.is_missed for result in found] == [True, False, False]
