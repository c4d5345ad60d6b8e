"""Waits for sockets, and deadlines that run while the sources are slow and stand still while this process is.

Where the processor is full, an answer waits for the loop, not the loop for an answer.
"""

import asyncio
import contextlib
import os
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush
from select import EPOLLIN, EPOLLONESHOT, EPOLLOUT, epoll
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector, SelectorKey
from time import monotonic
from types import TracebackType
from typing import Any

MOST_OF_LOOP = 16  # that the loop itself is told of at a time
MOST_MET = 1024  # deadlines that are kept though they were met, since an earlier one is not over
UNNOTICED_SECONDS = 0.05  # a turn of the loop is over in less, where there is room for it


class Lateness:
    """How late the turns of one loop were, all together."""

    __slots__ = ("seconds",)

    def __init__(self) -> None:
        self.seconds = 0.0


class WatchedSelector(BaseSelector):
    """Adds to ``lateness`` what its loop does, wakes up whoever waits for a socket, and takes work from other threads.

    The loop has ways of its own for both: they take a turn more each, and three calls of the system more.
    """

    def __init__(self, lateness: Lateness) -> None:
        self.lateness = lateness
        self._epoll = epoll()
        self._keys: dict[Any, SelectorKey] = {}  # what the loop itself waits for
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._deadlines: list[tuple[float, int, Deadline]] = []  # by when they are to be looked at; a heap
        self._deadlines_total = 0
        self._lock = threading.Lock()  # of what other threads see
        self._work: deque[Callable[[], object]] = deque()
        self._work_there = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        try:
            self._epoll.register(self._work_there, EPOLLIN)
        except OSError:
            self.close()
            raise
        self._returned_seconds = monotonic()

    async def until(self, waited_for: socket.socket, events: int) -> None:
        """Return when there is something to read or room to write, as ``events`` says, or when it has failed."""
        descriptor, wanted = waited_for.fileno(), _WANTED[events] | EPOLLONESHOT
        try:
            self._epoll.register(descriptor, wanted)
        except FileExistsError:  # it was waited for before; closing it ends that
            self._epoll.modify(descriptor, wanted)
        ready = self._waiting[descriptor] = asyncio.get_running_loop().create_future()
        try:
            await ready
        finally:
            del self._waiting[descriptor]

    def hand_over(self, work: Callable[[], object]) -> None:
        """Have it done by the loop, in the order in which it comes. From any thread.

        Raises:
            RuntimeError: the loop has been closed.
        """
        with self._lock:
            if self._epoll.closed:
                raise RuntimeError("the loop has been closed")
            self._work.append(work)
            os.eventfd_write(self._work_there, 1)

    def remind(self, deadline: "Deadline", at_seconds: float) -> None:
        """Have it look then whether it is over, on the monotonic clock, unless it has been met by then."""
        self._deadlines_total += 1
        if self._deadlines_total % MOST_MET == 0:
            self._deadlines = [one for one in self._deadlines if not one[2].met]
            heapify(self._deadlines)
        heappush(self._deadlines, (at_seconds, self._deadlines_total, deadline))

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """As every selector does. Between two calls of it the loop works."""
        called_seconds = monotonic()
        timeout = self._until_a_deadline(timeout, called_seconds)
        happened = self._epoll.poll(None if timeout is None else max(0.0, timeout), len(self._waiting) + MOST_OF_LOOP)
        returned_seconds = monotonic()
        late_seconds = called_seconds - self._returned_seconds - UNNOTICED_SECONDS
        if timeout is not None:  # else nobody has a deadline
            late_seconds += max(0.0, returned_seconds - called_seconds - max(0.0, timeout))
        if late_seconds > 0:
            self.lateness.seconds += late_seconds
        self._returned_seconds = returned_seconds
        of_loop = [found for one in happened if (found := self._taken(*one)) is not None]
        while self._deadlines and self._deadlines[0][0] <= returned_seconds:
            deadline = heappop(self._deadlines)[2]
            if not deadline.met:
                deadline.look(returned_seconds)  # behind whoever has its answer by now
        return of_loop

    def _until_a_deadline(self, timeout: float | None, now_seconds: float) -> float | None:
        while self._deadlines and self._deadlines[0][2].met:
            heappop(self._deadlines)
        if not self._deadlines:
            return timeout
        left_seconds = max(0.0, self._deadlines[0][0] - now_seconds)
        return left_seconds if timeout is None else min(timeout, left_seconds)

    def _taken(self, descriptor: int, happened: int) -> tuple[SelectorKey, int] | None:
        """What the loop itself is to be told; whoever waits goes on in the turn that begins now."""
        if (ready := self._waiting.get(descriptor)) is not None:
            if not ready.done():
                ready.set_result(None)
        elif descriptor == self._work_there:
            os.eventfd_read(descriptor)
            while self._work:
                _done(self._work.popleft())
        elif (key := self._keys.get(descriptor)) is not None:
            read = EVENT_READ if happened & ~EPOLLOUT else 0
            write = EVENT_WRITE if happened & ~EPOLLIN else 0
            return key, (read | write) & key.events
        return None

    def register(self, fileobj: Any, events: int, data: object = None) -> SelectorKey:
        descriptor = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        self._epoll.register(descriptor, _WANTED[events])
        key = self._keys[descriptor] = SelectorKey(fileobj, descriptor, events, data)
        return key

    def unregister(self, fileobj: Any) -> SelectorKey:
        key = self._keys.pop(fileobj if isinstance(fileobj, int) else fileobj.fileno())
        with contextlib.suppress(OSError):  # it has been closed
            self._epoll.unregister(key.fd)
        return key

    def get_map(self) -> Mapping[Any, SelectorKey]:
        return self._keys

    def close(self) -> None:
        with self._lock:
            if not self._epoll.closed:
                self._epoll.close()
                os.close(self._work_there)


