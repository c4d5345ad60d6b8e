"""What shells and ``man`` know of the commands: it works there, and says all of it."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from miner_agent.cli.support.completion_scripts import SHELLS, completion_script
from miner_agent.cli.support.purposes import PURPOSES
from tests.cli.every_command import LEAVES, ended
from tests.for_each import for_each
from tests.requires import require_tool
from tools import shell_files


@pytest.fixture
def program(tmp_path: Path) -> dict[str, str]:
    """An environment in which the program is found by its name."""
    script = tmp_path / "bin" / "miner-agent"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\nfrom miner_agent.__main__ import main\nmain()\n")
    script.chmod(0o755)
    return {**os.environ, "PATH": f"{script.parent}:{os.environ['PATH']}"}


@for_each("shell", SHELLS)
def test_the_command_prints_what_is_installed(shell: str) -> None:
    done = ended("completion", shell)

    assert done.stdout == completion_script(shell)
    assert "_MINER_AGENT_COMPLETE" in done.stdout


def test_a_shell_that_is_not_known_is_refused() -> None:
    assert ended("completion", "tcsh").returncode == 2


def completed(program: dict[str, str], *words: str) -> list[str]:
    """What bash offers for the last of these words."""
    bash = require_tool("bash", package="bash")
    script = (
        f'{completion_script("bash")}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($#-1))\n'
        '_miner_agent_completion miner-agent\nprintf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [bash, "--norc", "-c", script, "bash", "miner-agent", *words],
        env=program, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.stdout.split()


@pytest.mark.e2e
def test_bash_completes_commands_options_and_choices(program: dict[str, str]) -> None:
    assert completed(program, "onc") == ["once"]
    assert completed(program, "log", "sta") == ["stats"]
    assert "--json" in completed(program, "once", "--")
    assert completed(program, "completion", "f") == ["fish"]
    assert completed(program, "no-such-command", "x") == []


@pytest.mark.e2e
@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_other_shells_read_theirs(tmp_path: Path, shell: str) -> None:
    (tmp_path / "script").write_text(completion_script(shell))
    tool = require_tool(shell, package=shell)
    done = subprocess.run(
        [tool, "-n", str(tmp_path / "script")], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_each_command_has_a_page_with_its_options_and_its_example() -> None:
    pages = shell_files.man_pages()

    assert set(pages) == {"miner-agent", *(f"miner-agent-{name}" for name in PURPOSES)}
    for name, command in LEAVES.items():
        page = pages[f"miner-agent-{name.partition(' ')[0]}"]
        for param in command.params:
            if isinstance(param, click.Option):
                assert param.opts[0].replace("-", r"\-") in page, (name, param.opts)
        assert f"miner-agent {name}".replace("-", r"\-") in page
    assert all(f"miner-agent-{name}".replace("-", r"\-") in pages["miner-agent"] for name in PURPOSES)


def test_a_page_is_dated_as_its_maker_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")

    assert " 1 1970-01-01 " in shell_files.man_pages()["miner-agent"].splitlines()[0]


@for_each("line", [".TH x", "'br", r"\fB\n", "a – é", "--", '`~^"', r"\*(x"])
def test_no_text_is_an_order_to_groff(line: str) -> None:
    shown = shell_files.shown_line(line)

    assert not shown.startswith((".", "'"))
    assert shown.isascii()
    assert "\\f" not in shown
    assert "\\*" not in shown


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    prefix = tmp_path_factory.mktemp("prefix")
    shell_files.write(prefix)
    return sorted(prefix.glob("share/man/man1/*.1"))


@pytest.mark.e2e
def test_groff_reads_every_page_without_a_warning(written: list[Path]) -> None:
    groff = require_tool("groff", package="groff")  # groff-base has no man of its own in some releases
    for page in written:
        done = subprocess.run(
            [groff, "-ww", "-man", "-Tutf8", "-rLL=78n", str(page)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, ""), page.name
        assert page.stem.upper() in done.stdout


@pytest.mark.e2e
def test_mandoc_reads_every_page_without_a_warning(written: list[Path]) -> None:
    mandoc = require_tool("mandoc", package="mandoc")
    done = subprocess.run(
        [mandoc, "-Tlint", "-Wwarning", *map(str, written)], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_belongs_to_the_distribution_lies_where_its_zsh_looks(tmp_path: Path) -> None:
    shell_files.write(tmp_path / "usr")
    shell_files.write(tmp_path / "local")

    assert (tmp_path / "usr/share/zsh/vendor-completions/_miner-agent").is_file()
    assert (tmp_path / "local/share/zsh/site-functions/_miner-agent").read_text().startswith("#compdef miner-agent")
