"""Stands between the sampling loop and the state store, so that no disk delays a tick and no restart loses a count."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from miner_agent.errors import AgentError
from miner_agent.storage.state import StateStore

PAUSE_SECONDS = 30.0
Totals = Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperStatus:
    """How keeping goes. Totals count since the agent started."""

    write_failures_total: int = 0
    last_error: str | None = None  # None: the last attempt was good
    size_bytes: int | None = None


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
        self._loaded: dict[tuple[str, str], float] | None = None
        self._pending: tuple[dict[tuple[str, str], float], datetime] | None = None
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

    def start(self, now: datetime) -> None:
        """Begin to open the store. ``now`` is what a damaged one is named after."""
        self._now = now
        self._thread.start()

    def save(self, totals_joules: Totals, now: datetime) -> None:
        """Keep these energy counters. Returns at once; they must contain what was loaded."""
        with self._changed:
            self._pending, self._now = (dict(totals_joules), now), now
            self._changed.notify()

    def claim(self, job: str, period: str) -> bool:
        """True exactly once for each job and period, over all restarts; false while the store cannot tell."""
        with self._changed:
            store = self._store
        if store is None:
            return False
        try:
            return store.claim(job, period)
        except AgentError as error:
            self._fail(error)
            return False

    def close(self, seconds: float) -> None:
        """Save what is pending, for at most that long, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._store is not None and self._pending is None and not self._closing:
                    self._changed.wait()
                pending, closing = self._pending, self._closing
                if closing and (pending is None or self._store is None):
                    break
            try:
                self._work(pending)
            except AgentError as error:
                self._fail(error)
                with self._changed:
                    if self._closing or self._changed.wait_for(lambda: self._closing, self._pause_seconds):
                        break
        if self._store is not None:
            self._store.close()

    def _work(self, pending: tuple[dict[tuple[str, str], float], datetime] | None) -> None:
        store = self._store or self._opened()
        if pending is not None:
            store.save_energy(pending[0])
        with self._changed:
            if self._pending is pending:
                self._pending = None
            recovered = self._status.last_error is not None
            self._status = replace(self._status, last_error=None, size_bytes=_size_bytes(self._path))
        if recovered:
            self._say(f"{self._path}: kept again")

    def _opened(self) -> StateStore:
        if self._now is None:
            raise RuntimeError("the keeper has not been started")
        store = StateStore.open(self._path, now=self._now)
        loaded = store.load_energy()
        with self._changed:
            self._store = store
            if self._loaded is None:
                self._loaded = loaded
        if store.set_aside is not None:
            self._say(f"{self._path}: was damaged and lies now at {store.set_aside}; counters start again")
        return store

    def _fail(self, error: AgentError) -> None:
        with self._changed:
            store, self._store = self._store, None
            first = self._status.last_error is None
            self._status = replace(
                self._status, write_failures_total=self._status.write_failures_total + 1, last_error=str(error)
            )
        if store is not None:
            store.close()
        if first:
            self._say(f"{error}; counters are kept in memory until it can be written")


def _size_bytes(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