class WatchedLoop(asyncio.SelectorEventLoop):
    """A loop over such a selector. One for which the system has no room closes it, and is forgotten without a word."""

    def __init__(self, selector: WatchedSelector) -> None:
        self._is_made = False
        try:
            super().__init__(selector)
        except OSError:
            selector.close()
            raise
        self._is_made = True

    def is_closed(self) -> bool:
        """What looks at a loop that is forgotten asks this, and closes what it takes for open."""
        return not self._is_made or super().is_closed()


def _done(work: Callable[[], object]) -> None:
    """As the loop does its own: a mistake in it ends nothing else."""
    try:
        work()
    except Exception as bug:  # noqa: BLE001 - the loop says so
        told = {"message": "a mistake in what was handed over", "exception": bug}
        asyncio.get_running_loop().call_exception_handler(told)


_WANTED = {EVENT_READ: EPOLLIN, EVENT_WRITE: EPOLLOUT, EVENT_READ | EVENT_WRITE: EPOLLIN | EPOLLOUT}


class Deadline:
    """Around a block: ``TimeoutError`` where it takes longer, not counted what the loop was late meanwhile."""

    __slots__ = (
        "_begun_seconds",
        "_cancelled_before",
        "_late_before_seconds",
        "_most",
        "_over",
        "_seconds",
        "_selector",
        "_task",
        "met",
    )

    def __init__(self, seconds: float, selector: WatchedSelector, *, most_late_seconds: float) -> None:
        """
        Args:
            seconds: how long it may take. [s]
            selector: of the loop.
            most_late_seconds: what is not counted at most. [s]
        """
        self._seconds, self._selector, self._most = seconds, selector, most_late_seconds
        self.met = self._over = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline is a task's")
        self._task, self._cancelled_before = task, task.cancelling()
        self._begun_seconds, self._late_before_seconds = monotonic(), self._selector.lateness.seconds
        self._selector.remind(self, self._begun_seconds + self._seconds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self.met = self._task, True
        del self._task  # it would be held by a deadline that is kept
        if self._over and task.uncancel() <= self._cancelled_before and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def look(self, now_seconds: float) -> None:
        """End the block, where its time is over by now."""
        late_seconds = min(self._selector.lateness.seconds - self._late_before_seconds, self._most)
        until_seconds = self._begun_seconds + self._seconds + late_seconds
        if until_seconds > now_seconds:
            self._selector.remind(self, until_seconds)
        else:
            self._task.get_loop().call_soon(self._end)

    def _end(self) -> None:
        if not self.met:
            self._over = True
            self._task.cancel()
