"""Makes of what miners count something that can be added up: a counter falls when its miner was started anew only.

What a pool took is told by counters of foreign programs. They begin anew with the program, and some with the connection
or the pool; an answer may be odd; what one algorithm counts may go on under another. None of that may become shares
that nobody has found: what is not sure is left out. What becomes of a counter after something odd says ``one_counter``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, TypeAlias

from miner_agent.model.devices import DeviceWork, ReadError, ReadErrorReason
from miner_agent.model.made_in_c import copied_with, made_in_c
from miner_agent.model.readings import ConnectedWorker, ListedPool, Workload
from miner_agent.model.snapshot import Inventory
from miner_agent.tick.leaps import LEAP, devices_behind, most_gained
from miner_agent.tick.mistakes import STRICT, Costing
from miner_agent.tick.one_counter import LEVELS, Count, OneCounter
from miner_agent.tick.restarts import BEGUN_ANEW, Continuity

BOOKS_A_MINER = (
    1024  # eight workloads of 64 devices and 8 pools, and 64 workers: one that names more is forgotten and seen anew
)
Counts: TypeAlias = tuple[Count | None, ...]
Work: TypeAlias = Workload | DeviceWork | ConnectedWorker | ListedPool
Key: TypeAlias = tuple[str, ...]
"""What is unique within a miner: an algorithm, an algorithm and a device or a pool's number, or a connected worker."""


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What came to a workload in one tick, at least; ``None`` where that cannot be told: at first sight."""

    shares: Count | None
    difficulty: Count | None
    refused: Count | None = None  # shares that the pool did not take
    held: bool = False  # not all of it is sure: what is, comes later


@dataclass(slots=True)
class _Miner:
    """The books of one miner."""

    books: "dict[Key, _Book]"
    algorithms: frozenset[str] = frozenset()
    devices: int = 1


_shared = lru_cache(maxsize=256)(lambda algorithms: algorithms)  # many machines, few algorithms


class Counters:
    """Follows every counter of shares and work. Fed once a tick."""

    __slots__ = ("_at_seconds", "_miners", "gains", "leaps")

    def __init__(self) -> None:
        self._miners: dict[str, _Miner] = {}
        self._at_seconds = 0.0
        self.gains: dict[tuple[str, str], Gain] = {}  # of the last tick, by miner and algorithm
        self.leaps: dict[str, list[ReadError]] = {}  # of the last tick, by miner: more than can have come to a counter

    def fell_together(self, inventory: Inventory, costs: Costing = STRICT) -> frozenset[str]:
        """Miners of which every counter is lower than before, and there are several: so a new program looks."""
        falls: dict[str, int] = {}
        goes_on: set[str] = set()
        for miner, works in groupby(_works(inventory), _MINER):
            with costs.of(miner):
                for _, key, work, pool in works:
                    if miner in goes_on:
                        break
                    book = self._book(miner, key)
                    if book is None or book.moves(pool):
                        continue
                    fell = book.fell(_READERS[type(work)](work))
                    falls[miner] = falls.get(miner, 0) + (fell or 0)
                    if fell is None:
                        goes_on.add(miner)
        return frozenset(miner for miner, fell in falls.items() if fell > 1 and miner not in goes_on)

    def follow(
        self,
        inventory: Inventory,
        runs: Mapping[str, Continuity],
        configured: Collection[str],
        costs: Costing = STRICT,
        *,
        at_seconds: float,
    ) -> Inventory:
        """Take one tick in; its inventory with counters that can be believed.

        Args:
            inventory: as the miners told it.
            runs: of the miners that answered, as ``Restarts`` says.
            configured: names of all miners; what is known of others is forgotten.
            costs: what becomes of a mistake.
            at_seconds: of this tick, on a clock that is never set. [s]
        """
        self._at_seconds = at_seconds
        self._miners = {name: known for name, known in self._miners.items() if name in configured}
        self._begin(inventory, runs)
        self.gains, self.leaps = {}, {}
        changed: dict[tuple[str, Key], Work] = {}
        for miner, works in groupby(_works(inventory), _MINER):
            with costs.of(miner):
                run = runs.get(miner, Continuity.GOES_ON)
                for _, key, work, pool in works:
                    steady = self._steady(miner, key, work, pool, run)
                    if steady is not work:
                        changed[miner, key] = steady
        return _with(inventory, changed) if changed else inventory

    def _begin(self, inventory: Inventory, runs: Mapping[str, Continuity]) -> None:
        """Tell the books what concerns the whole miner: that it was started anew, and which algorithms it has left."""
        algorithms: dict[str, set[str]] = {}
        for entry in inventory.workloads:
            algorithms.setdefault(entry.miner, set()).add(entry.algorithm)
            self._known(entry.miner).devices = devices_behind(entry.snapshot)
        for miner, run in runs.items():
            known = self._known(miner)
            if run in BEGUN_ANEW:
                for book in known.books.values():
                    book.run = run
            mined = frozenset(algorithms.get(miner, ()))
            if mined and mined != known.algorithms:
                known.algorithms = _shared(mined)
                for key, book in known.books.items():
                    book.away = book.away or (key[0] == _MINED and key[1] not in mined)

    def _steady(self, miner: str, key: Key, work: Work, pool: str | None, run: Continuity) -> Work:
        kind = type(work)
        counts: Counts = _READERS[kind](work)
        shown, gains, book = counts, None, self._book(miner, key)
        if book is None:
            self._open(miner, key, _Book(counts, pool, self._at_seconds))
            gains = _NOTHING[kind]
        elif run is Continuity.UNSURE:
            book.doubted = counts
            shown = gains = _NOTHING[kind]
        else:
            gains = book.plainly_gained(counts, pool, self._at_seconds)
        if book is not None and gains is None:
            devices = 1 if kind is DeviceWork else self._miners[miner].devices
            shown, gains = book.take(work, counts, pool, devices, self._at_seconds)
            if book.leapt:
                self._note(miner, work, book.leapt)
        if kind is Workload and gains is not None:
            self.gains[miner, key[1]] = Gain(
                shares=gains[ACCEPTED],
                difficulty=gains[DIFFICULTY],
                refused=(gains[REJECTED] or 0) + (gains[STALE] or 0),
                held=shown is not counts and shown.count(None) > counts.count(None),
            )
        if shown is counts or shown == counts:
            return work
        steady: dict[str, Any] = dict(zip(_NAMES[kind], shown, strict=True))
        return copied_with(work, **steady)

    def _note(self, miner: str, work: Work, positions: Iterable[int]) -> None:
        """Tell what cannot have come to these counters."""
        device_index = work.device_index if isinstance(work, DeviceWork) else None
        self.leaps.setdefault(miner, []).extend(
            ReadError(
                device=miner,
                device_index=device_index,
                quantity=_NAMES[type(work)][position],
                reason=ReadErrorReason.IMPLAUSIBLE,
            )
            for position in positions
        )

    def _open(self, miner: str, key: Key, book: "_Book") -> None:
        books = self._known(miner).books
        if len(books) >= BOOKS_A_MINER:
            books.clear()
        books[key] = book

    def _known(self, miner: str) -> _Miner:
        known = self._miners.get(miner)
        if known is None:
            known = self._miners[miner] = _Miner({})
        return known

    def _book(self, miner: str, key: Key) -> "_Book | None":
        known = self._miners.get(miner)
        return None if known is None else known.books.get(key)


class _Book:
    """The counters of one workload, of one device's part in it, or of one connected worker."""

    __slots__ = ("_at_seconds", "_counters", "_last", "_left", "_nothing", "_pool", "away", "doubted", "leapt", "run")

    def __init__(self, counts: Counts, pool: str | None, at_seconds: float) -> None:
        self._last = counts
        self._nothing: Counts | None = None  # what comes to them where they stand still, once it was asked for
        self._at_seconds = at_seconds
        self._pool = pool
        self._left: dict[str, Counts] | None = None  # where the counters stood at other pools
        self._counters: tuple[OneCounter, ...] | None = None  # where not all is as it should be
        self.leapt: Sequence[int] = ()  # which of them cannot have gone up by so much in the last look
        self.run = Continuity.GOES_ON
        self.doubted: Counts | None = None  # what it said when it looked like a new program
        self.away = False  # the miner has worked on something else meanwhile

    def moves(self, pool: str | None) -> bool:
        """Whether it works for another pool than before."""
        return pool is not None and self._pool is not None and pool != self._pool

    def fell(self, counts: Counts) -> int | None:
        """How many of those that have counted something are lower now; ``None`` where one of them is not."""
        if counts == self._last:
            return None if any(counts) else 0
        falls = 0
        for before, now in zip(self._last, counts, strict=True):
            if before and now is not None:
                if now >= before:
                    return None
                falls += 1
        return falls

    def take(
        self, work: Work, counts: Counts, pool: str | None, devices: int, at_seconds: float
    ) -> tuple[Counts, Counts]:
        """What to show of these counters, and what came to each since the last look, where that is not plain.

        Args:
            work: what has them.
            counts: the same, as it tells them.
            pool: that it works for.
            devices: that work on it.
            at_seconds: of this look.
        """
        since_seconds, self._at_seconds = at_seconds - self._at_seconds, at_seconds
        most = self._most(work, devices, since_seconds)
        return self._taken_apart(counts, pool, most, moved=self.moves(pool))

    def plainly_gained(self, counts: Counts, pool: str | None, at_seconds: float) -> Counts | None:
        """What came to each since the last look, where all of them are what they say; ``None`` where one is not.

        Args:
            counts: as they are told.
            pool: that it works for.
            at_seconds: of this look.
        """
        if self._counters is not None or self.run is not Continuity.GOES_ON or self.away or self.moves(pool):
            return None
        gains = self._nothing if counts == self._last and self._nothing is not None else self._grown(counts)
        if gains is not None:
            self._pool, self._at_seconds = pool or self._pool, at_seconds
        return gains

    def _grown(self, counts: Counts) -> Counts | None:
        """What came to each; ``None`` where one has fallen, or has grown to many times itself."""
        gains: list[Count | None] = []
        for before, now in zip(self._last, counts, strict=True):
            if before is None or now is None:
                gains.append(None)
            elif now < before or (before and now >= LEAP * before):
                return None
            else:
                gains.append(now - before)
        gained = tuple(gains)
        self._nothing = gained if counts == self._last else None
        if None in counts:
            counts = tuple([before if now is None else now for before, now in zip(self._last, counts, strict=True)])
        self._last = counts
        return gained

    def _most(self, work: Work, devices: int, seconds: float) -> Counts:
        """What can have come to each in that time, where that is known."""
        accepted = difficulty = None
        if type(work) is Workload:
            accepted, difficulty = self._last[ACCEPTED], self._last[DIFFICULTY]
        mean = difficulty / accepted if accepted and difficulty else None
        return tuple(
            most_gained(work, name, seconds=seconds, devices=devices, difficulty=mean) for name in _NAMES[type(work)]
        )

    def _taken_apart(self, counts: Counts, pool: str | None, most: Counts, *, moved: bool) -> tuple[Counts, Counts]:
        counters = self._counters or tuple(OneCounter(before) for before in self._last)
        stood: Counts | None = None
        if moved and pool is not None and self._pool is not None:
            self._left = self._left or {}
            stood = self._left.pop(pool, None)
            if len(self._left) < LEVELS:
                self._left[self._pool] = tuple(counter.stands_at for counter in counters)
        if self.run is not Continuity.GOES_ON:
            for counter, doubted in zip(counters, self.doubted or self._last, strict=True):
                counter.run = self.run
                counter.doubted = None if self.doubted is None else doubted
                counter.goes_on = self.doubted is not None and counter.is_reached(doubted)
            self._left = None
        found = []
        for position, (counter, now) in enumerate(zip(counters, counts, strict=True)):
            before = None if stood is None else stood[position]
            strange = self.away or (moved and (before is None or (now is not None and now < before)))
            found.append(counter.take(now, most[position], moved=moved or self.away, strange=strange, stood=before))
        self.leapt = [position for position, counter in enumerate(counters) if counter.has_leapt]
        self.run, self.away, self.doubted, self._pool = Continuity.GOES_ON, False, None, pool or self._pool
        self._last, self._nothing = tuple(counter.last for counter in counters), None
        self._counters = None if all(counter.is_plain for counter in counters) else counters
        return tuple(shown for shown, _ in found), tuple(gain for _, gain in found)


