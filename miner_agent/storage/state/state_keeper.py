"""Stands between the sampling loop and the state store, so that no disk delays a tick and no restart loses a count."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from miner_agent.errors import AgentError
from miner_agent.model.clock_mark import ClockMark
from miner_agent.model.kept_counter import CounterKey, KeptCounter
from miner_agent.model.made_in_c import copied_with, made_in_c
from miner_agent.storage.bell import Bell
from miner_agent.storage.sqlite.file_guard import FileGuard, Tampering
from miner_agent.storage.sqlite.kinds import STATE
from miner_agent.storage.state.counter_book import CounterBook, RigCounterKey
from miner_agent.storage.state.forgotten_devices import FORGOTTEN
from miner_agent.storage.state.state_store import StateStore

PAUSE_SECONDS = 30.0
HEARD_OF_SECONDS = 5.0  # after so long it is looked what a command has written, if there is nothing to write
CLOCK_SECONDS = 60.0  # between two marks of the wall clock
STALE_SECONDS = 120.0  # a disk may be slow; what it has not taken for longer than this is not being kept
_NO_FACTS: Mapping[str, str] = MappingProxyType({})  # one for all rigs


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperStatus:
    """How keeping goes. Totals count since the agent started."""

    write_failures_total: int = 0
    last_error: str | None = None  # None: the last attempt was good
    size_bytes: int | None = None
    files_lost_total: int = 0  # it was removed, replaced, written over, or found damaged
    waiting_seconds: float = 0.0  # for which counts have waited to be written, or the file to be read
    counters_kept: bool = False  # what earlier runs have counted is read, and what this one counts is written


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What is to be called unless its job is done for this period."""

    period: str
    then: Callable[[], None]


