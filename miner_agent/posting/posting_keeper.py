"""Has days posted, pools asked and the books looked at beside the sampling loop, by a process that ends with it."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from miner_agent.config.configuration import Config
from miner_agent.errand_process import ErrandProcess
from miner_agent.errors import AgentError
from miner_agent.model.ledger_status import LedgerStatus, PoolStatus
from miner_agent.posting.posting_errand import PostingErrand, PostingReturn, errand_text, return_in
from miner_agent.storage.sqlite.file_names import LEDGER_FILE, STATE_FILE
from miner_agent.storage.state.ledger_heads import known_heads

log = logging.getLogger(__name__)
CHILD = "miner_agent.posting.posting_child"
POSTING = "posting"
"""Name of the job."""
POSTED_JOB_EVERY = timedelta(minutes=1)
POSTED_EVERY_SECONDS = 3600.0
AGAIN_SECONDS = 600.0  # after a failure
POOLS_ASKED_EVERY_SECONDS = 86_400.0
POOLS_AGAIN_SECONDS = 3600.0  # after a failure of one of them
LIMIT_SECONDS = 900.0  # the first time a year is posted at once
END_SECONDS = 0.5
_NOTHING_KNOWN = LedgerStatus()


class PostingKeeper:
    """One thread, which waits for the disk and for the process. Where there are no books it does nothing."""

    def __init__(
        self,
        state_directory: Path,
        *,
        credentials: str | None = None,
        run: "Callable[[PostingErrand], PostingReturn] | None" = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts nothing before the first ``look``.

        Args:
            credentials: the folder of systemd's.
            run: what is done in place of starting a process.
        """
        self._state_directory, self._monotonic = state_directory, monotonic
        self._credentials = credentials
        self._run_child = run or self._child_says
        self._changed = threading.Condition()
        self._loaded: Config | None = None
        self._believed: datetime | None = None
        self._asked = self._works = self._closed = False
        self._status = _NOTHING_KNOWN
        self._seen: tuple[tuple[int, int], ...] | None = None  # None: nobody has looked yet
        self._posted_at_seconds: float | None = None
        self._pools_due_at_seconds: float | None = None  # None: at once
        self._started_at: datetime | None = None  # the first moment that could be believed
        self._ails_rigs: frozenset[str] = frozenset()  # why not all days of other rigs were there last time
        self._process = ErrandProcess(CHILD, that="posts")
        self._thread: threading.Thread | None = None

    @property
    def status(self) -> LedgerStatus | None:
        """How the books stand; ``None``: there are none, or nobody has looked yet."""
        with self._changed:
            return self._status if self._status != _NOTHING_KNOWN else None

    @property
    def is_busy(self) -> bool:
        """Whether what was asked for last is yet to be done."""
        with self._changed:
            return self._asked or self._works

    def take(self, loaded: Config) -> None:
        """Go by this configuration from now on; what is due is done anew. Returns at once."""
        with self._changed:
            self._loaded, self._posted_at_seconds, self._pools_due_at_seconds = loaded, None, None

    def look(self, believed: datetime | None) -> None:
        """Post and look where that is due. For the calendar; returns at once.

        Args:
            believed: this moment, by a clock that can be believed; ``None``: there is none, and nothing is posted.
        """
        with self._changed:
            self._believed, self._asked = believed, True
            self._started_at = self._started_at or believed
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name=POSTING, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """Do nothing more, and end who is at it."""
        with self._changed:
            self._closed = True
            thread = self._thread
            self._changed.notify_all()
        self._process.close()
        if thread is not None:
            thread.join(END_SECONDS)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._asked)
                if self._closed:
                    return
                self._asked, self._works = False, True
            try:
                self._do_what_is_due()
            except Exception:
                log.exception("the books could not be looked at; it is tried again in a minute")
            with self._changed:
                self._works = False

    def _do_what_is_due(self) -> None:
        loaded, post_at, ask_pools_at = self._loaded, self._due(), self._pools_due()
        files = self._files()
        if not files and files != self._seen:
            self._seen = files
            self._note(PostingReturn(looked=True, error=self._why_gone()), None)
        if loaded is None or (ask_pools_at is None and (not files or (post_at is None and files == self._seen))):
            return
        errand = PostingErrand.of(
            loaded,
            self._state_directory,
            credentials=self._credentials,
            post_at=post_at if files else None,
            ask_pools_at=ask_pools_at,
            started_at=self._started_at,
        )
        returned = self._run_child(errand)
        if self._closed:
            return
        self._seen = files
        if ask_pools_at is not None:
            failed = returned.error is not None or any(pool.error is not None for pool in returned.pools)
            wait_seconds = POOLS_AGAIN_SECONDS if failed else POOLS_ASKED_EVERY_SECONDS
            self._pools_due_at_seconds = self._monotonic() + wait_seconds
            self._note_pools(returned, ask_pools_at)
        if post_at is not None:
            wait_seconds = POSTED_EVERY_SECONDS if returned.error is None else AGAIN_SECONDS
            self._posted_at_seconds = self._monotonic() + wait_seconds - POSTED_EVERY_SECONDS
        self._note(returned, post_at)

    def _why_gone(self) -> str | None:
        """Why there are no books where entries of them are known; ``None``: none were begun."""
        known = known_heads(self._state_directory / STATE_FILE) or {}
        if not any(head.seq for head in known.values()):
            return None
        from miner_agent.bookkeeping.books_folder import BooksFolder  # noqa: PLC0415 - heavy, and seldom needed

        try:
            BooksFolder(self._state_directory).is_unbegun()
        except AgentError as error:
            return str(error)
        return None

    def _due(self) -> datetime | None:
        """This moment, where days are to be posted by now."""
        with self._changed:
            if self._loaded is None or not self._loaded.books.post_energy or self._believed is None:
                return None
            since, believed = self._posted_at_seconds, self._believed
        return believed if since is None or self._monotonic() - since >= POSTED_EVERY_SECONDS else None

    def _pools_due(self) -> datetime | None:
        """This moment, where pools are to be asked by now."""
        with self._changed:
            if self._loaded is None or not self._loaded.payouts or self._believed is None:
                return None
            due, believed = self._pools_due_at_seconds, self._believed
        return believed if due is None or self._monotonic() >= due else None

    def _files(self) -> tuple[tuple[int, int], ...]:
        """What tells that somebody has written into the books; nothing where there are none."""
        found = []
        for name in (LEDGER_FILE, f"{LEDGER_FILE}-wal"):
            try:
                told = (self._state_directory / name).stat()
            except OSError:
                continue
            if told.st_size:
                found.append((told.st_mtime_ns, told.st_size))
        return tuple(found)

    def _note(self, returned: PostingReturn, post_at: datetime | None) -> None:
        failed = returned.error is not None
        with self._changed:
            before = self._status
            self._status = LedgerStatus(
                books=before.books if failed and not (returned.looked or returned.books) else returned.books,
                posted_at=before.posted_at if failed or post_at is None else post_at,
                failures_total=before.failures_total + failed,
                last_error=returned.error,
                pools=before.pools,
            )
        if returned.error != before.last_error:
            if returned.error is None:
                log.info("the books: posted again")
            else:
                log.warning("%s", returned.error)
        if returned.added:
            log.info("the books: %d entries for days that are over", returned.added)
        for note in returned.notes:
            log.warning("%s", note)
        if post_at is not None:
            for problem in returned.rigs:
                if problem not in self._ails_rigs:
                    log.warning("%s", problem)
            self._ails_rigs = frozenset(returned.rigs)

    def _note_pools(self, returned: PostingReturn, asked_at: datetime) -> None:
        with self._changed:
            before = {pool.name: pool for pool in self._status.pools}
            after = []
            for told in returned.pools:
                known = before.get(told.name, PoolStatus(name=told.name))
                after.append(
                    PoolStatus(
                        name=told.name,
                        read_at=asked_at if told.error is None else known.read_at,
                        failures_total=known.failures_total + (told.error is not None),
                        last_error=told.error,
                    )
                )
            if after:
                self._status = replace(self._status, pools=tuple(after))
        for told in returned.pools:
            known_error = before[told.name].last_error if told.name in before else None
            if told.error is not None and told.error != known_error:
                log.warning("payouts of %s: %s", told.name, told.error)
            if told.added:
                log.info("payouts of %s: %d entries booked", told.name, told.added)
            for note in told.notes:
                log.warning("payouts of %s: %s", told.name, note)

    def _child_says(self, errand: PostingErrand) -> PostingReturn:
        try:
            return return_in(self._process.answer(errand_text(errand), deadline_seconds=LIMIT_SECONDS))
        except AgentError as error:
            return PostingReturn(error=None if self._closed else str(error))
        except msgspec.DecodeError:
            return PostingReturn(error="the process that posts said what cannot be read")
