"""A thread for questions whose answer may never come: reading a dead disk, or a sensor that sends it commands."""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

_CLOSE_SECONDS = 0.1
LONG_SECONDS = 0.05  # for a look: others do not wait for it any more


class _Question(Generic[T]):
    """One look, and what came of it. Not a ``Future``: its conditions cost more than most looks."""

    __slots__ = ("_error", "_found", "_unanswered", "_work", "is_begun")

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._found: list[T] = []  # one, where there was no error
        self._error: Exception | None = None
        self.is_begun = False
        self._unanswered = threading.Lock()
        self._unanswered.acquire()

    @property
    def is_answered(self) -> bool:
        return not self._unanswered.locked()

    def look(self) -> None:
        """What the work gives or raises is the answer."""
        self.is_begun = True
        try:
            self._found.append(self._work())
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


class Hands:
    """The thread that looks, for everybody who asks aside; another one takes its place where a look takes long.

    Not an executor of the standard library: the process would wait at its end for a thread that hangs.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._asked: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None  # that was begun last
        self._turn = 0  # counts them
        self.is_closed = False

    def take(self, look: Callable[[], None]) -> None:
        """Look in a moment, after what was taken before."""
        if self._thread is None:
            self._begin()
        self._asked.put(look)

    def go_on(self) -> None:
        """With what waits, in another thread, unless none can be begun. One that hangs ends when it wakes."""
        if not self.is_closed and not self._asked.empty():
            with suppress(RuntimeError):  # no more threads may be started: it is tried again when somebody asks
                self._begin()

    def _begin(self) -> None:
        before, self._turn = self._turn, self._turn + 1
        thread = threading.Thread(target=self._run, args=(self._turn,), name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._turn = before
            raise
        self._thread = thread

    def close(self) -> None:
        """End the thread, and start no other. One that hangs is left after a moment."""
        self.is_closed = True
        self._asked.put(None)
        if self._thread is not None:
            self._thread.join(timeout=_CLOSE_SECONDS)

    def _run(self, turn: int) -> None:
        while (look := self._asked.get()) is not None:
            look()
            if self._turn != turn:
                return
        self._asked.put(None)  # whichever else there is ends too


class Aside(Generic[T]):
    """Has one question looked at beside the thread that asks, never twice at once. Any thread may close the hands."""

    def __init__(self, hands: Hands, work: Callable[[], T]) -> None:
        self._hands, self._work = hands, work
        self._last: _Question[T] | None = None
        self._is_new = False  # whether the last question is this round's
        self._overdue = False

    @property
    def stuck(self) -> bool:
        """Whether a question is over its deadline and still not answered."""
        return self._overdue and self._last is not None and not self._last.is_answered

    def ask(self) -> None:
        """Begin to look, unless the last look has not come back."""
        self._is_new = False
        if self._hands.is_closed:
            return
        if self._last is not None and not self._last.is_answered:
            self._overdue = True
            if not self._last.is_begun:
                self._hands.go_on()  # it waits behind what hangs, and no thread could be begun
            return
        question = _Question(self._work)
        self._hands.take(question.look)
        self._last, self._is_new, self._overdue = question, True, False

    def answer(self, deadline_seconds: float) -> T | None:
        """The answer to the last ``ask()``, or what it raised; ``None`` where there is none in time."""
        question = self._last
        if question is None or not self._is_new or self._hands.is_closed:
            return None
        if not self._is_answered_within(question, max(deadline_seconds, 0.0)):
            self._overdue = True
            return None
        return question.answer()

    def _is_answered_within(self, question: _Question[T], seconds: float) -> bool:
        if question.is_answered_within(min(seconds, LONG_SECONDS)):
            return True
        self._hands.go_on()  # it may be what was asked before that hangs
        return question.is_answered_within(max(seconds - LONG_SECONDS, 0.0))
