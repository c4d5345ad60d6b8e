"""Books in which every text is hostile: no command on them prints more lines, columns or formulas than it has rows."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from miner_agent.text import clean_text
from tests import databases
from tests.bookkeeping.books import events_file, payout
from tests.cli.every_command import Done, ended
from tests.exporters.test_csv import FORMULA_STARTS
from tests.hostile_names import NAMES

AT = {"time": "2025-05-06T08:15:30Z"}
ALIKE = ("cold", "cold\u200b", "co\u00adld")


def bookable(name: str) -> bool:
    """Whether the books take it: others are refused, each with a sentence."""
    return bool(clean_text(name)) and len(name) <= 190 and name.encode("utf-8", "ignore").decode() == name


BOOKED = {kind: name for kind, name in NAMES.items() if bookable(name)}


def hostile_events() -> Iterator[dict[str, Any]]:
    for name in BOOKED.values():
        yield payout(name, wallet=name, asset="XMR", pool=name, txid=name, note=name)
        yield {"id": f"{name} x", "kind": "expense", "category": name, "value": "1", "note": name, **AT}
    for name in ALIKE:
        yield payout(f"of {name}", wallet=name)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("books")
    databases.begun(folder)
    databases.empty_ledger(folder)
    file = folder / "events.json"
    file.write_bytes(events_file(*hostile_events()))
    done = ended("ledger", "import", str(file), "--state-dir", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def asked(books: Path, *arguments: str) -> Done:
    done = ended(*arguments, "--state-dir", str(books))
    assert done.returncode == 0, done.stderr
    assert not [one for one in done.stdout + done.stderr if not (one.isprintable() or one == "\n")]
    return done


def test_nearly_all_names_are_booked() -> None:
    assert len(BOOKED) > 0.75 * len(NAMES)


@pytest.mark.parametrize("name", ["\u3164", "\u2800", "\u200b", "\x01", " ", "\u0301"])
def test_what_nobody_can_see_names_nothing(tmp_path: Path, name: str) -> None:
    databases.begun(tmp_path)
    file = tmp_path / "events.json"
    for key in ("id", "wallet", "asset", "pool"):
        file.write_bytes(events_file(payout("p", pool="x") | {key: name}))
        done = ended("ledger", "import", str(file), "--dry-run", "--state-dir", str(tmp_path))

        assert done.returncode != 0
        assert f"{key} = " in done.stderr
        assert "nothing that can be seen" in done.stderr


@pytest.mark.parametrize("arguments", [("ledger", "list"), ("lots", "list"), ("tax", "summary", "--year", "2025")])
def test_a_table_holds_a_line_a_row(books: Path, arguments: tuple[str, ...]) -> None:
    printed = asked(books, *arguments).stdout

    assert "\x1b" not in printed
    if arguments[0] == "ledger":
        entries = len(json.loads(asked(books, *arguments, "--json").stdout))
        assert sum(line.split(" ")[0].isdecimal() for line in printed.splitlines()) >= entries


def test_csv_of_lots_holds_no_formula_and_a_row_a_lot(books: Path) -> None:
    rows = list(csv.reader(io.StringIO(asked(books, "lots", "list", "--csv").stdout)))
    lots = json.loads(asked(books, "lots", "list", "--json").stdout)

    assert len(rows) == len(lots) + 1
    assert not [cell for row in rows for cell in row if cell.startswith(tuple(FORMULA_STARTS))]


def test_wallets_that_only_look_alike_are_told_apart_wherever_they_are_shown(books: Path) -> None:
    lots = csv.reader(io.StringIO(asked(books, "lots", "list", "--csv").stdout))
    listed = asked(books, "ledger", "list").stdout.splitlines()

    assert len({row[0] for row in lots if row[0].partition(" #")[0] in {"cold", "co ld"}}) == len(ALIKE)
    assert len({line.partition("XMR ")[2].split("  ")[0] for line in listed if "of co" in line}) == len(ALIKE)
