"""``python -m bench`` chooses scripts by name, survives one that fails, and ends with what it found."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from bench import __main__ as command
from bench import kept
from bench.figure import Figure
from tests.bench.figure_making import machine, ratio, size


@pytest.fixture
def two_scripts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Figure]:
    """In the place of the scripts one whose figures are those of the list, and one that fails."""
    figures: list[Figure] = []
    good, failing = ModuleType("bench.good"), ModuleType("bench.failing")
    good.measure = lambda: list(figures)  # type: ignore[attr-defined]

    def fail() -> list[Figure]:
        raise AssertionError("970 rigs answered")

    failing.measure = fail  # type: ignore[attr-defined]
    for module in (good, failing):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(command, "scripts", lambda: ["failing", "good"])
    monkeypatch.setattr(command, "GATE_SCRIPTS", ("good",))
    monkeypatch.setattr(command, "this_machine", machine)
    monkeypatch.setattr(kept, "FILE", tmp_path / "figures.toml")
    return figures


def test_every_script_of_the_folder_is_found_and_no_helper() -> None:
    found = command.scripts()
    assert {"footprint", "start", "scenarios", *command.GATE_SCRIPTS} <= set(found)
    assert not {"__main__", "figure", "kept", "machine", "process", "results", "rig", "turns", "typical"} & set(found)


def test_names_stand_for_scripts_each_once() -> None:
    assert command.chosen(["start", "gates", "start"])[0] == "start"
    assert sorted(command.chosen(["start", "gates"])) == sorted(command.GATE_SCRIPTS)
    assert command.chosen(["all"]) == command.scripts()


def test_a_name_that_no_script_has_is_refused(two_scripts: list[Figure], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["goood"])
    assert "goood: there is no such script; there are failing, good" in capsys.readouterr().err


def test_a_script_that_fails_costs_its_own_rows(two_scripts: list[Figure], capsys: pytest.CaptureFixture[str]) -> None:
    two_scripts.append(size(61, limit=68))
    assert command.main([]) == 3
    said = capsys.readouterr()
    assert "memory  61 MiB" in said.out
    assert "failing: could not be measured" in said.out
    assert "970 rigs answered" in said.err


def test_a_figure_is_compared_with_the_one_that_was_kept(
    two_scripts: list[Figure], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    two_scripts.append(ratio(2.0, limit=3.0))
    assert command.main(["good", "--keep"]) == 0
    assert set(kept.load(tmp_path / "figures.toml")) == {("a tick", "a peer")}
    assert command.main(["good"]) == 0
    assert "machine: 1.00 x that of the reference" in capsys.readouterr().out
    two_scripts[:] = [ratio(2.5, limit=3.0)]
    assert command.main(["good"]) == 3
    assert "a tick / a peer: worse, 2.5 after 2 on " in capsys.readouterr().out
    assert command.main(["good", "--keep"]) == 3
    assert command.main(["good"]) == 0, "from now on it is what later ones are compared with"


def test_a_limit_that_is_missed_ends_it_with_3(two_scripts: list[Figure], capsys: pytest.CaptureFixture[str]) -> None:
    two_scripts.append(ratio(4.0, limit=3.0))
    assert command.main(["good"]) == 3
    assert "a tick / a peer: the limit is missed" in capsys.readouterr().out


def test_several_runs_are_those_of_the_gates(two_scripts: list[Figure], capsys: pytest.CaptureFixture[str]) -> None:
    two_scripts.append(ratio(2.0))
    assert command.main(["--runs", "3"]) == 0
    assert capsys.readouterr().err.count("good:") == 3
