"""The commands on the books: what is booked is there, what is corrected names what it corrects, nothing is lost."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from miner_agent.storage.ledger.chain_check import check_books
from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.ledger.side_tables import evidence
from miner_agent.storage.sqlite.file_names import LEDGER_FILE, STATE_FILE
from miner_agent.storage.state.ledger_heads import known_heads
from tests import databases
from tests.bookkeeping.books import events_file, payout, sale
from tests.cli.every_command import Done, ended
from tests.forks import KILLED_AT_A_CALL, Forks, forking

EACH = 60  # payouts of a file
DYING = f"""
import signal
from miner_agent.bookkeeping import booking, events_file
from miner_agent.cli.first_level import cli
from miner_agent.cli.commands import ledger_command
from miner_agent.cli.support import documents, input_files, ledger_tables, needed_config, state_place

{KILLED_AT_A_CALL}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    databases.begun(tmp_path)
    return databases.empty_ledger(tmp_path).parent


def asked(folder: Path, *arguments: str) -> Done:
    return ended(*arguments, "--state-dir", str(folder))


def listed(folder: Path) -> list[dict[str, object]]:
    done = asked(folder, "ledger", "list", "--json")
    assert done.returncode == 0, done.stderr
    entries: list[dict[str, object]] = json.loads(done.stdout)
    return entries


def test_entries_are_listed_by_the_clock_of_the_book_whatever_clock_they_were_told_by(folder: Path) -> None:
    times = ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "2026-12-31T23:30:00Z")
    events = [payout(f"p{number}", time=time) for number, time in enumerate(times)]
    (folder / "events.json").write_bytes(events_file(*events, time_zone="Europe/Berlin"))
    asked(folder, "ledger", "import", str(folder / "events.json"))

    shown = asked(folder, "ledger", "list", "--kind", "payout").stdout.splitlines()[1:]
    assert [" ".join(line.split()[1:3]) for line in shown] == [
        "2026-10-25 02:30+0200",
        "2026-10-25 02:30+0100",
        "2027-01-01 00:30+0100",
    ]


def test_an_entry_of_a_year_to_come_gets_a_word(folder: Path) -> None:
    (folder / "events.json").write_bytes(events_file(payout("late", time="2062-05-05T00:00:00Z"), payout("past")))
    by_file = asked(folder, "ledger", "import", str(folder / "events.json"))
    by_hand = asked(folder, "expense", "add", "rent", "5", "--time", "2062-05-05T00:00:00Z", "--dry-run")

    for done in (by_file, by_hand):
        said = " ".join(done.stderr.split())
        assert done.returncode == 0
        assert said.count("is yet to come") == 1
        assert "its time, 2062-05-05 00:00+0000, is yet to come; miner-agent ledger cancel" in said


def test_a_file_is_booked_listed_and_verified(folder: Path) -> None:
    (folder / "events.json").write_bytes(
        events_file(payout("a"), payout("b", txid="T", value=None, price=None), sale("s"))
    )
    done = asked(folder, "ledger", "import", str(folder / "events.json"))
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "4 booked, 0 known already")
    entries = listed(folder)
    first = entries[1]
    unpriced = entries[2]

    assert [entry["seq"] for entry in entries] == [1, 2, 3, 4]
    assert [entry["kind"] for entry in entries] == ["setting", "payout", "payout", "sale"]
    assert first["status"] == "booked"
    assert {key: first[key] for key in ("id", "time", "wallet", "asset", "amount", "price", "value", "txid", "fee_amount")} == {
        "id": "a", "time": "2025-05-05T08:15:30Z", "wallet": "w", "asset": "XMR", "amount": "0.15", "price": "280.00",
        "value": "42.00", "txid": None, "fee_amount": None,
    }  # fmt: skip
    assert (unpriced["value"], unpriced["txid"]) == (None, "T")
    assert "4 entries" in asked(folder, "ledger", "verify").stdout
    again = json.loads(asked(folder, "ledger", "import", str(folder / "events.json"), "--json").stdout)
    assert (again["added"], again["known"], again["entries"]) == ([], 3, 4)


