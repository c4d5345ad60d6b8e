"""The state directory: there, ours alone, and held by one agent at a time."""

import errno
import fcntl
import os
import stat
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from miner_agent.errors import AgentError, AlreadyRunning, ConfigError, NotPermitted, StorageError, not_written

LOCK_NAME = "lock"
PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class StateDirectory:
    """The directory and its lock, held until ``close``."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path, self._lock = path, lock
        self._is_closed = False
        self._one_at_a_time = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> "StateDirectory":
        """Make the directory where it is missing, close it to others, and take its lock.

        Raises:
            AlreadyRunning: another agent holds it.
            NotPermitted: this user may not write there, or others may and it is not ours to close.
            ConfigError: no directory can have that name.
            StorageError: the disk does not allow it.
        """
        return cls(path, _made_and_locked(path))

    def make_again(self) -> None:
        """Make it anew, and hold that, where somebody has removed it. Any thread may call.

        Raises:
            StorageError: it was closed: whoever still writes has been waited for long enough. Else as ``open``.
        """
        with self._one_at_a_time:
            if self._is_closed:
                raise StorageError(f"state directory {self.path}: the agent has ended")
            if not self._is_held():
                lock, self._lock = self._lock, _made_and_locked(self.path)
                os.close(lock)

    def _is_held(self) -> bool:
        try:
            return os.path.samestat((self.path / LOCK_NAME).stat(), os.fstat(self._lock))
        except OSError:
            return False

    def close(self) -> None:
        """Let go of it. From here on it stays removed where somebody removes it."""
        self._is_closed = True  # without waiting for a thread that a dead disk holds in ``make_again``
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def make_private(path: Path) -> None:
    """Make the directory where it is missing, for its owner alone; one that is there and empty is closed to others.

    Raises:
        NotPermitted: this user may not write there.
        ConfigError: no directory can have that name.
        StorageError: the disk does not allow it.
    """
    try:
        path.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        found = path.stat()
        if found.st_mode & OTHERS and found.st_uid == os.geteuid() and not any(path.iterdir()):
            path.chmod(PRIVATE_DIRECTORY)
    except OSError as error:
        raise _refusal(path, error) from None
    except ValueError:  # a NUL character
        raise _no_path(path) from None


def _made_and_locked(path: Path) -> int:
    """The lock of the directory, which is made where it is missing."""
    try:
        path.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        _close_to_others(path)
        lock = _open_lock(path / LOCK_NAME)
    except OSError as error:
        raise _refusal(path, error) from None
    except ValueError:  # a NUL character
        raise _no_path(path) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            raise AlreadyRunning(
                f"state directory {path}: another agent uses it; stop that one, or set another [agent] state_directory"
            ) from None
        raise _refusal(path, error) from None
    return lock


def _no_path(path: Path) -> ConfigError:
    return ConfigError(f"state directory {str(path)!r}: no path; set another [agent] state_directory")


def _open_lock(file: Path) -> int:
    """The lock's file. On a disk that has turned read-only the one that is there serves: sampling must go on."""
    kept = os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | kept, PRIVATE_FILE)
    except OSError as error:
        if error.errno != errno.EROFS or not file.exists():
            raise
        return os.open(file, os.O_RDONLY | kept)


def _close_to_others(path: Path) -> None:
    """Let nobody but its owner into the directory, where that is us and the directory is for the agent alone."""
    found = path.stat()
    if not found.st_mode & OTHERS:
        return
    if found.st_uid != os.geteuid():
        raise NotPermitted(
            f"state directory {path}: it belongs to another user and is open to others; "
            "give it to the user that runs the agent, or set another [agent] state_directory"
        )
    if not _is_for_the_agent(path):  # such as /tmp or /var/lib, where root runs the agent
        raise NotPermitted(
            f"state directory {path}: it is open to others and holds files that are not the agent's; "
            f"set another [agent] state_directory, or where nobody else needs this one run: chmod 700 {path}"
        )
    path.chmod(PRIVATE_DIRECTORY)


def _is_for_the_agent(path: Path) -> bool:
    """Empty, or with a lock of an agent that was here before."""
    names = [entry.name for entry in path.iterdir()]
    return not names or LOCK_NAME in names


def _refusal(path: Path, error: OSError) -> AgentError:
    way_out = "let this user write there, or " if isinstance(error, PermissionError) else ""
    return not_written(f"state directory {path}", error, f"{way_out}set another [agent] state_directory")
