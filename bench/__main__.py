"""``python -m bench [NAME ...] [--runs N] [--keep]``: measure, compare with what was kept, and print one table."""

import argparse
import sys
import time
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from bench import kept
from bench.figure import Figure
from bench.machine import Machine, load, this_machine
from bench.results import Result, results, table

ALL, GATES = "all", "gates"
GATE_SCRIPTS = ("footprint", "nvml_sample", "start", "scrape", "log_write")
"""What the whole agent is held to; four minutes."""


def scripts() -> list[str]:
    """The files here that measure."""
    return sorted(file.stem for file in Path(__file__).parent.glob("*.py") if "\ndef measure(" in file.read_text())


def chosen(names: Iterable[str]) -> list[str]:
    """The scripts that these names stand for, each once."""
    stands_for = {ALL: scripts(), GATES: list(GATE_SCRIPTS)}
    return list(dict.fromkeys(script for name in names for script in stands_for.get(name, [name])))


def measured(names: Iterable[str]) -> tuple[list[Figure], list[str]]:
    """The figures of these scripts, and which of them failed: one that does costs its own rows."""
    figures, failed = [], []
    for name in names:
        begun = time.monotonic()
        try:
            figures += import_module(f"bench.{name}").measure()
        except Exception:  # noqa: BLE001  a script starts foreign programs, and may fail in any way
            traceback.print_exc()
            failed.append(name)
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return figures, failed


def heading(before: Machine, after: Machine) -> str:
    """What the figures were made on; its speed at the start and at the end tells whether it changed meanwhile."""
    return (
        f"{before.name}, load {load():.1f}\n"
        f"machine: {before.speed:.2f} x that of the reference, at the end {after.speed:.2f} x"
    )


def complaints(found: Iterable[Result], failed: Iterable[str]) -> list[str]:
    """A sentence for each figure that is not as it should be."""
    said = [f"{name}: could not be measured" for name in failed]
    for result in found:
        name = " / ".join(part for part in result.figure.key if part)
        if result.is_missed:
            said.append(f"{name}: the limit is missed")
        if result.kept is not None and result.is_worse:
            was, now = f"{result.kept.value:.3g}", f"{result.figure.told:.3g}"
            said.append(f"{name}: worse, {now} after {was} on {result.kept.on} ({result.kept.machine})")
    return said


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=f"Scripts: {', '.join(scripts())}.",
        epilog="Ends with 3 where a limit is missed, a figure got worse than the kept one, or a script failed.",
    )  # fmt: skip
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="a script, gates or all; without one all, or with several runs the gates",
    )
    parser.add_argument("--runs", type=int, default=1, help="measure so often: the run in the middle, and the spread")
    parser.add_argument("--keep", action="store_true", help=f"keep the figures, in bench/{kept.FILE.name}")
    asked = parser.parse_args(arguments)
    names = chosen(asked.names or [ALL if asked.runs < 2 else GATES])
    if unknown := set(names).difference(scripts()):
        parser.error(f"{', '.join(sorted(unknown))}: there is no such script; there are {', '.join(scripts())}")
    before, machine = kept.load(kept.FILE), this_machine()
    runs = [measured(names) for _ in range(max(asked.runs, 1))]
    after = this_machine()
    failed = dict.fromkeys(name for _, missing in runs for name in missing)
    found = results([figures for figures, _ in runs], before, min(machine, after, key=lambda each: each.speed))
    print(heading(machine, after), table(found), *complaints(found, failed), sep="\n\n")
    if asked.keep:
        told = [(result.figure, result.spread) for result in found]
        kept.save(kept.merged(before, told, on=datetime.now(UTC).date(), machine=machine.name), kept.FILE)
    return 3 if complaints(found, failed) else 0


if __name__ == "__main__":
    sys.exit(main())
