"""What the configured feeds last said, and when each is asked again. Asking is done by a process that ends with it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from miner_agent.config.entries import FeedEntry
from miner_agent.economy.messages import Errand, Return, errand_bytes, returns_of
from miner_agent.errand_process import ErrandProcess
from miner_agent.errors import AgentError
from miner_agent.market.feed import LONGEST_INTERVAL_SECONDS
from miner_agent.model.finances import FeedStatus

CHILD = "miner_agent.economy.feed_child"
STARTING_SECONDS = 20.0
AGAIN_SECONDS = 60.0  # to a file, and after a failure of the process itself
LARGEST_RETURN_BYTES = 64 << 20


@dataclass(slots=True)
class _Known:
    """One feed on the desk."""

    entry: FeedEntry
    status: FeedStatus
    last: Return | None = None
    due_at_seconds: float = 0.0  # on the steady clock


class FeedDesk:
    """Asked from one thread; read from any."""

    def __init__(
        self,
        state_directory: Path,
        *,
        say: Callable[[str], None],
        steady_seconds: Callable[[], float],
        say_of_an_end: Callable[[str], None] | None = None,
    ) -> None:
        self._state_directory, self._say, self._steady_seconds = state_directory, say, steady_seconds
        self._say_of_an_end = say_of_an_end or say
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}
        self._catalog_file: Path | None = None
        self._process = ErrandProcess(CHILD, that="asks feeds", largest_answer_bytes=LARGEST_RETURN_BYTES)
        self._closed = False

    def take(self, entries: tuple[FeedEntry, ...], catalog_file: Path | None) -> None:
        """Ask these from now on. What is known of a feed that did not change stays."""
        with self._lock:
            same = catalog_file == self._catalog_file
            before, self._catalog_file = self._known, catalog_file
            self._known = {
                entry.name: before[entry.name]
                if same and entry.name in before and before[entry.name].entry == entry
                else _Known(entry, FeedStatus(feed=entry.name))
                for entry in entries
            }

    @property
    def status(self) -> tuple[FeedStatus, ...]:
        """Of feeds that were asked at least once."""
        with self._lock:
            return tuple(known.status for known in self._known.values() if known.status.runs_total)

    @property
    def returns(self) -> tuple[tuple[FeedEntry, Return], ...]:
        """What each last said, in the order of the configuration."""
        with self._lock:
            return tuple((known.entry, known.last) for known in self._known.values() if known.last is not None)

    @property
    def all_asked(self) -> bool:
        """Whether each was asked at least once: before that, what is missing may be what nobody asked for yet."""
        with self._lock:
            return all(known.status.runs_total for known in self._known.values())

    def all_due(self) -> None:
        """Ask all of them: the cache knows who may be asked. For a clock that was set."""
        with self._lock:
            for known in self._known.values():
                known.due_at_seconds = 0.0

    def ask_due(self, now: datetime) -> bool:
        """Ask those whose time has come; whether there were any."""
        with self._lock:
            steady_seconds = self._steady_seconds()
            due = tuple(known.entry for known in self._known.values() if known.due_at_seconds <= steady_seconds)
            errand = Errand(now=now, state_directory=self._state_directory, catalog_file=self._catalog_file, feeds=due)
        if not due or self._closed:
            return False
        returned, failure = self._run(errand)
        if self._closed:  # it was ended in the middle, and nobody asks for what it would have said
            return False
        for entry in due:
            answer = returned.get(entry.name) or Return(name=entry.name, reason="other", error=failure)
            self._note(entry, answer, now)
        return True

    def close(self) -> None:
        """Ask nobody more, and end who is asking."""
        self._closed = True
        self._process.close()

    def _run(self, errand: Errand) -> tuple[dict[str, Return], str]:
        limit_seconds = STARTING_SECONDS + sum(feed.deadline_seconds for feed in errand.feeds)
        try:
            said = returns_of(self._process.answer(errand_bytes(errand), deadline_seconds=limit_seconds))
        except AgentError as error:
            return {}, str(error)
        except msgspec.DecodeError:
            return {}, "the process that asks feeds said what cannot be read"
        return {one.name: one for one in said}, "it was not asked"

    def _note(self, entry: FeedEntry, answer: Return, now: datetime) -> None:
        wait_seconds = entry.interval_seconds or AGAIN_SECONDS if entry.file is not None else AGAIN_SECONDS
        if answer.not_before is not None:
            wait_seconds = max(AGAIN_SECONDS, (answer.not_before - now).total_seconds())
        with self._lock:
            known = self._known.get(entry.name)
            if known is None or known.entry != entry:  # a new configuration came in between
                return
            before = known.status
            if answer.reading is None and known.last is not None and known.last.reading is not None:
                answer = msgspec.structs.replace(answer, reading=known.last.reading, taken_at=known.last.taken_at)
            known.last = answer
            known.due_at_seconds = self._steady_seconds() + min(wait_seconds, LONGEST_INTERVAL_SECONDS)
            known.status = replace(
                before,
                reason=answer.reason,
                last_success_at=answer.taken_at or before.last_success_at,
                runs_total=before.runs_total + 1,
                failures_total=before.failures_total + (answer.reason is not None),
            )
        if answer.reason != before.reason:
            if answer.error is None:
                self._say_of_an_end(f"{entry.name}: gives prices again")
            else:
                self._say(answer.error)
        if answer.unkept is not None and before.runs_total == 0:
            self._say(answer.unkept)
