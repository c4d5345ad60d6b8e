"""The agent's log: one clean line an event, on standard error, never waited for.

A journal that does not read or a disk that is full must not hold up sampling: lines go through a bounded queue to
a thread of their own, and what does not fit is counted.
"""

import atexit
import logging
import queue
import sys
import threading
import time

from miner_agent.text import LOG_LENGTH, clean_text

QUEUE_LINES = 1000
FLUSH_SECONDS = 0.5
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


class QueueToStderr(logging.Handler):
    """Hands lines to a thread that writes them. ``dropped_total`` counts those that found no room or no disk."""

    def __init__(self) -> None:
        super().__init__()
        self.dropped_total = 0
        self._lines: queue.Queue[str] = queue.Queue(QUEUE_LINES)
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.put_nowait(self.format(record) + "\n")
        except queue.Full:
            self.dropped_total += 1

    def flush(self) -> None:
        """Give what is queued half a second to be written."""
        deadline = time.monotonic() + FLUSH_SECONDS
        while self._lines.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.01)

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            try:
                sys.stderr.write(line)
                sys.stderr.flush()
            except (OSError, ValueError):
                self.dropped_total += 1
            self._lines.task_done()


def lines_dropped_total() -> int:
    """How many lines found no room or no disk since the agent started."""
    return sum(handler.dropped_total for handler in logging.getLogger().handlers if isinstance(handler, QueueToStderr))


def set_up(*, journal: bool) -> None:
    """Send everything of level INFO and above to standard error."""
    handler = QueueToStderr()
    handler.setFormatter(LineFormatter(journal=journal))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.raiseExceptions = False
    atexit.register(handler.flush)
