"""The chain of the books: it grows at its end only, and whatever else happens to it is found."""

import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from miner_agent.errors import AgentError, StorageError
from miner_agent.model.book.whole_book import ChainHead
from miner_agent.storage.ledger import ledger_backup, side_tables
from miner_agent.storage.ledger.chain_check import check_books
from miner_agent.storage.ledger.chain_entry import Unchained, microseconds, moment_of
from miner_agent.storage.ledger.ledger_file import NOTHING_YET, LedgerFile
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.file_names import LEDGER_FILE
from miner_agent.storage.state.ledger_heads import keep_head, known_heads
from miner_agent.storage.state.state_keeper import StateKeeper
from tests import databases
from tests.waiting import until

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
FLIPS, FLIPS_THOROUGH, FLIPS_SOAK = 200, 1_000, 3_000
PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return databases.empty_ledger(tmp_path)


@pytest.fixture
def ledger(path: Path) -> Iterator[LedgerFile]:
    with LedgerFile.open(path, now=NOW) as ledger:
        yield ledger


def fact(number: int) -> Unchained:
    return Unchained(
        kind="payout",
        occurred_at=NOW + timedelta(seconds=number),
        by_whom="a test",
        fact=f"tx-{number}",
        body=f'{{"amount":"0.{number}","note":"Zürich"}}',
        why=None if number % 2 else "because",
        replaces=None if number % 5 else 1,
    )


def fill(ledger: LedgerFile, first: int, count: int, book: str = "main") -> ChainHead:
    with ledger.appending(book) as end:
        end.append((fact(number) for number in range(first, first + count)), recorded_at=NOW)
    return ledger.head(book)


