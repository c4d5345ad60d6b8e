"""Watches that the file at a path stays the database that was opened, and lets go of it where somebody changed that.

SQLite goes on writing into a file that was removed or replaced. Nothing fails, and all of it is lost.
"""

import os
import time
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.kinds import Kind
from miner_agent.storage.sqlite.sqlite_file import INDEX, SIDE_FILES, FileState, Identity

SETTLED_SECONDS = 0.5  # for which a file that is being written over must not have changed
SETTLING_LOOKS = 20


class Tampering(StrEnum):
    """What somebody else did to a file while it was open."""

    REMOVED = "was removed"
    REPLACED = "was replaced"
    OVERWRITTEN = "was written over"
    UNPAIRED = "lost a file beside it"
    UNLOGGED = "had a file beside it cut or written into"


class FileGuard:
    """Compares what lies at a path with what lay there after this process wrote to it last.

    It opens nothing: to close a file that SQLite has open would give up SQLite's locks on it.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._name = path, str(path)  # six looks a tick: a path would be spelled, and hashed, at each
        self._beside = tuple(self._name + suffix for suffix in SIDE_FILES)
        self._opened: Identity | None = None
        self._main: os.stat_result | None = None
        self._sides: dict[str, os.stat_result | None] = {}

    def note_opened(self, identity: Identity | None) -> None:
        """That file is open. Another one may have taken its place since."""
        self._opened = identity
        self.note()

    def note(self) -> None:
        """What lies there now is what this process has made of it."""
        self._main = _stat(self._name)
        self._sides = {side: _stat(side) for side in self._beside}

    @property
    def size_bytes(self) -> int:
        """What the database took on disk when that was noted last, its log included."""
        return sum(found.st_size for found in (self._main, *self._sides.values()) if found is not None)

    def tampering(self) -> Tampering | None:
        """What somebody has done to the file since; ``None``: nothing."""
        found, known = _stat(self._name), self._main
        if found is None or known is None:
            return Tampering.REMOVED
        if _identity(found) != self._opened:
            return Tampering.REPLACED
        if (found.st_size, found.st_mtime_ns) != (known.st_size, known.st_mtime_ns):
            return Tampering.OVERWRITTEN
        tampering = None
        for side, known in self._sides.items():
            if known is None:
                continue
            found = _stat(side)
            if found is None or _identity(found) != _identity(known):
                return Tampering.UNPAIRED
            if _is_changed(side, found, known):
                tampering = Tampering.UNLOGGED
        return tampering

    def tampering_of_others(self, has_another_written: Callable[[], bool]) -> Tampering | None:
        """The same, but for a command of ours that has written into it as we do.

        Args:
            has_another_written: whether another connection has committed since this was asked last.
        """
        found = self.tampering()
        may_be_ours = found in {Tampering.OVERWRITTEN, Tampering.UNLOGGED} and self._is_nothing_cut()
        if may_be_ours and has_another_written():
            self.note()
            return None
        return found

    def _is_nothing_cut(self) -> bool:
        """Whether no file beside it is shorter than it was: SQLite has one mapped, and to touch what is gone kills."""
        sides = [(_stat(side), known) for side, known in self._sides.items() if known is not None]
        return all(found is not None and found.st_size >= known.st_size for found, known in sides)

    def let_go(self, tampering: Tampering, close: Callable[[], None], *, kind: Kind, now: datetime) -> str:
        """Close the file so that opening the path goes on with what is good there; the end of a sentence that says how.

        Args:
            close: closes every connection.
            now: what a damaged file is named after.

        Raises:
            StorageError: the disk does not allow it.
        """
        with sqlite_file.storage_errors(self._path):
            self._mend_index()
            if tampering is Tampering.OVERWRITTEN:
                return self._what_is_good(close, kind, now)
            if tampering is Tampering.UNLOGGED:
                return self._what_is_good_of_the_log(close, kind, now)
            close()
            if tampering is Tampering.UNPAIRED:
                return "it is opened anew"
            self._remove_own_sides()
            if sqlite_file.is_no_file(self._path):
                return "what lies there now is not a file; remove it"
            return "a new one is begun" if tampering is Tampering.REMOVED else "what lies there now is used"

    def _what_is_good(self, close: Callable[[], None], kind: Kind, now: datetime) -> str:
        """Of a file that was written over: it may be a good copy, for which the log beside it was never meant."""
        self._wait_until_settled()
        away = sqlite_file.aside_name(self._path, now)
        try:
            self._path.rename(away)  # first, or closing would write the log beside it into whatever it is now
        finally:
            close()
        alone = sqlite_file.find(away, kind)
        if alone in {FileState.CURRENT, FileState.OLDER} and not sqlite_file.is_sound(away):
            alone = FileState.DAMAGED  # or half written back from the log beside it
        away.rename(self._path)
        if alone not in {FileState.DAMAGED, FileState.NOTHING}:
            self._remove_own_sides()
            return "what lies there now is used"
        if alone is FileState.DAMAGED and self._is_good_with_sides(kind):
            return "with what lay beside it, it is whole and is used on"
        return f"it lies at {sqlite_file.set_aside(self._path, now)} now, and a new one is begun"

    def _is_good_with_sides(self, kind: Kind) -> bool:
        return (
            sqlite_file.is_sound(self._path, read_only=True) and sqlite_file.find(self._path, kind) is FileState.CURRENT
        )

    def _what_is_good_of_the_log(self, close: Callable[[], None], kind: Kind, now: datetime) -> str:
        """Opened anew, SQLite takes of the log what is whole. Where that makes no sense the file may do so alone."""
        away = sqlite_file.aside_name(self._path, now)
        self._path.rename(away)  # or closing would write back what it believes to be in the log
        try:
            close()
        finally:
            away.rename(self._path)
        if sqlite_file.is_sound(self._path, read_only=True):
            return "what is whole of it is used on"
        return self._what_is_good(lambda: None, kind, now)

    def _mend_index(self) -> None:
        """SQLite has the index of the log mapped: to touch what was cut off it would kill the process."""
        for side, known in self._sides.items():
            found = _stat(side)
            if not side.endswith(INDEX) or known is None or found is None:
                continue
            if _identity(found) == _identity(known) and found.st_size < known.st_size:
                os.truncate(side, known.st_size)

    def _wait_until_settled(self) -> None:
        """A copy takes a while."""
        before = None
        for _ in range(SETTLING_LOOKS):
            found = _stat(self._name)
            written = None if found is None else (found.st_size, found.st_mtime_ns)
            if written == before:
                return
            before = written
            time.sleep(SETTLED_SECONDS)

    def _remove_own_sides(self) -> None:
        """The log of a file that is gone would be replayed into the one that takes its place."""
        for side, known in self._sides.items():
            if known is not None and _identity(_stat(side)) == _identity(known):
                os.unlink(side)  # noqa: PTH108 - as it is looked at


def _is_changed(side: str, found: os.stat_result, known: os.stat_result) -> bool:
    """Only who writes shortens a file beside a database. The index is mapped: its times say nothing."""
    if found.st_size < known.st_size:
        return True
    return found.st_mtime_ns != known.st_mtime_ns and not side.endswith(INDEX)


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - it is no Path
    except (FileNotFoundError, NotADirectoryError):
        return None


def _identity(found: os.stat_result | None) -> Identity | None:
    return None if found is None else (found.st_dev, found.st_ino)
