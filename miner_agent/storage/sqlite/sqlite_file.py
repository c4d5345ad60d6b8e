"""SQLite files as files: what lies at a path, how a broken one is set aside, how a good one is copied.

Needs the standard library only, so that asking whether a schema is current costs a millisecond.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from miner_agent.errors import ConfigError, StorageError
from miner_agent.storage.sqlite.directory import PRIVATE_DIRECTORY, PRIVATE_FILE
from miner_agent.storage.sqlite.kinds import Kind

BACKUPS_KEPT = 3
INDEX = "-shm"  # of the log
SIDE_FILES = ("-wal", INDEX)
_MAGIC = b"SQLite format 3\x00"
_APPLICATION_ID = slice(68, 72)  # of the header, big endian
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space",
    sqlite3.SQLITE_IOERR: "the disk gives errors; look at the kernel's log and check the disk",
    sqlite3.SQLITE_READONLY: "it cannot be written; mount its file system writable and give the file to this user",
    sqlite3.SQLITE_BUSY: "another program holds it locked; close that program",
    sqlite3.SQLITE_LOCKED: "another program holds it locked; close that program",
    sqlite3.SQLITE_CORRUPT: "it is damaged; move it away and restart the agent",
    sqlite3.SQLITE_NOTADB: "it is damaged or not a database; move it away and restart the agent",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that it is there and that this user may write in its folder",
    sqlite3.SQLITE_PERM: "this user may not use it; give the file to this user",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
}


Identity: TypeAlias = tuple[int, int]
"""Of a file, whatever its name: device and inode."""


class FileState(StrEnum):
    """What lies at the path of a database."""

    NOTHING = "nothing"  # or an empty file, or one whose first migration did not end
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    FOREIGN = "foreign"
    DAMAGED = "damaged"


def primary_code(error: BaseException | None) -> int | None:
    """SQLite's own code of an error; of those it was raised from, where it has none itself."""
    while error is not None:
        code = getattr(error, "sqlite_errorcode", None) or getattr(
            getattr(error, "orig", None), "sqlite_errorcode", None
        )
        if code is not None:
            return int(code) & 0xFF
        error = error.__cause__
    return None


def tells_of_damage(error: BaseException) -> bool:
    """Whether the file's content may have suffered, so that it must be checked before it is used again."""
    return primary_code(error) in {*_DAMAGED, sqlite3.SQLITE_IOERR, None}


def storage_error(path: Path, error: BaseException) -> StorageError:
    """One sentence that names the file and says what to do."""
    if isinstance(error, OSError):
        return StorageError(f"{path}: {(error.strerror or 'cannot be used').lower()}")
    code = sqlite3.SQLITE_CORRUPT if isinstance(error, UnicodeDecodeError) else primary_code(error)
    if code == sqlite3.SQLITE_IOERR and _is_full(path.parent):
        code = sqlite3.SQLITE_FULL  # which SQLite does not say of the index of its log
    advice = _ADVICE.get(code or -1)
    return StorageError(f"{path}: {advice or getattr(error, 'orig', None) or error}")


def _is_full(folder: Path) -> bool:
    try:
        return os.statvfs(folder).f_bavail == 0
    except OSError:
        return False


@contextmanager
def storage_errors(path: Path, *also: type[Exception]) -> Iterator[None]:
    """What SQLite, the file system and ``also`` raise inside becomes a ``StorageError``."""
    errors: tuple[type[Exception], ...] = (sqlite3.Error, OSError, UnicodeDecodeError, *also)
    try:
        yield
    except errors as error:
        raise storage_error(path, error) from error


def uri(path: Path, *options: str) -> str:
    """The path as SQLite wants it where options follow."""
    return f"file:{quote(os.fsencode(path.absolute()))}?{'&'.join(options)}"


