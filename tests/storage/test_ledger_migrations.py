"""Migrations of the books, killed at each of their statements: the old books or the new ones, and every entry in them."""

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from miner_agent.storage.ledger.chain_check import check_books
from miner_agent.storage.ledger.chain_entry import Unchained
from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.sqlite import migrate as migrations
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.kinds import LEDGER
from miner_agent.storage.sqlite.migrate import upgrade
from miner_agent.storage.sqlite.sqlite_file import FileState
from tests import databases
from tests.forks import UPGRADE_AND_DIE, Forks, forking
from tests.log_ticks import ask, ask_one, integrity

NOW = datetime(2026, 1, 2, tzinfo=UTC)
NEXT = replace(LEDGER, schema_version=LEDGER.schema_version + 1)
NEXT_VERSION = f"""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{NEXT.schema_version:04}", "{LEDGER.schema_version:04}"

def upgrade():
    op.add_column("quotes", sa.Column("kept_at", sa.Integer))
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
    op.create_index("entries_by_kind", "entries", ["book", "kind"])
"""


@pytest.fixture(scope="module")
def dying() -> Iterator[Forks]:
    with forking(UPGRADE_AND_DIE) as dying:
        yield dying


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real steps, and one that exists in these tests only."""
    folder = tmp_path_factory.mktemp("versions")
    for step in (migrations.MIGRATIONS / "ledger_versions").glob("l*.py"):
        (folder / step.name).write_text(step.read_text())
    (folder / "next.py").write_text(NEXT_VERSION)
    return folder


@pytest.mark.thorough
def test_a_first_start_that_is_killed_at_any_statement_is_begun_again(
    tmp_path: Path, versions: Path, dying: Forks
) -> None:
    deaths, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        path = tmp_path / f"{deaths}.db"
        code = dying.run("ledger", path, versions, deaths, NEXT.schema_version, NOW.isoformat())
        found = sqlite_file.find(path, NEXT)
        assert found in {FileState.NOTHING, FileState.CURRENT}
        upgrade(NEXT, path, now=NOW, versions=versions)
        assert sqlite_file.find(path, NEXT) is FileState.CURRENT
        deaths += 5

    assert code == 0
    assert deaths > 20


@pytest.mark.thorough
def test_a_migration_killed_at_any_statement_touches_no_entry(tmp_path: Path, versions: Path, dying: Forks) -> None:
    path = databases.empty_ledger(tmp_path)
    with LedgerFile.open(path, now=NOW) as ledger:
        with ledger.appending("main") as end:
            news = (Unchained(kind="payout", occurred_at=NOW, by_whom="x", fact=f"f{n}", body="{}") for n in range(9))
            end.append(news, recorded_at=NOW)
        head = ledger.head("main")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    made, deaths, code, seen = path.read_bytes(), 0, -signal.SIGKILL, set()
    while code == -signal.SIGKILL:
        for side in tmp_path.glob("ledger.db-*"):
            side.unlink()
        path.write_bytes(made)
        code = dying.run("ledger", path, versions, deaths, NEXT.schema_version, NOW.isoformat())
        version = ask_one(path, "PRAGMA user_version")
        seen.add(version)
        assert integrity(path) == "ok"
        assert ask_one(path, "SELECT count(*) FROM entries") == 9
        has_new = bool(ask(path, "SELECT 1 FROM sqlite_master WHERE name IN ('extra', 'entries_by_kind')"))
        assert has_new == (version == NEXT.schema_version)
        if version == LEDGER.schema_version:
            assert check_books(path, {"main": head}).findings == ()
        deaths += 1

    assert (code, seen) == (0, {LEDGER.schema_version, NEXT.schema_version})
    assert deaths > 10
    backup = next((tmp_path / "backup").glob("ledger-v*.db"))
    assert check_books(backup, {"main": head}).findings == ()
    for verb in ("UPDATE entries SET body = ''", "DELETE FROM entries"):
        with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match="never changed"):
            connection.execute(verb)
