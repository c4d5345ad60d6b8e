"""The agent's log: one clean line an event, on standard error."""

import logging
import sys
import time

from miner_agent.text import LOG_LENGTH, clean_text

_PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class _Line(logging.Formatter):
    """For systemd's journal a line begins with its priority; for people with the time."""

    converter = staticmethod(time.gmtime)

    def __init__(self, *, journal: bool) -> None:
        super().__init__("%(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        message = clean_text(record.getMessage(), length=2 * LOG_LENGTH)
        if record.exc_info:
            trace = self.formatException(record.exc_info).splitlines()
            message += " | " + " | ".join(clean_text(line, length=LOG_LENGTH) for line in trace[-8:])
        if self._journal:
            return f"<{_PRIORITY.get(record.levelno, 6)}>{message}"
        return f"{self.formatTime(record, self.datefmt)} {record.levelname.lower()}: {message}"


def set_up(*, journal: bool) -> None:
    """Send everything of level INFO and above to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(journal=journal))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.raiseExceptions = False
