"""Has a process of its own do what is heavy or may hang; ends it where it takes too long or nobody waits any more."""

import subprocess
import threading

from miner_agent.errors import AgentError, TimedOut
from miner_agent.interpreter import OUT_OF_CTRL_C, child_command
from miner_agent.text import LOG_LENGTH, clean_text

ENDS = "the agent ends"
LARGEST_ANSWER_BYTES = 4 << 20


class ErrandProcess:
    """One process at a time, each for one errand. Used by one thread; ended by any."""

    def __init__(
        self, module: str, *, that: str, largest_answer_bytes: int = LARGEST_ANSWER_BYTES, hears: bool = True
    ) -> None:
        """
        Args:
            module: what runs, with the errand on its standard input and the answer on its standard output.
            that: what it does, for sentences: "the process that computes took over 30 s".
            largest_answer_bytes: one that says more has failed.
            hears: whether the last line of its standard error says why it failed; not where a secret may stand there.
        """
        self._module, self._that, self._hears = module, that, hears
        self._largest_answer_bytes = largest_answer_bytes
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

    @property
    def is_running(self) -> bool:
        """Whether an errand is being done."""
        with self._lock:
            return self._child is not None

    def close(self) -> None:
        """Start no other, and end the one that runs."""
        with self._lock:
            self._closed = True
            child = self._child
        if child is not None:
            child.kill()

    def answer(self, errand: bytes, *, deadline_seconds: float) -> bytes:
        """What it says.

        Raises:
            TimedOut: it did not say it in time, and was ended.
            AgentError: it could not be started, or ended otherwise.
        """
        child = self._started()
        try:
            said, complained = child.communicate(errand, timeout=deadline_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise TimedOut(f"the process that {self._that} took over {deadline_seconds:g} s and was ended") from None
        finally:
            with self._lock:
                self._child = None
        if child.returncode == 0 and len(said) <= self._largest_answer_bytes:
            return said  # of one that is closed by now too: what was sent is not to be sent again
        if self._closed:
            raise AgentError(ENDS)
        if child.returncode == 0:
            raise AgentError(f"the process that {self._that} said more than {self._largest_answer_bytes} bytes")
        last_line = (complained or b"").decode(errors="replace").strip().rpartition("\n")[2]
        words = clean_text(last_line, length=LOG_LENGTH) or "no word"
        raise AgentError(f"the process that {self._that} ended with {child.returncode}: {words}")

    def _started(self) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._closed:
                raise AgentError(ENDS)
            try:
                self._child = subprocess.Popen(
                    child_command(self._module),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE if self._hears else subprocess.DEVNULL,
                    process_group=OUT_OF_CTRL_C,
                )
            except OSError as error:
                said = (error.strerror or "no reason told").lower()
                raise AgentError(f"no process could be started that {self._that}: {said}") from None
            return self._child
