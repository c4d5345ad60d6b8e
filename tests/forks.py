"""Runs a piece of code many times, each time in a process of its own that need not load its libraries again."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
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

UPGRADE_AND_DIE = """
import signal
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import Engine
from miner_agent.storage.sqlite.kinds import KINDS
from miner_agent.storage.sqlite.migrate import upgrade

def main(name, path, versions, deaths, schema_version, now):
    left = int(deaths)

    def count(*_):
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(Engine, moment, count)
    kind = replace(KINDS[name], schema_version=int(schema_version))
    upgrade(kind, Path(path), now=datetime.fromisoformat(now), versions=Path(versions))
"""
"""Brings a database of this name up, and is killed at one of the statements that this takes."""
KILLED_AT_A_CALL = '''
def main(*arguments):
    """Runs a command, and is killed at one of the calls that this takes; without a number it says how many those are."""
    *words, last = arguments
    calls, last = 0, int(last)

    def count(*_):
        nonlocal calls
        calls += 1
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    cli(args=words, standalone_mode=False)
    sys.stdout.flush()
    if last == 0:
        sys.setprofile(None)
        print("calls", calls, flush=True)
    while last and calls < last:
        count()
'''
"""A command of ``cli``, killed at one of the calls that it takes. Beside ``signal`` whoever uses it imports what it needs."""


class Forks:
    """A process that forks. One of its children lives at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._asked, self._told = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
        self._waiting: list[str] = []  # what the child printed before it was said to have begun
        self.child = 0
        """The number of the child that was begun last."""

    def lines_of(self, *arguments: object) -> Iterator[str]:
        """What a new child prints, as it does so; at last ``ended`` and its exit code, negative for a signal."""
        self.begin(*arguments)
        while True:
            line = self._line()
            yield line
            if line.startswith("ended "):
                return

    def begin(self, *arguments: object) -> None:
        """A new child, which may be asked once it has begun."""
        print(*arguments, sep="\t", file=self._asked, flush=True)
        while not (line := self._told_line()).startswith("begun "):
            self._waiting.append(line)
        self.child = int(line.partition(" ")[2])

    def ask(self, line: object) -> str:
        """What the child prints when it has read this line from its standard input."""
        print(line, file=self._asked, flush=True)
        return self._line()

    def _line(self) -> str:
        return self._waiting.pop(0) if self._waiting else self._told_line()

    def _told_line(self) -> str:
        line = self._told.readline()
        assert line, "the process that forks has died"
        return line.rstrip("\n")

    def run(self, *arguments: object) -> int:
        """The exit code of a new child."""
        *_, last = self.lines_of(*arguments)
        return int(last.partition(" ")[2])


@contextmanager
def forking(
    code: str, environment: Mapping[str, str] | None = None, *, python: str | Path = sys.executable
) -> Iterator[Forks]:
    """Children that run ``main`` of this code, which has loaded all that it needs."""
    with subprocess.Popen(
        [python, "-c", f"import os, sys\n{code}\n{SERVE}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    ) as process:
        yield Forks(process)
        cast("IO[str]", process.stdin).close()
        assert process.wait() == 0
