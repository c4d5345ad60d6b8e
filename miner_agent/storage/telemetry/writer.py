"""Stands between the sampling loop and the log, so that no disk, full, slow, locked or dead, delays a tick."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from calculators.told_figures import counted
from miner_agent.errors import AgentError
from miner_agent.model.algorithms import Algorithms
from miner_agent.model.made_in_c import copied_with, made_in_c
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.storage.bell import Bell
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.connecting import BUSY_TIMEOUT_MS
from miner_agent.storage.sqlite.file_guard import FileGuard, Tampering
from miner_agent.storage.sqlite.kinds import TELEMETRY
from miner_agent.storage.telemetry.log import TelemetryLog

QUEUE_LENGTH = 360  # an hour of ticks
RIGS_QUEUE_LENGTH = 4000  # ticks of other machines: about 20 MB, four rounds of a thousand
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0


_Batch: TypeAlias = tuple[RigSnapshot, ...]


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class WriterStatus:
    """How writing goes. Totals count since the agent started."""

    write_failures_total: int = 0
    dropped_total: int = 0  # ticks that were never written
    skipped_rows_total: int = 0  # rows whose key was there already
    dropped_values_total: int = 0  # values that no database can hold
    files_lost_total: int = 0  # it was removed, replaced, written over, or found damaged
    queue_length: int = 0  # in ticks, those that are being written included
    waiting_seconds: float = 0.0  # for which ticks have waited, and none was written
    last_error: str | None = None  # None: the last attempt was good
    size_bytes: int | None = None
    oldest_sample_at: datetime | None = None
    written_at: datetime | None = None  # when the last written tick was taken


class _Queue:
    """What waits, in batches that are written together; bounded by its ticks, the oldest go first."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._batches: deque[_Batch] = deque()
        self.ticks = 0

    def __bool__(self) -> bool:
        return bool(self._batches)

    @property
    def oldest_at(self) -> datetime:
        return self._batches[0][0].taken_at

    def put(self, batch: _Batch) -> int:
        """Queue it; how many ticks were dropped for it. One batch always has room."""
        dropped = 0
        while self._batches and self.ticks + len(batch) > self._length:
            dropped += len(self.take())
        self._batches.append(batch)
        self.ticks += len(batch)
        return dropped

    def take(self) -> _Batch:
        batch = self._batches.popleft()
        self.ticks -= len(batch)
        return batch

    def put_back(self, batch: _Batch) -> bool:
        """Queue it as the oldest; false where others have taken its room meanwhile."""
        if self._batches and self.ticks + len(batch) > self._length:
            return False
        self._batches.appendleft(batch)
        self.ticks += len(batch)
        return True


@dataclass(frozen=True, slots=True)
class _Maintenance:
    """What was asked for, and whom to tell when it is done."""

    now: datetime
    plausible_since: datetime | None
    done: Callable[[], None]