def test_an_entry_has_the_keys_that_its_file_gave_it(folder: Path) -> None:
    told: list[dict[str, object]] = [
        payout("p", amount="3"),
        sale("bare") | {"fee_fiat": None},
        sale("s", fee_fiat="0.00"),
        sale("b", kind="purchase", fee_fiat="0", price=None),
        payout("o", kind="opening_lot", price=None, value="0.00"),
        {
            "id": "h",
            "kind": "hardware",
            "time": "2025-03-01T00:00:00Z",
            "name": "card",
            "acquired": "2025-02-20",
            "value": "9",
            "business_share": "1",
            "write_off": "none",
        },
    ]
    (folder / "events.json").write_bytes(events_file(*told))
    asked(folder, "ledger", "import", str(folder / "events.json"))

    _, *entries = listed(folder)

    told[1]["fee_fiat"] = "0"
    assert [
        {key: entry.get(key, "missing") for key in event} for entry, event in zip(entries, told, strict=True)
    ] == told


def test_each_command_books_what_it_says(folder: Path) -> None:
    when = ("--time", "2025-05-05T12:00:00Z")
    commands = [
        ("buy", "2", "XMR", "--wallet", "w", "--value", "500", "--fee-fiat", "1", "--currency", "EUR", "--id", "b"),
        ("transfer", "1", "XMR", "--from", "w", "--to", "cold"),
        ("lots", "choose", "s", "--lot", "b=0.5"),
        ("dispose", "0.5", "XMR", "--wallet", "cold", "--price", "300", "--id", "s"),
        ("dispose", "0.1", "XMR", "--wallet", "w", "--value", "30", "--as", "spend", "--category", "rent"),
        ("expense", "add", "repairs", "59.90"),
        ("hardware-asset", "add", "card", "699", "--acquired", "2025-03-01", "--write-off", "macrs5", "--id", "card-1"),
        ("hardware-asset", "sell", "card-1", "250"),
        ("ledger", "amend", "s", "--set", "value=151", "--why", "slip"),
        ("ledger", "cancel", "b", "--why", "never came"),
    ]
    for command in commands:
        done = asked(folder, *command, *when)
        assert done.returncode == 0, done.stderr
    entries = {entry["id"]: entry for entry in listed(folder)}

    assert [entry["kind"] for entry in entries.values()] == [
        "setting", "purchase", "transfer", "lot_choice", "sale", "spend", "expense", "hardware", "hardware_sale", "amend", "cancel",
    ]  # fmt: skip
    assert (entries["s"]["status"], entries["s"]["value"]) == ("amended", "151")
    assert entries["b"]["status"] == "cancelled"
    shown = json.loads(asked(folder, "ledger", "show", "s", "--json").stdout)
    assert [one["kind"] for one in shown] == ["sale", "amend"]
    assert (shown[1]["why"], shown[1]["replaces"]) == ("slip", shown[0]["seq"])


def test_a_value_that_is_not_the_price_is_refused_by_hand_and_noted_of_a_file(folder: Path) -> None:
    for words in (("payouts", "add"), ("buy",), ("dispose",)):
        refused = asked(folder, *words, "0.15", "XMR", "--wallet", "w", "--value", "42", "--price", "100")
        assert (refused.returncode, refused.stdout) == (78, "")
        assert "value = 42, but 0.15 at price = 100 is 15.00; correct one of them" in refused.stderr
    (folder / "events.json").write_bytes(
        events_file(
            payout("p", value="42", price="100"),
            payout("rounded", value="41.6"),
            payout("q", time="2025-05-07T00:00:00Z"),
        )
    )

    done = asked(folder, "ledger", "import", str(folder / "events.json"))

    assert done.returncode == 0
    assert done.stderr == "note: p: value = 42, but 0.15 at price = 100 is 15.00; the value counts\n"


