"""The days of a rig for whoever keeps its book: one question at a time, in a thread beside the event loop."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from miner_agent.errors import AgentError
from miner_agent.text import LOG_LENGTH, clean_text

MOST_ASKED = 8  # questions, the one that is answered among them
DAYS_PATH = "/-/day"  # what all paths begin with
LATER, FAILED = "Other days are being asked for. Try again in a few seconds.", "The log of this rig cannot be read."
RETRY_SECONDS = 5
_log = logging.getLogger(__name__)
Answer = Callable[[str | None, str | None, str | None], bytes]
"""What is told of a day, a rig and a time zone, as JSON; raises LookupError with a sentence where there is nothing."""


class DayPages:
    """Asks for days. Used in the event loop, but for ``close``."""

    def __init__(self, answer: Answer) -> None:
        """``answer`` is called by one thread, and may wait for a disk."""
        self._answer, self._waiting = answer, 0
        self._reader = ThreadPoolExecutor(1, "days")

    def close(self) -> None:
        """Answer no more."""
        self._reader.shutdown(wait=False, cancel_futures=True)

    async def told(self, day: str | None, rig: str | None, time_zone: str | None) -> tuple[int, bytes | str]:
        """A status, and JSON where it is 200, else a sentence."""
        if self._waiting >= MOST_ASKED:
            return 503, LATER
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return 200, await loop.run_in_executor(self._reader, self._answer, day, rig, time_zone)
        except LookupError as error:
            return 404, str(error.args[0])
        except AgentError as error:
            _log.warning("a day was asked for: %s", clean_text(str(error), length=LOG_LENGTH))
            return 503, FAILED
        finally:
            self._waiting -= 1
