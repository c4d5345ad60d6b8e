"""The gateway: reads the rigs that cannot run an agent of their own, in rounds, and keeps a page for each.

One thread waits for what is due and for answers, and nobody waits for it: all that is in here belongs to that thread,
but for the pages and ``status``. A rig that hangs costs its own deadline, and no other rig anything.
"""

import gc
import heapq
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from exporters.packed_page import PackedPage
from exporters.prometheus import Page, Renderer
from exporters.verdict_json import verdict_of
from miner_agent.alarms.handed_pages import HandOver
from miner_agent.assembly.parts import RigsFetcher
from miner_agent.config.planned_keys import NO_PLANS, Plans
from miner_agent.errors import SourceError, Unreachable
from miner_agent.model.algorithms import NO_ALGORITHMS, Algorithms
from miner_agent.model.hashrate_expectations import NO_HASHRATES, HashrateExpectations
from miner_agent.model.health import UNKNOWN
from miner_agent.model.readings import Outcome, Reading
from miner_agent.model.snapshot import RigSnapshot, TickClock
from miner_agent.model.status import GatewayStatus, SourceStatus
from miner_agent.model.temperature_limits import NO_LIMITS, TemperatureLimits
from miner_agent.service import rounds
from miner_agent.service.clock import ClockWatch
from miner_agent.service.keeping import Keeping
from miner_agent.tick.changes import Changes
from miner_agent.tick.known_devices import REMEMBERED_SECONDS
from miner_agent.tick.memory import Memory
from miner_agent.tick.mistakes import Costs, Mistakes
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.tick.watch import Watch
from miner_agent.transport.polls import Answer
from miner_agent.web.pages import NO_RIGS, RigPage, RigPages

log = logging.getLogger(__name__)
STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """What is to be read: the sources of each rig by its name, and how often. There may be no rig."""

    rigs: Mapping[str, Sequence[MinerSource]]
    interval_seconds: float
    remembered_seconds: float = REMEMBERED_SECONDS  # after so long a device that is gone is no longer missed
    algorithms: Algorithms = NO_ALGORITHMS
    plans: Plans = NO_PLANS
    limits: TemperatureLimits = NO_LIMITS
    hashrates: HashrateExpectations = NO_HASHRATES


@dataclass(slots=True, eq=False)
class _Rig:
    """One rig, and how asking it goes. Moments are seconds since the first round began."""

    name: str
    sources: tuple[MinerSource, ...]
    pipeline: Pipeline
    changes: Changes = field(default_factory=Changes)
    due: float = 0.0
    is_asked: bool = False  # and the answer has not come
    failures: int = 0  # in a row

    @property
    def is_dead(self) -> bool:
        return self.failures >= rounds.DEAD_FAILURES


@dataclass(slots=True, eq=False)
class _Round:
    """One round while it goes on."""

    number: int
    begun: float
    ended: float
    waiting: int = 0
    answered: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class _Batch:
    """Rigs that are asked at one moment: one tick of the log."""

    round: _Round
    asked: float
    taken_at: datetime
    clock: TickClock
    waiting: int
    snapshots: list[RigSnapshot] = field(default_factory=list)


