"""Keeps the economy beside the sampling loop: one thread waits for feeds, one computes. Neither is ever waited for."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from miner_agent.config.configuration import Config
from miner_agent.economy.revenue_estimate import RevenueEstimate
from miner_agent.errors import AgentError
from miner_agent.model.finances import DecisionNote, Economy, MarketNote
from miner_agent.model.made_in_c import copied_with
from miner_agent.model.snapshot import RigSnapshot

if TYPE_CHECKING:  # loaded late, and only where there is something to compute
    from miner_agent.config.entries import FeedEntry
    from miner_agent.economy.advice import Adviser
    from miner_agent.economy.feed_desk import FeedDesk
    from miner_agent.economy.messages import Return
    from miner_agent.economy.settings import Settings
    from miner_agent.profit.rig_figures import Rig

log = logging.getLogger(__name__)
COMPUTED_EVERY = timedelta(minutes=1)
LOOKED_EVERY = timedelta(seconds=15)  # whether a feed is due: one of a minute is asked once a minute, not every other
FEEDS, PROFIT = "feeds", "profit"
"""Names of the jobs."""
LONGEST_SHOWN = timedelta(minutes=5)  # what was computed longer ago is shown no more
NOTED_EVERY = timedelta(hours=1)  # a market in the log
JOIN_SECONDS = 0.5
MOST_NOTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What an answer about money is computed from."""

    loaded: Config
    rig: "Rig"  # as it was measured
    returns: "tuple[tuple[FeedEntry, Return], ...]"  # what feeds said last
    now: datetime


