"""Writes a configuration that was not there: checked before it is seen, whole or not at all."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from miner_agent.config.words import printable
from miner_agent.errors import ConfigError, not_written
from miner_agent.storage.sqlite.sqlite_file import sync_directory


def refuse_taken(path: Path) -> None:
    """Raises ConfigError: there is such a file, or a folder. A terminal or a pipe is none."""
    if os.path.lexists(path) and not _is_stream(path):
        raise _taken(path)


def write_new(path: Path, text: str, *, mode: int, replaces: bool, check: Callable[[Path], object]) -> None:
    """Write a file that others see only when it is whole. Its folder is made if need be.

    Args:
        path: of it.
        text: that stands in it.
        mode: of its permissions.
        replaces: whether one that is there goes.
        check: is called with the path of what was written, before it bears its name; what it raises ends all of it.

    Raises:
        ConfigError: there is one, and it is to stay.
        NotPermitted: this user may not write it.
        StorageError: the disk does not take it.
    """
    try:
        if _is_stream(path):
            with _part(Path(tempfile.gettempdir()), text, mode) as part:
                check(part)
            path.write_text(text, encoding="utf-8")
            return
        target = Path(os.path.realpath(path)) if replaces else path  # a link stays one
        target.parent.mkdir(parents=True, exist_ok=True)
        with _part(target.parent, text, mode) as part:
            check(part)
            if replaces:
                part.replace(target)
            else:
                _name(part, target)
            sync_directory(target.parent)
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        raise not_written(printable(str(path)), error, "name a file that this user may write") from None


def _taken(path: Path) -> ConfigError:
    return ConfigError(
        f"{printable(str(path))}: is there already; look into it, or let --force put a new one in its place"
    )


def _is_stream(path: Path) -> bool:
    """Whether what is written there goes on to somebody: it must never be replaced."""
    try:
        return path.exists() and not path.is_file() and not path.is_dir()
    except (OSError, ValueError):
        return False


@contextmanager
def _part(folder: Path, text: str, mode: int) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix=".config.", suffix=".toml", dir=folder)
    try:
        _fill(handle, text, mode)
        yield Path(name)
    finally:
        with suppress(OSError):
            Path(name).unlink()


def _name(part: Path, path: Path) -> None:
    """Give it its name, whoever else wants that at this moment.

    Raises:
        ConfigError: another file has it.
    """
    try:
        os.link(part, path)
    except FileExistsError:
        raise _taken(path) from None


def _fill(handle: int, text: str, mode: int) -> None:
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())
