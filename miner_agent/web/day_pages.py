"""The days of a rig for whoever keeps its book: one question at a time, in a thread beside the event loop."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from miner_agent.errors import AgentError
from miner_agent.text import LOG_LENGTH, clean_text
from miner_agent.web.in_line import InLine

MOST_ASKED = 8  # questions, the one that is answered among them
DAYS_PATH = "/-/day"  # what all paths begin with
LATER, FAILED = "Other days are being asked for. Try again in a few seconds.", "The log of this rig cannot be read."
RETRY_SECONDS = 5
_log = logging.getLogger(__name__)
Answer = Callable[[str | None, str | None, str | None], bytes]
"""What is told of a day, a rig and a time zone, as JSON; raises LookupError with a sentence where there is nothing."""


class DayPages:
    """Asks for days. Its thread is waited for by nobody: a disk that hangs holds up neither the loop nor the end."""

    def __init__(self, answer: Answer) -> None:
        """``answer`` is called by one thread, and may wait for a disk."""
        self._answer = answer
        self._line = InLine("days", MOST_ASKED)

    def close(self) -> None:
        """Answer no more than what is asked already."""
        self._line.close()

    async def told(self, day: str | None, rig: str | None, time_zone: str | None) -> tuple[int, bytes | str]:
        """A status, and JSON where it is 200, else a sentence. For the event loop."""
        done = self._line.begin(partial(self._answer, day, rig, time_zone))
        if done is None:
            return 503, LATER
        try:
            return 200, await asyncio.wrap_future(done)
        except LookupError as error:
            return 404, str(error.args[0])
        except AgentError as error:
            _log.warning("a day was asked for: %s", clean_text(str(error), length=LOG_LENGTH))
            return 503, FAILED
