"""A thread in which work is done piece by piece, for an event loop that waits for none of it."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class InLine:
    """Work that may take long. A piece that hangs keeps this thread, and nothing else: nobody waits for its end.

    Not an executor of the standard library: the process would wait at its end for a thread that hangs.
    """

    def __init__(
        self,
        name: str,
        most: int,
        *,
        idle_seconds: Callable[[], float | None] = lambda: None,
        when_idle: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            name: of the thread.
            most: pieces at once, the one that is worked at among them.
            idle_seconds: after so long without work ``when_idle`` is called; ``None``: never.
            when_idle: called in the thread.
        """
        self._room = threading.Semaphore(most)
        self._line: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._idle_seconds, self._when_idle = idle_seconds, when_idle
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def close(self) -> None:
        """Take no more work than waits already."""
        self._line.put(None)

    def begin(self, work: Callable[[], T]) -> Future[T] | None:
        """Who will tell what it gives, or what it raised; ``None``: too much waits. Called by one thread."""
        if not self._room.acquire(blocking=False):
            return None
        if self._thread.ident is None:
            self._thread.start()
        done: Future[T] = Future()
        self._line.put((work, done))
        return done

    def _run(self) -> None:
        while self._goes_on():
            pass

    def _goes_on(self) -> bool:
        """Does the next piece; holds nothing of it while it waits for another."""
        try:
            taken = self._line.get(timeout=self._idle_seconds())
        except queue.Empty:
            self._when_idle()
            return True
        if taken is None:
            return False
        work, done = taken
        try:
            if done.set_running_or_notify_cancel():  # else nobody waits for it any more
                done.set_result(work())
        except Exception as error:  # noqa: BLE001 - it shows itself to whoever asked
            done.set_exception(error)
        finally:
            self._room.release()
        return True
