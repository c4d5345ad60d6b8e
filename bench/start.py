"""Start-up (B3): ``--help``, and from the start of the daemon to its first page.

Both commands run from compiled modules, as they do once they are installed.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from resource import RUSAGE_CHILDREN, getrusage

from bench.figure import Figure
from bench.rig import agent_on, rig

RUNS = 15
_ARGPARSE = """
import argparse
parser = argparse.ArgumentParser()
commands = parser.add_subparsers()
for name in "abcdefgh":
    commands.add_parser(name).add_argument("--x")
parser.parse_args()
"""


@contextmanager
def compiled() -> Iterator[dict[str, str]]:
    """An environment in which Python keeps what it has compiled."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        yield {**kept, "PYTHONPYCACHEPREFIX": folder}


def cpu_of(arguments: list[str], environment: dict[str, str]) -> float:
    """Median CPU time of the whole process, after a run that compiles. [ms]"""
    spent = []
    for _ in range(1 + RUNS):
        before = getrusage(RUSAGE_CHILDREN)
        subprocess.run(arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        after = getrusage(RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return 1000 * statistics.median(spent[1:])


def measure() -> list[Figure]:
    with compiled() as environment:
        help_milliseconds = cpu_of([sys.executable, "-m", "miner_agent", "--help"], environment)
        argparse_milliseconds = cpu_of([sys.executable, "-c", _ARGPARSE, "--help"], environment)
    with rig() as parts:
        begun = time.monotonic()
        with agent_on(parts, interval_seconds=10) as agent:
            agent.wait_until(lambda page: page)
            first_page_seconds = time.monotonic() - begun
    return [
        Figure(
            name="--help, CPU", unit="ms", ours=help_milliseconds, limit=50, peer="argparse, 8 commands",
            peers=argparse_milliseconds,
        ),
        Figure(name="start to first page", unit="s", ours=first_page_seconds, limit=None),
    ]  # fmt: skip
