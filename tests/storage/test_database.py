"""Opening a database: private, whole transactions, and never at the cost of somebody else's file."""

import errno
import os
import random
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from miner_agent.errors import ConfigError, StorageError
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.database import Database, open_database, open_read_only
from miner_agent.storage.sqlite.kinds import STATE, TELEMETRY
from miner_agent.storage.sqlite.migrate import migrate
from miner_agent.storage.sqlite.sqlite_file import FileState
from tests import databases
from tests.log_ticks import ask, ask_one, integrity

NOW = datetime(2026, 11, 21, 12, 30, 15, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return databases.empty_state(tmp_path)


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = opened(path)
    yield database
    database.close()


def opened(path: Path, migrate: Callable[..., None] = databases.migrate) -> Database:
    return open_database(
        path, STATE, migrate=migrate, synchronous="FULL", now=NOW, quick_check=True, busy_timeout_ms=50
    )


def note(database: Database, key: str) -> None:
    with database.writing() as connection:
        connection.execute("INSERT INTO facts VALUES ('test', ?, '')", (key,))


def noted(path: Path) -> list[str]:
    return [key for (key,) in ask(path, "SELECT key FROM facts ORDER BY key")]


@pytest.mark.thorough
def test_every_file_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        database = opened(tmp_path / "state.db", migrate)
        note(database, "a")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
        database.close()
    finally:
        os.umask(before)

    assert modes == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}


def test_a_file_that_others_could_read_is_made_private(path: Path) -> None:
    path.chmod(0o644)
    opened(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_pragmas_hold(database: Database) -> None:
    with database.reading() as connection:
        held = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in (
                *("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "auto_vacuum", "busy_timeout"),
                "cache_size",
            )
        }

    assert held == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "auto_vacuum": 2,
        "busy_timeout": 50,
        "cache_size": -512,  # [KiB]
    }


def test_a_failing_transaction_leaves_nothing_behind_not_even_a_table(database: Database) -> None:
    def fail_halfway() -> None:
        with database.writing() as connection:
            connection.execute("CREATE TABLE half (a)")
            connection.execute("INSERT INTO facts VALUES ('test', 'a', '')")
            connection.execute("INSERT INTO facts VALUES ('test', 'a', '')")

    with pytest.raises(StorageError, match=r"state\.db: "):
        fail_halfway()
    assert ask(database.path, "SELECT name FROM sqlite_master WHERE name = 'half'") == []
    assert noted(database.path) == []


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.reading() as connection:
        count = "SELECT count(*) FROM facts"
        assert connection.execute(count).fetchone()[0] == 0
        note(database, "a")
        assert connection.execute(count).fetchone()[0] == 0


def test_a_locked_file_is_said_to_be_locked(database: Database) -> None:
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="another program holds it locked; close that program"):
            note(database, "a")
    note(database, "b")

    assert noted(database.path) == ["b"]


@pytest.mark.parametrize("application_id", [0, 0x47504B47])
def test_somebody_elses_database_is_refused_and_left_as_it_was(tmp_path: Path, application_id: int) -> None:
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (a)")
        connection.execute(f"PRAGMA application_id = {application_id}")
        connection.commit()
    before = path.read_bytes()

    with pytest.raises(StorageError, match="not the agent's state; move it away"):
        opened(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["state.db"]


def test_the_other_kind_of_our_own_databases_is_refused(path: Path) -> None:
    with pytest.raises(StorageError, match="not the agent's telemetry"):
        open_database(path, TELEMETRY, migrate=migrate, synchronous="NORMAL", now=NOW)


def test_a_newer_schema_is_refused_with_the_exit_code_of_configuration(path: Path) -> None:
    ask(path, "PRAGMA user_version = 999")
    before = path.read_bytes()

    with pytest.raises(ConfigError, match="a newer miner-agent wrote it") as refused:
        opened(path)
    with pytest.raises(ConfigError, match="a newer miner-agent wrote it"):
        open_read_only(path, STATE)
    assert refused.value.exit_code == 78
    assert path.read_bytes() == before


def test_a_damaged_file_is_set_aside_under_its_time_and_a_new_one_begun(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 400)
    path.with_name("state.db-wal").write_bytes(b"its log")
    database = opened(path)
    note(database, "a")
    database.close()

    assert database.set_aside == path.with_name("state.db.corrupt-20261121T123015Z")
    assert database.set_aside.read_bytes().startswith(b"not a database")
    assert path.with_name("state.db.corrupt-20261121T123015Z-wal").read_bytes() == b"its log"
    assert noted(path) == ["a"]


def test_two_files_damaged_in_one_second_are_both_kept(path: Path) -> None:
    for _ in range(2):
        path.write_bytes(b"damaged")
        opened(path).close()

    assert len(list(path.parent.glob("state.db.corrupt-*"))) == 2


def test_a_folder_that_cannot_be_looked_into_is_an_error_of_storage(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_path: Path, **_options: object) -> bool:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "exists", unreadable)
        with pytest.raises(StorageError, match="input/output error"):
            sqlite_file.set_aside(path, NOW)
        with pytest.raises(StorageError, match="input/output error"):
            sqlite_file.back_up(path, 1, NOW)
    assert path.exists()


def test_a_truncated_file_is_set_aside(path: Path) -> None:
    os.truncate(path, 3 * 4096 + 100)
    database = opened(path)
    database.close()

    assert database.set_aside is not None
    assert integrity(path) == "ok"


