"""Who may import whom, and who owns which library. The one table of these rules."""

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from miner_agent import errors
from tests.parsed_code import nodes_of, tree_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("miner_agent", "calculators", "exporters")
LONGEST = 500  # lines

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "text": set(),
    "pci": set(),
    "interpreter": set(),
    "errand_process": {"errors", "text", "interpreter"},
    "__init__": set(),
    "calculators": set(),
    "calculators.chain": {"calculators"},
    "calculators.electricity": {"calculators"},
    "calculators.earnings": {"calculators", "calculators.chain"},
    "calculators.horizon": {"calculators", "calculators.chain", "calculators.earnings"},
    "calculators.equipment": {"calculators"},
    "calculators.books": {"calculators"},
    "model": {"errors", "text", "calculators", "calculators.books"},
    "config": {
        "errors",
        "text",
        "errand_process",
        "interpreter",
        "calculators",
        "calculators.chain",
        "calculators.electricity",
        "calculators.horizon",
        "model",
    },
    "sources": {"errors", "text", "calculators", "model"},
    "web": {"errors", "text"},
    "tables": {"errors", "text", "calculators", "calculators.chain", "calculators.equipment", "model", "config"},
    "storage": {"errors", "text", "interpreter", "calculators", "calculators.horizon", "calculators.books", "model"},
    "bookkeeping": {"errors", "text", "interpreter", "calculators", "calculators.books", "model", "storage"},
    "profit": {
        "calculators",
        "calculators.chain",
        "calculators.electricity",
        "calculators.earnings",
        "calculators.horizon",
        "calculators.equipment",
        "model",
    },
    "exporters": {"errors", "text", "calculators", "calculators.books", "model"},
    "alarms": {"errors", "text", "model", "storage", "exporters"},
    "views": {"text", "calculators", "model", "exporters", "alarms"},
    "market": {
        "errors",
        "text",
        "calculators",
        "calculators.chain",
        "calculators.electricity",
        "model",
        "config",
        "sources",
        "tables",
        "storage",
        "profit",
    },
    "collectors": {"errors", "text", "pci", "interpreter", "calculators", "model", "sources"},
    "drivers": {"errors", "text", "pci", "calculators", "model", "sources"},
    "transport": {"errors", "text", "sources", "market"},
    "payouts": {
        "errors",
        "text",
        "calculators",
        "calculators.books",
        "model",
        "config",
        "sources",
        "storage",
        "bookkeeping",
        "market",
    },
    "look": {"errors", "text", "calculators", "model", "config", "sources", "collectors", "transport"},
    "tick": {"errors", "text", "interpreter", "calculators.electricity", "model", "sources", "transport"},
    "economy": {
        "errors",
        "errand_process",
        "text",
        "interpreter",
        "calculators",
        "calculators.chain",
        "calculators.electricity",
        "calculators.earnings",
        "calculators.horizon",
        "calculators.equipment",
        "model",
        "config",
        "tables",
        "storage",
        "profit",
        "market",
        "transport",
    },
    "posting": {
        "errors",
        "errand_process",
        "text",
        "interpreter",
        "__init__",
        "calculators",
        "calculators.electricity",
        "calculators.books",
        "model",
        "config",
        "tables",
        "storage",
        "bookkeeping",
        "payouts",
        "profit",
        "market",
        "transport",
        "economy",
    },
    "supposing": {"errors", "interpreter", "calculators.earnings", "config", "profit", "economy"},
    "face": {
        "errors",
        "errand_process",
        "text",
        "__init__",
        "calculators",
        "model",
        "config",
        "web",
        "storage",
        "bookkeeping",
        "exporters",
        "views",
        "supposing",
    },
    "notifying": {"errors", "text", "errand_process", "interpreter", "calculators", "model", "config", "transport"},
    "assembly": {
        "errors",
        "text",
        "__init__",
        "calculators",
        "model",
        "config",
        "sources",
        "web",
        "tables",
        "market",
        "collectors",
        "drivers",
        "transport",
        "look",
        "tick",
        "notifying",
    },
    "service": {
        "errors",
        "text",
        "model",
        "config",
        "web",
        "storage",
        "exporters",
        "alarms",
        "transport",
        "tick",
        "economy",
        "posting",
        "assembly",
        "notifying",
        "supposing",
        "face",
    },
    "simulate": {
        "errors",
        "calculators",
        "model",
        "config",
        "web",
        "storage",
        "bookkeeping",
        "drivers",
        "exporters",
        "collectors",
        "transport",
        "tick",
        "economy",
        "assembly",
    },
    "cli": {
        "errors",
        "text",
        "interpreter",
        "__init__",
        "calculators",
        "calculators.chain",
        "calculators.electricity",
        "calculators.earnings",
        "calculators.horizon",
        "calculators.equipment",
        "calculators.books",
        "model",
        "config",
        "sources",
        "tables",
        "storage",
        "bookkeeping",
        "payouts",
        "profit",
        "exporters",
        "alarms",
        "market",
        "collectors",
        "drivers",
        "transport",
        "look",
        "economy",
        "posting",
        "assembly",
        "service",
        "simulate",
        "notifying",
        "views",
    },
    "__main__": {"interpreter", "cli"},
}
"""A folder (or a module beside them) to what it imports of ours: nothing that stands below it in this table, and no more."""

