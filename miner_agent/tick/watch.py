"""Watches where miners mine to: a pool, account or worker that is not the owner's is theft until the owner says no.

The configuration pins what it names. What it does not name is pinned at first sight, over all restarts; only the
configuration changes it then. Of an account a fingerprint is known here and nothing else.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import Self

from miner_agent.model.algorithms import Algorithms
from miner_agent.model.made_in_c import made_in_c
from miner_agent.model.snapshot import MinerWorkload, PoolWatch
from miner_agent.text import clean_text, marked_account
from miner_agent.tick.mistakes import STRICT, Costing

FIRST_SIGHT_TICKS = 3  # what is pinned at first sight has stood that long: a moment may belong to the author's fee
PLACES_EVER_A_MINER = 64  # a hostile miner could name a new one with every answer; what it names then is not shown
PINS_A_MINER = 64  # over all restarts: it names its algorithms itself
_SCHEME = re.compile(r"[a-z0-9+]+://", re.ASCII)


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where one workload mines to, or which of these it may mine to. What is empty is not pinned, or not told."""

    pools: tuple[str, ...] = ()  # HOST or HOST:PORT
    account_hashes: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()

    @classmethod
    def of(cls, *, pools: Iterable[str | None], accounts: Iterable[str], workers: Iterable[str]) -> Self:
        """What the configuration names. A worker may stand behind an account, as miners are given it."""
        return cls(
            pools=tuple(place for pool in pools if (place := host_and_port(pool)) is not None),
            account_hashes=tuple(found[1:] for account in accounts if (found := marked_account(account))),
            workers=tuple(clean_text(worker) for worker in workers),
        )

    def compared(self, seen: Self) -> dict[str, bool]:
        """Whether pool, account and worker are others than these, as far as both say it."""
        answers: dict[str, bool] = {}
        if self.pools and seen.pools:
            answers["pool"] = not any(_same(allowed, found) for allowed in self.pools for found in seen.pools)
        if self.account_hashes and seen.account_hashes:
            answers["account"] = not set(self.account_hashes) & set(seen.account_hashes)
        if self.workers and seen.workers:
            answers["worker"] = not set(self.workers) & set(seen.workers)
        return answers

    def completed(self, by: Self) -> Self:
        """This one, and in the place of what it lacks the other's."""
        return type(self)(
            pools=self.pools or by.pools,
            account_hashes=self.account_hashes or by.account_hashes,
            workers=self.workers or by.workers,
        )

    def joined(self, other: Self) -> Self:
        """Where either of both says."""
        return replace(
            self,
            pools=_each_once(self.pools, other.pools),
            account_hashes=_each_once(self.account_hashes, other.account_hashes),
            workers=_each_once(self.workers, other.workers),
        )


_ANYWHERE = Destination()
_MINED_TO = attrgetter("pool", "account_hash", "worker", "dev_fee")