def test_what_is_wrong_is_one_sentence_and_nothing_is_booked(folder: Path) -> None:
    file = folder / "events.json"
    asked(folder, "expense", "add", "rent", "1", "--currency", "EUR")
    for raw, told in (
        (events_file(payout("a"), payout("b", amount="x")), 'event 2 "b": amount = "x" is no number'),
        (events_file(payout("a")), "its currency is USD, but book main is kept in EUR"),
        (b"{", "this is no JSON"),
    ):
        file.write_bytes(raw)
        done = asked(folder, "ledger", "import", str(file))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (78, "", 1)
        assert told in done.stderr
    for arguments, code in (
        (("ledger", "import", str(folder / "nowhere.json")), 78),
        (("ledger", "list", "--book", "another"), 74),
        (("ledger", "show", "nobody"), 78),
        (("ledger", "amend", "nobody", "--set", "value=1", "--why", "x"), 78),
        (("expense", "add", "rent", "1,50"), 78),
        (("ledger", "verify", "--head", "main:1"), 2),
    ):
        done = asked(folder, *arguments)
        assert (done.returncode, done.stdout) == (code, ""), done
        assert "Traceback" not in done.stderr
    assert len(listed(folder)) == 2


def test_what_was_tampered_with_is_told_and_ends_with_3(folder: Path) -> None:
    (folder / "events.json").write_bytes(events_file(payout("a"), payout("b")))
    asked(folder, "ledger", "import", str(folder / "events.json"))
    head = asked(folder, "ledger", "verify").stdout.splitlines()[0].split("head ")[1]
    assert asked(folder, "ledger", "verify", "--head", head).returncode == 0
    another = asked(folder, "ledger", "verify", "--head", head[:-1] + ("0" if head[-1] != "0" else "1"))
    assert (another.returncode, "another one than" in another.stderr) == (3, True)
    with closing(sqlite3.connect(folder / LEDGER_FILE, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER entries_keep_delete")
        connection.execute("DELETE FROM entries WHERE seq = 3")
    done = asked(folder, "ledger", "verify")
    assert done.returncode == 3
    assert "it ends at entry 2, but state.db knows 3 entries" in done.stderr
    assert json.loads(asked(folder, "ledger", "verify", "--json").stdout)["findings"]
    for file in folder.glob(f"{STATE_FILE}*"):
        file.unlink()
    unknown = asked(folder, "ledger", "verify")
    assert "head unknown" in unknown.stdout


def test_a_backup_is_restored_with_the_same_books(folder: Path, tmp_path: Path) -> None:
    (folder / "events.json").write_bytes(events_file(payout("a"), payout("b")))
    asked(folder, "ledger", "import", str(folder / "events.json"))
    copy, new = tmp_path / "copy.db", tmp_path / "new"
    assert asked(folder, "ledger", "backup", str(copy)).returncode == 0
    databases.begun(new)
    assert asked(new, "ledger", "restore", str(copy)).returncode == 0
    assert listed(new) == listed(folder)
    exports = []
    for state in (folder, new):
        done = asked(state, "tax", "export", "beancount", "--year", "all", "--out", str(state / "exported"))
        assert done.returncode == 0, done.stderr
        exports.append({file.name: file.read_bytes() for file in (state / "exported").iterdir()})
    assert exports[0] == exports[1] != {}
    assert asked(new, "ledger", "verify").returncode == 0
    asked(folder, "expense", "add", "rent", "1")
    refused = asked(folder, "ledger", "restore", str(copy))
    assert (refused.returncode, "--replace" in refused.stderr) == (74, True)
    would = asked(folder, "ledger", "restore", str(copy), "--replace", "--dry-run")
    assert ("would be restored" in would.stderr, len(listed(folder))) == (True, 4)
    replaced = asked(folder, "ledger", "restore", str(copy), "--replace")
    assert "1 of book main" in replaced.stderr
    assert len(listed(folder)) == 3
    assert asked(folder, "ledger", "verify").returncode == 0


def test_a_damaged_ledger_is_refused_with_what_to_do(folder: Path) -> None:
    asked(folder, "expense", "add", "rent", "1", "--currency", "EUR")
    damaged = b"no database" * 100
    for file in folder.glob(f"{LEDGER_FILE}*"):
        file.unlink()
    (folder / LEDGER_FILE).write_bytes(damaged)
    for arguments in (("expense", "add", "rent", "1"), ("ledger", "list"), ("ledger", "backup")):
        done = asked(folder, *arguments)
        assert (done.returncode, "ledger restore FILE --replace" in done.stderr) == (74, True)
    assert asked(folder, "ledger", "verify").returncode == 3
    assert (folder / LEDGER_FILE).read_bytes() == damaged


def import_killed(folder: Path, forks: Forks, at_call: int) -> list[str]:
    """Books that have a file in them already, and an import of another one that is killed at that call; what it said."""
    databases.begun(folder)
    databases.empty_ledger(folder)
    for name in ("first", "second"):
        (folder / f"{name}.json").write_bytes(
            events_file(*(payout(f"{name}-{each}", txid=f"{name}-{each}") for each in range(EACH)))
        )
    assert asked(folder, "ledger", "import", str(folder / "first.json")).returncode == 0
    return list(forks.lines_of("ledger", "import", folder / "second.json", "--state-dir", folder, at_call))


@pytest.mark.parametrize("kills", [pytest.param(20, marks=pytest.mark.e2e), pytest.param(500, marks=pytest.mark.soak)])
def test_a_killed_import_loses_nothing_that_was_said_to_be_booked_and_books_nothing_twice(
    tmp_path: Path, kills: int
) -> None:
    """Killed at ever another moment, by a signal that no process can catch."""
    outcomes = set()
    with forking(DYING) as forks:
        said = import_killed(tmp_path / "whole", forks, 0)
        calls = next(int(line.split()[1]) for line in said if line.startswith("calls "))
        for number in range(1, kills + 1):
            folder = tmp_path / str(number)
            said = import_killed(folder, forks, max(1, int(1.1 * calls * number / kills)))
            assert said[-1] == "ended -9"
            is_said = any("booked" in line for line in said)
            with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection:
                (count,) = connection.execute("SELECT count(*) FROM entries WHERE kind = 'payout'").fetchone()
            assert count in ({2 * EACH} if is_said else {EACH, 2 * EACH})
            outcomes.add((count > EACH, is_said))
            assert check_books(folder / LEDGER_FILE, known_heads(folder / STATE_FILE)).findings == ()
            again = asked(folder, "ledger", "import", str(folder / "second.json"))
            assert again.returncode == 0, again.stderr
            ids = [entry["id"] for entry in listed(folder) if entry["kind"] == "payout"]
            assert (len(ids), len(set(ids))) == (2 * EACH, 2 * EACH)

    assert {(False, False), (True, True)} <= outcomes  # killed before it was kept, and after it was said


@pytest.mark.thorough
def test_two_imports_at_once_each_book_their_own(folder: Path) -> None:
    files = []
    for name in ("one", "two"):
        (folder / f"{name}.json").write_bytes(events_file(*(payout(f"{name}-{each}") for each in range(300))))
        files.append(folder / f"{name}.json")
    command = [sys.executable, "-m", "miner_agent", "ledger", "import", "--state-dir", str(folder)]
    running = [subprocess.Popen([*command, str(file)], stdout=subprocess.PIPE, env=dict(os.environ)) for file in files]
    for process in running:
        process.communicate(timeout=60)
    assert [process.returncode for process in running] == [0, 0]

    assert len([entry for entry in listed(folder) if entry["kind"] == "payout"]) == 600
    assert asked(folder, "ledger", "verify").returncode == 0


def test_the_file_itself_is_kept_as_evidence_and_entries_name_it(folder: Path) -> None:
    raw = events_file(payout("a"))
    (folder / "events.json").write_bytes(raw)
    for _ in range(2):
        asked(folder, "ledger", "import", str(folder / "events.json"))
    digest = sha256(raw).hexdigest()
    (shown,) = json.loads(asked(folder, "ledger", "show", "a", "--json").stdout)

    assert shown["by_whom"] == f"ledger import events.json {digest}"
    with LedgerFile.open_read_only(folder / LEDGER_FILE) as ledger:
        assert evidence(ledger, digest) == raw
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM evidence").fetchone() == (1,)
