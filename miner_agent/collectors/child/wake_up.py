"""Wakes one thread when a time has come. To set a time and to take it back wakes nobody, unlike a timed wait."""

import signal
import threading
import time
from typing import Protocol

_LEAST_SECONDS = 0.001
"""A timer of 0 would be none."""


class Woken(Protocol):
    """Something that waits for a time."""

    def wake(self) -> None:
        """The time has come. Called by the thread that waits for all of them: it must not take long."""


class WakeUp:
    """The times of several, by the one alarm that a process has. Made before any other thread: they leave it alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due: dict[Woken, float] = {}
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})  # no call into a driver is interrupted by it

    def set(self, whose: Woken, seconds: float) -> None:
        """Wake it once, so long from now."""
        with self._lock:
            self._due[whose] = time.monotonic() + seconds
            self._arm()

    def clear(self, whose: Woken) -> None:
        """Wake it no more."""
        with self._lock:
            if self._due.pop(whose, None) is not None:
                self._arm()

    def wait(self) -> None:
        """Until a time has come, and wake whose it is."""
        signal.sigwait({signal.SIGALRM})
        with self._lock:
            now = time.monotonic()
            due = [whose for whose, at in self._due.items() if at <= now]
            for whose in due:
                del self._due[whose]
            self._arm()
        for whose in due:
            whose.wake()

    def _arm(self) -> None:
        next_seconds = 0.0
        if self._due:
            next_seconds = max(min(self._due.values()) - time.monotonic(), _LEAST_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, next_seconds)
