"""Migrations: a backup first, one transaction, and the old schema or the new one whenever they are killed."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from miner_agent.errors import ConfigError, StorageError
from miner_agent.model.kept_counter import KeptCounter
from miner_agent.storage.sqlite import migrate as migrations
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.bound_child import CHILDREN
from miner_agent.storage.sqlite.kinds import KINDS, STATE, TELEMETRY
from miner_agent.storage.sqlite.migrate import migrate, migrate_all, upgrade
from miner_agent.storage.sqlite.sqlite_file import FileState
from miner_agent.storage.state.state_store import StateStore
from tests import databases
from tests.examples import few_and_all
from tests.forks import UPGRADE_AND_DIE, Forks, forking
from tests.log_ticks import ask, ask_one, integrity

NOW = datetime(2026, 11, 21, 12, 30, 15, tzinfo=UTC)
CHILD = [sys.executable, "-m", "miner_agent.storage.sqlite.migrate"]

NOW_VERSION = STATE.schema_version
NEXT_VERSION = (
    f"""
revision, down_revision = "{NOW_VERSION + 1:04}", "{NOW_VERSION:04}"
"""
    '''
"""Adds a column, fills it, and makes a table of it."""
import sqlalchemy as sa
from alembic import op

def upgrade():
    op.add_column("facts", sa.Column("learnt_at", sa.Integer))
    op.execute("UPDATE facts SET learnt_at = 7")
    op.create_table("extra", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO extra VALUES (1)")
'''
)
LAST_VERSION = (
    f"""
revision, down_revision = "{NOW_VERSION + 2:04}", "{NOW_VERSION + 1:04}"
"""
    '''
"""Takes a table away."""
from alembic import op

def upgrade():
    op.drop_table("job_runs")
    op.create_index("by_value", "facts", ["value"])
'''
)
LAST = replace(STATE, schema_version=NOW_VERSION + 2)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("made") / "state.db"
    upgrade(STATE, path, now=NOW)
    ask(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO facts VALUES ('pool', 'left-rack', 'pool.example:3333')")
        connection.commit()
    return path.read_bytes()


@pytest.fixture(scope="module")
def dying() -> Iterator[Forks]:
    with forking(UPGRADE_AND_DIE) as dying:
        yield dying


@pytest.fixture
def path(tmp_path: Path, made: bytes) -> Path:
    path = tmp_path / "state.db"
    path.write_bytes(made)
    return path


@pytest.fixture(scope="session")
def later_versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real steps, and two that exist in these tests only."""
    folder = tmp_path_factory.mktemp("versions")
    for step in (migrations.MIGRATIONS / "state_versions").glob("s*.py"):
        (folder / step.name).write_text(step.read_text())
    (folder / "next.py").write_text(NEXT_VERSION)
    (folder / "last.py").write_text(LAST_VERSION)
    return folder


def schema(path: Path) -> list[tuple[str, str]]:
    return ask(path, "SELECT name, sql FROM sqlite_master ORDER BY name")


def backups(path: Path) -> list[str]:
    return sorted(backup.name for backup in path.parent.glob("backup/*"))


