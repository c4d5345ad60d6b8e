"""Every socket of the polling side: all sources asked at once, in one thread, each under its own deadline.

A source that hangs costs a socket and a timer, no thread, and delays nobody. Nothing is taken from the
environment: no proxy, no netrc. Beside it ``wire`` talks, ``http_wire`` in HTTP and ``tls`` in secret, ``login`` logs
in and ``http_digest`` proves a password, ``starts`` leaves alone who has just started, ``files`` reads files, ``names``
looks names up, ``turns`` lets them wait for each other, ``held_up`` for sockets, ``room`` bounds what they
hold, ``endpoint`` checks addresses.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TypeAlias, TypeVar

from miner_agent.errors import AuthRefused, Mistake, Refused, SourceError, TimedOut, Unreachable, without_frames
from miner_agent.sources.driver import ANSWER_BYTES, FileRead, FramedCommand, HttpDigest, HttpGet, Request
from miner_agent.transport.endpoint import Endpoint
from miner_agent.transport.files import Files
from miner_agent.transport.held_up import Deadline, Lateness, WatchedLoop, WatchedSelector
from miner_agent.transport.http_digest import Digests
from miner_agent.transport.http_wire import authorized
from miner_agent.transport.login import Logins
from miner_agent.transport.names import HostNames
from miner_agent.transport.room import Allowance, Room
from miner_agent.transport.starts import Starts
from miner_agent.transport.turns import Turns
from miner_agent.transport.wire import Connection, ask_framed, ask_tcp, reason_of

__all__ = ["Answer", "Ask", "Endpoint", "Fetched", "Transport"]

CLOSE_SECONDS = 1.0
BEGUN_TOGETHER = 8  # one by one they would take a third more of the processor, which wakes up for each
Key = TypeVar("Key")
_Beside: TypeAlias = tuple[WatchedSelector, HostNames, Files]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What to ask one source. The deadline is over everything: lookup, connections, all whole answers.

    ``now`` is the wall clock, by which files have their age: without it none is read.
    """

    source: str
    endpoint: Endpoint
    requests: tuple[Request, ...]
    deadline_seconds: float
    now: datetime | None = None
    most_bytes: int = ANSWER_BYTES  # of all of its answers together
    start_grace_seconds: float = 0.0  # for which it is left alone once it has been started


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The raw answers of one source by the name of their request, or the error in their place; never both.

    The first request is always in ``raw``; the others are where they were answered in time.
    """

    source: str
    raw: dict[str, bytes] | None
    error: SourceError | None
    duration_seconds: float

    def __post_init__(self) -> None:
        if (self.raw is None) == (self.error is None):
            raise ValueError(f"{self.source}: an answer is raw bytes or an error")


@dataclass(slots=True, eq=False)
class _Round:
    """What is asked together, a task each; the last one that ends hands all of the answers over."""

    asks: tuple[Ask, ...]
    beside: _Beside
    take: Callable[[list[Answer] | Exception], None]
    give_up: Callable[[], object]  # called in the place of ``take`` where it was cancelled
    may_be_late: bool = False
    allowances: list[Allowance] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    answers: dict[int, Answer] = field(default_factory=dict)  # by the place of their ask
    bugs: list[Exception] = field(default_factory=list)  # in the place of an answer, where this module has a mistake
    ended_total: int = 0

    def cancel(self) -> None:
        """Behind the beginning of its tasks: one that is cancelled before it began would not tell that it has ended."""
        for task in self.tasks:
            task.get_loop().call_soon(task.cancel)

    def end(self) -> None:
        """The answers wait for each other, and take their room until here."""
        for allowance in self.allowances:
            allowance.give_back()
        if len(self.answers) + len(self.bugs) < len(self.asks):
            self.give_up()
        elif self.bugs:
            self.take(self.bugs[0])
        else:
            self.take([self.answers[place] for place in range(len(self.asks))])
        self.take = self.give_up = _hand_to_nobody  # who waits knows of this round, and would be held by it


class Fetched:
    """The answers to one ``fetch``. Not a ``Future``: its conditions cost more than handing them over does."""

    __slots__ = ("__weakref__", "_answers", "_missing", "_told", "_unsettled", "asked")

    def __init__(self, asks: Sequence[Ask], beside: _Beside, told: Callable[[], object] | None) -> None:
        self.asked = _Round(tuple(asks), beside, self._take, self.cancel)
        self._told = told
        self._answers: list[Answer] | Exception | None = None  # ``None``: they are missing, or were cancelled
        self._unsettled, self._missing = threading.Lock(), threading.Lock()
        self._missing.acquire()

    def result(self, timeout: float | None = None) -> list[Answer]:
        """Wait for them.

        Raises:
            TimeoutError: they are not there within ``timeout``. [s]
            CancelledError: they were cancelled.
        """
        if not self._missing.acquire(timeout=-1.0 if timeout is None else timeout):
            raise TimeoutError
        self._missing.release()
        if self._answers is None:
            raise CancelledError
        if isinstance(self._answers, Exception):
            raise self._answers
        return self._answers

    def done(self) -> bool:
        """Whether nobody has to wait for them."""
        return not self._missing.locked()

    def cancel(self) -> bool:
        """Close the connections, unless the answers are there: whether that was so."""
        if not self._settle(None):
            return False
        with contextlib.suppress(RuntimeError):  # the loop has ended, and cancelled all
            self.asked.beside[0].hand_over(self.asked.cancel)
        return True

    def _take(self, answers: list[Answer] | Exception) -> None:
        if self._settle(answers) and self._told is not None:
            self._told()

    def _settle(self, answers: list[Answer] | Exception | None) -> bool:
        """Done once, by whoever comes first."""
        if not self._unsettled.acquire(blocking=False):
            return False
        self._answers = answers
        self._missing.release()
        return True


class Transport:
    """One event loop in one daemon thread, started when it is first needed."""

    def __init__(self, *, at_once: int | None = None) -> None:
        """
        Args:
            at_once: how many sources are asked at a time, and of each host one. ``None``: all of them at once.
        """
        self._at_once = at_once
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._beside: _Beside | None = None
        self._logins, self._digests = Logins(), Digests()
        self._starts = Starts()
        self._turns: Turns | None = None
        self._room = Room()
        self._rounds: set[_Round] = set()  # that have begun; the loop itself does not hold their tasks
        self._closed = False
        self._found_paths: dict[tuple[Endpoint, HttpGet], str] = {}  # where an alias answered last

    def fetch(self, asks: Sequence[Ask], *, told: Callable[[], object] | None = None) -> Fetched:
        """Ask all of them at once; the answers come in the order of ``asks``, errors among them.

        Done no later than the largest deadline and a little. Cancel it to close its connections early.

        Args:
            asks: what to ask.
            told: called in this transport's thread once they are there; must not wait for anything.

        Raises:
            Unreachable: the transport has been closed, or the system has no room for a loop.
        """
        with self._lock:
            if self._closed:
                raise Unreachable("the transport has been closed")
            _, beside = self._running()
            fetched = Fetched(asks, beside, told)
            beside[0].hand_over(partial(self._begin_one, fetched.asked))
            return fetched

    def fetch_each(
        self,
        groups: Mapping[Key, Sequence[Ask]],
        take: Callable[[Key, list[Answer] | Exception], None],
        *,
        over_seconds: float = 0.0,
    ) -> None:
        """Ask all of them; ``take`` gets each group's answers as soon as its last one is there, in the group's order.

        ``take`` runs in this transport's thread and must not wait for anything. In the place of answers it gets an
        exception where this module has a mistake. After ``close`` it is not called any more.

        Nobody waits for all of them, so a deadline may be late: by as much as this loop was itself, and by no more than
        its own length.

        Args:
            groups: what belongs together.
            take: whom to hand it over to.
            over_seconds: the time over which they are begun, a few at a time. [s]

        Raises:
            Unreachable: the transport has been closed, or the system has no room for a loop.
        """
        with self._lock:
            if self._closed:
                raise Unreachable("the transport has been closed")
            loop, beside = self._running()
            rounds = [
                _Round(tuple(asks), beside, partial(take, key), _hand_to_nobody, may_be_late=True)
                for key, asks in groups.items()
            ]
            if over_seconds:
                loop.call_soon_threadsafe(self._begin_over, rounds, over_seconds)
            else:
                loop.call_soon_threadsafe(self._begin, iter(rounds))

    def close(self) -> None:
        """Close every connection and end the thread; what is being fetched is cancelled. Twice is once."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None or not thread.is_alive():
            return
        with contextlib.suppress(RuntimeError):  # another thread has closed it at this moment
            loop.call_soon_threadsafe(loop.stop)
        thread.join(CLOSE_SECONDS)

    def _running(self) -> tuple[asyncio.AbstractEventLoop, _Beside]:
        """Another one in the place of a loop that has ended, as it does where there is no memory for it."""
        if self._loop is None or self._beside is None or self._thread is None or not self._thread.is_alive():
            try:
                self._loop, self._beside, self._thread = self._begun()
            except (OSError, RuntimeError) as error:
                raise Unreachable(f"nobody can be asked ({reason_of(error)})") from None
            self._turns = None if self._at_once is None else Turns(self._at_once)
        return self._loop, self._beside

    def _begun(self) -> tuple[asyncio.AbstractEventLoop, _Beside, threading.Thread]:
        selector = WatchedSelector(Lateness())
        loop = WatchedLoop(selector)
        names, files = HostNames(loop), Files(loop)
        thread = threading.Thread(target=self._run, args=(loop, names, files), name="transport", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            loop.close()
            raise
        return loop, (selector, names, files), thread

    def _run(self, loop: asyncio.AbstractEventLoop, names: HostNames, files: Files) -> None:
        asyncio.set_event_loop(loop)
        try:
            self._run_on(loop)
        finally:
            while self._rounds:  # those of which a task was cancelled before it began
                self._rounds.pop().end()
            names.close()
            files.close()
            loop.close()

    def _run_on(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_forever()
        except Exception as bug:
            for one in self._rounds:
                one.bugs += [bug] * len(one.asks)
            raise
        finally:
            loop.run_until_complete(_cancel_all())

    def _begin(self, rounds: Iterator[_Round]) -> None:
        """A few; the next ones when the loop has looked for answers, which go before questions."""
        begun = list(islice(rounds, BEGUN_TOGETHER))
        for one in begun:
            self._begin_one(one)
        if begun:
            asyncio.get_running_loop().call_soon(self._begin, rounds)

    def _begin_over(self, rounds: Sequence[_Round], over_seconds: float) -> None:
        loop = asyncio.get_running_loop()
        for position, one in enumerate(rounds):
            if position < BEGUN_TOGETHER:
                self._begin_one(one)
            else:
                before = position - position % BEGUN_TOGETHER
                loop.call_later(over_seconds * before / len(rounds), self._begin_one, one)

    def _begin_one(self, one: _Round) -> None:
        if self._closed or not one.asks:
            one.end()  # what is being fetched is being cancelled: nobody would cancel this
            return
        self._rounds.add(one)
        one.allowances += [Allowance(ask.most_bytes, self._room) for ask in one.asks]
        loop = asyncio.get_running_loop()
        one.tasks += [loop.create_task(self._answer_in_turn(one, place)) for place in range(len(one.asks))]

    async def _answer_in_turn(self, one: _Round, place: int) -> None:
        """The deadline begins with the turn: who waits for others loses none of its time."""
        ask = one.asks[place]
        try:
            if self._turns is None:
                one.answers[place] = await self._answer(one, place)
            else:
                async with self._turns.of(ask.endpoint):
                    one.answers[place] = await self._answer(one, place)
        except Exception as bug:  # noqa: BLE001 - whoever takes it says so
            one.bugs.append(bug)
        finally:
            one.ended_total += 1
            if one.ended_total == len(one.asks):
                self._rounds.discard(one)
                one.end()

    async def _answer(self, one: _Round, place: int) -> Answer:
        ask, (selector, names, files), started = one.asks[place], one.beside, time.monotonic()
        raw: dict[str, bytes] = {}
        error: SourceError | None
        try:
            line = Connection(ask.endpoint, selector, names, one.allowances[place])
            limit = Deadline(
                ask.deadline_seconds, selector, most_late_seconds=ask.deadline_seconds if one.may_be_late else 0.0
            )
            error = await self._answered(ask, line, files, raw, limit)
            raw = {name: line.masked(body) for name, body in raw.items()}
        except Exception as bug:  # noqa: BLE001 - costs this source only; whoever takes the answer tells of it
            raw, error = {}, Mistake.of(bug)
        return Answer(
            source=ask.source,
            raw=raw or None,
            error=None if raw else error,
            duration_seconds=time.monotonic() - started,
        )

    async def _answered(
        self, ask: Ask, line: Connection, files: Files, raw: dict[str, bytes], limit: Deadline
    ) -> SourceError | None:
        """Put the answers into ``raw`` until the deadline; why there are no more, where that is so."""
        try:
            with limit:
                await self._collect(ask, line, files, raw)
        except SourceError as refusal:
            if ask.start_grace_seconds:
                self._starts.note(line)
            return without_frames(refusal)
        except TimeoutError:
            return TimedOut(f"{ask.endpoint}: {line.lacking} within {ask.deadline_seconds:g} s")
        return None

    async def _collect(self, ask: Ask, line: Connection, files: Files, raw: dict[str, bytes]) -> None:
        """Put the answers into ``raw``, one after the other. Only the first must be had."""
        if ask.start_grace_seconds:
            await self._starts.wait_for(line, ask.start_grace_seconds)
        for request in ask.requests:
            try:
                raw[request.name] = await self._one(ask, request, line, files)
            except SourceError:
                if not raw:
                    raise
            else:
                line.allowance.keep(len(raw[request.name]))

    async def _one(self, ask: Ask, request: Request, line: Connection, files: Files) -> bytes:
        if isinstance(request, HttpGet):
            return await self._http_body(line, request)
        if isinstance(request, FramedCommand):
            return await ask_framed(line, request)
        if isinstance(request, FileRead):
            line.lacking = "no answer of its disk"
            content = await files.read(ask.endpoint, request, ask.now, ask.most_bytes)
            line.hold(len(content))
            return content
        return await ask_tcp(line, request)

    async def _http_body(self, line: Connection, request: HttpGet) -> bytes:
        """The body at the request's path or at one of its aliases, in a session where that needs one."""
        token, login = line.endpoint.token, request.login
        if token is None or login is None:
            return await self._body_at(line, request, authorized(line, None if token is None else f"Bearer {token}"))
        if isinstance(login, HttpDigest):
            return await self._body_at(line, request, lambda path: self._digests.ask(line, path, login, token))
        known = self._logins.knows(line.endpoint)
        session_token = await self._logins.token(line, login, token)
        try:
            return await self._body_at(line, request, authorized(line, session_token))
        except AuthRefused:
            self._logins.forget(line.endpoint)
            if not known:
                raise
        return await self._body_at(line, request, authorized(line, await self._logins.token(line, login, token)))

    async def _body_at(
        self, line: Connection, request: HttpGet, ask: Callable[[str], Awaitable[bytes | None]]
    ) -> bytes:
        """The body at one of its paths; what answers is asked first next time."""
        paths = (request.path, *request.aliases)
        first = self._found_paths.get((line.endpoint, request)) if self._found_paths else None
        for path in paths if first is None else sorted(paths, key=lambda path: path != first):
            body = await ask(path)
            if body is not None:
                if path != paths[0] or first is not None:
                    self._found_paths[line.endpoint, request] = path
                return body
        raise Refused(f"{line.endpoint}: it knows no {' and no '.join(paths)} (status 404)")


def _hand_to_nobody(*_: object) -> None:
    """For a round that is over, or cancelled where nobody waits for it."""


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
