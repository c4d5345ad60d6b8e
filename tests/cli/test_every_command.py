"""Every command with every one of its output options: each form is what its name says, and ends as it should."""

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree as ET

import click
import pytest

from miner_agent.cli.support.options import FILE, Written
from miner_agent.storage.sqlite import migrate
from tests import databases
from tests.agent import Agent
from tests.cli.every_command import GONE, LEAVES, SERVICES, World, files_written, flags, printed, required, world
from tests.for_each import for_each

FORMS = ("--json", "--csv")
DASHBOARDS = Path(__file__).parents[2] / "exporters" / "dashboards"


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("every")) as made:
        yield made


@pytest.fixture(autouse=True)
def _configured(everything: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINER_AGENT_CONFIG", str(everything.folder / "config.toml"))


def combinations() -> list[tuple[str, ...]]:
    """A command, then its options: each flag alone, and each that is no form of its own with each form."""
    found: list[tuple[str, ...]] = []
    for name, command in LEAVES.items():
        forms = [flag for flag in flags(command) if flag in FORMS]
        others = [flag for flag in flags(command) if flag not in FORMS]
        found += [(name, *other, *form) for other in [(), *zip(others)] for form in [(), *zip(forms)]]
    return found


def test_every_command_has_a_row_and_no_row_is_of_none(everything: World) -> None:
    assert set(everything.rows) == set(LEAVES)


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(each, id=" ".join(each), marks=[] if number % 10 == 0 else pytest.mark.thorough)
        for number, each in enumerate(combinations())
        if each[0] not in SERVICES
    ],
)
def test_each_form_is_what_its_name_says(everything: World, tmp_path: Path, wanted: tuple[str, ...]) -> None:
    name, *options = wanted
    written = [word for option in required(name) for word in (option, str(tmp_path / "written"))]
    code, out, said = printed([*everything.arguments(name, *options), *written])

    assert code in everything.rows[name].codes, said
    assert "Traceback" not in out + said
    assert out.strip()
    if "--json" in options:
        assert json.loads(out, parse_constant=no_constant)
    elif "--csv" in options or name in {"log market", "history import", "history sample"}:
        head, *rows = csv.reader(io.StringIO(out))
        assert rows
        assert {len(row) for row in rows} == {len(head)}
        assert all(head)
    else:
        assert not out.startswith(("{", "["))


def no_constant(text: str) -> NoReturn:
    raise AssertionError(f"{text} is no JSON")


@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name, command in LEAVES.items() for option in files_written(command)]
)
def test_each_file_that_is_written_is_whole(everything: World, tmp_path: Path, name: str, option: str) -> None:
    path = tmp_path / "written"
    code, out, said = printed([*everything.arguments(name, option), str(path)])

    assert code == 0, said
    if path.is_dir():
        names = {
            "dashboards export": {file.name for file in DASHBOARDS.glob("*.json")},
            "record": {"summary.raw", "meta.toml"},
            "rules export": {
                "miner-agent.rules.yaml",
                "miner-agent.records.yaml",
                "miner-agent.inhibitions.yml",
                "miner-agent.alertmanager.yml",
            },
            "tax export": {"main-2025.beancount", "miner-agent-exports"},
        }
        beside = "main-2025-beancount-beside.txt"  # there where another test booked what the format cannot hold
        assert {file.name for file in path.iterdir()} - {beside} == names[name]
    elif name == "init":
        assert tomllib.loads(path.read_text(encoding="utf-8"))["discovery"] == {"enabled": True}
        assert str(path) in out
    else:
        assert ET.fromstring(path.read_text(encoding="utf-8")).tag == "{http://www.w3.org/2000/svg}svg"
        assert str(path) in said


@for_each("name", [name for name, command in LEAVES.items() if {*FORMS} <= {*flags(command)}])
def test_two_forms_of_one_answer_are_refused_in_one_sentence(everything: World, name: str) -> None:
    for order in (FORMS, FORMS[::-1]):
        code, out, said = printed(everything.arguments(name, *order))

        assert (code, out) == (2, "")
        assert f"Error: {order[0]} and {order[1]} are two forms of one answer; leave one away" in said


