"""Wakes a thread that waits for work. A condition takes twice as long to wait for, and twice as long to notify."""

import threading
from contextlib import suppress


class Bell:
    """For one thread that waits. Rung before it waits, it does not wait; rung twice, once."""

    def __init__(self) -> None:
        self._silence = threading.Lock()
        self._silence.acquire()

    def ring(self) -> None:
        """Whatever it is rung for stands there already."""
        with suppress(RuntimeError):  # it rings
            self._silence.release()

    def wait(self, seconds: float = -1.0) -> None:
        """Until it is rung, or for at most that long. [s]"""
        self._silence.acquire(timeout=seconds)
