"""Programs of others, each in a Python environment of its own: what our files and our sums are compared with.

``python -m tests.foreign_tools`` makes all of them; a test makes the one that it needs. They stay in ``.venv/foreign``.
"""

import fcntl
import subprocess
import sys
import venv
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests import requires
from tests.forks import Forks, forking

FOLDER = (
    Path(__file__).parents[1] / ".venv"
).resolve() / "foreign"  # their scripts name the place where they were made

TOOLS = {
    "rp2": ("rp2==1.7.2",),
    "bittytax": ("BittyTax==0.6.0",),
    "beancount": ("beancount==3.2.3", "beanquery==0.2.0"),
    "schemathesis": ("schemathesis==4.32.5",),
    "pipx": ("pipx==1.18.4",),
    "uv": ("uv==0.13.9",),
}
"""Each with what is installed for it. The versions are those that the expected results were looked up for."""

MAKING_SECONDS = 300.0

LOADED = {
    "bittytax": "import dateutil.tz, openpyxl, requests, tqdm, xhtml2pdf.pisa, yaml",
    "beancount": "import beancount.scripts.check, beanquery.shell",
}
"""What programs of a tool load before they read anything that is of one run: nothing of BittyTax, which reads its settings so."""
STARTED = """
import runpy

def main(folder, out, err, *words):
    for number, file in enumerate((os.devnull, out, err)):
        os.dup2(os.open(file, os.O_RDWR), number)
    os.environ["HOME"] = folder
    os.chdir(folder)
    sys.argv = list(words)
    runpy.run_path(sys.argv[0], run_name="__main__")
"""


@cache
def require_foreign(tool: str) -> Path:
    """The folder with the programs of a tool. Without it the test is skipped, or fails where ``REQUIRE_ALL=1`` is set."""
    try:
        return make(tool)
    except (subprocess.SubprocessError, OSError) as error:
        said = getattr(error, "stderr", None) or str(error)
        sentence = f"needs {' and '.join(TOOLS[tool])}, which pip does not get: {said.strip().splitlines()[-1]}"
    if requires.ALL:
        pytest.fail(sentence)
    pytest.skip(sentence)


def make(tool: str) -> Path:
    """The folder with the programs of a tool, made if it is not there."""
    return make_of(tool, TOOLS[tool])


def make_of(tool: str, packages: tuple[str, ...]) -> Path:
    """The folder with the programs of these packages, made if it is not there. Whoever comes second waits for the first."""
    folder = FOLDER / "-".join(packages).replace("==", "-")
    done = folder / "complete"
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{tool}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            venv.create(folder, clear=True, with_pip=True)
            subprocess.run(
                [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
                check=True,
                capture_output=True,
                text=True,
                timeout=MAKING_SECONDS,
            )
            done.touch()
    return folder / "bin"


_RUNNING = ExitStack()
_FORKS: dict[str, Forks] = {}


def run(tool: str, program: str, words: Sequence[str | Path], folder: Path) -> "subprocess.CompletedProcess[str]":
    """A program of a tool, which is at home in this folder: a process of its own that has its libraries already."""
    programs = require_foreign(tool)
    if tool not in _FORKS:
        environment = {"LC_ALL": "C.UTF-8", "PYTHONSAFEPATH": "1"}
        _FORKS[tool] = _RUNNING.enter_context(
            forking(f"{LOADED[tool]}\n{STARTED}", environment, python=programs / "python")
        )
    with TemporaryDirectory() as told:
        out, err = Path(told, "out"), Path(told, "err")
        out.touch()
        err.touch()
        command = [str(programs / program), *map(str, words)]
        code = _FORKS[tool].run(folder, out, err, *command)
        return subprocess.CompletedProcess(command, code, out.read_text("utf-8"), err.read_text("utf-8"))


def end() -> None:
    """No more of them are run by this process."""
    _RUNNING.close()
    _FORKS.clear()


if __name__ == "__main__":
    for name in sys.argv[1:] or TOOLS:
        print(make(name))
