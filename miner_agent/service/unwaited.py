"""A stream that nobody waits for: a journal or a pipe that is not read holds up neither a tick nor the end.

Python's own streams have a lock and a buffer. A thread that is stuck in one of them keeps that lock for ever, and the
interpreter waits for it when it ends. Here text goes through a bounded queue to a thread that writes to the
descriptor itself.
"""

import contextlib
import io
import os
import queue
import select
import threading
import time
from typing import TextIO

STEP_SECONDS = 0.01


class UnwaitedStream(io.TextIOBase):
    """Takes what is printed from any thread. ``dropped_total`` counts writes that found no room or no disk."""

    def __init__(self, over: TextIO | None, *, capacity: int, errors: str) -> None:
        """
        Args:
            over: the stream in whose place it stands; ``None`` where the process was started without.
            capacity: how many writes may wait.
            errors: what becomes of characters that the stream's encoding lacks.
        """
        self.dropped_total = 0
        self._over = over  # keeps its descriptor open
        self._descriptor = _descriptor(over)
        self._encoding, self._errors = (over.encoding if over is not None else "utf-8"), errors
        self._waiting: queue.Queue[bytes] = queue.Queue(capacity)
        self._thread = threading.Thread(target=self._write_on, name="writing", daemon=True)
        self._thread.start()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    @property
    def errors(self) -> str:  # type: ignore[override]
        return self._errors

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        if self._descriptor is None:
            raise io.UnsupportedOperation("fileno")
        return self._descriptor

    def isatty(self) -> bool:
        return self._descriptor is not None and os.isatty(self._descriptor)

    def write(self, text: str, /) -> int:
        """Queue it. Never blocks."""
        encoded = text.encode(self._encoding, self._errors)
        if encoded and self._descriptor is not None:
            try:
                self._waiting.put_nowait(encoded)
            except queue.Full:
                self.dropped_total += 1
        return len(text)

    def drain(self, seconds: float) -> None:
        """Give what is queued so long to be written."""
        deadline = time.monotonic() + seconds
        while self._waiting.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(STEP_SECONDS)

    def _write_on(self) -> None:
        while True:
            left = self._waiting.get()
            try:
                while left:
                    left = left[self._written(left) :]
            except OSError:
                self.dropped_total += 1
            self._waiting.task_done()

    def _written(self, left: bytes) -> int:
        try:
            return os.write(self.fileno(), left)
        except BlockingIOError:  # whoever shares the pipe has made it so
            select.select([], [self.fileno()], [])
            return 0


def _descriptor(over: TextIO | None) -> int | None:
    """That of the stream, once nothing is left in the stream itself."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        if over is not None:
            over.flush()
            return over.fileno()
    return None
