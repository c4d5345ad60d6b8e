"""What a help and a shell's completion list, and that they load next to nothing for it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import miner_agent.cli.commands
from miner_agent.cli import cli
from miner_agent.cli.support import profit_options
from miner_agent.cli.support.purposes import PURPOSES

FILES = Path(miner_agent.cli.commands.__file__).parent.glob("*_command.py")
OURS_IN_A_LIST = {
    "miner_agent",
    "miner_agent.__main__",
    "miner_agent.interpreter",
    "miner_agent.errors",
    "miner_agent.text",
    "miner_agent.cli",
    "miner_agent.cli.support",
    "miner_agent.cli.support.lost_threads",
    "miner_agent.cli.support.purposes",
    "miner_agent.cli.support.streams",
}
HEAVY = {"asyncio", "dataclasses", "decimal", "hashlib", "json", "logging", "sqlite3", "tempfile", "zoneinfo"}
COLUMNS = 80


def loaded_by(code: str, environment: dict[str, str] | None = None) -> set[str]:
    """The modules that ``code`` has loaded at its end, beyond those that ``import click`` loads."""

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

    return listed(code) - listed("import click")


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] in {"miner_agent", "calculators", "exporters"}}


def strangers(modules: set[str]) -> set[str]:
    """What belongs neither to us, nor to Python, nor to click."""
    roots = {name.partition(".")[0] for name in modules - ours(modules)} - {"click"}
    return roots - set(sys.stdlib_module_names)


def help_of(*arguments: str) -> str:
    return f"import sys; sys.argv = {['miner-agent', *arguments]!r}; from miner_agent.__main__ import main; main()"


def test_the_list_of_commands_loads_none_of_them() -> None:
    loaded = loaded_by(help_of("--help"))

    assert ours(loaded) == OURS_IN_A_LIST
    assert strangers(loaded) == set()
    assert loaded & (HEAVY | {"pathlib", "inspect"}) == set()
    assert len(loaded - OURS_IN_A_LIST) <= 20  # some more of click and of Python, with which it writes a help


def test_completing_the_name_of_a_command_loads_none_of_them() -> None:
    asked = {"_MINER_AGENT_COMPLETE": "bash_complete", "COMP_WORDS": "miner-agent pr", "COMP_CWORD": "1"}

    assert ours(loaded_by(help_of(), asked)) == OURS_IN_A_LIST


def test_the_help_of_every_command_loads_no_more_than_its_options() -> None:
    loaded = loaded_by(f"from click import Context; from miner_agent.cli import cli\nfor name in {sorted(PURPOSES)}: cli.get_command(Context(cli), name)")  # fmt: skip

    assert {name for name in ours(loaded) if not name.startswith("miner_agent.cli.")} <= OURS_IN_A_LIST
    assert strangers(loaded) == set()
    assert loaded & HEAVY == set()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("miner-agent pro", {"profit"}),
        ("miner-agent --ver", {"--version"}),
        ("miner-agent profit --sep", {"--separate"}),
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
