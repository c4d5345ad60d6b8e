"""A thread for one question whose answer may never come: reading a dead disk, or a sensor that sends it commands."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

_CLOSE_SECONDS = 0.1


class _Question(Generic[T]):
    """One look, and what came of it. Not a ``Future``: its conditions cost more than most looks."""

    __slots__ = ("_error", "_found", "_unanswered")

    def __init__(self) -> None:
        self._found: list[T] = []  # one, where there was no error
        self._error: Exception | None = None
        self._unanswered = threading.Lock()
        self._unanswered.acquire()

    @property
    def is_answered(self) -> bool:
        return not self._unanswered.locked()

    def look(self, work: Callable[[], T]) -> None:
        """What the work gives or raises is the answer."""
        try:
            self._found.append(work())
        except Exception as error:  # noqa: BLE001 - it shows itself to whoever asked; the next look may be better
            self._error = error
        self._unanswered.release()

    def is_answered_within(self, seconds: float) -> bool:
        if not self._unanswered.acquire(timeout=seconds):
            return False
        self._unanswered.release()
        return True

    def answer(self) -> T:
        """Of one that is answered. Raises what its work raised."""
        if self._error is not None:
            raise self._error
        return self._found[0]


class Aside(Generic[T]):
    """Puts one question in a thread of its own, never twice at once. Used by one thread; any may call ``close()``.

    Not an executor of the standard library: the process would wait at its end for a thread that hangs.
    """

    def __init__(self, name: str, work: Callable[[], T]) -> None:
        self._name, self._work = name, work
        self._asked: SimpleQueue[_Question[T] | None] = SimpleQueue()
        self._last: _Question[T] | None = None
        self._is_new = False  # whether the last question is this round's
        self._overdue = False
        self._closed = False
        self._thread: threading.Thread | None = None

    @property
    def stuck(self) -> bool:
        """Whether a question is over its deadline and still not answered."""
        return self._overdue and self._last is not None and not self._last.is_answered

    def ask(self) -> None:
        """Begin to look, unless the last look has not come back."""
        self._is_new = False
        if self._closed:
            return
        if self._last is not None and not self._last.is_answered:
            self._overdue = True
            return
        if self._thread is None:
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            thread.start()
            self._thread = thread
        self._last, self._is_new, self._overdue = _Question(), True, False
        self._asked.put(self._last)

    def answer(self, deadline_seconds: float) -> T | None:
        """The answer to the last ``ask()``, or what it raised; ``None`` where there is none in time."""
        question = self._last
        if question is None or not self._is_new or self._closed:
            return None
        if not question.is_answered_within(max(deadline_seconds, 0.0)):
            self._overdue = True
            return None
        return question.answer()

    def close(self) -> None:
        """End the thread, and start no other. One that hangs is left after a moment: it ends when it wakes."""
        self._closed = True
        self._asked.put(None)
        if self._thread is not None:
            self._thread.join(timeout=_CLOSE_SECONDS)

    def _run(self) -> None:
        while (question := self._asked.get()) is not None:
            question.look(self._work)