def tampered(path: Path, *statements: str) -> None:
    """What somebody does who may write the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS entries_keep_{verb}")
        for statement in statements:
            connection.execute(statement)
        for verb in ("update", "delete"):
            connection.execute(
                f"CREATE TRIGGER entries_keep_{verb} BEFORE {verb.upper()} ON entries "
                "BEGIN SELECT RAISE(ABORT, 'an entry is never changed or taken away'); END"
            )


def test_a_chain_grows_at_its_end_and_each_book_has_its_own(ledger: LedgerFile, path: Path) -> None:
    assert ledger.head("main") == NOTHING_YET
    fill(ledger, 1, 3)
    fill(ledger, 1, 2, "other")
    head = fill(ledger, 4, 2)

    assert (head.seq, ledger.books()) == (5, ("main", "other"))
    assert [entry.seq for entry in ledger.entries("main")] == [1, 2, 3, 4, 5]
    assert [entry.previous_hash for entry in ledger.entries("main")][1:] == [e.hash for e in ledger.entries("main")][
        :-1
    ]
    assert moment_of(ledger.entries("main")[0].occurred_at) == NOW + timedelta(seconds=1)
    assert ledger.seq_of_fact("main", "tx-4") == 4
    assert ledger.seq_of_fact("other", "tx-4") is None
    checked = check_books(path, {"main": head})
    assert checked.findings == ()
    assert checked.heads == {"main": head, "other": ledger.head("other")}


def test_no_entry_is_changed_taken_away_or_booked_twice(ledger: LedgerFile, path: Path) -> None:
    head = fill(ledger, 1, 3)
    with closing(sqlite3.connect(path)) as other:
        for statement in ("UPDATE entries SET body = '{}'", "DELETE FROM entries WHERE seq = 3"):
            with pytest.raises(sqlite3.IntegrityError, match="never changed"):
                other.execute(statement)
    with pytest.raises(ValueError, match="booked already"), ledger.appending("main") as end:
        end.append([fact(9), fact(2)], recorded_at=NOW)
    with pytest.raises(ValueError, match="no time zone"), ledger.appending("main") as end:
        end.append([fact(9), fact(10)._replace(occurred_at=datetime(2026, 1, 1))], recorded_at=NOW)  # noqa: DTZ001

    assert ledger.head("main") == head  # the ninth went with the second


def test_times_are_kept_to_the_microsecond_in_any_zone() -> None:
    for moment in (
        NOW,
        NOW.astimezone(timezone(timedelta(hours=5, minutes=45))),
        datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
    ):
        assert moment_of(microseconds(moment)) == moment


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (["UPDATE entries SET body = replace(body, '0.2', '0.3') WHERE seq = 2"], "entry 2 is not as it was written"),
        (["UPDATE entries SET occurred_at = occurred_at + 1 WHERE seq = 3"], "entry 3 is not as it was written"),
        (["UPDATE entries SET why = 'why not' WHERE seq = 3"], "entry 3 is not as it was written"),
        (["UPDATE entries SET why = '' WHERE why IS NULL"], "entry 1 is not as it was written"),
        (["UPDATE entries SET replaces = NULL WHERE seq = 5"], "entry 5 is not as it was written"),
        (["DELETE FROM entries WHERE seq = 2"], "entry 2 is missing"),
        (["DELETE FROM entries WHERE seq = 1"], "entry 1 is missing"),
        (["DELETE FROM entries WHERE seq > 4"], "it ends at entry 4, but state.db knows 6 entries"),
        (["DELETE FROM entries"], "it ends at entry 0, but state.db knows 6 entries"),
        (
            [
                "UPDATE entries SET seq = 99 WHERE seq = 2",
                "UPDATE entries SET seq = 2 WHERE seq = 3",
                "UPDATE entries SET seq = 3 WHERE seq = 99",
            ],
            "entry 2 does not follow on the one before it",
        ),
        (
            [
                "INSERT INTO entries SELECT book, 7, kind, occurred_at, recorded_at, by_whom, why, replaces, 'tx-7', body, hash, hash FROM entries WHERE seq = 6"
            ],
            "entry 7 is not as it was written",
        ),
        (["DROP TRIGGER entries_keep_update", "ALTER TABLE quotes RENAME TO entries_keep_up"], "entries_keep_update"),
    ],
)
def test_every_change_is_found(ledger: LedgerFile, path: Path, statements: list[str], told: str) -> None:
    head = fill(ledger, 1, 6)
    if "DROP TRIGGER" in statements[0]:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statements[0])
    else:
        tampered(path, *statements)

    assert told in " ".join(check_books(path, {"main": head}).findings)


def test_a_chain_ahead_of_what_is_known_is_fine_and_one_behind_is_not(ledger: LedgerFile, path: Path) -> None:
    first = fill(ledger, 1, 3)
    second = fill(ledger, 4, 3)

    assert check_books(path, {"main": first}).findings == ()
    assert check_books(path, None).heads_known is False
    known = ChainHead(seq=7, hash=second.hash)
    assert "ends at entry 6" in check_books(path, {"main": known}).findings[0]
    another = ChainHead(seq=3, hash=second.hash)
    assert "entry 3 is another one than state.db knows" in check_books(path, {"main": another}).findings[0]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "flips",
    [FLIPS, pytest.param(FLIPS_THOROUGH, marks=pytest.mark.thorough), pytest.param(FLIPS_SOAK, marks=pytest.mark.soak)],
)
def test_every_bit_of_an_entry_that_changes_is_found(tmp_path: Path, flips: int) -> None:
    """Where a flip changes what any entry says, it is told. Where it does not, a cell or a page that is free was hit."""
    path = databases.empty_ledger(tmp_path)
    with LedgerFile.open(path, now=NOW) as ledger:
        head = fill(ledger, 1, 40)
        written = ledger.entries("main")
    whole, chosen, unharmed = path.read_bytes(), random.Random(12), 0
    pages = [
        at for at in range(0, len(whole), PAGE) if b"tx-" in whole[at : at + PAGE]
    ]  # of entries and of their index
    flipped = tmp_path / "flipped.db"
    for _ in range(flips):
        position, bit = chosen.choice(pages) + chosen.randrange(PAGE), 1 << chosen.randrange(8)
        changed = bytearray(whole)
        changed[position] ^= bit
        flipped.write_bytes(changed)
        try:
            if check_books(flipped, {"main": head}).findings:
                continue
        except AgentError:
            continue
        with LedgerFile.open_read_only(flipped) as ledger:
            assert ledger.entries("main") == written, f"byte {position}, bit {bit}"
        unharmed += 1

    assert 0 < unharmed < flips * 0.5


def test_two_who_append_at_once_wait_for_each_other(path: Path) -> None:
    def work(first: int) -> None:
        with LedgerFile.open(path, now=NOW) as ledger:
            for number in range(first, first + 10):
                fill(ledger, number, 1)

    threads = [threading.Thread(target=work, args=(first,)) for first in (100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert check_books(path, None).findings == ()
    assert check_books(path, None).heads["main"].seq == 30


def test_a_damaged_ledger_is_left_as_it_is(path: Path, ledger: LedgerFile) -> None:
    fill(ledger, 1, 3)
    ledger.close()
    for content in (b"no database at all" * 100, path.read_bytes()[:40] + b"\xff" * 60 + path.read_bytes()[100:]):
        path.write_bytes(content)
        for opening in (lambda: LedgerFile.open(path, now=NOW), lambda: LedgerFile.open_read_only(path)):
            with pytest.raises(AgentError, match=r"ledger\.db: "):
                opening()
        assert path.read_bytes() == content
        assert {file.name.partition("-")[0] for file in path.parent.iterdir()} == {LEDGER_FILE}


def test_where_a_chain_ends_is_kept_elsewhere_too(tmp_path: Path) -> None:
    state = databases.empty_state(tmp_path)
    one, two = ChainHead(seq=2, hash="a" * 64), ChainHead(seq=5, hash="b" * 64)
    assert known_heads(tmp_path / "nowhere.db") is None
    assert known_heads(state) == {}
    keep_head(state, "main", two, now=NOW)
    keep_head(state, "main", one, now=NOW)  # whoever comes late tells an older end
    assert known_heads(state) == {"main": two}
    keep_head(state, "main", one, now=NOW, anew=True)
    assert known_heads(state) == {"main": one}


def test_a_running_agent_takes_no_command_that_keeps_a_head_for_tampering(tmp_path: Path) -> None:
    state, said = databases.empty_state(tmp_path), list[str]()
    keeper = StateKeeper(state, boot_id="boot", say=said.append, pause_seconds=0.01)
    keeper.start(NOW)
    until(lambda: keeper.is_read)
    for number in range(1, 4):
        counted = [1000 * number]
        keep_head(state, "main", ChainHead(seq=number, hash="a" * 64), now=NOW)
        keeper.save({"": {("GPU-a", "hardware"): 1000 * number}}, NOW)
        until(lambda counted=counted: [kept.counted for kept in (keeper.kept("") or {}).values()] == counted)  # type: ignore[misc]
    keeper.close(5)

    assert said == []
    assert known_heads(state) == {"main": ChainHead(seq=3, hash="a" * 64)}


def test_a_backup_verifies_and_restores_the_same_books(path: Path, ledger: LedgerFile, tmp_path: Path) -> None:
    head = fill(ledger, 1, 30)
    written, copy = ledger.entries("main"), tmp_path / "copy.db"
    assert ledger_backup.back_up_books(path, copy).heads == {"main": head}
    with pytest.raises(StorageError, match="is there already"):
        ledger_backup.back_up_books(path, copy)
    ledger.close()
    new = tmp_path / "new" / LEDGER_FILE
    new.parent.mkdir()

    assert ledger_backup.restore_books(copy, new, now=NOW) is None
    assert check_books(new, {"main": head}).findings == ()
    with LedgerFile.open(new, now=NOW) as restored:
        assert restored.entries("main") == written
        fill(restored, 31, 1)
    away = ledger_backup.restore_books(copy, new, now=NOW)
    assert away is not None
    assert check_books(away, None).heads["main"].seq == 31
    assert check_books(new, None).heads["main"].seq == 30


def test_a_copy_of_damaged_books_is_no_backup(path: Path, ledger: LedgerFile, tmp_path: Path) -> None:
    fill(ledger, 1, 3)
    ledger.close()
    tampered(path, "UPDATE entries SET body = '{}' WHERE seq = 2")

    assert "entry 2" in ledger_backup.back_up_books(path, tmp_path / "copy.db").findings[0]
    assert not [file.name for file in tmp_path.iterdir() if "copy" in file.name]


def test_evidence_is_the_answer_itself_and_prices_are_those_that_were_told_first(
    ledger: LedgerFile, path: Path
) -> None:
    raw = b'{"a":1}' * 1000
    digest = side_tables.keep_evidence(ledger, raw, source="pool", taken_at=NOW)
    assert side_tables.keep_evidence(ledger, raw, source="pool", taken_at=NOW) == digest
    assert side_tables.evidence(ledger, digest) == raw
    assert side_tables.evidence(ledger, "0" * 64) is None

    def quote(price: str, hours: int) -> side_tables.KeptQuote:
        at = NOW + timedelta(hours=hours)
        return side_tables.KeptQuote(asset="XMR", currency="USD", at=at, price=Decimal(price), source="file")

    assert side_tables.keep_quotes(ledger, [quote("280.00", 0), quote("281", 1)]) == 2
    assert side_tables.keep_quotes(ledger, [quote("99", 0)]) == 0
    assert side_tables.last_quote(ledger, "XMR", "USD", NOW + timedelta(minutes=59)) == quote("280.00", 0)
    assert side_tables.last_quote(ledger, "XMR", "EUR", NOW) is None
    tampered(path, "UPDATE evidence SET packed = zeroblob(5)")
    assert check_books(path, None).findings == (f"the evidence {digest} is not as it was kept",)


def test_an_erased_name_is_gone_from_the_disk_and_the_chain_verifies(ledger: LedgerFile, path: Path) -> None:
    secret = "48invented-address-of-a-person"
    known = side_tables.id_of_name(ledger, "account", secret)
    assert side_tables.id_of_name(ledger, "account", secret) == known
    fill(ledger, 1, 3)
    assert side_tables.name_of_id(ledger, known) == secret
    assert side_tables.erase_name(ledger, "account", secret)
    assert side_tables.name_of_id(ledger, known) is None
    for file in path.parent.iterdir():
        assert secret.encode() not in file.read_bytes()
    assert check_books(path, None).findings == ()


def test_a_full_disk_loses_nothing_and_says_so(path: Path, ledger: LedgerFile) -> None:
    head = fill(ledger, 1, 3)
    probe = (
        "import resource, sys; from datetime import datetime, UTC; from pathlib import Path;"
        "from miner_agent.errors import StorageError;"
        "from miner_agent.storage.ledger.ledger_file import LedgerFile;"
        "from miner_agent.storage.ledger.chain_entry import Unchained;"
        f"path, now = Path({str(path)!r}), datetime(2026, 1, 1, tzinfo=UTC);"
        "ledger = LedgerFile.open(path, now=now);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000));"
        "new = lambda n: Unchained(kind='payout', occurred_at=now, by_whom='x', fact=f'f{n}', body='x' * 1000)\n"
        "for _ in range(2):\n"
        "    try:\n"
        "        with ledger.appending('main') as end: end.append(map(new, range(2000)), recorded_at=now)\n"
        "    except StorageError as error: print(error)\n"
        "with ledger.appending('main') as end: end.append([new(1)], recorded_at=now)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False, env=dict(os.environ)
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.count("ledger.db: ") == 2
    assert check_books(path, {"main": head}).findings == ()
    assert ledger.head("main").seq == 4


def test_what_sqlite_takes_for_a_broken_disk_is_a_full_one_where_no_room_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    assert "gives errors" in str(sqlite_file.storage_error(tmp_path / "x.db", error))
    room = list(os.statvfs(tmp_path))
    room[4] = 0
    monkeypatch.setattr(os, "statvfs", lambda _folder: os.statvfs_result(room))
    assert "the disk is full" in str(sqlite_file.storage_error(tmp_path / "x.db", error))