class LogWriter:
    """One thread that owns the log. Nothing that its callers do waits for the disk.

    A log that failed is closed and opened anew, after a pause: what a failed flush left behind is never trusted.
    """

    def __init__(
        self,
        path: Path,
        *,
        say: Callable[[str], None],
        make_folder: Callable[[], None] = lambda: None,
        queue_length: int = QUEUE_LENGTH,
        rigs_queue_length: int = RIGS_QUEUE_LENGTH,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        algorithms: Algorithms | None = None,
    ) -> None:
        """Nothing is opened before ``start`` and the first tick.

        Args:
            say: called from the writer's thread with a sentence whenever something changes, once a change.
            make_folder: makes the folder of the log again where somebody has removed it.
            algorithms: their words for algorithms, as ``TelemetryLog.open`` takes them.
        """
        self._path, self._say, self._make_folder = path, say, make_folder
        self._guard = FileGuard(path)
        self._busy_timeout_ms, self._algorithms = busy_timeout_ms, algorithms
        self._first_pause_seconds = first_pause_seconds
        self._own, self._rigs = _Queue(queue_length), _Queue(rigs_queue_length)
        self._waiting_since: float | None = None  # on the monotonic clock
        self._in_flight: tuple[_Queue, _Batch] | None = None  # taken out of its queue, and being written
        self._lock, self._bell = threading.RLock(), Bell()
        self._closing_at: float | None = None  # on the monotonic clock: when to give up what is not written
        self._maintenance: _Maintenance | None = None
        self._log: TelemetryLog | None = None
        self._must_check = True
        self._opened_at = datetime.min.replace(tzinfo=UTC)  # the last moment for which the log was asked for
        self._skipped_before = self._dropped_values_before = 0  # by logs that are closed since
        self._pause_seconds = first_pause_seconds
        self._status = WriterStatus()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)

    @property
    def status(self) -> WriterStatus:
        """How writing goes, as of now."""
        with self._lock:
            since = self._waiting_since
            waiting_seconds = 0.0 if since is None else time.monotonic() - since
            return copied_with(self._status, queue_length=self._unwritten(), waiting_seconds=waiting_seconds)

    def start(self) -> None:
        self._thread.start()

    def put(self, snapshot: RigSnapshot) -> None:
        """Hand over one tick. Never waits; where the queue is full, its oldest tick is dropped and counted."""
        self._put(self._own, (snapshot,))

    def put_rigs(self, snapshots: Sequence[RigSnapshot]) -> None:
        """The same for ticks of other machines that were asked at one moment. They have a queue of their own."""
        if snapshots:
            self._put(self._rigs, tuple(snapshots))

    def _put(self, queue: _Queue, batch: _Batch) -> None:
        with self._lock:
            if dropped := queue.put(batch):
                self._status = copied_with(self._status, dropped_total=self._status.dropped_total + dropped)
            if self._waiting_since is None:
                self._waiting_since = time.monotonic()
        self._bell.ring()

    def maintain(
        self, now: datetime, *, plausible_since: datetime | None, done: Callable[[], None] = lambda: None
    ) -> None:
        """Ask for what is due once a day: old rows are deleted bit by bit, between ticks. Returns at once.

        Args:
            done: called from the writer's thread when all of it is done, and never where it failed.
        """
        with self._lock:
            self._maintenance = _Maintenance(now, plausible_since, done)
        self._bell.ring()

    def close(self, seconds: float) -> int:
        """Write what is queued, for at most that long, and end; the number of ticks that were not written."""
        with self._lock:
            self._closing_at = time.monotonic() + seconds
        self._bell.ring()
        if self._thread.is_alive():
            self._thread.join(seconds)
        with self._lock:
            return self._unwritten()

    def _unwritten(self) -> int:
        return self._own.ticks + self._rigs.ticks + (0 if self._in_flight is None else len(self._in_flight[1]))

    def _next_queue(self) -> _Queue | None:
        """The one whose oldest tick is the older one."""
        if self._own and self._rigs:
            return self._own if self._own.oldest_at <= self._rigs.oldest_at else self._rigs
        return self._own or self._rigs or None

    def _run(self) -> None:
        while self._wait_for_work():
            try:
                self._work()
            except AgentError as error:
                self._fail(error)
                if not self._pause():
                    break
            except Exception as error:  # noqa: BLE001 - what cannot be written must not end all writing
                self._give_up(error)
        self._end()

    def _end(self) -> None:
        """Close what is open, but not unseen: closing writes what SQLite believes to be in the log beside it."""
        try:
            if self._log is not None and (tampering := self._guard.tampering()) is not None:
                self._lose(tampering, self._opened_at)
        except AgentError as error:
            self._fail(error)
        self._let_go()

    def _wait_for_work(self) -> bool:
        """Wait for a tick or maintenance; false where the thread is to end."""
        while True:
            with self._lock:
                queue, closing_at = self._next_queue(), self._closing_at
                if closing_at is not None:
                    return queue is not None and time.monotonic() < closing_at
                if queue is not None or self._maintenance is not None:
                    return True
            self._bell.wait()

    def _work(self) -> None:
        with self._lock:
            queue = self._next_queue()
            self._in_flight = None if queue is None else (queue, queue.take())
            in_flight, maintenance = self._in_flight, self._maintenance
        if in_flight is not None:
            queue, batch = in_flight
            log = self._opened(batch[0].taken_at)
            if queue is self._own:
                log.append(batch[0])
            else:
                log.append_rigs(batch)
            self._guard.note()
            self._succeed(log, batch[0])
        elif maintenance is not None:
            self._maintain(maintenance)

    def _opened(self, now: datetime) -> TelemetryLog:
        self._opened_at = now
        lost_before = self._status.files_lost_total
        if self._log is not None and (tampering := self._guard.tampering()) is not None:
            self._lose(tampering, now)
        if self._log is None:
            self._make_folder()
            self._log = TelemetryLog.open(
                self._path,
                now=now,
                quick_check=self._must_check,
                busy_timeout_ms=self._busy_timeout_ms,
                algorithms=self._algorithms,
            )
            self._must_check = False
            if self._log.set_aside is not None:
                self._count_lost(lost_before)
                self._say(f"{self._path} was damaged; it lies at {self._log.set_aside} now, and a new log is begun")
            self._note_extent(self._log)
            self._guard.note_opened(self._log.identity)
        return self._log

    def _lose(self, tampering: Tampering, now: datetime) -> None:
        """Let go of a file that is no longer the one that was opened."""
        self._count_lost(self._status.files_lost_total)
        self._must_check = True
        done = self._guard.let_go(tampering, self._let_go, kind=TELEMETRY, now=now)
        self._say(f"{self._path} {tampering} while the agent ran; {done}")

    def _count_lost(self, before: int) -> None:
        with self._lock:
            self._status = copied_with(self._status, files_lost_total=before + 1)

    def _maintain(self, asked: _Maintenance) -> None:
        """One batch; the rest follows after the ticks that have come meanwhile."""
        log = self._opened(asked.now)
        deleted = log.prune(asked.now, plausible_since=asked.plausible_since, batches=1)
        self._guard.note()
        if deleted:
            return
        log.optimize()
        self._guard.note()
        self._note_extent(log)
        with self._lock:
            if self._maintenance is asked:
                self._maintenance = None
        asked.done()

    def _succeed(self, log: TelemetryLog, snapshot: RigSnapshot) -> None:
        mended = self._status.last_error is not None
        self._pause_seconds = self._first_pause_seconds
        with self._lock:
            self._in_flight = None
            self._waiting_since = time.monotonic() if self._unwritten() else None
            self._status = copied_with(
                self._status,
                last_error=None,
                written_at=snapshot.taken_at,
                size_bytes=self._guard.size_bytes,
                oldest_sample_at=self._status.oldest_sample_at or snapshot.taken_at,
                skipped_rows_total=self._skipped_before + log.skipped_rows_total,
                dropped_values_total=self._dropped_values_before + log.dropped_values_total,
            )
        if mended:
            self._say(f"{self._path} is written again; {counted(self._status.dropped_total, 'tick')} lost so far")

    def _fail(self, error: AgentError) -> None:
        self._must_check = self._must_check or sqlite_file.tells_of_damage(error)
        self._let_go()
        sentence, size_bytes = str(error), sqlite_file.size_bytes(self._path)
        is_new = sentence != self._status.last_error
        with self._lock:
            in_flight, self._in_flight = self._in_flight, None
            dropped = 0
            if in_flight is not None and not in_flight[0].put_back(in_flight[1]):
                dropped = len(in_flight[1])
            self._status = copied_with(
                self._status,
                write_failures_total=self._status.write_failures_total + 1,
                dropped_total=self._status.dropped_total + dropped,
                last_error=sentence,
                size_bytes=size_bytes,
            )
        if is_new:
            self._say(sentence)

    def _give_up(self, error: Exception) -> None:
        """A tick that can never be written is dropped; maintenance that cannot be done is left to the next call."""
        self._let_go()
        with self._lock:
            in_flight, self._in_flight = self._in_flight, None
            what = "maintenance" if in_flight is None else "one tick could not be written and was dropped"
            sentence = f"{self._path}: {what}: {error!r}"
            is_new = sentence != self._status.last_error
            if in_flight is None:
                self._maintenance = None
            self._status = copied_with(
                self._status,
                write_failures_total=self._status.write_failures_total + 1,
                dropped_total=self._status.dropped_total + (0 if in_flight is None else len(in_flight[1])),
                last_error=sentence,
            )
        if is_new:
            self._say(sentence)

    def _pause(self) -> bool:
        """Wait before the next attempt, longer each time; false where there is no time for one."""
        until = time.monotonic() + self._pause_seconds
        self._pause_seconds = min(2 * self._pause_seconds, LONGEST_PAUSE_SECONDS)
        while (left_seconds := until - time.monotonic()) > 0:
            with self._lock:
                if self._closing_at is not None and self._closing_at < until:
                    return False
            self._bell.wait(left_seconds)
        return True

    def _note_extent(self, log: TelemetryLog) -> None:
        oldest_at, size_bytes = log.oldest_at, log.size_bytes
        with self._lock:
            self._status = copied_with(self._status, oldest_sample_at=oldest_at, size_bytes=size_bytes)

    def _let_go(self) -> None:
        if self._log is not None:
            self._skipped_before += self._log.skipped_rows_total
            self._dropped_values_before += self._log.dropped_values_total
            self._log.close()
            self._log = None
