"""Deadlines that run while the sources are slow, and stand still while this process is.

Where the processor is full, an answer waits for the loop, not the loop for an answer.
"""

import asyncio
from selectors import EpollSelector, SelectorKey
from time import monotonic
from types import TracebackType

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


class Deadline:
    """Around a block: ``TimeoutError`` where it takes longer, not counted what the loop was late meanwhile."""

    __slots__ = (
        "_begun_seconds",
        "_late_before_seconds",
        "_lateness",
        "_limit",
        "_looking",
        "_loop",
        "_most",
        "_seconds",
    )

    def __init__(self, seconds: float, lateness: Lateness, *, most_late_seconds: float) -> None:
        """
        Args:
            seconds: how long it may take. [s]
            lateness: of the loop.
            most_late_seconds: what is not counted at most. [s]
        """
        self._seconds, self._lateness, self._most = seconds, lateness, most_late_seconds
        self._limit = asyncio.timeout(None)

    async def __aenter__(self) -> None:
        await self._limit.__aenter__()
        self._loop = asyncio.get_running_loop()
        self._begun_seconds, self._late_before_seconds = self._loop.time(), self._lateness.seconds
        self._looking = self._loop.call_later(self._seconds, self._look)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._looking.cancel()
        await self._limit.__aexit__(kind, error, trace)

    def _look(self) -> None:
        late_seconds = min(self._lateness.seconds - self._late_before_seconds, self._most)
        left_seconds = self._begun_seconds + self._seconds + late_seconds - self._loop.time()
        if left_seconds > 0:
            self._looking = self._loop.call_later(left_seconds, self._look)
        else:
            self._limit.reschedule(self._loop.time())  # behind whoever has its answer by now