def find(path: Path, kind: Kind, *, quick_check: bool = False) -> FileState:
    """What lies at ``path``. A file of somebody else's is looked at and not changed.

    It is opened and closed beside SQLite, which gives up SQLite's locks on it: this process must not have it open.

    Raises:
        StorageError: it cannot be read, or somebody holds it, or it is a directory, a pipe or the like.
    """
    require_files(path)
    with storage_errors(path):
        header = _header(path)
        if not header:
            return FileState.NOTHING
        if not header.startswith(_MAGIC):
            return FileState.DAMAGED
        marked = int.from_bytes(header[_APPLICATION_ID], "big")
        if marked not in {0, kind.application_id}:
            return FileState.FOREIGN
        return _look_inside(path, kind, ("mode=rw",), quick_check=quick_check)


def find_open(path: Path, kind: Kind, *, immutable: bool = False) -> FileState:
    """The same of a file that this process may have open. Nothing is written, not even what is in its log.

    Args:
        immutable: nothing can be, since its file system is read-only.

    Raises:
        StorageError: as for ``find``.
    """
    require_files(path)
    with storage_errors(path):
        try:
            if path.stat().st_size == 0:
                return FileState.NOTHING
        except FileNotFoundError:
            return FileState.NOTHING
        return _look_inside(path, kind, ("mode=ro", *(("immutable=1",) if immutable else ())))


def refuse(path: Path, kind: Kind, found: FileState) -> None:
    """Raise for what must not be touched."""
    if found is FileState.NEWER:
        raise ConfigError(
            f"{path}: a newer miner-agent wrote it; install that version again, or restore the file from backup/"
        )
    if found is FileState.FOREIGN:
        raise StorageError(
            f"{path}: a database, but not the agent's {kind.name}; move it away, or set another [agent] state_directory"
        )


def on_read_only_file_system(path: Path) -> bool:
    """Whether nobody can write there now, whatever its permissions.

    Raises:
        StorageError: nothing is there.
    """
    try:
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    except FileNotFoundError:
        raise StorageError(f"{path}: there is no such file; has the agent run on this machine?") from None
    except OSError as error:
        raise storage_error(path, error) from error


def is_no_file(path: Path) -> bool:
    """Whether something lies there that is no regular file. It is not opened: to open a pipe may wait for ever."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False


def require_files(path: Path) -> None:
    """Let no pipe, directory or device be opened as a database, or as what belongs to one.

    Raises:
        StorageError: one lies there.
    """
    for suffix in ("", *SIDE_FILES):
        file = path.with_name(path.name + suffix)
        with storage_errors(file):
            if is_no_file(file):
                raise StorageError(f"{file}: is not a file; remove it")


def is_sound(path: Path, *, read_only: bool = False) -> bool:
    """Whether all of a database agrees with all the rest of it. Takes its time.

    Args:
        read_only: leave what is in the log there, and do not write it back.
    """
    mode = "mode=ro" if read_only else "mode=rw"
    try:
        with closing(sqlite3.connect(uri(path, mode), uri=True, isolation_level=None)) as connection:
            return bool(connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok")
    except UnicodeDecodeError:  # the driver reads the database's own message, which quotes the damage
        return False
    except sqlite3.DatabaseError as error:
        if primary_code(error) in _DAMAGED:
            return False
        raise


def user_version(path: Path) -> int:
    """The version of the schema in a file."""
    with storage_errors(path), closing(sqlite3.connect(uri(path, "mode=rw"), uri=True)) as connection:
        return _pragma(connection, "user_version")


def create(path: Path) -> None:
    """Make an empty file that only this user may read; one that is there is made private."""
    with storage_errors(path):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE))
        path.chmod(PRIVATE_FILE)


def aside_name(path: Path, now: datetime) -> Path:
    """A free name for a damaged database."""
    return free_name(path.parent, f"{path.name}.corrupt-{stamp(now)}")


def set_aside(path: Path, now: datetime) -> Path:
    """Rename a damaged database and what belongs to it; the new name.

    The log goes first: a database without its log is damaged still, but a log beside a new database would be
    replayed into it.
    """
    with storage_errors(path):
        away = aside_name(path, now)
        for suffix in SIDE_FILES:
            with suppress(FileNotFoundError):
                path.with_name(path.name + suffix).rename(away.with_name(away.name + suffix))
        path.rename(away)
        sync_directory(path.parent)
    return away


def back_up(path: Path, version: int, now: datetime) -> Path:
    """Copy a database into ``backup/`` beside it, safely on disk before this returns; keep the last few."""
    folder = path.parent / "backup"
    with storage_errors(folder):
        folder.mkdir(mode=PRIVATE_DIRECTORY, exist_ok=True)
        _remove_partial(folder, path.stem)
        target = free_name(folder, f"{path.stem}-v{version}-{stamp(now)}", ".db")
        partial = target.with_name(f"{target.name}.part")
        try:
            _copy(path, partial)
            partial.rename(target)
        except BaseException:
            _remove_partial(folder, path.stem)
            raise
        sync_directory(folder)
        for old in sorted(folder.glob(f"{path.stem}-v*.db"), key=_backup_age)[:-BACKUPS_KEPT]:
            old.unlink()
    return target


def stamp(now: datetime) -> str:
    """A moment as part of a file's name; sorts as the moments do."""
    return now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def identity(path: Path) -> Identity | None:
    """Which file lies there; ``None``: none."""
    with storage_errors(path):
        try:
            found = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_dev, found.st_ino


