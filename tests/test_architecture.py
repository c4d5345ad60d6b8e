"""Who may import whom, and who owns which library. The one table of these rules."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("miner_agent", "calculators", "exporters")

VOCABULARY = {
    "config",
    "driver",
    "energy",
    "feed",
    "feed_payload",
    "inventory",
    "model",
    "payload",
    "pci",
    "plausibility",
    "proof",
    "tally",
    "text",
    "watch",
    "whole_machine",
}
SOURCES = {"collectors", "drivers", "feeds", "storage", "transport", "exporters"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "calculators": set(),
    "pci": set(),
    "text": set(),
    "model": {"errors", "calculators"},
    "payload": {"errors", "calculators"},
    "driver": {"model", "payload"},
    "feed_payload": {"errors", "payload"},
    "feed": {"calculators", "feed_payload", "text"},
    "feeds": {"feed", "feed_payload", "payload", "errors", "text", "calculators"},
    "feeding": {"feed", "feed_payload", "storage", "errors", "text", "calculators"},
    "plausibility": {"model"},
    "inventory": {"model"},
    "tally": {"model"},
    "proof": {"model"},
    "watch": {"model", "text"},
    "config": {"errors", "text", "calculators"},
    "markets": {"catalog", "config", "errors", "feed", "feeding", "feeds", "profit", "storage", "text", "calculators"},
    "conditions": {"config", "errors", "markets", "profit", "calculators"},
    "profit": {"catalog", "model", "calculators"},
    "economy": {
        "calculators",
        "catalog",
        "config",
        "errors",
        "feed",
        "feeds",
        "markets",
        "model",
        "profit",
        "storage",
        "text",
        "transport",
    },
    "catalog": {"config", "errors", "text", "calculators"},
    "drivers": {"driver", "payload", "model", "errors", "text", "pci", "calculators"},
    "collectors": {"model", "payload", "errors", "text", "pci", "calculators"},
    "transport": {"driver", "errors", "feed", "text"},
    "storage": {"model", "errors", "calculators", "config", "text"},
    "exporters": {"model", "text", "errors", "calculators"},
    "pipeline": VOCABULARY | SOURCES | {"errors"},
    "web": {"errors", "text"},
    "record": {"driver", "errors", "text", "transport"},
    "discovery": {"collectors", "driver"},
    "scan": {"driver", "errors", "text", "transport"},
    "weaknesses": set(),
    "doctor": {"collectors", "discovery", "driver", "model", "weaknesses"},
    "wiring": VOCABULARY | SOURCES | {"discovery", "errors", "markets", "pipeline", "record", "__init__"},
    "simulate": VOCABULARY | SOURCES | {"errors", "pipeline", "wiring"},
    "logs": {"text"},
    "sd_notify": set(),
    "energy": {"model", "calculators"},
    "whole_machine": {"model", "energy"},
    "changes": {"model"},
    "clock": set(),
    "descriptors": set(),
    "rounds": set(),
    "scheduling": set(),
    "keeping": {"errors", "clock", "energy", "model", "scheduling", "storage", "watch"},
    "gateway": VOCABULARY | SOURCES | {"changes", "clock", "errors", "keeping", "pipeline", "rounds", "web"},
    "sampler": VOCABULARY
    | SOURCES
    | {"changes", "economy", "keeping", "logs", "pipeline", "sd_notify", "web", "wiring"},
    "daemon": VOCABULARY
    | SOURCES
    | {"descriptors", "economy", "errors", "gateway", "keeping", "pipeline", "sampler", "web", "wiring", "sd_notify"},
    "cli": VOCABULARY
    | SOURCES
    | {
        "calculators",
        "catalog",
        "conditions",
        "discovery",
        "doctor",
        "errors",
        "feeding",
        "markets",
        "profit",
        "record",
        "scan",
        "simulate",
        "wiring",
        "logs",
        "daemon",
        "exporters",
        "__init__",
    },
    "__init__": set(),
    "__main__": {"cli"},
}
"""Module or folder of ``miner_agent`` (or another package) to what it may import of ours, beside itself."""

OWNERS: dict[str, set[str]] = {
    "requests": {"transport"},
    "urllib3": {"transport"},
    "h11": {"transport"},
    "pynvml": {"collectors"},
    "psutil": {"collectors"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "prometheus_client": {"exporters"},
    "apscheduler": {"scheduling"},
    "starlette": {"web"},
    "hypercorn": {"web"},
    "numpy": {"calculators"},
    "click": {"cli"},
    "rich": {"cli"},
    "tomllib": {"catalog", "config", "feeds"},
    "ssl": {"transport"},
    "asyncio": {"transport", "web"},
    "socket": {"transport", "web", "daemon", "sd_notify", "wiring"},
    "sqlite3": {"storage"},
    "subprocess": {"collectors", "economy", "storage"},
    "logging": {
        "changes",
        "cli",
        "daemon",
        "economy",
        "gateway",
        "keeping",
        "logs",
        "pipeline",
        "sampler",
        "scheduling",
        "transport",
        "web",
        "wiring",
    },
    "resource": {"descriptors"},
}
"""Library to the only modules that may import it."""

FORBIDDEN = {"pickle", "shelve", "marshal", "httpx"}
CLOCKS = {("time", "time"), ("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "localtime")}
WALL_CLOCK_ALLOWED = {"daemon", "gateway", "sampler", "keeping", "scheduling", "cli"}
ENVIRONMENT_ALLOWED = {"daemon", "cli"}


def files() -> list[Path]:
    return [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def unit(file: Path) -> str:
    """The row of the table that a file belongs to."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    if parts[0] != "miner_agent":
        return parts[0]
    return whole(parts[1])


