"""A terminal that is drawn over and over, and its keys: another screen than the shell's, which is there again after."""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Self

from rich.console import Console, RenderableType

from miner_agent.errors import StorageError

_ENDS = (signal.SIGTERM, signal.SIGHUP)
_LONGEST_KEYS = 64  # bytes that are read at a time


def is_possible(console: Console) -> bool:
    """Whether somebody sees what is drawn, and can type."""
    return console.is_terminal and not console.is_dumb_terminal and sys.stdin is not None and sys.stdin.isatty()


class LiveScreen:
    """Open from ``with`` on, where ``is_possible``. One thread draws and waits; any may ``wake`` it."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._keyboard = sys.stdin.fileno()
        self._before: list[Any] = []
        self._handlers: dict[int, Any] = {}
        self._asked_to_end = self._asked_to_stop = self._is_open = False

    def __enter__(self) -> Self:
        self._woken, self._wakes = os.pipe()
        for end in (self._woken, self._wakes):
            os.set_blocking(end, False)
        takers: dict[int, Callable[[int, FrameType | None], None]] = dict.fromkeys(_ENDS, self._end)
        takers |= {signal.SIGTSTP: self._stop, signal.SIGWINCH: self._redraw}
        self._handlers = {number: signal.signal(number, take) for number, take in takers.items()}
        self._open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            self._shut()
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            os.close(self._woken)
            os.close(self._wakes)

    def draw(self, shown: RenderableType) -> None:
        """Put it in the place of what stands there."""
        self.console.update_screen(shown)

    def wake(self) -> None:
        """Let ``keys`` come back at once."""
        with suppress(OSError):  # it is full, so that it wakes anyway; or all is over
            os.write(self._wakes, b".")

    def keys(self, timeout_seconds: float) -> str | None:
        """What was typed meanwhile, soon after something happened; ``None``: it is time to end."""
        ready, _, _ = select.select([self._woken, self._keyboard], [], [], max(0.0, timeout_seconds))
        if self._woken in ready:
            with suppress(OSError):
                os.read(self._woken, 4096)
        if self._asked_to_stop:
            self._rest()
        if self._asked_to_end:
            return None
        return _typed(self._keyboard) if self._keyboard in ready else ""

    def _open(self) -> None:
        self._before = termios.tcgetattr(self._keyboard)
        tty.setcbreak(self._keyboard)  # Ctrl-C and Ctrl-Z stay what they are
        self._is_open = True
        self.console.set_alt_screen(True)
        self.console.show_cursor(False)

    def _shut(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        with suppress(StorageError):  # of a window that was closed
            self.console.show_cursor(True)
            self.console.set_alt_screen(False)
        with suppress(termios.error):
            termios.tcsetattr(self._keyboard, termios.TCSADRAIN, self._before)

    def _rest(self) -> None:
        """Ctrl-Z: the shell has its screen meanwhile."""
        self._asked_to_stop = False
        self._shut()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._open()

    def _end(self, *_: object) -> None:
        self._asked_to_end = True
        self.wake()

    def _stop(self, *_: object) -> None:
        self._asked_to_stop = True
        self.wake()

    def _redraw(self, *_: object) -> None:
        self.wake()


def _typed(keyboard: int) -> str | None:
    try:
        raw = os.read(keyboard, _LONGEST_KEYS)
    except OSError:  # the window was closed
        return None
    return raw.decode("utf-8", "replace") if raw else None
