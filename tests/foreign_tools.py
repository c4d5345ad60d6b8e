"""Programs of others, each in a Python environment of its own: what our files and our sums are compared with.

``python -m tests.foreign_tools`` makes all of them; a test makes the one that it needs. They stay in ``.venv/foreign``.
"""

import fcntl
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path

import pytest

from tests import requires

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


if __name__ == "__main__":
    for name in sys.argv[1:] or TOOLS:
        print(make(name))