@pytest.mark.thorough
@pytest.mark.parametrize("name", few_and_all(list(KINDS), few=1))
def test_the_newest_step_is_the_version_that_the_agent_knows(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    path = tmp_path / f"{kind.name}.db"
    migrate(kind, path, now=NOW)

    assert sqlite_file.find(path, kind) is FileState.CURRENT
    assert int(ask_one(path, "SELECT version_num FROM alembic_version")) == kind.schema_version
    assert ask_one(path, "PRAGMA auto_vacuum") == 2
    assert backups(path) == []


def test_no_process_is_started_where_the_schema_is_current(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "run", refuse)
    migrate(STATE, path, now=NOW)


@pytest.mark.thorough
def test_an_agent_that_keeps_what_it_measures_and_is_asked_for_it_never_loads_the_migration_libraries(
    tmp_path: Path,
) -> None:
    log, state = databases.empty_log(tmp_path), databases.empty_state(tmp_path)
    probe = """
import sys
from datetime import timedelta
from pathlib import Path
from miner_agent.storage.state.state_store import StateStore
from miner_agent.storage.telemetry.log import TelemetryLog
from tests.log_ticks import START, full_tick
log, state = TelemetryLog.open(Path(sys.argv[1]), now=START), StateStore.open(Path(sys.argv[2]), now=START)
state.begin_run("boot")
for number in range(20):
    log.append(full_tick(number))
hour = (START, START + timedelta(hours=1))
print(len(log.chart(*hour, "power_watts", rig="left").lines), len(log.stats(*hour)[0].devices), len(log.changes(*hour, rig="left", of_this_machine=True)))
print({"alembic", "sqlalchemy"} & set(sys.modules))
"""
    run = subprocess.run([sys.executable, "-c", probe, log, state], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["12 12 0", "set()"]


def test_a_migration_keeps_the_data_and_leaves_a_backup_of_the_old_schema(path: Path, later_versions: Path) -> None:
    before = schema(path)
    upgrade(LAST, path, now=NOW, versions=later_versions)

    assert ask(path, "SELECT key, value, learnt_at FROM facts") == [("left-rack", "pool.example:3333", 7)]
    assert ask_one(path, "PRAGMA user_version") == LAST.schema_version
    assert backups(path) == [f"state-v{NOW_VERSION}-20261121T123015Z.db"]
    backup = path.parent / "backup" / backups(path)[0]
    assert schema(backup) == before
    assert ask(backup, "SELECT key FROM facts") == [("left-rack",)]


@pytest.mark.thorough
def test_a_migration_killed_at_any_statement_leaves_the_old_schema_or_the_new_one(
    path: Path, later_versions: Path, made: bytes, dying: Forks
) -> None:
    old, schemas, deaths = schema(path), [], 0
    while True:
        path.write_bytes(made)
        code = dying.run("state", path, later_versions, deaths, LAST.schema_version, NOW.isoformat())
        version = ask_one(path, "PRAGMA user_version")
        assert integrity(path) == "ok"
        assert ask_one(path, "SELECT count(*) FROM facts") == 1
        assert (schema(path) == old) == (version == NOW_VERSION)
        schemas.append((version, ask_one(path, "SELECT version_num FROM alembic_version")))
        if code == 0:
            break
        assert code == -signal.SIGKILL
        deaths += 1

    assert deaths > 20
    assert set(schemas) == {(version, f"{version:04}") for version in (NOW_VERSION, LAST.schema_version)}
    upgrade(LAST, path, now=NOW, versions=later_versions)  # a second time there is nothing to do


def test_a_first_start_that_was_killed_is_begun_again(tmp_path: Path, later_versions: Path, dying: Forks) -> None:
    for deaths in (0, 3, 9, 15):
        path = tmp_path / f"{deaths}.db"
        assert dying.run("state", path, later_versions, deaths, LAST.schema_version, NOW.isoformat()) == -signal.SIGKILL
        upgrade(LAST, path, now=NOW, versions=later_versions)
        assert sqlite_file.find(path, LAST) is FileState.CURRENT
        assert ask_one(path, "PRAGMA auto_vacuum") == 2


def test_a_failing_step_leaves_nothing_behind(path: Path, later_versions: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for step in later_versions.glob("*.py"):
        (broken / step.name).write_text(step.read_text().replace('"by_value", "facts"', '"by_value", "nowhere"'))
    before = schema(path)

    with pytest.raises(StorageError, match="nowhere"):
        upgrade(LAST, path, now=NOW, versions=broken)
    assert schema(path) == before
    assert ask_one(path, "PRAGMA user_version") == NOW_VERSION


@pytest.mark.thorough
def test_a_newer_schema_is_refused_by_the_process_and_by_its_caller(path: Path) -> None:
    ask(path, "PRAGMA user_version = 999")
    child = subprocess.run([*CHILD, "state", str(path)], capture_output=True, text=True, check=False)

    assert child.returncode == 78
    assert child.stderr.count("\n") == 1
    assert "a newer miner-agent wrote it" in child.stderr
    with pytest.raises(ConfigError, match="a newer miner-agent wrote it"):
        migrate(STATE, path, now=NOW)
    assert backups(path) == []


@pytest.mark.thorough
def test_several_are_brought_up_by_one_process_up_to_the_first_that_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {name: tmp_path / f"{name}.db" for name in KINDS}
    paths["state"].write_text("of somebody else")
    files = [(kind, paths[name]) for name, kind in KINDS.items()]
    run = CHILDREN.run
    begun: list[Sequence[str]] = []

    def noted(words: Sequence[str], *, seconds: float) -> tuple[int, str] | None:
        begun.append(words)
        return run(words, seconds=seconds)

    monkeypatch.setattr(CHILDREN, "run", noted)

    with pytest.raises(StorageError, match=r"state\.db"):
        migrate_all(files, now=NOW)
    assert [sqlite_file.find(path, kind) is FileState.CURRENT for kind, path in files] == [True, False, False, False]
    paths["state"].unlink()
    migrate_all(files, now=NOW)
    assert all(sqlite_file.find(path, kind) is FileState.CURRENT for kind, path in files)
    migrate_all(files, now=NOW)
    assert [len(words) - len(begun[1]) for words in begun] == [2, 0]  # the first is not named again


@pytest.mark.thorough
def test_what_the_process_says_reaches_its_caller(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no such file or directory"):
        migrate(TELEMETRY, tmp_path / "nowhere" / "telemetry.db", now=NOW)


@pytest.mark.thorough
def test_the_process_explains_how_it_is_called() -> None:
    child = subprocess.run([*CHILD, "cellar"], capture_output=True, text=True, check=False)

    assert (child.returncode, child.stderr.startswith("usage: ")) == (2, True)


@pytest.mark.thorough
def test_no_migration_without_a_backup(path: Path, later_versions: Path) -> None:
    (path.parent / "backup").write_text("in the way")
    before = schema(path)

    with pytest.raises(StorageError, match="backup"):
        upgrade(LAST, path, now=NOW, versions=later_versions)
    assert schema(path) == before


@pytest.mark.thorough
def test_counters_of_the_first_schema_go_on_a_millijoule_higher_than_they_were_kept(tmp_path: Path) -> None:
    path, first = tmp_path / "state.db", tmp_path / "first"
    first.mkdir()
    shutil.copy(migrations.MIGRATIONS / "state_versions" / "s0001_base.py", first)
    upgrade(replace(STATE, schema_version=1), path, now=NOW, versions=first)
    with closing(sqlite3.connect(path)) as connection:
        rows = [("GPU-a", "hardware", 1500), ("host", "meter", 3_600_000_333), ("rig-1\x1fGPU-a", "hardware", 7)]
        connection.executemany("INSERT INTO energy VALUES (?, ?, ?)", rows)
        connection.execute("INSERT INTO facts VALUES ('pool', 'left-rack', 'pool.example:3333')")
        connection.commit()
    upgrade(STATE, path, now=NOW)
    store = StateStore.open(path, now=NOW)
    pinned, counters = store.all_pinned(), store.begin_run("boot")
    store.close()

    assert pinned == {"pool": {"left-rack": "pool.example:3333"}}
    assert counters == {
        ("", "GPU-a", "hardware"): KeptCounter(1500, 1501, 1501),
        ("", "host", "meter"): KeptCounter(3_600_000_333, 3_600_000_334, 3_600_000_334),
        ("rig-1", "GPU-a", "hardware"): KeptCounter(7, 8, 8),
    }