_MINED, _WORKER, _POOL = "algorithm", "worker", "pool"
_NAMES = {
    kind: tuple(field.name for field in fields(kind) if field.name.endswith("_total"))
    for kind in (Workload, DeviceWork, ConnectedWorker, ListedPool)
}
"""The fields of each that count up."""
ACCEPTED, DIFFICULTY, REJECTED, STALE = (
    _NAMES[Workload].index(name)
    for name in ("accepted_shares_total", "accepted_difficulty_total", "rejected_shares_total", "stale_shares_total")
)
_MINER = itemgetter(0)
_NOTHING: dict[type[Work], Counts] = {kind: (None,) * len(names) for kind, names in _NAMES.items()}
_READERS = {kind: attrgetter(*names) for kind, names in _NAMES.items()}


def _works(inventory: Inventory) -> Iterator[tuple[str, Key, Work, str | None]]:
    """Everything that counts, whose it is, and the pool that it works for, where that is told."""
    pools: dict[tuple[str, str], str | None] = {}
    for entry in inventory.workloads:
        pool = pools[entry.miner, entry.algorithm] = entry.workload.pool
        yield entry.miner, (_MINED, entry.algorithm), entry.workload, pool
    for part in inventory.contributions:
        pool = pools.get((part.miner, part.algorithm))
        yield part.miner, (_MINED, part.algorithm, part.device), part.work, pool
    for connected in inventory.workers:
        yield connected.miner, (_WORKER, connected.worker.name), connected.worker, None
    for one in inventory.pools:
        yield one.miner, (_POOL, one.algorithm, str(one.listed.number)), one.listed, one.listed.pool


def _with(inventory: Inventory, changed: Mapping[tuple[str, Key], Work]) -> Inventory:
    def kept(entries: Iterable[Any], name: str, key_of: Any) -> tuple[Any, ...]:
        return tuple(
            entry if (work := changed.get((entry.miner, key_of(entry)))) is None else copied_with(entry, **{name: work})
            for entry in entries
        )

    return copied_with(
        inventory,
        workloads=kept(inventory.workloads, "workload", lambda entry: (_MINED, entry.algorithm)),
        contributions=kept(inventory.contributions, "work", lambda entry: (_MINED, entry.algorithm, entry.device)),
        workers=kept(inventory.workers, "worker", lambda entry: (_WORKER, entry.worker.name)),
        pools=kept(inventory.pools, "listed", lambda entry: (_POOL, entry.algorithm, str(entry.listed.number))),
    )
