"""SIGTERM, SIGINT and SIGHUP as values to wait for, alone or beside an answer. Handlers only wake the waiter."""

import select
import signal
import socket
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Self

LOOK_SECONDS = 60.0  # between two looks for new miners
_ANSWER = b"\0"  # the number of no signal


class EndAsked(BaseException):
    """Whoever waits for something is to end. No error: nobody who mends errors is to catch it."""


class Signals:
    """For the main thread, within a ``with``."""

    _NUMBERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    _ENDS = frozenset({signal.SIGTERM, signal.SIGINT})

    def __enter__(self) -> Self:
        self._received: set[int] = set()
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._old_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, lambda *_: None) for number in self._NUMBERS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_fd)
        self._reader.close()
        self._writer.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> signal.Signals | None:
        """The next signal; of a storm, an end before any reload. ``None`` where none came for a while."""
        while True:
            for number in self._NUMBERS:
                if number in self._received:
                    self._received.clear()
                    return number
            if not self._receive(LOOK_SECONDS):
                return None

    def is_answered(self, question: "Future[Any]", seconds: float) -> bool:
        """Wait for an answer, at most so long. What else comes meanwhile than an end is told afterwards.

        Raises:
            EndAsked: by a signal, at once.
        """
        question.add_done_callback(lambda _: self._wake())
        until = time.monotonic() + seconds
        while True:
            if not self._ENDS.isdisjoint(self._received):
                raise EndAsked
            if question.done():
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            self._receive(left)

    def _receive(self, seconds: float) -> bool:
        """Take in what has come, or comes in that time; false where nothing does."""
        if not select.select([self._reader], [], [], seconds)[0]:
            return False
        self._received.update(self._reader.recv(4096))
        return True

    def _wake(self) -> None:
        with suppress(OSError):  # it is full, so that it wakes anyhow; or closed
            self._writer.send(_ANSWER)
