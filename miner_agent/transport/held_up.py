"""Deadlines that run while the sources are slow, and stand still while this process is.

Where the processor is full, an answer waits for the loop, not the loop for an answer.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from selectors import EpollSelector, SelectorKey
from time import monotonic

UNNOTICED_SECONDS = 0.05  # a turn of the loop is over in less, where there is room for it


class Lateness:
    """How late the turns of one loop were, all together."""

    __slots__ = ("seconds",)

    def __init__(self) -> None:
        self.seconds = 0.0


class WatchedSelector(EpollSelector):
    """Adds to ``lateness`` what its loop does."""

    def __init__(self, lateness: Lateness) -> None:
        super().__init__()
        self._lateness = lateness
        self._returned_seconds = monotonic()

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """As every selector does. Between two calls of it the loop works."""
        called_seconds = monotonic()
        found = super().select(timeout)
        returned_seconds = monotonic()
        late_seconds = called_seconds - self._returned_seconds - UNNOTICED_SECONDS
        if timeout is not None:  # else nobody has a deadline
            late_seconds += max(0.0, returned_seconds - called_seconds - max(0.0, timeout))
        self._lateness.seconds += max(0.0, late_seconds)
        self._returned_seconds = returned_seconds
        return found


@asynccontextmanager
async def deadline(seconds: float, lateness: Lateness, *, most_late_seconds: float) -> AsyncIterator[None]:
    """``TimeoutError`` where the block takes longer, not counted what the loop was late meanwhile.

    Args:
        seconds: how long it may take. [s]
        lateness: of the loop.
        most_late_seconds: what is not counted at most. [s]
    """
    loop = asyncio.get_running_loop()
    begun_seconds, late_before_seconds = loop.time(), lateness.seconds
    looking: asyncio.TimerHandle
    async with asyncio.timeout(None) as limit:

        def look() -> None:
            nonlocal looking
            late_seconds = min(lateness.seconds - late_before_seconds, most_late_seconds)
            left_seconds = begun_seconds + seconds + late_seconds - loop.time()
            if left_seconds > 0:
                looking = loop.call_later(left_seconds, look)
            else:
                limit.reschedule(loop.time())  # behind whoever has its answer by now

        looking = loop.call_later(seconds, look)
        try:
            yield
        finally:
            looking.cancel()
