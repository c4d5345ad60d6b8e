"""The state directory: there, ours alone, and held by one agent at a time."""

import errno
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from miner_agent.errors import AgentError, AlreadyRunning, NotPermitted, StorageError

LOCK_NAME = "lock"
PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o600


class StateDirectory:
    """The directory and its lock, held until ``close``."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path, self._lock = path, lock

    @classmethod
    def open(cls, path: Path) -> "StateDirectory":
        """Make the directory where it is missing, and take its lock.

        Raises:
            AlreadyRunning: another agent holds it.
            NotPermitted: this user may not write there.
            StorageError: the disk does not allow it.
        """
        try:
            path.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            lock = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
        except OSError as error:
            raise _refusal(path, error) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                raise AlreadyRunning(
                    f"state directory {path}: another agent uses it; stop that one, or set another "
                    "[agent] state_directory"
                ) from None
            raise _refusal(path, error) from None
        return cls(path, lock)

    def close(self) -> None:
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _refusal(path: Path, error: OSError) -> AgentError:
    reason = (error.strerror or "cannot be used").lower()
    if error.errno in {errno.EACCES, errno.EPERM}:
        return NotPermitted(
            f"state directory {path}: {reason}; let this user write there, or set another [agent] state_directory"
        )
    return StorageError(f"state directory {path}: {reason}; set another [agent] state_directory")
