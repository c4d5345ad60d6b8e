"""A real terminal with the command in it: what stands on it, keys, another size, and its end."""

import os
import pty
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from fcntl import ioctl
from pathlib import Path
from signal import SIGKILL

from tests.waiting import until

IN_TERMINAL = "import os, sys; os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])"


class Terminal:
    """One of them; ``shown`` is everything that was written to it, with its control sequences."""

    def __init__(self, arguments: tuple[str, ...], *, environment: Mapping[str, str], columns: int, rows: int) -> None:
        self._mine, theirs = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(theirs)
        self.process = subprocess.Popen(
            [sys.executable, "-c", IN_TERMINAL, sys.executable, "-m", "miner_agent", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONWARNINGS": "ignore", **environment},
        )
        self._theirs = theirs
        self.shown = ""

    def until_shown(self, text: str) -> str:
        """What stands behind everything that was there before, as soon as the text is in it."""
        start = len(self.shown)
        until(lambda: text in self._read()[start:])
        return self.shown[start:]

    def until(self, holds: Callable[[], object]) -> None:
        """Wait for something while somebody looks at the terminal: who writes to one that nobody reads has to wait."""
        until(lambda: (self._read(), holds())[1])

    def _read(self) -> str:
        """All that was shown until now."""
        while select.select([self._mine], [], [], 0)[0]:
            with suppress(OSError):  # EIO: nobody writes any more
                if chunk := os.read(self._mine, 65_536):
                    self.shown += chunk.decode("utf-8", "replace")
                    continue
            break
        return self.shown

    def type(self, keys: bytes) -> None:
        os.write(self._mine, keys)

    def resize(self, columns: int, rows: int) -> None:
        ioctl(self._mine, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def settings(self) -> list[object]:
        """How the terminal is set: with an echo, or without."""
        return termios.tcgetattr(self._theirs)

    def ended(self) -> int:
        """The exit code."""
        self.until(lambda: self.process.poll() is not None)
        self._read()
        return self.process.returncode

    def close(self) -> None:
        """The window is closed."""
        for handle in (self._theirs, self._mine):
            with suppress(OSError):
                os.close(handle)


@contextmanager
def terminal(
    *arguments: str, environment: Mapping[str, str] | None = None, columns: int = 80, rows: int = 24
) -> Iterator[Terminal]:
    """Runs the command in a terminal of its own; at the end it is gone, whatever it was at."""
    made = Terminal(arguments, environment=environment or {}, columns=columns, rows=rows)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.process.send_signal(SIGKILL)
        made.close()
        made.process.wait()


def at(folder: Path) -> dict[str, str]:
    """An environment whose home is that folder."""
    return {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state")}