class Watch:
    """Compares every workload with its pins, tick by tick. It must be told first what was pinned before."""

    def __init__(self) -> None:
        self._pinned: dict[str, Destination] | None = None
        self._pins: Counter[str] = Counter()  # by miner
        self._unsaved: dict[str, str] = {}
        self._sightings: dict[str, tuple[Destination, int]] = {}
        self._places: dict[str, set[tuple[str | None, ...]]] = {}
        self._watched: tuple[PoolWatch, ...] = ()
        self._compared_by: dict[tuple[str, str], tuple[object, PoolWatch]] = {}  # of the last tick, and by what

    @property
    def is_restored(self) -> bool:
        return self._pinned is not None

    def restore(self, facts: Mapping[str, str]) -> None:
        """Go on with what was pinned at first sight in earlier runs."""
        if self._pinned is None:
            self._pinned = {key: known for key, fact in facts.items() if (known := _read(fact)) is not None}
            self._pins = Counter(key.partition(" ")[0] for key in self._pinned)

    @property
    def watched(self) -> tuple[PoolWatch, ...]:
        """One entry a workload that was seen in the last tick."""
        return self._watched

    def unsaved_facts(self) -> dict[str, str]:
        """What was pinned since this was last asked."""
        unsaved, self._unsaved = self._unsaved, {}
        return unsaved

    def follow(
        self,
        workloads: Iterable[MinerWorkload],
        configured: Mapping[str, Destination],
        costs: Costing = STRICT,
    ) -> None:
        """Take one tick in. ``configured``: what the configuration pins of each miner."""
        before, self._compared_by = self._compared_by, {}
        for entry in workloads:
            with costs.of(entry.miner):
                key = entry.miner, entry.algorithm
                self._compared_by[key] = self._compared(entry, configured.get(entry.miner, _ANYWHERE), before.get(key))
        self._watched = tuple([watched for _, watched in self._compared_by.values()])

    def _compared(
        self, entry: MinerWorkload, configured: Destination, before: tuple[object, PoolWatch] | None
    ) -> tuple[object, PoolWatch]:
        """What is to be told of it, and by what; the same as ``before`` where nothing has changed."""
        key = _key(entry.miner, entry.algorithm)
        pinned = None if self._pinned is None else self._pinned.get(key, _ANYWHERE)
        by = (*_MINED_TO(entry.workload), configured, pinned)
        if before is not None and before[0] == by and key not in self._sightings:
            return before
        return by, self._compared_anew(entry, configured)

    def _compared_anew(self, entry: MinerWorkload, configured: Destination) -> PoolWatch:
        workload = entry.workload
        place = host_and_port(workload.pool)
        host, port = split_place(place)
        scheme = _SCHEME.match((workload.pool or "").lower())
        seen = Destination(
            pools=() if place is None else (place,),
            account_hashes=(workload.account_hash,) if workload.account_hash else (),
            workers=(workload.worker,) if workload.worker else (),
        )
        is_fee = bool(workload.dev_fee)
        answers = {} if is_fee else self._judged(entry, seen, configured)
        watched = PoolWatch(
            miner=entry.miner,
            algorithm=entry.algorithm,
            host=host,
            port=port,
            scheme=scheme[0].removesuffix("://") if scheme else None,
            account_hash=workload.account_hash,
            is_fee=is_fee,
            compared=tuple(answers),
            differs=_others(answers) if answers else None,
        )
        return watched if self._shows(watched) else replace(watched, host=None)

    def _shows(self, watched: PoolWatch) -> bool:
        places = self._places.setdefault(watched.miner, set())
        place = (watched.host, watched.port, watched.scheme, watched.account_hash)
        if len(places) < PLACES_EVER_A_MINER:
            places.add(place)
        return place in places

    def _judged(self, entry: MinerWorkload, seen: Destination, configured: Destination) -> dict[str, bool]:
        if self._pinned is None:  # the disk has not told yet: a first sight now could be a second one
            return configured.compared(seen)
        key = _key(entry.miner, entry.algorithm)
        known = self._pinned.get(key, _ANYWHERE)
        pinned = configured.completed(known)
        answers, wanted = pinned.compared(seen), pinned.completed(seen)
        has_room = key in self._pinned or self._pins[entry.miner] < PINS_A_MINER
        if _others(answers) or wanted == known or not has_room:
            self._sightings.pop(key, None)
            return answers
        before, ticks = self._sightings.get(key, (seen, 0))
        ticks = ticks + 1 if before == seen else 1
        self._sightings[key] = seen, ticks
        if ticks >= FIRST_SIGHT_TICKS:
            del self._sightings[key]
            self._pins[entry.miner] += key not in self._pinned
            self._pinned[key] = wanted
            self._unsaved[key] = _written(wanted)
        return answers


def _others(answers: Mapping[str, bool]) -> tuple[str, ...]:
    return tuple(name for name, is_other in answers.items() if is_other)


def pins_in_one_spelling(facts: Mapping[str, str], algorithms: Algorithms) -> dict[str, str]:
    """What earlier runs pinned, under our words for algorithms: of several for one, each place holds."""
    pinned: dict[str, Destination] = {}
    for key, fact in facts.items():
        if (known := _read(fact)) is not None:
            miner, _, word = key.partition(" ")
            ours = _key(miner, algorithms.spelled(word))
            pinned[ours] = pinned.get(ours, Destination()).joined(known)
    return {key: _written(known) for key, known in pinned.items()}


def _key(miner: str, algorithm: str) -> str:
    return f"{miner} {algorithm}"


@lru_cache(maxsize=1024)  # many machines, few pools
def host_and_port(pool: str | None) -> str | None:
    """``pool`` without its scheme and in lower case: the scheme may change on the way to one and the same pool.

    >>> host_and_port("stratum+ssl://EU.pool.example:4444")
    'eu.pool.example:4444'
    """
    return (_SCHEME.sub("", pool.lower(), count=1).rstrip("/") or None) if pool else None


@lru_cache(maxsize=1024)
def split_place(place: str | None) -> tuple[str | None, str | None]:
    """Host and port of a place; brackets stay around an IPv6 address.

    >>> split_place("[::1]:3333"), split_place("pool.example")
    (('[::1]', '3333'), ('pool.example', None))
    """
    host, colon, port = (place or "").rpartition(":")
    if colon and port.isdecimal() and (":" not in host or host.endswith("]")):
        return host, port
    return place, None


def _same(pinned: str, found: str) -> bool:
    """Whether they are equal, as far as both say it: a pool may be told without its port."""
    (pinned_host, pinned_port), (found_host, found_port) = split_place(pinned), split_place(found)
    return pinned_host == found_host and (None in {pinned_port, found_port} or pinned_port == found_port)


def _each_once(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _written(pinned: Destination) -> str:
    return json.dumps(asdict(pinned))


def _read(fact: str) -> Destination | None:
    """A pinned fact as it was kept; ``None`` where it is not one of ours."""
    try:
        known = json.loads(fact)
        pools, accounts, workers = known["pools"], known["account_hashes"], known["workers"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    for named in (pools, accounts, workers):
        if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
            return None
    return Destination(pools=tuple(pools), account_hashes=tuple(accounts), workers=tuple(workers))
