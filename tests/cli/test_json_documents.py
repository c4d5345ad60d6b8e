"""Answers for programs keep the rules of docs/json.md, and say what the tables say."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calculators.money import Money
from calculators.told_figures import digits
from calculators.units import KILOWATT_HOUR
from miner_agent.cli.support.documents import json_text
from miner_agent.cli.support.plain_lines import number, percent, scaled
from tests.cli.every_command import LEAVES, World, flags, printed, required, world
from tests.for_each import for_each

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
WITHOUT = {
    *("run", "demo", "replay", "top"),
    *("config show", "init", "hardware import", "history import", "history sample"),
    *("alerts explain", "completion"),
}
"""What they print is a file or a page."""
DEPTH = 2
"""Of objects in objects that the page tells."""
BY_NAME = {
    *("labels", "matchers", "hashes_per_second", "reward_parameters", "boxes", "expenses", "mined", "likely"),
    *("by_source", "set", "kinds", "modelled", "errors", "heads", "drawn_watts", "parameters"),
}
AMOUNT_AND_CURRENCY = re.compile(r"-?\d+(?:\.\d+)? [A-Z]{3,5}")
ODDS = {"less_than_half_of_todays_revenue", "more_than_double_of_todays_revenue"}
POWER_OF_TEN = re.compile(r"[+-]?[\d.]+[eE][+-]?\d+")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
MONEY = re.compile(r"(?:^|_)(?:price|cost|revenue|profit|worth|basis|proceeds|gain)(?:_per_(?:day|kilowatt_hour))?$")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("json")) as made:
        yield made


@pytest.fixture(scope="module")
def documents(everything: World, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What each command answers."""
    told = {
        name: json.loads(asked(everything, name, tmp_path_factory.mktemp("written"), "--json"))
        for name, command in LEAVES.items()
        if "--json" in flags(command)
    }
    rigs = asked(everything, "once", tmp_path_factory.mktemp("written"), "--rigs", "--json")
    return told | {"once --rigs": json.loads(rigs)}


