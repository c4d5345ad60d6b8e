"""Stands between the sampling loop and the state store, so that no disk delays a tick and no restart loses a count."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from miner_agent.errors import AgentError
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.state.state_store import StateStore

PAUSE_SECONDS = 30.0
Totals = Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperStatus:
    """How keeping goes. Totals count since the agent started."""

    write_failures_total: int = 0
    last_error: str | None = None  # None: the last attempt was good
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What is to be called unless its job is done for this period."""

    period: str
    then: Callable[[], None]


class StateKeeper:
    """One thread that owns the state store. Of what is to be saved only the newest counts."""

    def __init__(self, path: Path, *, say: Callable[[str], None], pause_seconds: float = PAUSE_SECONDS) -> None:
        """Nothing is opened before ``start``.

        Args:
            say: called with a sentence whenever something changes, once a change.
        """
        self._path, self._say, self._pause_seconds = path, say, pause_seconds
        self._changed = threading.Condition()
        self._store: StateStore | None = None
        self._stored: dict[tuple[str, str], float] = {}  # what the open store holds
        self._loaded: dict[tuple[str, str], float] | None = None
        self._pending: dict[tuple[str, str], float] | None = None
        self._facts: dict[str, dict[str, str]] | None = None  # as they were loaded, by kind
        self._pins: dict[tuple[str, str], str] = {}  # by kind and key, as yet to be written
        self._all_pins: dict[tuple[str, str], str] = {}  # of this run and the earlier ones
        self._asked: dict[str, _Asked] = {}  # by job
        self._done: dict[str, str] = {}  # job to period
        self._now: datetime | None = None
        self._closing = False
        self._status = KeeperStatus()
        self._thread = threading.Thread(target=self._run, name="state-keeper", daemon=True)

    @property
    def status(self) -> KeeperStatus:
        """How keeping goes, as of now."""
        with self._changed:
            return self._status

    @property
    def loaded_joules(self) -> dict[tuple[str, str], float] | None:
        """The energy counters of the last run; ``None`` as long as they could not be read."""
        with self._changed:
            return self._loaded

    def pinned(self, kind: str) -> dict[str, str] | None:
        """The facts of a kind that earlier runs pinned; ``None`` as long as they could not be read."""
        with self._changed:
            return None if self._facts is None else self._facts.get(kind, {})

    def start(self, now: datetime) -> None:
        """Begin to open the store. ``now`` is what a damaged one is named after."""
        self._now = now
        self._thread.start()

    def save(self, totals_joules: Totals, now: datetime) -> None:
        """Keep these energy counters, of each the newest value. Returns at once; they must contain what was loaded."""
        with self._changed:
            self._pending, self._now = {**(self._pending or {}), **totals_joules}, now
            self._changed.notify()

    def pin(self, kind: str, facts: Mapping[str, str]) -> None:
        """Keep these facts, by key, over all restarts. Returns at once."""
        with self._changed:
            pins = {(kind, key): value for key, value in facts.items()}
            self._pins |= pins
            self._all_pins |= pins
            self._changed.notify()

    def unless_done(self, job: str, period: str, then: Callable[[], None]) -> None:
        """Ask for ``then`` to be called where the job is not done for this period. Returns at once.

        It is called from the keeper's thread, as soon as the store can tell; of one job only the last call counts.
        """
        with self._changed:
            self._asked[job] = _Asked(period, then)
            self._changed.notify()

    def note_done(self, job: str, period: str) -> None:
        """Keep, over all restarts, that the job is done for this period. Returns at once."""
        with self._changed:
            self._done[job] = period
            self._changed.notify()

    def close(self, seconds: float) -> None:
        """Save what is pending, for at most that long, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while self._wait_for_work():
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 - nothing that fails once may end all keeping
                self._fail(error)
                with self._changed:
                    if self._changed.wait_for(lambda: self._closing, self._pause_seconds):
                        break
        if self._store is not None:
            self._store.close()

    def _wait_for_work(self) -> bool:
        """Wait until the store is to be opened or used; false where the thread is to end."""
        with self._changed:
            while self._store is not None and not self._closing and not self._is_pending() and not self._asked:
                self._changed.wait()
            return not self._closing or (self._store is not None and self._is_pending())

    def _is_pending(self) -> bool:
        return self._pending is not None or bool(self._done) or bool(self._pins)

    def _work(self) -> None:
        store = self._store or self._opened()
        self._save(store)
        self._pin(store)
        self._note_done(store)
        size_bytes = sqlite_file.size_bytes(self._path)  # before the lock: a dead disk may hang here
        with self._changed:
            recovered = self._status.last_error is not None
            self._status = replace(self._status, last_error=None, size_bytes=size_bytes)
        if recovered:
            self._say(f"{self._path}: kept again")
        self._call_what_is_asked(store)

    def _save(self, store: StateStore) -> None:
        """Write the counters that moved: most of them belong to devices that are long gone."""
        with self._changed:
            pending = self._pending
        if pending is None:
            return
        moved = {key: joules for key, joules in pending.items() if self._stored.get(key) != joules}
        store.save_energy(moved)
        self._stored.update(moved)
        with self._changed:
            if self._pending is pending:
                self._pending = None

    def _pin(self, store: StateStore) -> None:
        with self._changed:
            pins = tuple(self._pins.items())
        for (kind, key), value in pins:
            store.pin(kind, key, value)
            with self._changed:
                if self._pins.get((kind, key)) == value:
                    del self._pins[kind, key]

    def _note_done(self, store: StateStore) -> None:
        with self._changed:
            done = tuple(self._done.items())
        for job, period in done:
            store.note_done(job, period)
            with self._changed:
                if self._done.get(job) == period:
                    del self._done[job]

    def _call_what_is_asked(self, store: StateStore) -> None:
        with self._changed:
            asked = () if self._closing else tuple(self._asked.items())
        for job, one in asked:
            is_done = store.is_done(job, one.period)
            with self._changed:
                if self._asked.get(job) is one:  # what fails is asked for again by its owner, not from here
                    del self._asked[job]
            if not is_done:
                one.then()

    def _opened(self) -> StateStore:
        if self._now is None:
            raise RuntimeError("the keeper has not been started")
        store = StateStore.open(self._path, now=self._now)
        if store.set_aside is not None:
            self._say(
                f"{self._path}: was damaged, lies now at {store.set_aside}; counters and pinned pools start again"
            )
        try:
            loaded, facts = store.load_energy(), store.all_pinned()
        except BaseException:
            store.close()
            raise
        self._stored = dict(loaded)
        stored = {(kind, key): value for kind, known in facts.items() for key, value in known.items()}
        with self._changed:
            self._store = store
            if self._loaded is None:
                self._loaded, self._facts = loaded, facts
            self._all_pins = stored | self._all_pins
            self._pins = {pin: value for pin, value in self._all_pins.items() if stored.get(pin) != value}
        return store

    def _fail(self, error: Exception) -> None:
        sentence = str(error) if isinstance(error, AgentError) else f"{self._path}: {error!r}"
        with self._changed:
            store, self._store = self._store, None
            first = self._status.last_error is None
            self._status = replace(
                self._status, write_failures_total=self._status.write_failures_total + 1, last_error=sentence
            )
        if store is not None:
            store.close()
        if first:
            self._say(f"{sentence}; counters are kept in memory until it can be written")
