"""Start-up (B3): ``--help`` and ``profit``, and from the start of the daemon to its first page.

The commands run from compiled modules, as they do once they are installed: ``rig`` sees to it.
"""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import miner_agent
from bench.figure import Figure
from bench.process import running
from bench.rig import Rig, agent_on, free_port, rig, typical
from bench.turns import in_turn

TURNS, STARTS = 15, 3
PAUSE_SECONDS = 0.005
AGENT = (sys.executable, "-m", "miner_agent")
PROFIT = (*AGENT, "profit", "--hardware", "6x rtx3080", "--kwh-price", "0.1626")
PROFIT_TURNS = 5
_ARGPARSE = """
import argparse
parser = argparse.ArgumentParser()
commands = parser.add_subparsers()
for name in "abcdefgh":
    commands.add_parser(name).add_argument("--x")
parser.parse_args()
"""
_TOMLLIB = """
import sys, tomllib
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        tomllib.load(file)
"""
TABLES = sorted(map(str, Path(miner_agent.__file__).with_name("tables").glob("*.toml")))


def _cpu_milliseconds(arguments: Sequence[str]) -> float:
    """CPU time of a whole process. [ms]"""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _beside(ours: Sequence[str], peers: Sequence[str], turns: int) -> tuple[float, float]:
    """CPU of two commands in turn, after a run of each that brings its files into memory. [ms]"""
    for arguments in (ours, peers):
        _cpu_milliseconds(arguments)
    return in_turn(partial(_cpu_milliseconds, ours), partial(_cpu_milliseconds, peers), turns)


def _first_page_seconds(parts: Rig) -> float:
    """From the start of the agent to its first page. [s]"""
    agent = agent_on(parts, interval_seconds=10)
    begun = time.monotonic()
    with agent:
        while not agent.metrics():
            time.sleep(PAUSE_SECONDS)
        return time.monotonic() - begun


def _peers_first_page_seconds(parts: Rig) -> float:
    """The same of the typical exporter. [s]"""
    port = free_port()
    begun = time.monotonic()
    with running(typical(parts, port, interval_seconds=10), parts.stub.environment()):
        while b"typical_miner_hashrate{" not in _page(port):
            time.sleep(PAUSE_SECONDS)
        return time.monotonic() - begun


def _page(port: int) -> bytes:
    """What is served there; nothing while nobody does."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
            return bytes(answer.read())
    except OSError:
        return b""


def measure() -> list[Figure]:
    with rig() as parts:
        help_ms, argparse_ms = _beside([*AGENT, "--help"], [sys.executable, "-c", _ARGPARSE, "--help"], TURNS)
        profit_ms, tables_ms = _beside(PROFIT, [sys.executable, "-c", _TOMLLIB, *TABLES], PROFIT_TURNS)
        page_seconds, peers_page_seconds = in_turn(
            partial(_first_page_seconds, parts), partial(_peers_first_page_seconds, parts), STARTS
        )
    return [
        Figure(name="--help, CPU", unit="ms", ours=help_ms, ratio_limit=1.5, peer="argparse, 8 commands", peers=argparse_ms),
        Figure(name="profit, CPU", unit="ms", ours=profit_ms, limit=300, peer="tomllib alone, our tables", peers=tables_ms),
        Figure(
            name="start to first page", only_told=True, unit="s", ours=page_seconds, peer="typical exporter", peers=peers_page_seconds
        ),
    ]  # fmt: skip