def asked(everything: World, name: str, folder: Path, *form: str) -> str:
    """What it prints; what it would write is only tried where that can be."""
    dry = ["--dry-run"] if "--dry-run" in flags(LEAVES[name]) else []
    written = [word for option in required(name) for word in (option, str(folder / f"new{len(form)}"))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MINER_AGENT_CONFIG", str(everything.folder / "config.toml"))
        code, out, said = printed([*everything.arguments(name, *dry, *form), *written])
    assert code in everything.rows[name].codes, said
    return out


def leaves_of(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Each value with its key; those of lists with that of the list."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves_of(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from leaves_of(one, key)
    else:
        yield key, value


def objects_of(value: Any) -> Iterator[dict[str, Any]]:
    """Each object in it."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects_of(one)


def test_every_answer_has_a_form_for_programs() -> None:
    assert {name for name, command in LEAVES.items() if "--json" not in flags(command)} == WITHOUT
    page = PAGE.read_text()
    assert [name for name in WITHOUT if f"`{name}`" not in page] == []


@pytest.mark.thorough
def test_moments_are_utc_and_money_is_exact(documents: Mapping[str, Any]) -> None:
    for name, document in documents.items():
        for key, value in leaves_of(document):
            if isinstance(value, str) and MOMENT.match(value):
                assert value.endswith("Z"), (name, key, value)
                assert datetime.fromisoformat(value).utcoffset() is not None
            if isinstance(value, str) and key != "description":  # in the words of Form 8949
                assert not AMOUNT_AND_CURRENCY.fullmatch(value), (name, key, value)
            if MONEY.search(key) and key not in ODDS:
                assert not isinstance(value, float), (name, key, value)
        for one in objects_of(document):
            if {"amount", "currency"} == one.keys():
                assert isinstance(one["amount"], str), (name, one)
                assert Decimal(one["amount"]).is_finite()


def test_no_number_in_text_has_an_exponent(documents: Mapping[str, Any]) -> None:
    powers = [
        (name, key, value)
        for name, document in documents.items()
        for key, value in leaves_of(document)
        if isinstance(value, str) and POWER_OF_TEN.fullmatch(value)
    ]

    assert powers == []


@for_each("case", [("1E-7", "0.0000001"), ("1E+1", "10"), ("0E-9", "0.000000000"), ("1.50", "1.50")])
def test_an_exact_number_is_written_out(case: tuple[str, str]) -> None:
    number, written = case
    told = json.loads(json_text({"kwh": Decimal(number), "cost": [Money(Decimal(number), "EUR")]}))

    assert told == {"kwh": written, "cost": [{"amount": written, "currency": "EUR"}]}


def keys_of(value: Any, *, depth: int = DEPTH) -> str:
    """The keys of an object and of those in it, in one line."""
    told = merged(value)
    if not isinstance(told, dict) or not depth or {"amount", "currency"} == told.keys():
        return ""
    return " {" + ", ".join(f"`{name}`{_below(name, one, depth - 1)}" for name, one in told.items()) + "}"


def _below(name: str, value: Any, depth: int) -> str:
    mark = "[]" if isinstance(value, list) else ""
    told = merged(value)
    if isinstance(told, dict) and name in BY_NAME:
        return f"{mark} {{*{keys_of([*told.values()], depth=depth)}}}"
    return mark + keys_of(told, depth=depth)


def merged(value: Any) -> Any:
    """Of a list of objects one with all of their keys."""
    if not isinstance(value, list):
        return value
    objects = [one for one in value if isinstance(one, dict)]
    keys = dict.fromkeys(key for one in objects for key in one)
    return {key: _first([one.get(key) for one in objects]) for key in keys} or None


def _first(values: list[Any]) -> Any:
    return next((one for one in values if one not in (None, [], {})), values[0])


def test_the_page_of_answers_has_every_key(documents: Mapping[str, Any], *, update_golden: bool) -> None:
    rows = [
        f"| `{name}` | {'list of' if isinstance(document, list) else ''}{keys_of(document)} |"
        for name, document in documents.items()
        if name != "once"  # that one has a schema of its own
    ]
    table = "\n".join(["| command | answer |", "| --- | --- |", *rows])
    head, rest = PAGE.read_text().split("<!-- keys -->\n")
    told, tail = rest.split("<!-- /keys -->")
    if update_golden:
        PAGE.write_text(f"{head}<!-- keys -->\n{table}\n<!-- /keys -->{tail}")
    else:
        assert told == f"{table}\n"


def amount(told: Any) -> str:
    return digits(Decimal(told["amount"]))


SAME: list[tuple[str, str, Any]] = [
    ("profit", "ranking.profit_per_day", amount),
    ("profit", "ranking.revenue_per_day", amount),
    ("profit", "ranking.break_even_price_per_kilowatt_hour", amount),
    ("log stats", "devices.power_watts_mean", lambda watts: number(watts, " W")),
    ("log stats", "devices.energy_joules", lambda joules: f"{joules / KILOWATT_HOUR:.3f} kWh"),
    ("log stats", "works.hashes_per_second_mean", lambda rate: scaled(rate, "H/s")),
    ("log show", "core_temperature_celsius_mean", lambda celsius: number(celsius, " °C")),
    ("log cost", "lines.cost", amount),
    ("energy report", "rows.kilowatt_hours", lambda told: f"{Decimal(told):.4f}"),
    ("payouts report", "rows.amount", str),
    ("lots list", "amount", str),
    ("lots list", "basis", str),
    ("ledger list", "value", str),
    ("tax summary", "income", str),
    ("tax form-8949", "rows.gain", str),
    ("fleet profit", "profit_per_day", lambda told: f"{Decimal(told['amount']):.2f}"),
    ("fleet energy", "covered_ratio", percent),
    ("fleet status", "sites.power_watts", lambda watts: scaled(watts, "W")),
    ("fleet worst", "worst.rejected_ratio", percent),
    ("once", "devices.core_temperature_celsius.value", lambda celsius: number(celsius, " °C")),
    ("once", "miners.workloads.hashes_per_second.value", lambda rate: scaled(rate, "H/s")),
    ("stress", "today.profit_per_day", amount),
    ("split", "split.coin", str),
    ("status", "rig", str),
    ("tariff show", "mean_price_per_kilowatt_hour", amount),
    ("coins", "block_time_seconds", lambda seconds: f"{seconds:.1f} s"),
    ("hardware list", "benchmarks.hashes_per_second", lambda rate: scaled(rate, "H/s")),
    ("what-if", "today.profit_per_day", amount),
    ("mine-or-buy", "investment", amount),
    ("devices list", "device", str),
    ("alerts list", "alert", str),
]


@pytest.mark.thorough
@for_each("case", SAME)
def test_a_table_says_what_is_said_to_programs(
    everything: World, documents: Mapping[str, Any], tmp_path: Path, case: tuple[str, str, Any]
) -> None:
    name, path, told = case
    table = " ".join(asked(everything, name, tmp_path).split())
    values = [value for value in found(documents[name], path.split(".")) if value is not None]

    assert values, path
    assert [told(value) for value in values if told(value) not in table] == []


def found(value: Any, path: list[str]) -> Iterator[Any]:
    """What stands there, in each of a list."""
    if isinstance(value, list):
        for one in value:
            yield from found(one, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from found(value[path[0]], path[1:])
