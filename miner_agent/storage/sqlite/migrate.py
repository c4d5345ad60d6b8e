"""Brings a database to the newest schema, in a short-lived process: ``python -m miner_agent.storage.sqlite.migrate``.

The daemon calls ``migrate``, which starts that process only where there is something to do, so that the daemon
never loads the libraries of migrations. All pending steps and the mark of the new version are one transaction: whenever
it is killed, the file has the old schema or the new one.
"""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from miner_agent.errors import AgentError, ConfigError, StorageError
from miner_agent.interpreter import child_command, end_with_parent
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.bound_child import CHILDREN
from miner_agent.storage.sqlite.kinds import KINDS, Kind
from miner_agent.storage.sqlite.sqlite_file import FileState

MIGRATIONS = Path(__file__).parents[1] / "migrations"
LIMIT_SECONDS = 900
_USAGE = "usage: python -m miner_agent.storage.sqlite.migrate KIND PATH [KIND PATH ...] [ISO_TIME]"


def migrate(kind: Kind, path: Path, *, now: datetime) -> None:
    """Bring the database at ``path`` up to date in a child process; no child where it is up to date.

    Raises:
        ConfigError: a newer agent wrote the file.
        StorageError: the child could not do it; the file is as it was.
    """
    migrate_all([(kind, path)], now=now)


def migrate_all(files: Sequence[tuple[Kind, Path]], *, now: datetime) -> None:
    """The same of several, in one child: to load its libraries is most of what it does.

    Raises:
        ConfigError: a newer agent wrote one of them.
        StorageError: the child could not do it; that file is as it was, and so are those behind it.
    """
    pending = [(kind, path) for kind, path in files if sqlite_file.find(path, kind) is not FileState.CURRENT]
    if not pending:
        return
    path = pending[0][1]
    words = [word for kind, each in pending for word in (kind.name, str(each))]
    command = child_command("miner_agent.storage.sqlite.migrate", *words, now.isoformat())
    try:
        ended = CHILDREN.run(command, seconds=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise StorageError(f"{path}: its migration took over {LIMIT_SECONDS} s; the file is as it was") from None
    except OSError as error:
        raise sqlite_file.storage_error(path, error) from error
    if ended is None:
        raise StorageError(f"{path}: its migration was broken off, since the agent ends; the file is as it was")
    code, said = ended
    if code == 0:
        return
    sentence = (said.strip().splitlines() or [f"{path}: its migration ended with {code}"])[-1]
    raise (ConfigError if code == ConfigError.exit_code else StorageError)(sentence)


def upgrade(kind: Kind, path: Path, *, now: datetime, versions: Path | None = None) -> None:
    """The child's work: a backup of what is there, then every pending step in one transaction."""
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - heavy, and of this process only

    from miner_agent.storage.sqlite.engine import build_engine  # noqa: PLC0415

    found = sqlite_file.find(path, kind)
    sqlite_file.refuse(path, kind, found)
    if found is FileState.CURRENT:
        return
    if found is FileState.DAMAGED:
        raise StorageError(f"{path}: it is damaged; move it away and restart the agent")
    if found is FileState.OLDER:
        sqlite_file.back_up(path, sqlite_file.user_version(path), now)
    sqlite_file.create(path)
    engine = build_engine(path)
    try:
        with sqlite_file.storage_errors(path, DBAPIError), engine.begin() as connection:
            _run_steps(connection, versions or MIGRATIONS / f"{kind.name}_versions")
            connection.exec_driver_sql(f"PRAGMA application_id = {kind.application_id:d}")
            connection.exec_driver_sql(f"PRAGMA user_version = {kind.schema_version:d}")
    finally:
        engine.dispose()


def _run_steps(connection: object, versions: Path) -> None:
    """Run what the version table does not name yet. The library sees our transaction and opens none of its own."""
    from alembic.config import Config  # noqa: PLC0415 - heavy, and of this process only
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    script = ScriptDirectory(str(MIGRATIONS), version_locations=[str(versions)])

    def pending(revision: object, _context: object) -> object:
        return script._upgrade_revs("head", revision)  # type: ignore[arg-type]  # noqa: SLF001 - as its own command does

    with EnvironmentContext(Config(), script, fn=pending, destination_rev="head") as environment:
        environment.configure(connection=connection, transactional_ddl=True)  # type: ignore[arg-type]
        environment.run_migrations()


def main(arguments: list[str]) -> int:
    """The process: exit code as in ``errors``, and on failure one sentence on stderr."""
    paired = len(arguments) // 2 * 2
    names, paths, given = arguments[:paired:2], [Path(word) for word in arguments[1:paired:2]], arguments[paired:]
    if not names or not KINDS.keys() >= set(names):
        print(_USAGE, file=sys.stderr)
        return 2
    try:
        for name, path in zip(names, paths, strict=True):
            upgrade(KINDS[name], path, now=_moment(path, given))
    except AgentError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _moment(path: Path, given: list[str]) -> datetime:
    """What a backup is named after: the time given, else that of the file."""
    if given:
        return datetime.fromisoformat(given[0])
    return datetime.fromtimestamp(path.stat().st_mtime if path.exists() else 0, UTC)


if __name__ == "__main__":
    end_with_parent()
    sys.exit(main(sys.argv[1:]))
