"""Start-up (B3): ``--help``, and from the start of the daemon to its first page.

Both commands run from compiled modules, as they do once they are installed: ``rig`` sees to it.
"""

import statistics
import subprocess
import sys
import time
from resource import RUSAGE_CHILDREN, getrusage

from bench.figure import Figure
from bench.rig import Rig, agent_on, rig

RUNS, STARTS = 15, 5
_ARGPARSE = """
import argparse
parser = argparse.ArgumentParser()
commands = parser.add_subparsers()
for name in "abcdefgh":
    commands.add_parser(name).add_argument("--x")
parser.parse_args()
"""


def cpu_of(arguments: list[str]) -> float:
    """Median CPU time of the whole process, after a run that brings its files into memory. [ms]"""
    spent = []
    for _ in range(1 + RUNS):
        before = getrusage(RUSAGE_CHILDREN)
        subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        after = getrusage(RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return 1000 * statistics.median(spent[1:])


def first_page_after_seconds(parts: Rig) -> float:
    """From the start of the process to its first page. [s]"""
    agent = agent_on(parts, interval_seconds=10)
    begun = time.monotonic()
    with agent:
        while not agent.metrics():
            time.sleep(0.005)
        return time.monotonic() - begun


def measure() -> list[Figure]:
    with rig() as parts:
        help_milliseconds = cpu_of([sys.executable, "-m", "miner_agent", "--help"])
        argparse_milliseconds = cpu_of([sys.executable, "-c", _ARGPARSE, "--help"])
        starts = [first_page_after_seconds(parts) for _ in range(1 + STARTS)]
    return [
        Figure(
            name="--help, CPU", unit="ms", ours=help_milliseconds, limit=50, peer="argparse, 8 commands",
            peers=argparse_milliseconds,
        ),
        Figure(name="start to first page", unit="s", ours=statistics.median(starts[1:]), limit=None),
    ]  # fmt: skip
