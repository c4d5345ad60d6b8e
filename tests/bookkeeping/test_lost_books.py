"""Books that are gone, cut or written into: refused in a sentence, never begun anew by themselves."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from miner_agent.bookkeeping import year_child
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.year_errand import YearErrand
from miner_agent.errors import StorageError
from miner_agent.posting import posting_child
from miner_agent.posting.posting_errand import PostingErrand
from miner_agent.storage.ledger.chain_check import check_books
from miner_agent.storage.sqlite.file_names import LEDGER_FILE, STATE_FILE
from tests import databases
from tests.bookkeeping.books import NOW, book_in, events_file, payout, told
from tests.cli.every_command import ended


def test_books_that_are_gone_or_cut_are_not_begun_anew(folder: Path) -> None:
    told(folder, payout("a"), payout("b"))
    whole = (folder / LEDGER_FILE).read_bytes()
    for content in (None, b"", databases.empty_ledger(folder / "empty").read_bytes()):
        for file in folder.glob(f"{LEDGER_FILE}*"):
            file.unlink()
        if content is not None:
            (folder / LEDGER_FILE).write_bytes(content)
        with pytest.raises(StorageError, match=r"state\.db knows"):
            told(folder, payout("c"))
    for file in folder.glob(f"{LEDGER_FILE}*"):
        file.unlink()
    (folder / LEDGER_FILE).write_bytes(whole)
    assert len(told(folder, payout("c")).added) == 1
    assert check_books(folder / LEDGER_FILE, BooksFolder(folder).known()).findings == ()


def test_nobody_says_of_books_that_are_gone_that_none_were_begun(folder: Path) -> None:
    databases.empty_log(folder)
    told(folder, payout("a"))
    for file in folder.glob(f"{LEDGER_FILE}*"):
        file.unlink()
    posted = posting_child.do(
        PostingErrand(state_directory=str(folder), configuration="", credentials=None, post_at=NOW)
    )
    year = year_child.do(YearErrand(state_directory=str(folder), year="2025", book=None))
    (folder / "more.json").write_bytes(events_file(payout("b")))
    place = ("--state-dir", str(folder))
    commands = [
        ended("energy", "post", *place),
        ended("ledger", "import", str(folder / "more.json"), "--dry-run", *place),
        ended("ledger", "list", *place),
    ]

    assert {done.returncode for done in commands} == {StorageError.exit_code}
    for said in (posted.error, year.failed, *(done.stderr for done in commands)):
        assert "it is gone, but state.db knows entries in it (2 of main)" in " ".join((said or "").split())
    assert not (folder / LEDGER_FILE).exists()


def test_a_lost_state_costs_no_book(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(folder, payout("a"))
    for file in folder.glob(f"{STATE_FILE}*"):
        file.unlink()
    assert BooksFolder(folder).known() is None
    databases.empty_state(folder)
    told(folder, payout("b"))
    known = BooksFolder(folder).known()
    assert known is not None
    assert known["main"].seq == 3


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET body = '{}' WHERE seq = 2",
        "UPDATE entries SET body = 'x' WHERE seq = 2",
        "UPDATE entries SET body = CAST(x'7bff7d' AS TEXT) WHERE seq = 2",
        "DELETE FROM entries WHERE seq = 1",
    ],
)
def test_of_entries_that_nobody_wrote_so_no_book_follows_but_a_sentence(folder: Path, statement: str) -> None:
    told(folder, payout("a"))
    with closing(sqlite3.connect(folder / LEDGER_FILE, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER entries_keep_update")
        connection.execute("DROP TRIGGER entries_keep_delete")
        connection.execute(statement)
    with pytest.raises(StorageError, match=r"ledger (verify|restore)"):
        book_in(folder)
    if "seq = 1" not in statement:
        with pytest.raises(StorageError, match=r"ledger (verify|restore)"):
            told(folder, payout("a", txid="T"))


def test_books_that_are_gone_for_good_can_be_given_up_and_begun_anew(folder: Path) -> None:
    told(folder, payout("a"))
    books = BooksFolder(folder)
    with pytest.raises(StorageError, match="there are books"):
        books.give_up(now=NOW, dry_run=False)
    for file in folder.glob(f"{LEDGER_FILE}*"):
        file.unlink()
    with pytest.raises(StorageError, match="ledger give-up"):
        told(folder, payout("a"))
    assert books.give_up(now=NOW, dry_run=True) == books.give_up(now=NOW, dry_run=False) == ["2 entries of book main"]
    databases.empty_ledger(folder)
    told(folder, payout("b"))
    assert check_books(folder / LEDGER_FILE, books.known()).findings == ()
