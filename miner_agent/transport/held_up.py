"""Waits for sockets, and deadlines that run while the sources are slow and stand still while this process is.

Where the processor is full, an answer waits for the loop, not the loop for an answer.
"""

import asyncio
import socket
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
    """Adds to ``lateness`` what its loop does, and wakes up whoever waits for a socket."""

    def __init__(self, lateness: Lateness) -> None:
        super().__init__()
        self._lateness = lateness
        self._returned_seconds = monotonic()

    async def until(self, waited_for: socket.socket, events: int) -> None:
        """Return when there is something to read or room to write, as ``events`` says.

        In the turn in which it is so: what the loop itself has for it takes one more, and tries in vain before.
        """
        ready = asyncio.get_running_loop().create_future()
        self.register(waited_for, events, ready)
        try:
            await ready
        finally:
            self.unregister(waited_for)

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """As every selector does. Between two calls of it the loop works."""
        called_seconds = monotonic()
        found = super().select(timeout)
        returned_seconds = monotonic()
        late_seconds = called_seconds - self._returned_seconds - UNNOTICED_SECONDS
        if timeout is not None:  # else nobody has a deadline
            late_seconds += max(0.0, returned_seconds - called_seconds - max(0.0, timeout))
        if late_seconds > 0:
            self._lateness.seconds += late_seconds
        self._returned_seconds = returned_seconds
        return [one for one in found if not _woken(one[0].data)]


def _woken(waits: object) -> bool:
    """Whether it is one who waits for a socket; in the turn that begins now it goes on."""
    if not isinstance(waits, asyncio.Future):
        return False
    if not waits.done():
        waits.set_result(None)
    return True


class Deadline:
    """Around a block: ``TimeoutError`` where it takes longer, not counted what the loop was late meanwhile."""

    __slots__ = (
        "_begun_seconds",
        "_cancelled_before",
        "_late_before_seconds",
        "_lateness",
        "_looking",
        "_loop",
        "_most",
        "_over",
        "_seconds",
        "_task",
    )

    def __init__(self, seconds: float, lateness: Lateness, *, most_late_seconds: float) -> None:
        """
        Args:
            seconds: how long it may take. [s]
            lateness: of the loop.
            most_late_seconds: what is not counted at most. [s]
        """
        self._seconds, self._lateness, self._most = seconds, lateness, most_late_seconds
        self._over = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline is a task's")
        self._task, self._cancelled_before, self._loop = task, task.cancelling(), task.get_loop()
        self._begun_seconds, self._late_before_seconds = self._loop.time(), self._lateness.seconds
        self._looking: asyncio.Handle = self._loop.call_later(self._seconds, self._look)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._looking.cancel()
        if self._over and self._task.uncancel() <= self._cancelled_before and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _look(self) -> None:
        late_seconds = min(self._lateness.seconds - self._late_before_seconds, self._most)
        left_seconds = self._begun_seconds + self._seconds + late_seconds - self._loop.time()
        if left_seconds > 0:
            self._looking = self._loop.call_later(left_seconds, self._look)
        else:
            self._looking = self._loop.call_soon(self._end)  # behind whoever has its answer by now

    def _end(self) -> None:
        self._over = True
        self._task.cancel()