def whole(name: str) -> str:
    """The row of a module: the parts of one that was split share it."""
    return next((row for row in ("transport", "config", "model") if name.startswith(f"{row}_")), name)


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_unit(name: str) -> str | None:
    """The row that an imported name belongs to; ``None`` for what is not ours or names a whole package."""
    parts = name.split(".")
    if parts[0] in {"calculators", "exporters"}:
        return parts[0]
    if parts[0] != "miner_agent" or len(parts) == 1:
        return None
    if whole(parts[1]) != parts[1]:
        return whole(parts[1])
    known = (ROOT / "miner_agent" / parts[1]).is_dir() or (ROOT / "miner_agent" / f"{parts[1]}.py").is_file()
    return parts[1] if known else "__init__"


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_imports_only_what_stands_below_it(file: Path) -> None:
    row = unit(file)
    assert row in MAY_IMPORT, f"give {row} a row in the table"
    used = {found for name in imported(file) if (found := own_unit(name)) is not None} - {row}

    assert used <= MAY_IMPORT[row]


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_a_library_is_imported_by_its_owner_only(file: Path) -> None:
    row = unit(file)
    for name in imported(file):
        top = name.partition(".")[0]
        assert top not in FORBIDDEN, f"{top} has no place here"
        assert row in OWNERS.get(top, {row}), f"{top} belongs to {OWNERS[top]}"


@pytest.mark.parametrize("file", files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_the_wall_clock_and_the_environment_are_read_at_the_top_only(file: Path) -> None:
    row = unit(file)
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute):
            holder = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
            if (holder, node.attr) in CLOCKS:
                assert row in WALL_CLOCK_ALLOWED, f"line {node.lineno}: the wall clock is an argument"
            if (holder, node.attr) in {("os", "environ"), ("os", "getenv")}:
                assert row in ENVIRONMENT_ALLOWED, f"line {node.lineno}: the environment is an argument"


def test_calculators_use_the_standard_library_and_numpy_only() -> None:
    for file in sorted((ROOT / "calculators").rglob("*.py")):
        for name in imported(file):
            top = name.partition(".")[0]
            assert top in sys.stdlib_module_names | {"calculators", "numpy"}, f"{file.name}: {name}"


def test_numpy_stays_in_the_scenarios() -> None:
    having = {"numpy", "calculators.paths", "calculators.scenario"}
    for file in sorted((ROOT / "calculators").rglob("*.py")):
        used = having.intersection(imported(file))
        assert not used or file.stem in {"paths", "scenario"}, f"{file.name} would load numpy by {used}"


def test_every_row_of_the_table_is_a_module() -> None:
    assert {unit(file) for file in files()} == set(MAY_IMPORT)


def test_the_tree_of_errors_in_the_docstring_is_the_real_one() -> None:
    from miner_agent import errors

    drawn = errors.__doc__ or ""
    for error in errors.all_errors():
        line = next(line for line in drawn.splitlines() if f" {error.__name__} " in f"{line} ")
        assert error.kind in line.split() or error in {errors.AgentError}
    kinds = {error.kind for error in errors.all_errors(errors.SourceError)}
    assert kinds == {*errors.MINER_REASONS, *errors.COLLECTOR_REASONS}
