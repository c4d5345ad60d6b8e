"""The last good answer of every feed, and when it may be asked again: a restart asks nobody sooner than a day's work.

One file a feed, replaced whole. It may be lost: then the feed is asked once more. A file that is damaged, of another
question or from the future is as good as none.
"""

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from miner_agent.errors import StorageError
from miner_agent.storage.sqlite.directory import PRIVATE_DIRECTORY

FOLDER = "feeds"
VERSION = 1
HEAD_BYTES = 4096
MOST_BYTES = 16 << 20
CLOCK_SLACK = timedelta(minutes=5)  # by which a time may lie ahead: clocks are set back a little now and then
LONGEST_WAIT = timedelta(days=8)  # no feed is ever left alone for longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is known of one feed. ``asked`` says what the answer is an answer to."""

    asked: str
    raw: bytes | None = None  # the last answer that could be read
    fetched_at: datetime | None = None
    not_before: datetime | None = None  # when it may be asked again
    failures: int = 0  # in a row


class FeedCache:
    """The folder of those files, below the state directory."""

    def __init__(self, state_directory: Path) -> None:
        self._folder = state_directory / FOLDER

    def get(self, name: str, *, asked: str, now: datetime) -> Kept:
        """What is kept under ``name``; nothing but ``asked`` where that is nothing that can be used.

        Raises:
            StorageError: there is a file, and it cannot be read.
        """
        nothing = Kept(asked=asked)
        try:
            with self._file(name).open("rb") as file:
                head, raw = file.readline(HEAD_BYTES), file.read(MOST_BYTES)
        except FileNotFoundError:
            return nothing
        except OSError as error:
            raise self._failed(name, error) from None
        kept = _parsed(head, raw)
        if kept is None or kept.asked != asked:
            return nothing
        if kept.fetched_at is not None and kept.fetched_at > now + CLOCK_SLACK:
            return nothing
        if kept.not_before is not None and kept.not_before > now + LONGEST_WAIT:
            return nothing
        return kept

    def put(self, name: str, kept: Kept) -> None:
        """Replace what is kept under ``name``.

        Raises:
            StorageError: it cannot be written.
        """
        raw = kept.raw or b""
        head = {
            "version": VERSION,
            "asked": kept.asked,
            "fetched_at": None if kept.fetched_at is None else kept.fetched_at.timestamp(),
            "not_before": None if kept.not_before is None else kept.not_before.timestamp(),
            "failures": kept.failures,
            "sha256": None if kept.raw is None else hashlib.sha256(raw).hexdigest(),
        }
        try:
            self._folder.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            # mkstemp makes it for its owner alone, under a name that nobody can lay a link at
            handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=f".{name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(json.dumps(head).encode() + b"\n" + raw)
                Path(temporary).replace(self._file(name))
            except BaseException:
                with suppress(OSError):
                    Path(temporary).unlink()
                raise
        except OSError as error:
            raise self._failed(name, error) from None

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.answer"

    def _failed(self, name: str, error: OSError) -> StorageError:
        reason = (error.strerror or type(error).__name__).lower()
        return StorageError(f"{self._file(name)}: {reason}; the answer of this feed is not kept over a restart")


def _parsed(head: bytes, raw: bytes) -> Kept | None:
    """What a file says; ``None`` where it is damaged or of another version."""
    try:
        found = json.loads(head)
        if not isinstance(found, dict) or found["version"] != VERSION:
            return None
        digest = found["sha256"]
        if digest is not None and hashlib.sha256(raw).hexdigest() != digest:
            return None
        return Kept(
            asked=str(found["asked"]),
            raw=None if digest is None else raw,
            fetched_at=_moment(found["fetched_at"]),
            not_before=_moment(found["not_before"]),
            failures=int(found["failures"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
        return None


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
