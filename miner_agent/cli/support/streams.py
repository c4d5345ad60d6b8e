"""Standard output and standard error that end no command.

What the encoding of a terminal lacks is written in what it has. A disk that is full is one sentence and code 74, a
reader that has seen enough is silence. What cannot be written to standard error is lost: nobody is left to tell.
"""

import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from miner_agent.errors import StorageError
from miner_agent.text import NEAREST_LETTERS

LAST_WORD_SECONDS = 2.0  # for what waits to be written; a journal that stalls holds up no end


class ReaderGone(Exception):
    """Whoever read standard output has closed it."""


class Guarded(io.TextIOBase):
    """A text stream that says in our words what became of what was printed.

    It does not show the bytes below it: click would write around it where the encoding is ASCII.
    """

    def __init__(self, stream: TextIO | None, when_lost: Callable[[OSError], None]) -> None:
        self._stream, self._when_lost = stream, when_lost
        self._lost: OSError | None = None
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=NEAREST_LETTERS)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(self._stream, "encoding", None) or "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        return NEAREST_LETTERS

    def write(self, text: str | bytes, /) -> int:
        if text == b"":  # click finds out by this what a stream takes, and hands over completions in bytes all the same
            raise TypeError("this takes text")
        shown = text.decode() if isinstance(text, bytes) else text
        if shown:  # for a full disk even nothing may be too much
            self._try(lambda: self._opened().write(shown))
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            self._try(self._stream.flush)

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        return self._opened().fileno()

    def writable(self) -> bool:
        return True

    def _opened(self) -> TextIO:
        if self._stream is None:
            raise OSError(errno.EBADF, "it is closed")
        return self._stream

    def _try(self, step: Callable[[], object]) -> None:
        """Once something is lost, all that follows is."""
        if self._lost is None:
            try:
                step()
            except OSError as error:
                self._lost = error
                self._send_the_rest_nowhere()
        if self._lost is not None:
            self._when_lost(self._lost)

    def _send_the_rest_nowhere(self) -> None:
        """Python would write what is still in its buffers once more at its end, and complain."""
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


@contextmanager
def guarded() -> Iterator[None]:
    """Meanwhile ``sys.stdout`` raises ``ReaderGone`` or ``StorageError`` only, and ``sys.stderr`` nothing."""
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Guarded(out, _output_lost), Guarded(err, lambda _: None)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err


def let_out(stream: TextIO) -> None:
    """Give what a service has printed time to be written: another thread does that, and nobody else waits for it."""
    drain = getattr(stream, "drain", None)
    if drain is not None:
        drain(LAST_WORD_SECONDS)


def _output_lost(error: OSError) -> None:
    if isinstance(error, BrokenPipeError):
        raise ReaderGone from None
    reason = (error.strerror or type(error).__name__).lower()
    raise StorageError(f"standard output: {reason}; what was printed did not all arrive") from None