def test_an_empty_file_is_begun_anew_without_ado(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.touch()
    database = opened(path)
    database.close()

    assert database.set_aside is None
    assert ask_one(path, "PRAGMA user_version") == STATE.schema_version


@pytest.mark.parametrize("seed", [*range(20), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(20, 200))])
def test_whatever_the_damage_the_agent_opens_sets_aside_or_refuses(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    damaged = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 3, 200))):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    if chance.random() < 0.3:
        del damaged[chance.randrange(len(damaged)) :]
    path.write_bytes(damaged)

    try:
        database = opened(path)
    except (StorageError, ConfigError):
        assert path.read_bytes() == damaged  # refused, and not touched
        return
    with database.reading() as connection:
        connection.execute("SELECT count(*) FROM facts").fetchone()[0]
    database.close()
    assert integrity(path) == "ok"
    if database.set_aside is not None:
        assert database.set_aside.read_bytes() == damaged


def test_read_only_sees_what_was_just_written_and_writes_nothing(database: Database) -> None:
    note(database, "a")
    reader = open_read_only(database.path, STATE)
    with reader.reading() as connection:
        seen = connection.execute("SELECT key FROM facts").fetchone()[0]
    with pytest.raises(StorageError, match="cannot be written"), reader.writing() as connection:
        connection.execute("DELETE FROM facts")
    reader.close()

    assert (seen, reader.immutable) == ("a", False)


def test_read_only_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no such file"):
        open_read_only(tmp_path / "state.db", STATE)
    assert list(tmp_path.iterdir()) == []


def test_read_only_refuses_what_is_foreign_damaged_or_older(path: Path) -> None:
    with pytest.raises(StorageError, match="not the agent's telemetry"):
        open_read_only(path, TELEMETRY)
    ask(path, "PRAGMA user_version = 0")
    with pytest.raises(StorageError, match="start the agent once"):
        open_read_only(path, STATE)
    path.write_bytes(b"damaged" * 1000)
    with pytest.raises(StorageError, match="damaged"):
        open_read_only(path, STATE)


def test_on_a_read_only_file_system_the_file_is_read_as_it_stands(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = opened(path)
    note(database, "a")
    database.close()
    real = os.statvfs

    class ReadOnly:
        def __init__(self, of: object) -> None:
            self.f_flag = real(of).f_flag | os.ST_RDONLY  # type: ignore[arg-type]

    monkeypatch.setattr(os, "statvfs", ReadOnly)
    reader = open_read_only(path, STATE)
    with reader.reading() as connection:
        seen = connection.execute("SELECT key FROM facts").fetchone()[0]
    reader.close()

    assert (seen, reader.immutable) == ("a", True)


def test_a_path_with_strange_characters_is_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "100% a?b#c"
    databases.empty_state(folder)
    opened(folder / "state.db").close()

    assert sqlite_file.find(folder / "state.db", STATE) is FileState.CURRENT


@pytest.mark.thorough
def test_a_symbolic_link_in_place_of_a_new_database_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "state.db").symlink_to(tmp_path / "elsewhere.db")

    with pytest.raises(StorageError):
        opened(tmp_path / "state.db", migrate)
    assert not (tmp_path / "elsewhere.db").exists()


def test_the_last_backups_are_kept_and_are_private(path: Path) -> None:
    for minute in range(5):
        sqlite_file.back_up(path, 1, NOW.replace(minute=minute))
    backups = sorted(path.parent.glob("backup/*"))

    assert [backup.name for backup in backups] == [f"state-v1-20261121T120{minute}15Z.db" for minute in range(2, 5)]
    assert {stat.S_IMODE(backup.stat().st_mode) for backup in backups} == {0o600}
    assert integrity(backups[0]) == "ok"


def test_a_backup_that_fails_leaves_nothing_on_a_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path.parent / "backup").mkdir()
    (path.parent / "backup" / "state-v1-20261121T000000Z.db.part").write_bytes(b"of an attempt that was killed")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        for minute in range(3):
            with pytest.raises(StorageError, match="no space left"):
                sqlite_file.back_up(path, 1, NOW.replace(minute=minute))

    assert list((path.parent / "backup").iterdir()) == []


def test_a_connection_that_was_given_back_is_used_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[sqlite3.Connection] = []
    real = sqlite3.connect

    def connect(*of: Any, **options: Any) -> sqlite3.Connection:
        made.append(real(*of, **options))
        return made[-1]

    database = opened(path)
    monkeypatch.setattr(sqlite3, "connect", connect)
    for number in range(20):
        note(database, str(number))
        with database.reading():
            pass
    with database.reading(), database.reading(), database.reading():
        pass

    assert len(made) == 3
    database.close()
    for connection in made:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_a_connection_is_told_to_wait_for_the_disk_only_where_that_changes(database: Database) -> None:
    told: list[str] = []
    with database.lent() as connection:
        connection.set_trace_callback(told.append)
    for synced in (True, False, False, True, True, False):
        with database.writing(synced=synced):
            pass
        with database.reading():
            pass

    changes = [statement for statement in told if statement.startswith("PRAGMA")]
    assert changes == [f"PRAGMA synchronous = {level}" for level in ("NORMAL", "FULL", "NORMAL")]


def test_a_connection_whose_transaction_cannot_be_ended_is_not_used_again(database: Database) -> None:
    with database.lent() as first:
        first.execute("BEGIN")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        first.execute("SELECT 1")
    note(database, "a")

    assert noted(database.path) == ["a"]
