"""Starts a process that computes for who looks, and ends it where it takes too long or nobody looks any more."""

import subprocess
import threading

from miner_agent.errors import AgentError, TimedOut
from miner_agent.interpreter import OUT_OF_CTRL_C, child_command
from miner_agent.text import LOG_LENGTH, clean_text

LARGEST_ANSWER = 4 << 20


class ErrandProcess:
    """One process at a time, each for one errand. Used by one thread; ended by any."""

    def __init__(self, module: str, *, deadline_seconds: float) -> None:
        """
        Args:
            module: what runs, with the errand on its standard input.
            deadline_seconds: after so long it is ended.
        """
        self._module, self._deadline_seconds = module, deadline_seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

    def close(self) -> None:
        """Start no other, and end the one that runs."""
        with self._lock:
            self._closed = True
            child = self._child
        if child is not None:
            child.kill()

    def answer(self, errand: bytes) -> bytes:
        """What it says.

        Raises:
            TimedOut: it did not say it in time, and was ended.
            AgentError: it could not be started, or ended otherwise.
        """
        with self._lock:
            if self._closed:
                raise AgentError("the agent ends")
            try:
                child = self._child = subprocess.Popen(
                    child_command(self._module),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    process_group=OUT_OF_CTRL_C,
                )
            except OSError as error:
                raise AgentError(f"no process could be started to compute: {error.strerror}") from None
        try:
            said, complained = child.communicate(errand, timeout=self._deadline_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            seconds = self._deadline_seconds
            raise TimedOut(f"the process that computes took over {seconds:.0f} s and was ended") from None
        finally:
            with self._lock:
                self._child = None
        if child.returncode == 0 and len(said) <= LARGEST_ANSWER:
            return said
        words = clean_text(complained.decode(errors="replace").strip().rpartition("\n")[2], length=LOG_LENGTH)
        raise AgentError(f"the process that computes ended with {child.returncode}: {words or 'no word'}")
