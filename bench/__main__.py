"""``python -m bench [NAME ...]``: run all measurements, or the named ones, and print one table."""

import sys
from importlib import import_module
from pathlib import Path

from bench.figure import table

HELPERS = {"__init__", "__main__", "figure", "process", "rig", "typical"}


def main() -> int:
    names = sys.argv[1:] or sorted(file.stem for file in Path(__file__).parent.glob("*.py") if file.stem not in HELPERS)
    figures = [figure for name in names for figure in import_module(f"bench.{name}").measure()]
    print(table(figures))
    return 0 if all(figure.holds for figure in figures) else 3


if __name__ == "__main__":
    sys.exit(main())