class EconomyKeeper:
    """Starts no thread and loads nothing before a configuration asks for it."""

    def __init__(self, state_directory: Path, *, now: Callable[[], datetime]) -> None:
        self._state_directory, self._now = state_directory, now
        self._changed = threading.Condition()
        self._loaded: Config | None = None
        self._snapshot: RigSnapshot | None = None
        self._view: Economy | None = None
        self._notes: tuple[MarketNote, ...] = ()
        self._decisions: tuple[DecisionNote, ...] = ()
        self._ask = self._compute = self._closed = False
        self._desk: FeedDesk | None = None
        self._settings: Settings | None = None
        self._threads: list[threading.Thread] = []
        self._noted_at: datetime | None = None
        self._said: frozenset[str] = frozenset()
        self._estimate = RevenueEstimate()

    def take(self, loaded: Config) -> None:
        """Go by this configuration from now on. Returns at once."""
        with self._changed:
            same = self._loaded is not None and self._loaded.of_money == loaded.of_money
            self._loaded = loaded
            if same:
                return
            self._view = None
            if not loaded.asks_for_money and self._desk is None:
                return
            if self._desk is None:
                self._start()
            if self._desk is not None:
                self._desk.take(loaded.feeds, loaded.catalog_file)
            self._ask = self._compute = True
            self._changed.notify_all()

    def see(self, snapshot: RigSnapshot) -> RigSnapshot:
        """The tick with what is known of money; and it is what is computed from next."""
        with self._changed:
            if self._desk is None:
                return snapshot
            first, self._snapshot = self._snapshot is None, snapshot
            if first:
                self._compute = True
                self._changed.notify_all()
            view = self._view
            if view is None or abs(snapshot.taken_at - view.computed_at) > LONGEST_SHOWN:
                self._estimate.pass_over(snapshot.clock)
                return snapshot if not self._desk.status else copied_with(snapshot, economy=self._bare(snapshot))
            self._estimate.add(view.present.revenue_while_it_mines_per_day, snapshot.clock)
            handed = replace(
                view,
                feeds=self._desk.status,
                market_notes=self._notes,
                decisions=self._decisions,
                revenue_estimated_total=dict(self._estimate.total),
            )
            self._notes = self._decisions = ()
        return copied_with(snapshot, economy=handed)

    def material(self) -> "Material | None":
        """What an answer about money is computed from by now; ``None`` where nobody computes any yet."""
        with self._changed:
            loaded, snapshot, settings, desk = self._loaded, self._snapshot, self._settings, self._desk
        if loaded is None or snapshot is None or settings is None or desk is None:
            return None
        from miner_agent.profit.measured import rig_as_measured  # noqa: PLC0415 - see above

        rig = rig_as_measured(snapshot, hardware=settings.hardware, algorithms=settings.algorithms)
        return Material(loaded=loaded, rig=rig, returns=desk.returns, now=self._now())

    def ask_feeds(self) -> None:
        """Ask those that are due. For the calendar; returns at once."""
        with self._changed:
            self._ask = True
            self._changed.notify_all()

    def compute(self) -> None:
        """Compute anew. For the calendar; returns at once."""
        with self._changed:
            self._compute = True
            self._changed.notify_all()

    def clock_stepped(self) -> None:
        """Every time that was planned was of another clock."""
        with self._changed:
            if self._desk is not None:
                self._desk.all_due()
            self._noted_at = None
            self._ask = self._compute = True
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._desk is not None:
            self._desk.close()
        for thread in self._threads:
            thread.join(JOIN_SECONDS)

    def _bare(self, snapshot: RigSnapshot) -> Economy:
        return Economy(
            computed_at=snapshot.taken_at,
            feeds=self._desk.status if self._desk else (),
            revenue_estimated_total=dict(self._estimate.total),
        )

    def _start(self) -> None:
        from miner_agent.economy.feed_desk import FeedDesk  # noqa: PLC0415 - see above

        self._desk = FeedDesk(
            self._state_directory, say=_say, steady_seconds=_steady_seconds, say_of_an_end=_say_of_an_end
        )
        for name, run in ((FEEDS, self._run_feeds), (PROFIT, self._run_sums)):
            thread = threading.Thread(target=run, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _run_feeds(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._ask)
                if self._closed:
                    return
                self._ask = False
            try:
                if self._desk is not None and self._desk.ask_due(self._now()):
                    self.compute()
            except Exception:
                log.exception("feeds could not be asked; they are asked again in a minute")

    def _run_sums(self) -> None:
        from miner_agent.economy.advice import Adviser  # noqa: PLC0415 - see above
        from miner_agent.economy.settings import Settings  # noqa: PLC0415

        adviser = Adviser()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or (self._compute and self._snapshot is not None))
                if self._closed:
                    return
                self._compute = False
                loaded, snapshot = self._loaded, self._snapshot
            try:
                if loaded is not None and snapshot is not None:
                    if self._settings is None or self._settings.loaded is not loaded:
                        self._settings = Settings.of(loaded)
                    self._sum_up(adviser, self._settings, snapshot)
            except AgentError as error:
                self._tell([str(error)])
            except Exception:
                log.exception("profit could not be computed; it is tried again in a minute")

    def _sum_up(self, adviser: "Adviser", settings: "Settings", snapshot: RigSnapshot) -> None:
        from miner_agent.economy.advice import advantage_ratio  # noqa: PLC0415
        from miner_agent.economy.sums import sum_up  # noqa: PLC0415

        if self._desk is None:
            return
        now, all_asked = self._now(), self._desk.all_asked
        summed = sum_up(settings, self._desk.returns, snapshot, now=now)
        decisions = adviser.follow(summed, now=now)
        view = replace(
            summed.economy,
            candidates=adviser.with_spread(summed.economy.candidates),
            advantage_ratio=advantage_ratio(summed),
            switches_total=dict(adviser.switches),
            suppressed_total=dict(adviser.suppressed),
            market_notes=(),
        )
        with self._changed:
            if self._loaded is None or self._loaded.of_money != settings.loaded.of_money:
                return  # a new configuration came meanwhile, and is computed next
            self._view = view
            self._decisions = (*self._decisions, *decisions)[-MOST_NOTES:]
            notes = summed.economy.market_notes
            if notes and (self._noted_at is None or abs(now - self._noted_at) >= NOTED_EVERY):
                self._noted_at = now
                self._notes = notes
        if all_asked:
            self._tell(summed.problems)

    def _tell(self, problems: "tuple[str, ...] | list[str]") -> None:
        """Each problem once, until it is gone."""
        for problem in problems:
            if problem not in self._said:
                log.warning("%s", problem)
        self._said = frozenset(problems)


def _say(sentence: str) -> None:
    log.warning("%s", sentence)


def _say_of_an_end(sentence: str) -> None:
    log.info("%s", sentence)


def _steady_seconds() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
