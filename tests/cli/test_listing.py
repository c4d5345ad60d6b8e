"""What a help and a shell's completion list, and that they load next to nothing for it."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import miner_agent.cli.commands
from miner_agent.cli.first_level import cli
from miner_agent.cli.support import profit_options
from miner_agent.cli.support.first_help import HELP_OPTIONS, first_help, help_columns
from miner_agent.cli.support.purposes import EXAMPLE, PURPOSE, PURPOSES

FILES = Path(miner_agent.cli.commands.__file__).parent.glob("*_command.py")
OURS_IN_A_LIST = {
    "miner_agent",
    "miner_agent.__main__",
    "miner_agent.interpreter",
    "miner_agent.errors",
    "miner_agent.text",
    "miner_agent.cli",
    "miner_agent.cli.support",
    "miner_agent.cli.support.first_help",
    "miner_agent.cli.support.lost_threads",
    "miner_agent.cli.support.purposes",
    "miner_agent.cli.support.streams",
}
OURS_WITH_CLICK = OURS_IN_A_LIST | {
    "miner_agent.cli.first_level",
    "miner_agent.cli.support.fitted_lines",
}
HEAVY = {
    "asyncio",
    "dataclasses",
    "decimal",
    "difflib",
    "hashlib",
    "json",
    "logging",
    "sqlite3",
    "tempfile",
    "zoneinfo",
}
COLUMNS = 80


def loaded_by(code: str, environment: dict[str, str] | None = None) -> set[str]:
    """The modules that ``code`` has loaded at its end, beyond those of every Python."""

    def listed(code: str) -> set[str]:
        told = f"import sys\ntry:\n exec({code!r})\nexcept SystemExit: pass\nprint('LISTED', *sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", told],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | (environment or {}),
        )
        return set(done.stdout.rpartition("LISTED ")[2].split())

    return listed(code) - listed("pass")


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] in {"miner_agent", "calculators", "exporters"}}


def roots(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def help_of(*arguments: str) -> str:
    return f"import sys; sys.argv = {['miner-agent', *arguments]!r}; from miner_agent.__main__ import main; main()"


@pytest.mark.parametrize("asked", HELP_OPTIONS)
def test_the_list_of_commands_loads_none_of_them_and_no_click(asked: str) -> None:
    loaded = loaded_by(help_of(asked))

    assert ours(loaded) == OURS_IN_A_LIST
    assert roots(loaded - ours(loaded)) - set(sys.stdlib_module_names) == set()
    assert loaded & (HEAVY | {"datetime", "gettext", "inspect", "pathlib", "subprocess"}) == set()
    assert len(loaded - OURS_IN_A_LIST) <= 45  # of Python


@pytest.mark.parametrize("columns", [20, 52, 60, 79, 80, 200])
@pytest.mark.parametrize("program", ["miner-agent", "python -m miner_agent", "miner-agent-of-an-unusually-long-name"])
def test_the_first_help_looks_as_click_lays_out_every_other(
    columns: int, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    group = click.Group(
        help=f"{PURPOSE}\n\n\b\nExample:\n  {EXAMPLE}",
        context_settings={"help_option_names": [*HELP_OPTIONS]},
        commands={name: click.Command(name, short_help=purpose) for name, purpose in PURPOSES.items()},
        params=[click.Option(["--version"], is_flag=True, help="Show the version and exit.")],
    )
    expected = click.Context(group, info_name=program, **group.context_settings).get_help()

    assert first_help(program, help_columns()) == expected
    assert click.Context(cli, info_name=program, **cli.context_settings).get_help() == expected


def test_who_asks_for_nothing_and_who_asks_for_help_read_the_same() -> None:
    told = [
        subprocess.run([sys.executable, "-m", "miner_agent", *words], capture_output=True, text=True, check=False)
        for words in ([], ["-h"])
    ]

    assert [done.returncode for done in told] == [2, 0]
    assert told[0].stderr == told[1].stdout
    assert told[0].stdout == told[1].stderr == ""


def test_completing_the_name_of_a_command_loads_none_of_them() -> None:
    asked = {"_MINER_AGENT_COMPLETE": "bash_complete", "COMP_WORDS": "miner-agent pr", "COMP_CWORD": "1"}

    assert ours(loaded_by(help_of(), asked)) == OURS_WITH_CLICK


def test_the_help_of_every_command_loads_no_more_than_its_options() -> None:
    loaded = loaded_by(f"from click import Context; from miner_agent.cli.first_level import cli\nfor name in {sorted(PURPOSES)}: cli.get_command(Context(cli), name)")  # fmt: skip

    assert {name for name in ours(loaded) if not name.startswith("miner_agent.cli.")} <= OURS_IN_A_LIST
    assert roots(loaded - ours(loaded)) - set(sys.stdlib_module_names) == {"click"}
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("miner-agent pro", {"profit"}),
        ("miner-agent --ver", {"--version"}),
        ("miner-agent profit --sep", {"--separate"}),
        ("miner-agent profit --psu gold --psu gold --sep", {"--separate"}),
        ("miner-agent hardware 3080 --kind gpu --kind gpu --alg", {"--algorithm"}),
    ],
)
def test_a_shell_completes_commands_and_options(words: str, expected: set[str]) -> None:
    asked = {"_MINER_AGENT_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        [sys.executable, "-c", help_of()], capture_output=True, text=True, check=False, env=os.environ | asked
    )

    assert (done.stderr, {line.partition(",")[2] for line in done.stdout.splitlines()}) == ("", expected)


def test_every_command_is_listed_and_every_listed_one_is_there() -> None:
    assert set(PURPOSES) == {file.stem.removesuffix("_command").replace("_", "-") for file in FILES}


def test_what_a_command_is_for_is_told_whole_on_one_line() -> None:
    lines = CliRunner().invoke(cli, ["--help"], terminal_width=COLUMNS).output.splitlines()

    for name, purpose in PURPOSES.items():
        assert sum(line.split() == [name, *purpose.split()] for line in lines) == 1


def test_options_name_all_that_calculators_know() -> None:
    from typing import get_args

    from calculators.chain.pools import SchemeName
    from calculators.electricity.power import Certificate, Line

    assert get_args(SchemeName) == profit_options.POOL_SCHEMES
    assert get_args(Certificate) == profit_options.CERTIFICATES
    assert get_args(Line) == profit_options.LINES