OWNERS: dict[str, set[str]] = {
    "requests": {"transport"},
    "urllib3": {"transport"},
    "h11": {"transport", "web"},
    "apprise": {"notifying"},
    "pynvml": {"collectors"},
    "psutil": {"collectors"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "prometheus_client": {"exporters"},
    "apscheduler": {"service"},
    "starlette": {"web"},
    "numpy": {"calculators.horizon"},
    "markupsafe": {"face"},
    "click": {"cli"},
    "rich": {"cli"},
    "tomllib": {"config", "market"},
    "yaml": {"config"},
    "bcrypt": {"web"},
    "ssl": {"transport", "web"},
    "asyncio": {"transport", "web"},
    "socket": {"transport", "web", "service", "assembly"},
    "sqlite3": {"storage"},
    "subprocess": {"collectors", "errand_process", "storage"},
    "logging": {
        "alarms",
        "face",
        "tick",
        "cli",
        "economy",
        "posting",
        "notifying",
        "service",
        "transport",
        "web",
        "assembly",
    },
    "resource": {"service", "exporters"},
}
"""Library to the only folders that may import it."""

STANDS_ON = {
    "psutil": "psutil",
    "pynvml": "nvidia-ml-py",
    "prometheus_client": "prometheus-client",
    "requests": "requests",
    "apscheduler": "apscheduler",
    "sqlalchemy": "sqlalchemy",
}
"""Libraries that were chosen for the agent from the start, by what is imported: none is replaced by code of ours."""

FORBIDDEN = {"pickle", "shelve", "marshal", "httpx"}
CLOCKS = {("time", "time"), ("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "localtime")}
WALL_CLOCK_ALLOWED = {"service", "cli"}
ENVIRONMENT_ALLOWED = {"interpreter", "service", "cli"}


@cache
def files() -> list[Path]:
    return [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def unit(file: Path) -> str:
    """The row of the table that a file belongs to."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return "__init__" if parts == ("miner_agent", "__init__") else own_unit(".".join(parts)) or ""


@cache
def imported(file: Path) -> tuple[str, ...]:
    return tuple(_imported(nodes_of(file)))


def _imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_unit(name: str) -> str | None:
    """The row that an imported name belongs to; ``None`` for what is not ours or names a whole package."""
    package, *rest = name.split(".")
    if package == "exporters":
        return package
    if package == "calculators":
        return f"{package}.{rest[0]}" if rest and (ROOT / package / rest[0]).is_dir() else package
    if package != "miner_agent" or not rest:
        return None
    known = (ROOT / package / rest[0]).is_dir() or (ROOT / package / f"{rest[0]}.py").is_file()
    return rest[0] if known else "__init__"


def test_a_module_imports_only_what_stands_below_it() -> None:
    for file in files():
        row = unit(file)
        assert row in MAY_IMPORT, f"give {row} a row in the table"
        used = {found for name in imported(file) if (found := own_unit(name)) is not None} - {row}
        assert used <= MAY_IMPORT[row], file


def test_a_library_is_imported_by_its_owner_only() -> None:
    for file in files():
        row = unit(file)
        for name in imported(file):
            top = name.partition(".")[0]
            assert top not in FORBIDDEN, f"{file}: {top} has no place here"
            assert row in OWNERS.get(top, {row}), f"{file}: {top} belongs to {OWNERS[top]}"


def test_the_libraries_that_the_agent_stands_on_are_required_and_used() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(STANDS_ON.values()) <= {row.partition(">")[0] for row in project["dependencies"]}
    assert set(STANDS_ON) <= {name.partition(".")[0] for file in files() for name in imported(file)}


def test_the_wall_clock_and_the_environment_are_read_at_the_top_only() -> None:
    for file in files():
        row = unit(file)
        for node in nodes_of(file):
            if isinstance(node, ast.Attribute):
                holder = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
                place = f"{file}, line {node.lineno}"
                if (holder, node.attr) in CLOCKS:
                    assert row in WALL_CLOCK_ALLOWED, f"{place}: the wall clock is an argument"
                if (holder, node.attr) in {("os", "environ"), ("os", "getenv")}:
                    assert row in ENVIRONMENT_ALLOWED, f"{place}: the environment is an argument"


def test_calculators_use_the_standard_library_and_numpy_only() -> None:
    for file in sorted((ROOT / "calculators").rglob("*.py")):
        for name in imported(file):
            top = name.partition(".")[0]
            assert top in sys.stdlib_module_names | {"calculators", "numpy"}, f"{file.name}: {name}"


def test_numpy_stays_in_the_scenarios() -> None:
    having = {"numpy", *(f"calculators.horizon.{name}" for name in ("paths", "scenario", "sweep"))}
    for file in sorted((ROOT / "calculators").rglob("*.py")):
        used = having.intersection(imported(file))
        assert not used or file.stem in {"paths", "scenario", "sweep"}, f"{file.name} would load numpy by {used}"


def test_the_table_has_a_row_for_each_folder_and_allows_what_is_used() -> None:
    used: dict[str, set[str]] = {}
    for file in files():
        row = unit(file)
        used.setdefault(row, set()).update(found for name in imported(file) if (found := own_unit(name)))
    for row, names in used.items():
        names.discard(row)

    assert used == MAY_IMPORT


def needed_at_run_time(file: Path) -> Iterator[str]:
    """What a module imports, in its functions too; not what it names for the type checker alone."""
    for_types = {
        inner
        for node in nodes_of(file)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in nodes_of(file):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_two_modules_need_each_other() -> None:
    named = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files()}
    needs = {name: named.keys() & set(needed_at_run_time(file)) - {name} for name, file in named.items()}

    TopologicalSorter(needs).prepare()  # raises where there is a circle, and names it


def test_no_row_of_the_table_looks_up() -> None:
    rows = list(MAY_IMPORT)
    for row, allowed in MAY_IMPORT.items():
        assert all(rows.index(other) < rows.index(row) for other in allowed), row


def test_the_page_on_architecture_tells_the_rows_as_they_are() -> None:
    told = dict(re.findall(r"^\| `([a-z_.]+)/?` \|[^|]*\| ([^|]*) \|$", PAGE.read_text(), re.MULTILINE))

    assert {row: set(re.findall(r"`([a-z_.]+)`", cell)) for row, cell in told.items()} == MAY_IMPORT


def test_the_page_on_architecture_names_every_folder() -> None:
    told, folders = PAGE.read_text(), {file.parent.name for file in files()}

    assert [name for name in sorted(folders) if not re.search(rf"[`/.]{name}\b[/`]", told)] == []


def test_no_module_and_no_public_class_goes_by_the_name_of_another() -> None:
    modules = Counter(file.parent.name if file.stem == "__init__" else file.stem for file in files())
    classes = Counter(
        node.name
        for file in files()
        for node in tree_of(file).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )

    assert [name for name, count in (modules + classes).items() if count > 1] == []


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    others = [file for folder in ("tests", "bench", "tools") for file in (ROOT / folder).rglob("*.py")]
    assert len(others) > 100
    written = [file for file in files() if file.parent.name != "compiled"]  # that is made of templates
    too_long = [file for file in [*written, *others] if len(file.read_text().splitlines()) > LONGEST]
    assert [str(file.relative_to(ROOT)) for file in too_long] == []


def below(root: type[errors.AgentError]) -> Iterator[type[errors.AgentError]]:
    """The class and every one below it, parents first."""
    yield root
    for child in root.__subclasses__():
        yield from below(child)


def test_the_tree_of_errors_in_the_docstring_is_the_real_one() -> None:
    drawn = errors.__doc__ or ""
    for error in below(errors.AgentError):
        line = next(line for line in drawn.splitlines() if f" {error.__name__} " in f"{line} ")
        assert error.kind in line.split() or error in {errors.AgentError}
    kinds = {error.kind for error in below(errors.SourceError)}
    assert kinds == {*errors.MINER_REASONS, *errors.COLLECTOR_REASONS}
