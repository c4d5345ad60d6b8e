"""Every command on a terminal of 60, 80 and 120 columns: no line is wider, no figure is cut, and none is lost."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent.cli import main
from miner_agent.cli.support.fitted_lines import HANG
from tests.cli.every_command import LEAVES, SERVICES, World, required, run_here, world
from tests.cli.test_every_command import combinations
from tests.examples import few_and_all

WIDTHS = (60, 80, 120)
FOR_FILES = {"completion", "config show", "hardware import"}
"""What they print goes into a file."""
NEVER_TWICE_ALIKE = {"alerts silence", "ledger close-year", "once", "top"}
"""They tell the time, or what the first of them did."""
ASKED = [" ".join(each) for each in combinations() if each[0] not in SERVICES and not {*each} & {"--json", "--csv"}]
STYLE = re.compile(r"\x1b\[[0-9;]*m")
CUT = re.compile(r"[0-9a-fA-F.:,-]…")


class Terminal(io.TextIOWrapper):
    """Standard output that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("widths")) as made:
        yield made


@pytest.fixture(autouse=True)
def _configured(everything: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINER_AGENT_CONFIG", str(everything.folder / "config.toml"))


def at_width(arguments: list[str], width: int) -> tuple[int, str]:
    """How it ends, and what a terminal of so many columns shows."""
    shown = io.BytesIO()
    out = Terminal(shown, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        code, _ = run_here(arguments, out)
    return code, STYLE.sub("", shown.getvalue().decode())


def asked(everything: World, wanted: str, folder: Path) -> list[str]:
    """The command with what it has to be given; what books does not, so that it has the same answer twice."""
    name, *options = re.split(" (?=--)", wanted)
    if any("--dry-run" in param.opts for param in LEAVES[name].params):
        options = [*{*options, "--dry-run"}]
    return [*everything.arguments(name, *options), *(w for o in required(name) for w in (o, str(folder / "new")))]


def too_wide(told: str, width: int) -> list[str]:
    """Lines of several words that a terminal would break, but for code, which is to be copied as it is."""
    prose = "".join(told.split("```")[::2])
    return [line for line in prose.splitlines() if len(line) > width and " " in line.strip()]


def words(text: str) -> set[str]:
    """What is told, however it is laid out: a head of a column is followed by a colon where a row is told by itself."""
    return {word.strip(":;,") for word in text.split() if "/new" not in word}


@pytest.mark.thorough
@pytest.mark.parametrize("wanted", few_and_all(ASKED))
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut_or_lost(
    everything: World, tmp_path: Path, wanted: str
) -> None:
    name = wanted.partition(" --")[0]
    whole = at_width(asked(everything, wanted, tmp_path / "whole"), 2_000)[1]
    for width in WIDTHS:
        code, told = at_width(asked(everything, wanted, tmp_path / str(width)), width)

        assert code in everything.rows[name].codes
        assert [line for line in too_wide(told, width) if name not in FOR_FILES] == []
        assert not CUT.search(told)
        if name not in NEVER_TWICE_ALIKE:
            assert {word for word in words(whole) - words(told) if len(word) <= width - HANG} == set()


@pytest.mark.parametrize(
    "words", ["profit --coin monero", "once --config nowhere/at/all.toml", "ledger list --book no"]
)
def test_an_error_fits_the_terminal_too(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    shown = io.BytesIO()
    error = Terminal(shown, encoding="utf-8", write_through=True)
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr("sys.argv", ["miner-agent", *words.split()])
    monkeypatch.setattr("sys.stderr", error)
    with pytest.raises(SystemExit):
        main()
    said = shown.getvalue().decode()

    assert "\n  " in said
    assert too_wide(said, 50) == []
