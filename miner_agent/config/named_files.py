"""Files that a configuration names: where they are, and what stands in those that hold a secret."""

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from miner_agent.config.words import Unfit, shown
from miner_agent.errors import AgentError, ConfigError, NotPermitted
from miner_agent.text import fits_in_header, path_text

LONGEST_PATH_BYTES, LONGEST_NAME_BYTES = 4095, 255  # what Linux takes
LARGEST_BYTES = 4 << 20
_OTHERS = stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Beside:
    """Where what a file names is looked for: in its own folder, and among systemd's credentials."""

    folder: Path = Path()
    credentials: Path | None = None


HERE = Beside()


class SecretFile:
    """A file that holds a secret. ``from_systemd``: one of its credentials; systemd answers for who may read it."""

    __slots__ = ("from_systemd", "path")

    def __init__(self, path: Path, *, from_systemd: bool = False) -> None:
        self.path, self.from_systemd = path, from_systemd

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretFile) and (self.path, self.from_systemd) == (other.path, other.from_systemd)

    def __hash__(self) -> int:
        return hash((self.path, self.from_systemd))

    def __repr__(self) -> str:
        return f"SecretFile({self.path!r}, from_systemd={self.from_systemd})"

    def __str__(self) -> str:
        return str(self.path)

    @classmethod
    def named(cls, text: str, beside: Beside) -> Self:
        """A whole path as it is; a bare name among systemd's credentials first, else beside the file."""
        path, credentials = whole_path(text, beside.folder), beside.credentials
        if credentials is None:
            return cls(path)
        if not Path(text).expanduser().is_absolute() and (credentials / text).exists():
            return cls(credentials / text, from_systemd=True)
        return cls(path, from_systemd=path.is_relative_to(credentials))


def whole_path(text: str, folder: Path) -> Path:
    """The path that a person wrote: its ``~`` replaced, and beside ``folder`` where it is not a whole one.

    Raises:
        Unfit: the system cannot even look for such a path.
    """
    text = path_text(text)
    if flaw := flaw_of_path(text):
        raise Unfit(flaw)
    try:
        return (folder / Path(text).expanduser()).absolute()
    except (RuntimeError, OSError) as error:  # no such user; a working directory that was removed
        missing = "that home directory is not known" if isinstance(error, RuntimeError) else "this directory is gone"
        raise Unfit(f": {missing}; write the whole path, such as /var/lib/...") from None


def flaw_of_path(text: str) -> str | None:
    """What keeps the system from even looking for such a path."""
    if "\0" in text:
        return " holds a NUL character, and no path does; leave it away"
    encoded = os.fsencode(text)
    if len(encoded) > LONGEST_PATH_BYTES or any(len(name) > LONGEST_NAME_BYTES for name in encoded.split(b"/")):
        return " is too long for a path; write a shorter one"
    return None


def read_text(path: Path) -> str:
    """What stands in a file that a person writes. ``OSError`` or ``UnicodeDecodeError`` where that cannot be read.

    A pipe is no such file: nobody knows when it answers, and a signal to end would have to wait for it.
    """
    return _read(path)[0]


def _read(path: Path) -> tuple[str, int]:
    """The text, and the mode of the very file that it was read from."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not (stat.S_ISREG(mode) or stat.S_ISCHR(mode)):
            raise OSError(errno.EINVAL, "is no file but a pipe or the like")
        raw = file.read(LARGEST_BYTES + 1)
    if len(raw) > LARGEST_BYTES:  # a device may never end
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return raw.decode("utf-8"), mode


def shown_file(path: Path) -> str:
    """A file as sentences name it. Of one that is not there they name the folder: its name may be the secret itself,
    which somebody wrote in the place of its file.

    >>> shown_file(Path("/proc/self/status")), shown_file(Path("/proc/hunter2/hunter3"))
    ('/proc/self/status', '/proc/...')
    """
    if os.path.lexists(path):
        return str(path)
    return str(next(folder for folder in path.parents if os.path.lexists(folder)) / "...")


def check_there(path: Path, *, place: str, key: str, mend: str) -> None:
    """
    Raises:
        NotPermitted: this user may not look for the file.
        ConfigError: it is not there.
    """
    try:
        path.stat()
    except OSError as error:
        raise _unread(path, error, place=place, key=key, mend=mend) from None


def check_readable(path: Path, *, place: str, key: str, mend: str) -> None:
    """
    Raises:
        NotPermitted: this user may not read the file.
        ConfigError: it is not there, or is none.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unread(path, error, place=place, key=key, mend=mend) from None


def _unread(path: Path, error: OSError | UnicodeDecodeError, *, place: str, key: str, mend: str) -> AgentError:
    where = f"{place}: {key} {shown_file(path)}: {reason_of(error)}"
    if isinstance(error, PermissionError):
        return NotPermitted(f"{where}; ask as a user who may read it")
    return ConfigError(f"{where}; {mend}")


def read_private(file: SecretFile, *, place: str, key: str, what: str) -> str:
    """The text in a file that nobody but its owner may read. ``place`` and ``key`` say where the file is named.

    Raises:
        NotPermitted: this user may not read the file.
        ConfigError: it cannot be read, or others than its owner may read it.
    """
    path = file.path
    try:
        text, mode = _read(path)
    except (OSError, UnicodeDecodeError) as error:
        mend = f"write the {what} into a file and name that, or leave {key} away"
        raise _unread(path, error, place=place, key=key, mend=mend) from None
    if not file.from_systemd and mode & _OTHERS:
        raise ConfigError(f"{place}: {key} {path} can be read by others; run: chmod 600 {path}")
    return text


def read_secret(file: SecretFile, *, place: str, key: str, what: str) -> str:
    """The one line in a file that holds a secret. ``place`` and ``key`` say where the file is named.

    Raises:
        NotPermitted: this user may not read the file.
        ConfigError: it cannot be read, is empty, or others than its owner may read it.
    """
    text = read_private(file, place=place, key=key, what=what).strip()
    if not fits_in_header(text):
        raise ConfigError(
            f"{place}: {key} {file.path} holds no {what} in plain ASCII; write it there on one line, without blanks"
        )
    return text


def reason_of(error: OSError | UnicodeDecodeError) -> str:
    """Why a file could not be read."""
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 text (byte {error.start})"
    return (error.strerror or type(error).__name__).lower()


def check_path(path: Path, place: str) -> None:
    """Raises ConfigError: the system cannot even look for such a path."""
    if flaw := flaw_of_path(str(path)):
        raise ConfigError(f"{place} = {shown(str(path))}{flaw}")