def test_every_path_says_whether_it_is_read_or_written() -> None:
    undecided = [
        f"{name} {param.opts[0]}"
        for name, command in LEAVES.items()
        for param in command.params
        if isinstance(param.type, click.Path) and param.type is not FILE and not isinstance(param.type, Written)
    ]

    assert undecided == []


def test_a_tariff_in_tiers_has_every_form(everything: World) -> None:
    tiers = ("tariff", "show", "--tariff", str(everything.folder / "tiers.toml"))
    table, as_json, as_csv = (printed([*tiers, *form])[1] for form in ((), ("--json",), ("--csv",)))

    assert "above 100 kWh" in table
    assert [tier["price_per_kilowatt_hour"]["amount"] for tier in json.loads(as_json)["tiers"]] == ["0.2", "0.3"]
    assert as_csv == "over_kilowatt_hours,price_per_kilowatt_hour,currency\n0,0.2,EUR\n100,0.3,EUR\n"


@pytest.mark.parametrize("question", ["stats", f"show {GONE}", "decisions"])
def test_csv_of_nothing_has_its_head(everything: World, question: str) -> None:
    span = ("--since", "2020-01-01", "--until", "2020-01-02")
    full = printed(everything.arguments("log " + question.split(maxsplit=1)[0], "--csv"))[1]
    empty = printed(["log", *question.split(), *span, "--csv"])[1]

    assert empty == full.splitlines()[0] + "\n"


WORDS = ("\udcff", "", "x" * 5000, "-1")
"""A byte that is no letter, nothing, too much, and what may be taken for an option."""


FIRST_WITH = {param.opts[0]: name for name in reversed(LEAVES) if name not in SERVICES for param in LEAVES[name].params}
"""The first command that takes an option or argument of that name; it is tried with every word, the others with one."""


@pytest.mark.thorough
@pytest.mark.parametrize("name", [name for name in LEAVES if name not in SERVICES])
def test_no_word_makes_a_command_fail_without_a_sentence(
    everything: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)  # some words are paths of what is written
    monkeypatch.setattr(migrate, "migrate", databases.migrate)  # and of books that are begun
    for place, param in enumerate(LEAVES[name].params):
        for number, word in enumerate(WORDS):
            if name != FIRST_WITH[param.opts[0]] and number != place % len(WORDS):
                continue
            if isinstance(param, click.Argument):
                given = [*name.split(), *(word if word_of else "x" for word_of in _arguments(name, param))]
            elif isinstance(param, click.Option) and not param.is_flag:
                given = [*everything.arguments(name), param.opts[0], word]
            else:
                continue
            if param.opts[0] not in required(name):
                given += [part for option in required(name) for part in (option, str(tmp_path / str(number)))]
            code, _, said = printed(given)
            assert code in {0, 2, 3, 69, 74, 78}, (given, said)
            assert code == 0 or said.strip()


def _arguments(name: str, wanted: click.Parameter) -> list[bool]:
    return [param is wanted for param in LEAVES[name].params if isinstance(param, click.Argument)]


@pytest.mark.e2e
@pytest.mark.parametrize("wanted", [each for each in combinations() if each[0] in SERVICES], ids=" ".join)
def test_a_service_shows_its_first_tick_where_it_is_asked_to(
    everything: World, tmp_path: Path, wanted: tuple[str, ...]
) -> None:
    name, *options = wanted
    environment = {"MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0"}
    command = tuple(everything.arguments(name, *options))
    with Agent(tmp_path, environment=environment, command=command) as agent:
        agent.wait_until(lambda page: page.get("rig_agent_last_tick_timestamp_seconds"))
        if "--table" in options:
            agent.wait_for_line(re.compile(r"^miner +software +algorithm"))
        code, _ = agent.stop()

    assert code == 0
    assert not any("Traceback" in line for line in agent.lines)


@pytest.mark.parametrize(
    ("words", "hint"), [(("onec",), "once"), (("log", "stast"), "stats"), (("once", "--jsno"), "--json")]
)
def test_a_misspelt_word_gets_the_nearest_one(words: tuple[str, ...], hint: str) -> None:
    code, out, said = printed(words)

    assert (code, out) == (2, "")
    assert f"Did you mean '{hint}'?" in said
