"""Start-up (B3): ``--help``, and from the start of the daemon to its first page."""

import os
import statistics
import subprocess
import sys
import time

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


def cpu_of(arguments: list[str]) -> float:
    """Median CPU time of the whole process. [ms]"""
    spent = []
    for _ in range(RUNS):
        before = os.times()
        subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        after = os.times()
        spent.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return 1000 * statistics.median(spent)


def measure() -> list[Figure]:
    help_milliseconds = cpu_of([sys.executable, "-m", "miner_agent", "--help"])
    argparse_milliseconds = cpu_of([sys.executable, "-c", _ARGPARSE, "--help"])
    with rig() as parts:
        begun = time.monotonic()
        with agent_on(parts, interval_seconds=10) as agent:
            agent.wait_until(lambda page: page)
            first_page_seconds = time.monotonic() - begun
    return [
        Figure(
            name="--help, CPU", unit="ms", ours=help_milliseconds, limit=70, peer="argparse, 8 commands",
            peers=argparse_milliseconds,
        ),
        Figure(name="start to first page", unit="s", ours=first_page_seconds, limit=None),
    ]  # fmt: skip
