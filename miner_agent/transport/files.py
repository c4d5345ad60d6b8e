"""Files that programs write about themselves, read in a thread for each directory.

A disk that is dead, such as a network share without its server, keeps whoever reads it for ever and nothing can
interrupt it. So each directory has a thread of its own, a daemon that nobody joins; while it hangs it is asked nothing
more, and it delays nobody.
"""

import asyncio
import os
import queue
import stat
import threading
from collections.abc import Callable
from datetime import datetime

from miner_agent.errors import BadPayload, Refused, SourceError, Unreachable
from miner_agent.sources.driver import FileRead
from miner_agent.transport.endpoint import Endpoint

_AT_ONCE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe without a writer is opened at once
_Work = Callable[[], bytes]
_Asked = tuple[_Work, "asyncio.Future[bytes]"]


class Files:
    """The directories of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._readers: dict[Endpoint, _Reader] = {}

    async def read(self, endpoint: Endpoint, request: FileRead, now: datetime | None, most_bytes: int) -> bytes:
        """The bytes of the file, if it is fresh at ``now`` and no longer than that.

        Raises:
            SourceError: it cannot be read, or is too old, or its disk has not answered the last time.
        """
        if now is None:
            raise Refused(f"{endpoint}: the age of a file cannot be told without the time")
        reader = self._readers.get(endpoint)
        if reader is None:
            reader = self._readers[endpoint] = _Reader(self._loop)
        if reader.busy:
            raise Unreachable(f"{endpoint}: its disk has not answered since it was last asked")
        try:
            answer = reader.ask(lambda: read_file(endpoint, request, now, most_bytes))
        except RuntimeError:
            raise Unreachable(f"{endpoint}: no thread could be begun to read it") from None
        return await asyncio.shield(answer)

    def close(self) -> None:
        """Let the threads end once they are free."""
        for reader in self._readers.values():
            reader.close()


class _Reader:
    """One thread, and what it has been asked."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._line: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._last: asyncio.Future[bytes] | None = None
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        return self._last is not None and not self._last.done()

    def ask(self, work: _Work) -> "asyncio.Future[bytes]":
        """Begun at once.

        Raises:
            RuntimeError: no thread could be begun for it.
        """
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="files", daemon=True)
            thread.start()
            self._thread = thread
        answer = self._last = self._loop.create_future()
        answer.add_done_callback(_heard)
        self._line.put((work, answer))
        return answer

    def close(self) -> None:
        self._line.put(None)

    def _run(self) -> None:
        while (asked := self._line.get()) is not None:
            work, answer = asked
            try:
                found: bytes | Exception = work()
            except Exception as error:  # noqa: BLE001 - it shows itself to whoever asked
                found = error
            try:
                self._loop.call_soon_threadsafe(_settle, answer, found)
            except RuntimeError:  # the loop has been closed meanwhile
                return


def _settle(answer: "asyncio.Future[bytes]", found: bytes | Exception) -> None:
    if answer.done():
        return
    if isinstance(found, Exception):
        answer.set_exception(found)
    else:
        answer.set_result(found)


def _heard(answer: "asyncio.Future[bytes]") -> None:
    """An error that comes when nobody waits for it any more is no news."""
    if not answer.cancelled():
        answer.exception()


def read_file(endpoint: Endpoint, request: FileRead, now: datetime, most_bytes: int) -> bytes:
    """The file, if it is a fresh and ordinary one that no link leads to; blocks as long as its disk likes."""
    place = f"{endpoint}/{request.path}"
    try:
        return _read(endpoint.directory or "/", request, now, place, most_bytes)
    except FileNotFoundError:
        raise Unreachable(f"{place}: no such file") from None
    except PermissionError:
        raise Refused(f"{place}: permission denied; let the agent's user read it, such as by its group") from None
    except OSError as error:
        raise _unreadable(error, place) from None


def _unreadable(error: OSError, place: str) -> SourceError:
    return Refused(f"{place}: {(error.strerror or type(error).__name__).lower()}; links are not followed")


def _read(directory: str, request: FileRead, now: datetime, place: str, most_bytes: int) -> bytes:
    *parents, name = request.path.split("/")
    held = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for step, flags in (*((parent, _AT_ONCE | os.O_DIRECTORY) for parent in parents), (name, _AT_ONCE)):
            inner = os.open(step, flags, dir_fd=held)
            os.close(held)
            held = inner
        found = os.fstat(held)
        if not stat.S_ISREG(found.st_mode):
            raise Refused(f"{place}: not an ordinary file")
        _refuse_stale(now.timestamp() - found.st_mtime, request.fresh_seconds, place)
        content = bytearray()
        while part := os.read(held, most_bytes + 1 - len(content)):
            content += part
        if len(content) > most_bytes:
            raise BadPayload(f"{place}: length of the file", max(found.st_size, len(content)), f"at most {most_bytes}")
        return bytes(content)
    finally:
        os.close(held)


def _refuse_stale(age_seconds: float, fresh_seconds: float, place: str) -> None:
    if age_seconds > fresh_seconds:
        raise Unreachable(f"{place}: last written {age_seconds:.0f} s ago; expected within {fresh_seconds:.0f} s")
    if age_seconds < -fresh_seconds:
        raise Unreachable(f"{place}: written {-age_seconds:.0f} s from now; was the clock set back?")
