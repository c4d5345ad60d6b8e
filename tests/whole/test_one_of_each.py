"""What is said once cannot be said in two ways."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("miner_agent", "calculators", "exporters")


def patterns(file: Path) -> set[str | bytes]:
    """The patterns that a module writes out."""
    text = file.read_text()
    nodes = ast.walk(ast.parse(text)) if "re." in text else ()
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
    nodes = list(ast.walk(ast.parse(text))) if "sleep" in text else []
    called = [node for node in nodes if isinstance(node, ast.Attribute) and node.attr == "sleep"]
    by_module = [node.lineno for node in called if isinstance(node.value, ast.Name) and node.value.id == "time"]
    imported = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "time"]
    return by_module + [node.lineno for node in imported if any(alias.name == "sleep" for alias in node.names)]


def test_no_test_sleeps_but_by_the_module_on_waiting() -> None:
    found = {str(file.relative_to(ROOT)): sleeps(file) for file in sorted((ROOT / "tests").rglob("*.py"))}

    assert [name for name, lines in found.items() if lines] == ["tests/waiting.py"], found


KEPT_FOR_EVER = {
    "miner_agent/config/shape.py": ["shape_of"],  # types
    "miner_agent/storage/telemetry/questions.py": ["_prepare"],  # functions and levels of ours
    "miner_agent/storage/telemetry/rollups.py": ["_statements"],  # levels of ours
    "miner_agent/tables/coin_table.py": ["_builtin_coins", "_builtin_rows"],  # nothing
    "miner_agent/tables/hardware_table.py": ["_builtin_hardware", "_builtin_rows"],  # nothing
    "miner_agent/tables/market_of_one_day.py": ["builtin_market", "builtin_rates"],  # nothing
    "miner_agent/tables/modelled_figures.py": ["modelled_figures"],  # nothing
    "miner_agent/tables/spellings.py": ["_builtin", "_builtin_spellings"],  # nothing
    "miner_agent/tables/users_file.py": ["coins_file"],  # nothing
    "miner_agent/tick/ceilings.py": ["of_kind"],  # kinds of devices and names of fields
    "miner_agent/tick/plausibility.py": ["range_of", "_fields"],  # names of fields; types
}
"""What a cache without an end is asked for: nothing in it comes from outside."""


def without_end(file: Path) -> list[str]:
    """The functions whose every answer is kept."""
    text = file.read_text()
    nodes = ast.walk(ast.parse(text)) if "cache" in text else ()
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    endless = {"cache", "functools.cache", "lru_cache(maxsize=None)", "functools.lru_cache(maxsize=None)"}
    return [f.name for f in functions if endless.intersection(map(ast.unparse, f.decorator_list))]


def test_what_is_kept_of_answers_from_outside_has_an_end() -> None:
    files = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    found = {str(file.relative_to(ROOT)): names for file in files if (names := without_end(file))}

    assert found == KEPT_FOR_EVER
