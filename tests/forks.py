"""Runs a piece of code many times, each time in a process of its own that need not load its libraries again."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

ROOT = Path(__file__).parents[1]
SERVE = """
for line in sys.stdin:
    process = os.fork()
    if process == 0:
        main(*line.rstrip("\\n").split("\\t"))
        sys.stdout.flush()
        os._exit(0)
    print("begun", process, flush=True)
    print("ended", os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
"""


class Forks:
    """A process that forks. One of its children lives at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._asked, self._told = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
        self.child = 0
        """The number of the child that was begun last."""

    def lines_of(self, *arguments: object) -> Iterator[str]:
        """What a new child prints, as it does so; at last ``ended`` and its exit code, negative for a signal."""
        print(*arguments, sep="\t", file=self._asked, flush=True)
        while True:
            line = self._told.readline()
            word, _, number = line.rstrip("\n").partition(" ")
            assert line, "the process that forks has died"
            if word == "begun":
                self.child = int(number)
            else:
                yield line.rstrip("\n")
            if word == "ended":
                return

    def run(self, *arguments: object) -> int:
        """The exit code of a new child."""
        *_, last = self.lines_of(*arguments)
        return int(last.partition(" ")[2])


@contextmanager
def forking(code: str) -> Iterator[Forks]:
    """Children that run ``main`` of this code, which has loaded all that it needs."""
    with subprocess.Popen(
        [sys.executable, "-c", f"import os, sys\n{code}\n{SERVE}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        yield Forks(process)
        cast("IO[str]", process.stdin).close()
        assert process.wait() == 0
