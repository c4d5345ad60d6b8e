"""A short-lived child that does not outlive this process, however soon that ends."""

import atexit
import subprocess
import threading
from collections.abc import Sequence

from miner_agent.interpreter import OUT_OF_CTRL_C


class BoundChildren:
    """Those that run now. Once they were ended, no other is started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._ended = False

    def run(self, command: Sequence[str], *, seconds: float) -> tuple[int, str] | None:
        """Its exit code and what it said on standard error; ``None`` where this process ends first.

        Raises:
            subprocess.TimeoutExpired: it took longer, and was ended.
            OSError: it could not be started.
        """
        with self._lock:
            if self._ended:
                return None
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                process_group=OUT_OF_CTRL_C,
            )
            self._running.add(child)
        with child:
            try:
                _, said = child.communicate(timeout=seconds)
            finally:
                child.kill()  # nothing where it has ended
                with self._lock:
                    self._running.discard(child)
        return None if self._ended else (child.returncode, said)

    def end(self) -> None:
        """End all of them, at once."""
        with self._lock:
            self._ended = True
            for child in self._running:
                child.kill()
                child.wait()


CHILDREN = BoundChildren()
atexit.register(CHILDREN.end)