class StateKeeper:
    """One thread that owns the state store. Of what is to be saved only the newest counts."""

    def __init__(
        self,
        path: Path,
        *,
        boot_id: str | None,
        say: Callable[[str], None],
        make_folder: Callable[[], None] = lambda: None,
        last_shown: Callable[[], Mapping[RigCounterKey, int]] = dict,
        pause_seconds: float = PAUSE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is opened before ``start``.

        Args:
            boot_id: tells this boot of the machine from every other; ``None``: nothing does.
            say: called with a sentence whenever something changes, once a change.
            make_folder: makes the folder of the store again where somebody has removed it.
            last_shown: tells what counters were shown as, by whoever else kept it: the store may be an old copy.
        """
        self._path, self._boot_id, self._say, self._make_folder = path, boot_id, say, make_folder
        self._guard, self._last_shown = FileGuard(path), last_shown
        self._pause_seconds, self._monotonic = pause_seconds, monotonic
        self._lock, self._bell = threading.RLock(), Bell()
        self._store: StateStore | None = None
        self._book = CounterBook()
        self._started_at: float | None = None  # on the monotonic clock
        self._behind_since: float | None = None  # likewise: the oldest count that is not written
        self._facts: dict[str, dict[str, str]] | None = None  # as they were loaded, by kind
        self._clock_left: ClockMark | None = None  # by the last run
        self._clock: ClockMark | None = None  # as yet to be written
        self._clock_kept: tuple[ClockMark, float] | None = None  # and when, on the monotonic clock
        self._pins: dict[tuple[str, str], str | None] = {}  # by kind and key, as yet to be written
        self._all_pins: dict[tuple[str, str], str | None] = {}  # of this run and the earlier ones
        self._forgotten: Mapping[str, str] = {}  # devices that a command has let go
        self._heard_commits: int | None = None  # of others, when that was read; None: it is to be read
        self._looked_at = 0.0  # on the monotonic clock: for what commands have written
        self._asked: dict[str, _Asked] = {}  # by job
        self._done: dict[str, str] = {}  # job to period
        self._now: datetime | None = None
        self._closing = False
        self._status = KeeperStatus()
        self._thread = threading.Thread(target=self._run, name="state-keeper", daemon=True)

    @property
    def status(self) -> KeeperStatus:
        """How keeping goes, as of now."""
        with self._lock:
            return copied_with(
                self._status, counters_kept=self._are_counters_kept(), waiting_seconds=self._waiting_seconds()
            )

    def kept(self, rig: str) -> Mapping[CounterKey, KeptCounter] | None:
        """What is on disk of a rig's counters. ``None`` until that could be read, and while the disk takes no more."""
        with self._lock:
            return self._book.kept(rig) if self._are_counters_kept() else None

    def pinned(self, kind: str) -> Mapping[str, str] | None:
        """The facts of a kind that earlier runs pinned; ``None`` as long as they could not be read."""
        with self._lock:
            return None if self._facts is None else self._facts.get(kind, _NO_FACTS)

    @property
    def forgotten(self) -> Mapping[str, str]:
        """Devices that somebody has let go, and when; the same object until there is another one."""
        with self._lock:
            return self._forgotten

    @property
    def is_read(self) -> bool:
        """Whether what the last run left could be read."""
        with self._lock:
            return self._facts is not None

    @property
    def clock_left(self) -> ClockMark | None:
        """Where the last run left the wall clock; ``None`` where it left nothing, or nothing could be read yet."""
        with self._lock:
            return self._clock_left

    def start(self, now: datetime) -> None:
        """Begin to open the store. ``now`` is what a damaged one is named after."""
        self._now, self._started_at = now, self._monotonic()
        self._thread.start()

    def save(
        self,
        counted: Mapping[str, Mapping[CounterKey, int]],
        now: datetime,
        told_by: Mapping[str, Mapping[CounterKey, str]] = MappingProxyType({}),
    ) -> None:
        """Keep what rigs have counted, from what was ``kept`` of them on, and by which sources. Returns at once."""
        with self._lock:
            self._now = now
            for rig, counters in counted.items():
                self._book.tell(rig, counters, told_by.get(rig, {}))
            if self._book.is_behind and self._behind_since is None:
                self._behind_since = self._monotonic()
        self._bell.ring()

    def note_clock(self, mark: ClockMark) -> None:
        """Keep where the wall clock is: about once a minute, at the end, and where it was set. Returns at once."""
        with self._lock:
            self._clock = mark
            if self._is_clock_due():
                self._bell.ring()

    def pin(self, kind: str, facts: Mapping[str, str | None]) -> None:
        """Keep these facts, by key, over all restarts; ``None``: forget that key. Returns at once."""
        with self._lock:
            pins = {(kind, key): value for key, value in facts.items()}
            self._pins |= pins
            self._all_pins |= pins
        self._bell.ring()

    def unless_done(self, job: str, period: str, then: Callable[[], None]) -> None:
        """Ask for ``then`` to be called where the job is not done for this period. Returns at once.

        It is called from the keeper's thread, as soon as the store can tell; of one job only the last call counts.
        """
        with self._lock:
            self._asked[job] = _Asked(period, then)
        self._bell.ring()

    def note_done(self, job: str, period: str) -> None:
        """Keep, over all restarts, that the job is done for this period. Returns at once."""
        with self._lock:
            self._done[job] = period
        self._bell.ring()

    def close(self, seconds: float) -> None:
        """Save what is pending, for at most that long, and end."""
        with self._lock:
            self._closing = True
        self._bell.ring()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while self._wait_for_work():
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 - nothing that fails once may end all keeping
                self._fail(error)
                self._pause()
        self._end()

    def _pause(self) -> None:
        """Wait before the next attempt, unless the keeper is to end."""
        until = time.monotonic() + self._pause_seconds
        while not self._closing and (left_seconds := until - time.monotonic()) > 0:
            self._bell.wait(left_seconds)

    def _end(self) -> None:
        if self._store is None:
            return
        try:
            if self._guard.tampering_of_others(self._store.has_another_written) is not None:
                self._work()
            self._store.end_run()
        except Exception as error:  # noqa: BLE001 - the next run goes on from what this one has written
            self._fail(error)
        else:
            self._store.close()

    def _are_counters_kept(self) -> bool:
        if self._facts is None:
            return False
        return self._waiting_seconds() < STALE_SECONDS

    def _waiting_seconds(self) -> float:
        since = self._started_at if self._facts is None else self._behind_since
        return 0.0 if since is None else self._monotonic() - since

    def _wait_for_work(self) -> bool:
        """Wait until the store is to be opened or used; false where the thread is to end."""
        while True:
            with self._lock:
                if self._closing:
                    return self._store is not None and self._is_pending()
                left_seconds = self._looked_at + HEARD_OF_SECONDS - self._monotonic()
                if self._store is None or self._is_pending() or self._asked or left_seconds <= 0:
                    return True  # at the latest where a command may have written
            self._bell.wait(left_seconds)

    def _is_pending(self) -> bool:
        return self._book.is_behind or bool(self._done) or bool(self._pins) or self._is_clock_due()

    def _is_clock_due(self) -> bool:
        if self._clock is None:
            return False
        if self._closing or self._clock_kept is None:
            return True
        mark, at_seconds = self._clock_kept
        return self._clock.even_seconds < mark.even_seconds or self._monotonic() - at_seconds >= CLOCK_SECONDS

    def _work(self) -> None:
        lost_before = self._status.files_lost_total
        if (
            self._store is not None
            and (tampering := self._guard.tampering_of_others(self._store.has_another_written)) is not None
        ):
            self._lose(self._store, tampering)
        store = self._store or self._opened(lost_before)
        written = [write(store) for write in (self._save, self._note_clock, self._pin, self._note_done)]
        if not any(written):
            store.has_another_written()
        self._hear_of_forgotten(store)
        self._guard.note()
        with self._lock:
            recovered = self._status.last_error is not None
            self._status = copied_with(self._status, last_error=None, size_bytes=self._guard.size_bytes)
        if recovered:
            self._say(f"{self._path}: kept again")
        self._call_what_is_asked(store)

    def _save(self, store: StateStore) -> bool:
        with self._lock:
            if not self._book.is_behind:
                return False
            page, at_seconds = self._book.next_page(self._monotonic()), self._monotonic()
        store.save_counters(page)
        with self._lock:
            self._book.written(page, at_seconds)
            self._behind_since = at_seconds if self._book.is_behind else None
        return True

    def _note_clock(self, store: StateStore) -> bool:
        with self._lock:
            mark, at_seconds = self._clock if self._is_clock_due() else None, self._monotonic()
        if mark is None:
            return False
        store.note_clock(mark)
        with self._lock:
            self._clock_kept = mark, at_seconds
            if self._clock is mark:
                self._clock = None
        return True

    def _pin(self, store: StateStore) -> bool:
        """All at once: a gateway that meets a thousand machines does not wait for the disk at each of their facts."""
        with self._lock:
            pins = dict(self._pins)
        if not pins:
            return False
        store.pin(pins)
        self._heard_commits = None  # what was pinned may be of those
        with self._lock:
            self._pins = {pin: value for pin, value in self._pins.items() if pin not in pins or pins[pin] != value}
        return True

    def _hear_of_forgotten(self, store: StateStore) -> None:
        self._looked_at = self._monotonic()
        if store.commits_of_others == self._heard_commits:
            return
        told, self._heard_commits = store.pinned(FORGOTTEN), store.commits_of_others
        with self._lock:
            if told != self._forgotten:
                self._forgotten = told
            self._all_pins |= {(FORGOTTEN, device): moment for device, moment in told.items()}

    def _note_done(self, store: StateStore) -> bool:
        with self._lock:
            done = tuple(self._done.items())
        for job, period in done:
            store.note_done(job, period)
            with self._lock:
                if self._done.get(job) == period:
                    del self._done[job]
        return bool(done)

    def _call_what_is_asked(self, store: StateStore) -> None:
        with self._lock:
            asked = () if self._closing else tuple(self._asked.items())
        for job, one in asked:
            is_done = store.is_done(job, one.period)
            with self._lock:
                if self._asked.get(job) is one:  # what fails is asked for again by its owner, not from here
                    del self._asked[job]
            if not is_done:
                one.then()

    def _lose(self, store: StateStore, tampering: Tampering) -> None:
        """Let go of a file that is no longer the one that was opened. All that it held is known, but for jobs."""
        with self._lock:
            self._store = None
        self._count_lost(self._status.files_lost_total)
        done = self._guard.let_go(tampering, store.close, kind=STATE, now=self._started())
        self._say(f"{self._path} {tampering} while the agent ran; {done}, and gets what is known")

    def _count_lost(self, before: int) -> None:
        with self._lock:
            self._status = copied_with(self._status, files_lost_total=before + 1)

    def _started(self) -> datetime:
        if self._now is None:
            raise RuntimeError("the keeper has not been started")
        return self._now

    def _opened(self, lost_before: int) -> StateStore:
        self._make_folder()
        store = StateStore.open(self._path, now=self._started())
        if store.set_aside is not None:
            self._count_lost(lost_before)
            lost = "pinned pools start again" if self._facts is None else "what is known is written anew"
            self._say(f"{self._path}: was damaged, lies now at {store.set_aside}; {lost}")
        try:
            shown = self._last_shown() if self._facts is None else {}
            counters, facts, clock = store.begin_run(self._boot_id), store.all_pinned(), store.clock_mark()
        except BaseException:
            store.close()
            raise
        stored: dict[tuple[str, str], str | None] = {
            (kind, key): value for kind, known in facts.items() for key, value in known.items()
        }
        with self._lock:
            self._store, self._heard_commits = store, None
            raised = self._book.open(counters, shown)
            if self._facts is None:
                self._facts, self._clock_left = facts, clock
            self._clock_kept = None
            self._all_pins = stored | self._all_pins
            self._pins = {pin: value for pin, value in self._all_pins.items() if stored.get(pin) != value}
        if raised:
            self._say(
                f"{self._path}: knows less than was shown of {raised} counters; they go on from what the log tells"
            )
        store.has_another_written()
        self._guard.note_opened(store.identity)
        return store

    def _fail(self, error: Exception) -> None:
        sentence = str(error) if isinstance(error, AgentError) else f"{self._path}: {error!r}"
        with self._lock:
            store, self._store = self._store, None
            first, is_read = self._status.last_error is None, self._facts is not None
            self._status = copied_with(
                self._status, write_failures_total=self._status.write_failures_total + 1, last_error=sentence
            )
        if store is not None:
            store.close()
        if first:
            until = "as far as they are on disk" if is_read else "once it can be read"
            self._say(f"{sentence}; counters that outlive the agent are shown only {until}")
