"""The calculators as a library: what an answer of the program goes by, and what is there for who imports it alone."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.parsed_code import tree_of

ROOT = Path(__file__).parents[2]
OTHERS = {"books"}
"""What books are kept by is looked at with them."""

LIBRARY_ONLY = {
    "calculators.chain.network.hash_price": "answers take it from their own sum, of merged chains too",
    "calculators.chain.network.hash_cost": "who plans with several machines compares it with the hash price",
    "calculators.chain.network.break_even_difficulty": "answers count payouts and the own hashrate in",
    "calculators.chain.network.kilowatt_hours_per_coin": "by a machine's efficiency alone, without its hashrate",
    "calculators.chain.network.cost_per_coin": "by a machine's efficiency alone, without its hashrate",
    "calculators.chain.network.growth_per_period": "periods of any length; answers go by months and rewards",
    "calculators.chain.network.revenue_after": "periods of any length; answers go by months and rewards",
    "calculators.chain.network.revenue_over": "periods of any length; answers go by months and rewards",
    "calculators.chain.network.periods_to_unprofitability": "periods of any length; answers go by months and rewards",
    "calculators.chain.pools.income_variation": "wants the pool's and the miner's blocks, which no source tells",
    "calculators.chain.shares.expected_shares_bounds": "who checks a pool counts its shares over a window",
    "calculators.chain.uncles.UncleReward": "wants uncles by block, which no source tells",
    "calculators.chain.uncles.uncle_part_at_depth": "wants uncles by block, which no source tells",
    "calculators.chain.uncles.with_uncles": "wants uncles by block, which no source tells",
    "calculators.electricity.curtailment.should_run": "one hour alone; answers plan all hours at once",
    "calculators.electricity.emissions.Intensity": "wants the grid's intensity by the hour",
    "calculators.electricity.emissions.emitted_grams_over_time": "wants the grid's intensity by the hour",
    "calculators.electricity.heat.heat_worth": "answers take it off the price of energy, for heaters of any kind",
    "calculators.electricity.power.WallPower": "one device alone; answers carry all parts on one power supply",
    "calculators.electricity.power.wall_power": "one device alone; answers carry all parts on one power supply",
    "calculators.electricity.solar.worth_of_own_power": "what panels are worth to a rig, for who buys them",
    "calculators.electricity.tariff.price_at": "one instant alone; answers go through all slots",
    "calculators.electricity.tariff_charges.marginal_demand_charge": "wants the site's other quarter hours",
    "calculators.horizon.decay.months_to_unprofitability": "answers show the months themselves",
    "calculators.horizon.mining_months.mining_months": "one rig at one price; answers take every part and hour by itself",
    "calculators.horizon.sweep.SweptDay": "maps of a million points; answers sweep few, each with its sources and confidence",
    "calculators.horizon.sweep.swept_day": "maps of a million points; answers sweep few, each with its sources and confidence",
    "calculators.horizon.running_costs.costs_of_one_price": "one rig at one price; answers take every hour by itself",
}
"""Public calculators that no answer of the program goes by, and why they are there all the same."""

Name = tuple[str, str]
"""A module, and what it defines."""


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of the calculators, by its name."""
    files = sorted((ROOT / "calculators").rglob("*.py"))
    return {".".join(file.relative_to(ROOT).with_suffix("").parts): tree_of(file) for file in files}


@cache
def definitions() -> dict[Name, ast.stmt]:
    """All that modules of the calculators define at their top."""
    return {(module, name): node for module, tree in trees().items() for node in tree.body for name in named(node)}


def named(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def imports(tree: ast.AST) -> dict[str, Name]:
    """What is imported of the calculators, by the name that it goes by here."""
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "calculators"
        for alias in node.names
    }


def used(node: ast.AST, known: dict[str, Name], module: str = "") -> Iterator[Name]:
    """What a piece of code goes by, as an own name of its module, as an imported one, or as one of an imported module."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield known.get(inner.id, (module, inner.id))
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id in known:
            parent, name = known[inner.value.id]
            yield f"{parent}.{name}", inner.attr


@cache
def reached() -> frozenset[Name]:
    """What the program goes by, and what that goes by in turn."""
    found: set[Name] = set()
    ahead: list[Name] = []
    for package in ("miner_agent", "exporters"):
        for file in (ROOT / package).rglob("*.py"):
            tree = tree_of(file)
            ahead.extend(used(tree, imports(tree)))
    while ahead:
        name = ahead.pop()
        if name not in found and name in definitions():
            found.add(name)
            module, _ = name
            ahead.extend(used(definitions()[name], imports(trees()[module]), module))
    return frozenset(found)


def public() -> Iterator[Name]:
    """The functions and classes that whoever imports the calculators may call."""
    for (module, name), node in definitions().items():
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not name.startswith("_"):
            yield module, name


@pytest.mark.thorough
def test_every_calculator_is_behind_an_answer_or_is_named_as_one_of_the_library_alone() -> None:
    unreached = {
        f"{module}.{name}"
        for module, name in public()
        if (module, name) not in reached() and not OTHERS & set(module.split("."))
    }

    assert unreached == LIBRARY_ONLY.keys()


def test_every_function_shows_what_it_does_on_an_example() -> None:
    without = [
        f"{module}.{name}"
        for module, name in public()
        if isinstance(node := definitions()[module, name], ast.FunctionDef)
        if ">>>" not in (ast.get_docstring(node) or "") and not OTHERS & set(module.split("."))
    ]

    assert without == []
