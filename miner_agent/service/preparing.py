"""Does in a thread of its own what reads files that somebody named: on a dead network disk they never answer.

The main thread waits beside it for signals. A question that is late is given up: its answer is undone when it comes,
and until then nothing else is asked, so that no threads pile up.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import TypeVar

from miner_agent.errors import TimedOut
from miner_agent.service.signals import EndAsked, Signals

T = TypeVar("T")
log = logging.getLogger(__name__)
LATE_SECONDS = 30.0


class Preparing:
    """One question at a time. Used by the main thread."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._late: threading.Thread | None = None

    def needed(self, work: Callable[[], T]) -> T:
        """What ``work`` gives or raises, however long that takes: the agent is nothing without.

        Raises:
            EndAsked: a signal came meanwhile.
        """
        question, _ = _asked(work, undo=lambda _: None)
        while not self._signals.is_answered(question, LATE_SECONDS):
            log.warning("a disk that the configuration lies on or names does not answer; the start waits for it")
        return question.result()

    def in_time(self, work: Callable[[], T], undo: Callable[[T], None]) -> T:
        """What ``work`` gives or raises; ``undo`` is called with what comes too late, in a thread of its own.

        Raises:
            TimedOut: nothing came in time, or what was late before still hangs.
            EndAsked: a signal came meanwhile.
        """
        if self._late is not None and self._late.is_alive():
            raise TimedOut("a disk that it lies on or names still does not answer")
        question, thread = _asked(work, undo)
        try:
            if self._signals.is_answered(question, LATE_SECONDS) or not question.cancel():
                return question.result()
        except EndAsked:
            question.cancel()
            raise
        self._late = thread
        raise TimedOut(f"a disk that it lies on or names has not answered for {LATE_SECONDS:g} s")


def _asked(work: Callable[[], T], undo: Callable[[T], None]) -> "tuple[Future[T], threading.Thread]":
    question: Future[T] = Future()
    thread = threading.Thread(target=_answer, args=(question, work, undo), name="preparing", daemon=True)
    thread.start()
    return question, thread


def _answer(question: "Future[T]", work: Callable[[], T], undo: Callable[[T], None]) -> None:
    try:
        found = work()
    except Exception as error:  # noqa: BLE001 - it shows itself to whoever asked
        with suppress(InvalidStateError):  # or to nobody, where it comes too late
            question.set_exception(error)
        return
    try:
        question.set_result(found)
    except InvalidStateError:
        undo(found)
