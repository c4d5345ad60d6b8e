"""The agent's log: one clean line an event, on standard error, never waited for. What finds no room is counted."""

import atexit
import logging
import sys
import time

from miner_agent.service.one_arena import take_one_arena
from miner_agent.service.unwaited import UnwaitedStream
from miner_agent.text import LOG_LENGTH, NEAREST_LETTERS, clean_text

QUEUE_LINES = 1000
DRAIN_SECONDS = 0.5  # for what is still to be printed when the process ends
_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class LineFormatter(logging.Formatter):
    """For systemd's journal a line begins with its priority; for people with the time."""

    converter = staticmethod(time.gmtime)

    def __init__(self, *, journal: bool) -> None:
        super().__init__("%(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        message = clean_text(record.getMessage(), length=4 * LOG_LENGTH)
        if record.exc_info:
            trace = self.formatException(record.exc_info).splitlines()
            message += " | " + " | ".join(clean_text(line, length=LOG_LENGTH) for line in trace[-8:])
        if self._journal:
            return f"<{_PRIORITY.get(record.levelno, 6)}>{message}"
        return f"{self.formatTime(record, self.datefmt)} {record.levelname.lower()}: {message}"


class LineHandler(logging.Handler):
    """Prints each event as a line."""

    def __init__(self, stream: UnwaitedStream) -> None:
        super().__init__()
        self.stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        self.stream.write(self.format(record) + "\n")


def lines_dropped_total() -> int:
    """How many lines found no room or no disk since the agent started."""
    handlers = logging.getLogger().handlers
    return sum(handler.stream.dropped_total for handler in handlers if isinstance(handler, LineHandler))


def set_up(*, journal: bool) -> None:
    """Send everything of level INFO and above to standard error. From now on nobody waits for it or standard output."""
    take_one_arena()  # before the first thread: a pool that one has taken stays for all
    errors = UnwaitedStream(sys.stderr, capacity=QUEUE_LINES, errors=NEAREST_LETTERS)
    output = UnwaitedStream(sys.stdout, capacity=QUEUE_LINES, errors=NEAREST_LETTERS)
    sys.stderr, sys.stdout = errors, output
    handler = LineHandler(errors)
    handler.setFormatter(LineFormatter(journal=journal))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.raiseExceptions = False
    atexit.register(_drain, errors, output)


def _drain(*streams: UnwaitedStream) -> None:
    deadline = time.monotonic() + DRAIN_SECONDS
    for stream in streams:
        stream.drain(deadline - time.monotonic())
