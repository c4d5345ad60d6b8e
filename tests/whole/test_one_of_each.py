"""What is said once cannot be said in two ways."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from tests.parsed_code import nodes_of, tree_of

ROOT = Path(__file__).parents[2]
PACKAGES = ("miner_agent", "calculators", "exporters")


def patterns(file: Path) -> set[str | bytes]:
    """The patterns that a module writes out."""
    text = file.read_text()
    nodes = nodes_of(file) if "re." in text else ()
    calls = [node for node in nodes if isinstance(node, ast.Call) and node.args]
    of_re = [
        call.args[0]
        for call in calls
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "re"
    ]
    return {pattern.value for pattern in of_re if isinstance(pattern, ast.Constant)}  # type: ignore[misc]


def test_no_pattern_is_written_in_two_modules() -> None:
    users: dict[str | bytes, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            for pattern in patterns(file):
                users[pattern].append(str(file.relative_to(ROOT)))

    assert {pattern: files for pattern, files in users.items() if len(files) > 1} == {}


def sleeps(file: Path) -> list[int]:
    """The lines on which a test waits for nothing but time."""
    text = file.read_text()
    nodes = nodes_of(file) if "sleep" in text else ()
    called = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr == "sleep"]
    by_module = [node.lineno for node in called if isinstance(node.value, ast.Name) and node.value.id == "time"]
    imported = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "time"]
    return by_module + [node.lineno for node in imported if any(alias.name == "sleep" for alias in node.names)]


def test_no_test_sleeps_but_by_the_module_on_waiting() -> None:
    found = {str(file.relative_to(ROOT)): sleeps(file) for file in sorted((ROOT / "tests").rglob("*.py"))}

    assert [name for name, lines in found.items() if lines] == ["tests/waiting.py"], found


KEPT_FOR_EVER = {
    "miner_agent/bookkeeping/event_body.py": ["_fields"],  # types
    "miner_agent/bookkeeping/event_reader.py": ["_keys"],  # types
    "miner_agent/config/shape.py": ["shape_of"],  # types
    "miner_agent/storage/telemetry/charts.py": ["_phrase"],  # quantities and levels of ours
    "miner_agent/storage/telemetry/questions.py": ["_prepare"],  # functions and levels of ours
    "miner_agent/storage/telemetry/rollups.py": ["_statements"],  # levels of ours
    "miner_agent/tables/coin_table.py": ["_builtin_coins", "_builtin_rows"],  # nothing
    "miner_agent/tables/hardware_table.py": ["_builtin_hardware", "_builtin_rows"],  # nothing
    "miner_agent/tables/market_of_one_day.py": ["builtin_market", "builtin_rates"],  # nothing
    "miner_agent/tables/modelled_figures.py": ["modelled_figures"],  # nothing
    "miner_agent/tables/spellings.py": ["_builtin", "_builtin_spellings"],  # nothing
    "miner_agent/tables/temperature_table.py": ["load_temperatures"],  # nothing
    "miner_agent/tables/users_file.py": ["coins_file"],  # nothing
    "miner_agent/tick/ceilings.py": ["of_kind"],  # kinds of devices and names of fields
    "miner_agent/tick/plausibility.py": ["range_of", "_fields"],  # names of fields; types
}
"""What a cache without an end is asked for: nothing in it comes from outside."""


def without_end(file: Path) -> list[str]:
    """The functions whose every answer is kept."""
    text = file.read_text()
    nodes = nodes_of(file) if "cache" in text else ()
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    endless = {"cache", "functools.cache", "lru_cache(maxsize=None)", "functools.lru_cache(maxsize=None)"}
    return [f.name for f in functions if endless.intersection(map(ast.unparse, f.decorator_list))]


def test_what_is_kept_of_answers_from_outside_has_an_end() -> None:
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    found = {str(file.relative_to(ROOT)): names for file in files if (names := without_end(file))}

    assert found == KEPT_FOR_EVER


CHANCE = {
    "VERSION": "each document counts its own versions",
    "ALGORITHM": "what a kind of machine mines is the driver's own",
    "ONLY": "the index of the one device of a small miner",
    "NOISE": "the field of a firmware that tells of no mean",
    "STOP_SECONDS": "how long a thread is waited for",
}
"""Names that say the same of things that have nothing to do with each other."""


def is_written_out(node: ast.expr) -> bool:
    """Whether a value stands there in figures and words, not made of what is defined elsewhere."""
    called = [inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return names <= {"timedelta", "Decimal", "frozenset", "datetime", "UTC"} and len(called) <= 1


def constants(file: Path) -> dict[str, str]:
    """What a module defines in capitals, and how it is written."""
    found = {}
    for node in tree_of(file).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if (
            len(targets) == 1
            and isinstance(targets[0], ast.Name)
            and targets[0].id.isupper()
            and value is not None
            and is_written_out(value)
        ):
            found[targets[0].id.strip("_")] = ast.unparse(value)
    return found


def test_no_constant_is_defined_in_two_modules() -> None:
    users: dict[tuple[str, str], list[str]] = defaultdict(list)
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            if "migrations" in file.parts:  # a step of a migration stays as it was, whatever comes after it
                continue
            for name, value in constants(file).items():
                users[name, value].append(str(file.relative_to(ROOT)))

    assert {told: files for told, files in users.items() if len(files) > 1 and told[0] not in CHANCE} == {}


CONVERSION = re.compile(
    r"(SECONDS|MINUTES|HOURS|DAYS|MONTHS|WATTS|JOULES)_(PER|A|OF_A|IN_A)_(MINUTE|HOUR|DAY|MONTH|YEAR|KILOWATT\w*|WATT\w*)"
    r"|(MINUTE|HOUR|DAY|MONTH|YEAR)_(SECONDS|MINUTES|HOURS|DAYS)"
)
ELSEWHERE = {
    ("tick", "HOUR_SECONDS"): "that folder imports no calculator of this kind",
    ("tick", "MINUTE_SECONDS"): "that folder imports no calculator of this kind",
    ("chain", "MONTH_SECONDS"): "a chain's rule has its own month",
}


def test_what_turns_one_unit_into_another_stands_with_the_units() -> None:
    found = [
        (file.parent.name, name)
        for package in PACKAGES
        for file in sorted((ROOT / package).rglob("*.py"))
        if file.stem != "units"
        for name in constants(file)
        if CONVERSION.fullmatch(name)
    ]

    assert set(found) == ELSEWHERE.keys()
