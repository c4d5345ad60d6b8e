"""Terms are read in one place, a question is made in one, and commands put no sums together."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.parsed_code import nodes_of

ROOT = Path(__file__).parents[2]
AGENT = ROOT / "miner_agent"
TABLES = {"profit", "power", "site", "tariff"}
FREE = {
    "calculators.money", "calculators.units", "calculators.local_time", "calculators.told_figures", "calculators.nearest_words",
}  # fmt: skip
"""What shows an amount, a size or a time, or the word that was meant."""
CALCULATED_IN_COMMANDS = {
    "cloud_command": {
        "cloud_outcome", "promise_over_pay", "rental_break_even_price_per_day", "rental_edge",
        "static_break_even_days", "static_net_revenue",
    },  # a contract has no rig and no terms: nothing else asks for these
    "disposal_tables": {"exact_sum", "plain"},  # adds up the rows that it prints
    "energy_tables": {"exact_sum", "plain"},  # adds up the rows that it prints
    "income_tables": {"plain", "whole_cents"},
    "file_kinds": {"names_of"},  # reads a file
    "hardware_command": {"name_key"},  # finds a device by its name
    "history_input": {"currencies_of", "parse_history"},  # reads a file
    "log_spans": {"beginning_of", "length_of", "moment_of", "step_of"},  # reads options
    "lot_tables": {"plain", "whole_cents"},  # says what lots cost
    "mine_or_buy_command": {"yearly"},  # adds up the rows that it prints
    "profit_options": {"numeral", "quantity", "share", "small_growth", "small_share"},  # reads options
    "profit_tables": {"span"},  # says an age
    "reconciled_lines": {"plain"},  # says how many coins
    "rig_input": {"parse_rig", "quantity"},  # reads options
    "tax_export": {"instants_of"},  # when the year that is exported begins and ends
    "year_input": {"tax_year_named"},  # reads options
}  # fmt: skip
"""Functions of calculators that a command calls, and why it may."""
BUILDERS = {
    "question": {"Question", "Conditions"},
    "cloud_command": {"Question", "Conditions"},  # rented hashrate: it is others who run it, by none of our terms
}


READERS_OF_NO_TERM = {
    "known",  # in which zone days begin
    "set_up_facts",  # whether there is a tariff
}
WRITERS = {"simulated_machine"}
"""Who makes a configuration of money up, and reads none."""


def modules(*folders: str) -> Iterator[tuple[Path, tuple[ast.AST, ...]]]:
    for folder in folders:
        for file in sorted((AGENT / folder).rglob("*.py")):
            yield file, nodes_of(file)


def test_only_terms_read_the_tables_of_money() -> None:
    readers = set()
    for file, nodes in modules(""):
        if file.parent.name == "config":
            continue
        for node in nodes:
            names = {node.module} if isinstance(node, ast.ImportFrom) and file.stem not in WRITERS else set()
            if names & {
                "miner_agent.config.profit_keys",
                "miner_agent.config.site_keys",
                "miner_agent.config.tariff_terms",
            }:
                readers.add(file.stem)
            if isinstance(node, ast.Attribute) and node.attr in TABLES and _is_a_configuration(node.value):
                readers.add(file.stem)

    assert readers == {"terms", *READERS_OF_NO_TERM}


def _is_a_configuration(node: ast.expr) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return name.strip("_") in {"loaded", "config", "configuration"}


def test_questions_and_conditions_are_made_in_one_place() -> None:
    made: dict[str, set[str]] = {}
    for file, nodes in modules(""):
        for node in nodes:
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"Question", "Conditions"}
            ):
                made.setdefault(file.stem, set()).add(node.func.id)

    assert made == BUILDERS


def test_commands_call_no_calculator_but_those_that_are_named() -> None:
    called: dict[str, set[str]] = {}
    for file, nodes in modules("cli"):
        for node in nodes:
            if (
                isinstance(node, ast.ImportFrom)
                and (node.module or "").startswith("calculators")
                and node.module not in FREE
            ):
                functions = {alias.name for alias in node.names if alias.name.islower()}
                if functions:
                    called.setdefault(file.stem, set()).update(functions)

    assert called == CALCULATED_IN_COMMANDS


def test_options_are_no_dictionary_below_the_command() -> None:
    indexed = set()
    for file, nodes in modules("cli/support", "economy", "profit"):
        for node in nodes:
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "options":
                indexed.add(file.stem)

    assert indexed == set()