class Gateway:
    """Asks every rig at its own moment of each round."""

    def __init__(
        self,
        configured: GatewayConfig,
        *,
        keeping: Keeping,
        boot_id: str,
        asker: RigsFetcher,
        beside: Mapping[str, RigPage] = NO_RIGS,
        mistakes: Mistakes,
    ) -> None:
        """Nothing is asked before ``start``.

        Args:
            configured: what is to be read.
            keeping: where ticks and counters go.
            boot_id: of this machine.
            asker: who asks them.
            beside: rigs of which somebody else knows.
            mistakes: where those of the agent itself are counted.
        """
        self.pages = RigPages(time.monotonic, beside)
        self.snapshots: dict[str, RigSnapshot] = {}  # of each rig the last one; read by whoever likes
        self.hand_over: HandOver = lambda *_, **__: None  # takes what a page is made of
        self._keeping, self._boot_id, self._mistakes = keeping, boot_id, mistakes
        self._asker = asker
        self._renderer = Renderer(process=False, remembers=False)
        self._algorithms, self._plans, self._limits = configured.algorithms, configured.plans, configured.limits
        self._hashrates = configured.hashrates
        self._watch = Watch()  # one for all: over all rigs, miners have names of their own
        self._clock = ClockWatch()
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)
        self._interval_seconds = configured.interval_seconds
        self._begun_seconds = 0.0  # of the first round, on the monotonic clock
        self._rigs: dict[str, _Rig] = {}
        self._left: dict[str, Memory] = {}  # of rigs that a reload took away: another may bring them back
        self._due: list[tuple[float, str]] = []  # a heap; what does not hold any more is passed over
        self._rounds: list[_Round] = []  # the last one goes on
        self._batches: set[_Batch] = set()
        self._dead = 0
        self._last_round: tuple[_Round, datetime] | None = None
        self.status: GatewayStatus | None = None  # None: there is no rig to read
        self._take(configured)

    def start(self) -> None:
        """Ask every rig at once, and from then on each at its moment."""
        self._thread.start()

    def take(self, configured: GatewayConfig) -> None:
        """Read these rigs from now on; those that stay keep what they have counted. Returns at once."""
        self._inbox.put(partial(self._take, configured))

    def stop(self) -> None:
        """End it, whoever hangs. What has been read is handed over to be kept."""
        self._stopping = True
        self._inbox.put(lambda: None)
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._ask_what_is_due()
                self._inbox.get(timeout=self._seconds_to_next())()
            except queue.Empty:
                continue
            except Exception:
                log.exception("the gateway made a mistake and goes on")
        self._asker.close()
        for batch in self._batches:
            self._keep(batch)

    # What is read

    def _take(self, configured: GatewayConfig) -> None:
        self._save(self._rigs)  # of those that go
        before, self._rigs = self._rigs, {}
        if not before or configured.interval_seconds != self._interval_seconds:
            self._interval_seconds = configured.interval_seconds
            self._begun_seconds, self._rounds, self._last_round, self._due = time.monotonic(), [], None, []
            self._left |= {name: rig.pipeline.memory for name, rig in before.items()}
            before = {}  # every rig is asked anew, with another deadline
        self._plans = configured.plans
        before_this = self._algorithms, self._limits, self._hashrates
        says_the_same = (configured.algorithms, configured.limits, configured.hashrates) == before_this
        self._algorithms, self._limits = configured.algorithms, configured.limits
        self._hashrates = configured.hashrates
        for name, sources in configured.rigs.items():
            known = before.pop(name, None)
            if known is None or known.sources != tuple(sources) or not says_the_same:
                if known is not None:
                    self._left[name] = known.pipeline.memory
                known = self._made(name, sources)
                self._plan(known, self._now())
            known.pipeline.memory.course.remember_for(configured.remembered_seconds)
            self._rigs[name] = known
        self._left |= {name: rig.pipeline.memory for name, rig in before.items()}
        self._dead = sum(rig.is_dead for rig in self._rigs.values())
        self.pages.serve_only(self._rigs)
        self.snapshots = {name: told for name, told in self.snapshots.items() if name in self._rigs}
        self._tell()

    def _made(self, name: str, sources: Sequence[MinerSource]) -> _Rig:
        pipeline = Pipeline(
            rig=name,
            miners=sources,
            fetcher=self._asker,
            host=None,
            sensors=None,
            trackers={},
            deadline_seconds=rounds.deadline_seconds(self._interval_seconds),
            monotonic=time.monotonic,
            memory=self._left.pop(name, None) or Memory(watch=self._watch, mistakes=self._mistakes),
            algorithms=self._algorithms,
            limits=self._limits,
            hashrates=self._hashrates,
        )
        return _Rig(name=name, sources=tuple(sources), pipeline=pipeline)

    # When it is asked

    def _now(self) -> float:
        return time.monotonic() - self._begun_seconds

    def _plan(self, rig: _Rig, due: float) -> None:
        rig.due = due
        heapq.heappush(self._due, (due, rig.name))

    def _next(self) -> float | None:
        """When the next rig is due."""
        while self._due:
            due, name = self._due[0]
            rig = self._rigs.get(name)
            if rig is not None and rig.due == due and not rig.is_asked:
                return due
            heapq.heappop(self._due)
        return None

    def _seconds_to_next(self) -> float | None:
        due = self._next()
        return None if due is None else max(0.0, due - self._now())

    def _ask_what_is_due(self) -> None:
        now, asked = self._now(), []
        while (due := self._next()) is not None and due <= now:
            rig = self._rigs[heapq.heappop(self._due)[1]]
            rig.is_asked = True
            asked.append(rig)
        if not asked:
            return
        self._keeping.restore_pools(self._watch)
        batch = self._begun_batch(now, len(asked))

        def hand_over(rig: _Rig, answers: list[Answer] | Exception) -> None:
            self._inbox.put(partial(self._answered, batch, rig, answers))

        try:
            asks = {rig: rig.pipeline.asks(batch.taken_at) for rig in asked}
            is_first = self._last_round is None  # that one goes as fast as it can
            over_seconds = 0.0 if is_first else rounds.begin_over_seconds(self._interval_seconds)
            self._asker.fetch_each(asks, hand_over, over_seconds=over_seconds)
        except Exception as bug:  # noqa: BLE001 - such as no thread left: they are asked again
            for rig in asked:
                hand_over(rig, bug)

    def _begun_batch(self, now: float, rigs: int) -> _Batch:
        taken_at, steady_seconds = datetime.now(UTC), time.clock_gettime(time.CLOCK_BOOTTIME)
        clock = TickClock(
            boot_id=self._boot_id,
            monotonic_seconds=steady_seconds,
            interval_seconds=self._interval_seconds,
            clock_ok=self._clock.see(taken_at, steady_seconds),
        )
        batch = _Batch(self._round_at(now), now, taken_at, clock, waiting=rigs)
        batch.round.waiting += rigs
        self._batches.add(batch)
        return batch

    def _round_at(self, now: float) -> _Round:
        """The round that goes on; the last one once more where a reload asks rigs when it was over."""
        number = int(now // self._interval_seconds)
        if not self._rounds and self._last_round is not None and self._last_round[0].number == number:
            self._rounds.append(self._last_round[0])
        if not self._rounds or self._rounds[-1].number < number:
            self._rounds.append(_Round(number, begun=now, ended=now))
        return self._rounds[-1]

    # What it answers

    def _answered(self, batch: _Batch, rig: _Rig, answers: list[Answer] | Exception) -> None:
        batch.waiting -= 1
        batch.round.waiting -= 1
        batch.round.ended = self._now()
        try:
            if self._rigs.get(rig.name) is rig:
                self._read(batch, rig, answers)
        finally:
            if not batch.waiting:
                self._batches.discard(batch)
                self._keep(batch)
            self._end_rounds()
            self._tell()

    def _read(self, batch: _Batch, rig: _Rig, answers: list[Answer] | Exception) -> None:
        rig.is_asked = False
        was_dead = rig.is_dead
        snapshot = self._understood(batch, rig, answers)
        self._dead += rig.is_dead - was_dead
        due = rounds.due_seconds(
            rig.name, asked_seconds=batch.asked, failures=rig.failures, interval_seconds=self._interval_seconds
        )
        self._plan(rig, due)
        self._publish(rig, snapshot, batch.taken_at)

    def _understood(self, batch: _Batch, rig: _Rig, answers: list[Answer] | Exception) -> RigSnapshot | None:
        """Take the answers into all that is kept of the rig; ``None`` where that shows a mistake of ours."""
        if isinstance(answers, Exception):
            self._mistakes.note(rig.name, answers)
            return None
        try:
            self._keeping.restore(rig.pipeline.memory.energy, self._watch, rig=rig.name)
            self._keeping.keep_starts(rig.pipeline.memory.restarts)
            self._keeping.keep_course(rig.pipeline.memory.course)
            self._keeping.keep_usual(rig.pipeline.memory.shares, rig.pipeline.memory.usual)
            snapshot = rig.pipeline.take(answers, batch.taken_at, batch.clock)
            snapshot = snapshot.as_planned(self._plans.at(batch.taken_at, rig.name))
        except Exception as bug:  # noqa: BLE001 - it is told and counted
            self._mistakes.note(rig.name, bug)
            return None
        rig.failures = rig.failures + 1 if _is_silent(snapshot) else 0
        with Costs(self._mistakes).of(f"{rig.name}: what has changed"):
            rig.changes.say(snapshot)
        batch.snapshots.append(snapshot)
        if _is_up(snapshot):
            batch.round.answered.add(rig.name)
        return snapshot

    def _publish(self, rig: _Rig, snapshot: RigSnapshot | None, asked_at: datetime) -> None:
        without_readings = partial(self._page_without_readings, rig, rig.pipeline.memory.tally.sources, asked_at)
        if snapshot is not None:
            self.snapshots[rig.name] = snapshot
        page = None if snapshot is None else self._rendered(rig, snapshot)
        fresh_until_seconds = self._begun_seconds + rounds.fresh_until_seconds(rig.due, self._interval_seconds)
        if page is not None and snapshot is not None:
            families = self._renderer.families_of(snapshot)
            self.hand_over(
                rig.name,
                lambda: families,
                interval_seconds=self._interval_seconds,
                fresh_seconds=fresh_until_seconds - time.monotonic(),
            )
        reasons = [] if snapshot is None else [one.error.kind for one in snapshot.outcomes if one.error is not None]
        up = page is not None and snapshot is not None and _is_up(snapshot)
        self.pages.publish(
            rig.name,
            RigPage(
                page=PackedPage.of(page or without_readings()),
                without_readings=without_readings,
                fresh_until_seconds=fresh_until_seconds,
                asked_at=asked_at,
                up=up,
                reason=None if up else next(iter(reasons), SourceError.kind),
                dead=rig.is_dead,
                verdict=partial(verdict_of, UNKNOWN if snapshot is None else snapshot.verdict),
            ),
        )

    def _rendered(self, rig: _Rig, snapshot: RigSnapshot) -> Page | None:
        try:
            return self._renderer.render(snapshot)
        except Exception:
            log.exception("%s: its page of metrics cannot be built; it holds no readings until it can", rig.name)
            return None

    def _page_without_readings(self, rig: _Rig, sources: tuple[SourceStatus, ...], asked_at: datetime) -> Page:
        """The page of a rig that was not read in its time."""
        error = SourceError(f"{rig.name}: it was not asked in its time")
        outcomes: list[Outcome[Reading]] = [
            Outcome(source=one.name, kind=one.driver.kind, asked_at=asked_at, duration_seconds=0.0, error=error)
            for one in rig.sources
        ]
        planned = self._plans.at(datetime.now(UTC), rig.name)
        bare = RigSnapshot(taken_at=asked_at, rig=rig.name, outcomes=tuple(outcomes), sources=sources, planned=planned)
        return self._renderer.render_unread(bare)

    def _end_rounds(self) -> None:
        """Close the rounds of which everybody has answered and nobody is left to be asked."""
        due = self._next()
        for one in tuple(self._rounds):
            is_over = one is not self._rounds[-1] or due is None or due >= (one.number + 1) * self._interval_seconds
            if is_over and not one.waiting:
                if self._last_round is None:
                    gc.collect()
                    gc.freeze()  # what is kept of a thousand rigs is looked through by no collection any more: it stays
                self._rounds.remove(one)
                self._last_round = one, datetime.now(UTC)

    # What is kept and told of it

    def _keep(self, batch: _Batch) -> None:
        self._keeping.keep_rigs(batch.snapshots, self._watch)
        self._save(snapshot.rig for snapshot in batch.snapshots)

    def _save(self, names: Iterable[str]) -> None:
        there = {name: rig.pipeline.memory.energy for name in names if (rig := self._rigs.get(name)) is not None}
        self._keeping.save(there, datetime.now(UTC))

    def _tell(self) -> None:
        if not self._rigs:
            self.status = None
            return
        ended, ended_at = self._last_round or (None, None)
        self.status = GatewayStatus(
            rigs_configured=len(self._rigs),
            interval_seconds=self._interval_seconds,
            rigs_dead=self._dead,
            rigs_answered=None if ended is None else len(ended.answered),
            round_duration_seconds=None if ended is None else ended.ended - ended.begun,
            round_ended_at=ended_at,
        )


def _is_up(snapshot: RigSnapshot) -> bool:
    """Whether a miner gave a reading; a meter beside a dead miner does not make a rig."""
    miners = [outcome for outcome in snapshot.outcomes if outcome.kind == "miner"]
    return any(outcome.error is None for outcome in miners or snapshot.outcomes)


def _is_silent(snapshot: RigSnapshot) -> bool:
    """Whether nothing answered there at all; a refusal and an answer that makes no sense are answers."""
    return all(isinstance(outcome.error, Unreachable) for outcome in snapshot.outcomes)