def size_bytes(path: Path) -> int:
    """What a database takes on disk, its log included."""
    total = 0
    for suffix in ("", *SIDE_FILES):
        with suppress(OSError):
            total += os.stat(f"{path}{suffix}").st_size  # noqa: PTH116 - once a tick: pathlib interns every name
    return total


def sync_directory(path: Path) -> None:
    """Make renames in a folder last."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(100)
    except FileNotFoundError:
        return b""


def _look_inside(path: Path, kind: Kind, mode: tuple[str, ...], *, quick_check: bool = False) -> FileState:
    try:
        return _state_inside(path, kind, mode, quick_check=quick_check)
    except UnicodeDecodeError:  # the driver reads the database's own message, which quotes the damage
        return FileState.DAMAGED
    except sqlite3.DatabaseError as error:
        if primary_code(error) in _DAMAGED:
            return FileState.DAMAGED
        raise


def _state_inside(path: Path, kind: Kind, mode: tuple[str, ...], *, quick_check: bool) -> FileState:
    with closing(sqlite3.connect(uri(path, *mode), uri=True, isolation_level=None)) as connection:
        marked, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if quick_check and connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            return FileState.DAMAGED
    if (marked, version, tables) == (0, 0, 0):
        return FileState.NOTHING
    if marked != kind.application_id:
        return FileState.FOREIGN
    if version == kind.schema_version:
        return FileState.CURRENT
    return FileState.OLDER if version < kind.schema_version else FileState.NEWER


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _copy(path: Path, target: Path) -> None:
    create(target)
    with (
        closing(sqlite3.connect(uri(path, "mode=rw"), uri=True)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)
    written = os.open(target, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fsync(written)
    finally:
        os.close(written)


def _remove_partial(folder: Path, stem: str) -> None:
    """Remove copies that did not come to their end, lest they keep a full disk full."""
    for partial in folder.glob(f"{stem}-v*.db.part*"):
        with suppress(OSError):
            partial.unlink()


def _backup_age(backup: Path) -> str:
    return backup.stem.rpartition("-v")[2].partition("-")[2]


def free_name(folder: Path, name: str, ending: str = "") -> Path:
    """A path in a folder at which nothing lies: with a number behind the name where something does."""
    path, number = folder / f"{name}{ending}", 1
    while path.exists():
        number += 1
        path = folder / f"{name}.{number}{ending}"
    return path
