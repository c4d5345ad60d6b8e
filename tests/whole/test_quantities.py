"""Every number of a calculator tells what it is a number of: in its name, and in brackets where its argument is told."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.parsed_code import tree_of

ROOT = Path(__file__).parents[2]
NUMBERS = re.compile(r"\b(float|int|Decimal|Numbers|Swept)\b")
UNITS = {
    "watts", "joules", "kilowatt", "celsius", "hertz", "bytes", "grams", "seconds", "second", "hours", "hour", "days",
    "day", "months", "month", "years", "year", "periods", "hashes", "hash", "work", "coins", "coin", "units",
}  # fmt: skip
COUNTS = {
    "blocks", "block", "shares", "count", "number", "line", "index", "starts", "switches", "cores", "threads",
    "windows", "paths", "markets", "height", "heights", "difficulty",
}  # fmt: skip
PURE = {
    "ratio",
    "ratios",
    "factor",
    "part",
    "share",
    "probability",
    "coverage",
    "correlation",
    "variation",
    "efficiency",
}
TELLING = UNITS | COUNTS | PURE
WITHOUT_UNIT = {
    "figures by the name of a rule's parameter, each of its own unit": {
        "parameters", "reward_parameters", "defaults", "figures", "given", "next_step",
    },
    "any number, whatever it is of": {"one", "other", "value", "computed", "values", "number"},
    "money, in units of the currency that stands beside it": {"amount", "rate"},
    "coins, by the chain": {"mined"},
    "money as a number, in the currency of what it stands beside": {
        "expected", "deviation", "profits", "floor", "best", "p5", "p50", "p95", "cvar_5", "maximum_regret",
        "revenue", "stop_loss", "charge", "energy_price_changes", "cost", "static_error_median", "static_error_p95",
    },
    "logarithms of figures": {"row", "spread", "left_out", "errors"},
    "a function, which tells it itself": {"progress", "reward_of"},
}  # fmt: skip
FUNCTIONS = WITHOUT_UNIT["a function, which tells it itself"]
FREE = {name for names in WITHOUT_UNIT.values() for name in names}


def modules() -> dict[str, ast.Module]:
    """All but what books are kept by: there all is money, or coins of one kind."""
    files = [file for file in sorted((ROOT / "calculators").rglob("*.py")) if file.parent.name != "books"]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts): tree_of(file) for file in files}


MONEY = re.compile(r"\bMoney\b")


def is_money(annotation: ast.expr | None) -> bool:
    return annotation is not None and MONEY.search(ast.unparse(annotation)) is not None


def is_number(annotation: ast.expr | None) -> bool:
    return annotation is not None and NUMBERS.search(ast.unparse(annotation)) is not None


def public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The public functions of a module and the public methods of its public classes, by their names."""
    for node in public(tree.body):
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        else:
            yield from (
                (f"{node.name}.{inner.name}", inner)
                for inner in public(node.body)
                if isinstance(inner, ast.FunctionDef)
            )


def arguments(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def numbers_of(function: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in arguments(function) if is_number(argument.annotation)]


def numbers(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Where a number of a module stands, and its name: fields, arguments, and properties."""
    for node in public(tree.body):
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if (
                    isinstance(inner, ast.AnnAssign)
                    and isinstance(inner.target, ast.Name)
                    and is_number(inner.annotation)
                ):
                    yield node.name, inner.target.id
    for name, function in functions(tree):
        yield from ((f"{name}()", number) for number in numbers_of(function))
        if "." in name and is_number(function.returns):
            yield name, function.name


def test_a_number_of_a_calculator_has_its_unit_in_its_name() -> None:
    found = [(module, *number) for module, tree in modules().items() for number in numbers(tree)]

    assert len(found) > 300
    assert [one for one in found if not TELLING & set(one[-1].split("_")) and one[-1] not in FREE] == []
    assert {name for _, _, name in found} >= FREE


def told_arguments(function: ast.FunctionDef) -> dict[str, str]:
    """What the section ``Args`` says of each argument."""
    section = re.search(r"^Args:\n(.*?)(?:\n\S|\n\n|\Z)", ast.get_docstring(function) or "", re.DOTALL | re.MULTILINE)
    told: dict[str, str] = {}
    for line in section[1].splitlines() if section else ():
        if begun := re.match(r" {4}(\w+): ", line):
            told[begun[1]] = line
        elif told:
            told[list(told)[-1]] += line
    return told


UNIT = re.compile(r"\[[^\]]+\]")


def test_every_argument_that_is_a_number_or_money_is_told_with_its_unit_in_brackets() -> None:
    lacking = [
        (module, name, argument.arg)
        for module, tree in modules().items()
        for name, function in functions(tree)
        for argument in arguments(function)
        if is_number(argument.annotation) or is_money(argument.annotation)
        if argument.arg not in FUNCTIONS and not UNIT.search(told_arguments(function).get(argument.arg, ""))
    ]

    assert lacking == []


def test_what_a_function_returns_as_a_number_is_told_with_its_unit() -> None:
    lacking = [
        (module, name)
        for module, tree in modules().items()
        for name, function in functions(tree)
        if is_number(function.returns)
        and not TELLING & set(function.name.split("_"))
        and not UNIT.search(re.sub(r"(?ms)^Args:\n.*?(?:\n\n|\Z)", "", ast.get_docstring(function) or ""))
    ]

    assert lacking == []


SOURCE = re.compile(r"\bSources?( of [^:]+)?:|https?://|\([A-Z][^()]*, (18|19|20)\d\d\)")
WITHOUT_SOURCE = {
    "ages, distances and readings, which nothing is looked up for": {
        "calculators.chain.confidence", "calculators.chain.heights", "calculators.chain.price_check",
        "calculators.equipment.rigs", "calculators.horizon.history",
    },
    "steps of a reward, one after the other": {"calculators.chain.schedule", "calculators.earnings.reward_parts"},
    "the lines of a sum, each with its formula": {
        "calculators.earnings.coin_price", "calculators.earnings.operation", "calculators.earnings.sum_sheet",
    },
    "that sum, solved for one of its lines": {"calculators.earnings.break_even"},
    "so much energy at such a price": {
        "calculators.electricity.peak_charges", "calculators.electricity.solar", "calculators.electricity.tariff",
        "calculators.electricity.tariff_charges", "calculators.electricity.tariff_tiers",
        "calculators.horizon.running_costs",
    },
    "coins bought and held, and what grows by the same part each month": {
        "calculators.horizon.alternatives", "calculators.horizon.decay",
    },
}  # fmt: skip
"""Modules whose arithmetic is all that they say it is."""


def test_what_is_worked_out_by_a_formula_names_a_source_that_a_stranger_can_look_up() -> None:
    lacking = {
        module
        for module, tree in modules().items()
        if module.count(".") > 1
        and any(is_number(each.returns) or is_money(each.returns) for _, each in functions(tree))
        and not SOURCE.search("\n".join(docstrings(tree)))
    }

    assert lacking == {module for named in WITHOUT_SOURCE.values() for module in named}


def docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""
