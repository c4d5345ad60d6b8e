"""The sampling loop: a tick every interval on a monotonic clock, whatever becomes of any source, disk or scraper."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from exporters import verdict_json
from exporters.prometheus import Page, Renderer
from miner_agent.alarms.handed_pages import HandOver
from miner_agent.assembly.parts import SETTLE_SECONDS, Parts, agent_status
from miner_agent.config.configuration import Config
from miner_agent.economy.economy_keeper import EconomyKeeper
from miner_agent.face.known import BesideTicks, Known
from miner_agent.model.alerts_status import AlertsStatus
from miner_agent.model.channel_status import ChannelStatus
from miner_agent.model.ledger_status import LedgerStatus
from miner_agent.model.made_in_c import copied_with
from miner_agent.model.snapshot import RigSnapshot, TickClock
from miner_agent.model.status import AgentStatus, DatabaseStatus, GatewayStatus
from miner_agent.service.keeping import Keeping
from miner_agent.service.logs import lines_dropped_total
from miner_agent.service.sd_notify import HEADROOM, Notifier
from miner_agent.tick.changes import Changes
from miner_agent.tick.mistakes import Costs, Mistakes
from miner_agent.web.pages import PageOnDemand, Pages, VerdictPage

log = logging.getLogger(__name__)
FRESH_INTERVALS = 3  # readiness: the last tick may be this many intervals old
STOP_SECONDS = 2.0
LATE_INTERVALS = 0.5  # a tick that begins so much after its moment is late


def next_due(due: float, ended: float, interval_seconds: float) -> tuple[float, int]:
    """The moment of the next tick, and how many moments are left out before it: those that a long tick took.

    A tick that is late by less than an interval begins at once. After a longer one comes a pause of an interval, so
    that nothing is caught up in a rush.

    Args:
        due: the moment of the last tick.
        ended: when it was over.
        interval_seconds: between two moments. [s]

    >>> next_due(0.0, 0.2, 1.0), next_due(0.0, 1.3, 1.0), next_due(0.0, 10.3, 1.0)
    ((1.0, 0), (1.0, 0), (11.3, 10))
    """
    passed = int((ended - due) // interval_seconds)
    return (due + interval_seconds, 0) if passed <= 1 else (ended + interval_seconds, passed)


class _End:
    """Of the loop. An event takes twice as long to wait for."""

    def __init__(self) -> None:
        self._ahead = threading.Lock()
        self._ahead.acquire()
        self.has_come = False

    def come(self) -> None:
        """Twice is once."""
        self.has_come = True
        with suppress(RuntimeError):  # it had come
            self._ahead.release()

    def wait(self, seconds: float) -> bool:
        """Whether it has come by then."""
        return self.has_come or self._ahead.acquire(timeout=seconds)


class Sampler:
    """Ticks on a monotonic clock, in a thread of its own, and publishes each tick."""

    def __init__(
        self,
        loaded: Config,
        parts: Parts,
        *,
        keeping: Keeping,
        economy: EconomyKeeper,
        boot_id: str,
        notifier: Notifier,
        on_tick: Callable[[RigSnapshot], None] | None = None,
    ) -> None:
        self._keeping, self._economy, self._boot_id = keeping, economy, boot_id
        self._config, self._parts = loaded, parts
        self._next: tuple[Config, Parts] | None = None
        self._notifier, self._on_tick = notifier, on_tick
        self._renderer = Renderer()
        self._end = _End()
        self._lock = threading.Lock()
        self._status = agent_status(datetime.now(UTC))
        self._ticked_at: float | None = None
        self._page: PageOnDemand | None = None  # the last one
        self._changes = Changes()
        self.serves: Callable[[], bool] = lambda: True  # whoever serves the pages tells
        self.clock_synchronized: Callable[[], bool | None] = lambda: None  # whoever asks the kernel
        self.ledger: Callable[[], LedgerStatus | None] = lambda: None  # whoever looks at the books
        self.alerts: Callable[[], AlertsStatus | None] = lambda: None  # whoever looks for alerts
        self.channels: Callable[[], tuple[ChannelStatus, ...]] = lambda: ()  # whoever tells people of them
        self.beside: Callable[[], tuple[DatabaseStatus, ...]] = tuple  # databases that others keep
        self.beside_ticks = BesideTicks()  # what a face is told by others
        self.hand_over: HandOver = lambda *_, **__: None  # takes what a page is made of
        self.gateway: Callable[[], GatewayStatus | None] = lambda: None  # and whoever reads other machines
        self.pages = Pages(self.why_not_ready)
        self.newest: Known | None = None  # what the last tick gave; swapped whole, and read by whoever likes
        self._thread = threading.Thread(target=self._run, name="sampling", daemon=True)

    @property
    def parts(self) -> Parts:
        """The last that were handed over: those of a new configuration are built from them."""
        with self._lock:
            return self._parts if self._next is None else self._next[1]

    @property
    def mistakes(self) -> Mistakes:
        """Those of this agent, which outlive every configuration."""
        return self._parts.pipeline.memory.mistakes

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the loop, in the middle of a tick if need be."""
        self._end.come()
        with self._lock:
            if self._next is not None:
                self._next[1].close(self._parts)
            self._parts.close()
        self._thread.join(STOP_SECONDS)

    def take(self, loaded: Config, parts: Parts, *, reloaded_at: datetime | None = None) -> None:
        """Use these parts from the next tick on; ``reloaded_at`` where a new configuration asked for them."""
        with self._lock:
            if self._next is not None:
                self._next[1].close(self._parts, parts)
            self._next = (loaded, parts)
            if reloaded_at is not None:
                self._status = copied_with(self._status, config_reload_ok=True, config_loaded_at=reloaded_at)

    def keep(self) -> None:
        """Note that a new configuration was refused, and the old one holds."""
        with self._lock:
            self._status = copied_with(self._status, config_reload_ok=False)

    def why_not_ready(self) -> str | None:
        """``None`` while samples are fresh; else what is missing."""
        if self._ticked_at is None:
            return "no tick is complete yet"
        if not self.serves():
            return "the web server has ended"
        age_seconds = time.monotonic() - self._ticked_at
        if age_seconds > FRESH_INTERVALS * self._config.agent.interval_seconds:
            return f"the last tick is {age_seconds:.0f} s old"
        return None

    def _run(self) -> None:
        due = time.monotonic() + SETTLE_SECONDS
        self._parts.settle(self._end.wait)
        while not self._end.has_come:
            if time.monotonic() - due > LATE_INTERVALS * self._config.agent.interval_seconds:
                self._count_late(1)
            try:
                self._tick()
            except Exception:
                if not self._end.has_come:
                    log.exception("this tick failed")
            due, left_out = next_due(due, time.monotonic(), self._config.agent.interval_seconds)
            self._count_late(left_out)
            self._wait_until(due)

    def _count_late(self, ticks: int) -> None:
        if ticks:
            with self._lock:
                self._status = copied_with(self._status, late_ticks_total=self._status.late_ticks_total + ticks)

    def _wait_until(self, due: float) -> None:
        """Wait, and tell the watchdog meanwhile that samples are fresh."""
        watchdog_seconds = self._notifier.watchdog_seconds
        while not self._end.has_come:
            if watchdog_seconds and self.why_not_ready() is None:
                self._notifier.send("WATCHDOG=1")
            left_seconds = due - time.monotonic()
            if left_seconds <= 0:
                return
            self._end.wait(min(left_seconds, watchdog_seconds / HEADROOM) if watchdog_seconds else left_seconds)

    def _tick(self) -> None:
        with self._lock:
            if self._next is not None:
                self._parts.close(self._next[1])
                self._config, self._parts = self._next
                self._next = None
            parts = self._parts
        now, steady_seconds = datetime.now(UTC), time.clock_gettime(time.CLOCK_BOOTTIME)
        steps_before = self._keeping.clock_steps_total
        clock = TickClock(
            boot_id=self._boot_id,
            monotonic_seconds=steady_seconds,
            interval_seconds=self._config.agent.interval_seconds,
            clock_ok=self._keeping.see_clock(now, steady_seconds),
        )
        if self._keeping.clock_steps_total != steps_before:
            self._economy.clock_stepped()
        memory = parts.pipeline.memory
        self._keeping.restore(memory.energy, memory.watch)
        self._keeping.keep_starts(memory.restarts)
        self._keeping.keep_course(memory.course)
        self._keeping.keep_usual(memory.shares, memory.usual)
        snapshot = parts.pipeline.tick(now, self._status_now(), clock)
        if self._end.has_come:
            return
        snapshot = snapshot.as_planned(self._config.plans.at(now, snapshot.rig))
        beside = Costs(memory.mistakes)  # what fails beside the readings costs itself
        with beside.of("profit"):
            snapshot = self._economy.see(snapshot)
        with beside.of("log and state"):
            self._keeping.keep(snapshot, memory.energy, memory.watch)
        first = self._ticked_at is None
        self._ticked_at = time.monotonic()
        known = None
        with beside.of("what pages for people show"):
            known = Known.after(self.newest, snapshot, self._config, self.beside_ticks)
        self.newest = known  # never an old one
        page = PageOnDemand(partial(self._page_of, snapshot))
        with beside.of("the page of metrics"):
            if self._page is not None:
                page.follow(self._page)
        self._page = page
        self._publish(snapshot, page)
        with beside.of("what has changed"):
            self._changes.say(snapshot)
        if self._notifier.is_heard:
            self._tell_status(snapshot, is_first=first)
        if self._on_tick is not None:
            self._on_tick(snapshot)

    def _tell_status(self, snapshot: RigSnapshot, *, is_first: bool) -> None:
        up = sum(outcome.error is None for outcome in snapshot.outcomes)
        told = f"{up} of {len(snapshot.outcomes)} sources give readings; {verdict_json.in_short(snapshot.verdict)}"
        self._notifier.send(*(["READY=1"] if is_first else []), f"STATUS={told}")

    def _publish(self, snapshot: RigSnapshot, page: PageOnDemand) -> None:
        families = partial(self._renderer.families_of, snapshot)
        self.hand_over(snapshot.rig, families, interval_seconds=self._config.agent.interval_seconds)
        without_readings = partial(self._renderer.render_agent_only, snapshot)
        self.pages.publish(page, without_readings=without_readings, verdict=partial(_verdict_page, snapshot))

    def _page_of(self, snapshot: RigSnapshot) -> Page:
        """Made in the thread of whoever asks first."""
        try:
            return self._renderer.render(snapshot)
        except Exception:
            log.exception("the page of metrics cannot be built; it holds no readings until it can")
        with self._lock:
            failures_total = self._status.render_failures_total + 1
            status = self._status = copied_with(self._status, render_failures_total=failures_total)
        return self._renderer.render_agent_only(copied_with(snapshot, agent=status))

    def _status_now(self) -> AgentStatus:
        keeping = self._keeping
        with self._lock:
            self._status = copied_with(
                self._status,
                clock_steps_total=keeping.clock_steps_total,
                clock_synchronized=self.clock_synchronized(),
                clock_even_seconds=keeping.clock_even_seconds,
                log_lines_dropped_total=lines_dropped_total(),
                mistakes_total=self.mistakes.total,
                job_failures_total=dict(keeping.job_failures),
                databases=(*keeping.databases, *self.beside()),
                alerts=self.alerts(),
                channels=self.channels(),
                counters_kept=keeping.counters_kept,
                gateway=self.gateway(),
                ledger=self.ledger(),
            )
            return self._status


def _verdict_page(snapshot: RigSnapshot) -> VerdictPage:
    return VerdictPage(body=verdict_json.rendered(snapshot), in_short=verdict_json.in_short(snapshot.verdict))
