"""The agent's own log as a channel: a line a notice, which journalctl and whoever reads it finds."""

import logging
from datetime import datetime

from miner_agent.notifying.channel import Dispatch
from miner_agent.notifying.message_text import Kind, letters_of

log = logging.getLogger(__name__)
_LEVELS: dict[Kind, int] = {
    "failure": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "success": logging.INFO,
}


class JournalChannel:
    """One of ``[[alerts.channels]]`` with ``kind = "journal"``."""

    def __init__(self, name: str) -> None:
        self.name = name

    def send(self, dispatch: Dispatch, *, now: datetime) -> str:
        """Write it into the log, which waits for nobody."""
        for letter in letters_of(dispatch, now=now):
            rest = letter.lines[1:] if letter.title.endswith(letter.lines[0]) else letter.lines
            log.log(_LEVELS[letter.kind], "alert: %s", "; ".join((letter.title, *rest)))
        return "written into the log"

    def close(self) -> None:
        """Nothing is on its way."""
