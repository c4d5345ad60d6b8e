"""What is kept around the sampling loop: the log, the state, the calendar, and whether the clock can be believed."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from miner_agent.errors import StorageError
from miner_agent.model.algorithms import NO_ALGORITHMS, Algorithms
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.model.status import DatabaseStatus
from miner_agent.service.clock import ClockWatch
from miner_agent.service.scheduling import Calendar
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.file_names import ALERTS_FILE, STATE_FILE, TELEMETRY_FILE
from miner_agent.storage.sqlite.kinds import ALERTS, STATE, TELEMETRY, Kind
from miner_agent.storage.state.counter_book import THIS_MACHINE
from miner_agent.storage.state.forgotten_devices import DEVICES
from miner_agent.storage.state.state_keeper import StateKeeper
from miner_agent.storage.telemetry.counters_shown import last_shown
from miner_agent.storage.telemetry.writer import LogWriter
from miner_agent.tick.course import Course
from miner_agent.tick.energy_counters import EnergyMeter
from miner_agent.tick.expected_shares import ExpectedShares
from miner_agent.tick.kept_facts import ByMiner, by_miner
from miner_agent.tick.known_fans import KnownFans
from miner_agent.tick.known_xids import KnownXids
from miner_agent.tick.restarts import Restarts
from miner_agent.tick.usual_hashrates import UsualHashrates
from miner_agent.tick.watch import Watch, pins_in_one_spelling

log = logging.getLogger(__name__)
MAINTENANCE = "log-maintenance"
STARTS = "start"  # the kind under which a miner's start time is kept
XIDS = "xid"  # the kind under which it is kept when a card's driver told of which error
FANS = "fans"  # the kind under which the fans of a machine are kept
RATES = "hashrate"  # the kind under which what a workload or a device usually makes is kept
PACES = "pace"  # the kind under which it is kept how fast a workload has found shares
POOLS = "pool"  # the kind under which a workload's pool is pinned


class Keeping:
    """Nothing in here makes a tick wait for a disk, and no failure in here ends sampling."""

    def __init__(
        self,
        directory: Path,
        *,
        boot_id: str | None,
        make_directory: Callable[[], None] = lambda: None,
        algorithms: Algorithms = NO_ALGORITHMS,
    ) -> None:
        """Opens nothing yet.

        Args:
            boot_id: tells this boot of the machine from every other; ``None``: nothing does.
            make_directory: makes the directory again where somebody has removed it.
            algorithms: what was kept under another of their words goes on under ours.

        Raises:
            ConfigError: a newer agent wrote one of the databases.
            StorageError: one of them is not ours.
        """
        for kind, name in ((TELEMETRY, TELEMETRY_FILE), (STATE, STATE_FILE), (ALERTS, ALERTS_FILE)):
            _refuse_what_is_not_ours(directory / name, kind)
        self._log_writer = LogWriter(
            directory / TELEMETRY_FILE, say=_say, make_folder=make_directory, algorithms=algorithms
        )
        self._state = StateKeeper(
            directory / STATE_FILE,
            boot_id=boot_id,
            say=_say,
            make_folder=make_directory,
            last_shown=partial(last_shown, directory / TELEMETRY_FILE),
        )
        self._watch = ClockWatch(boot_id)
        self._algorithms = algorithms
        self._pools: Mapping[str, str] | None = None  # as earlier runs pinned them, once that could be read
        self._learnt: dict[str, ByMiner] = {}  # by kind, once it could be read
        self._calendar = Calendar()
        self._believed: tuple[datetime, datetime] | None = None  # the last tick, and since when the clock runs evenly

    def start(self, now: datetime) -> None:
        """Open what is to be kept, in threads of its own."""
        self._state.start(now)
        self._log_writer.start()
        self._calendar.every(timedelta(hours=1), MAINTENANCE, self._ask_for_maintenance)
        self._calendar.start()

    def every(self, interval: timedelta, name: str, job: Callable[[], None]) -> None:
        """Put one more job on the calendar. It must not wait for anything."""
        self._calendar.every(interval, name, job)

    def see_clock(self, now: datetime, steady_seconds: float) -> bool:
        """Whether the wall clock of this tick can be believed; what the calendar plans follows a step of it."""
        steps_before, was_believed = self._watch.steps_total, self._believed is not None
        even = self._watch.see(now, steady_seconds)
        if not self._watch.is_restored and self._state.is_read:
            self._watch.restore(self._state.clock_left)
        if (mark := self._watch.mark()) is not None:
            self._state.note_clock(mark)
        self._believed = None
        if self._watch.trusted:
            self._believed = now, now - timedelta(seconds=self._watch.even_seconds)
        if self._watch.steps_total != steps_before:
            log.warning("the clock was set to %s; nothing is deleted until it can be believed again", now)
            self._calendar.clock_stepped()
        elif self._believed is not None and not was_believed:
            self._ask_for_maintenance()  # a rig that restarts every hour gives the calendar no hour
        return even

    def restore(self, energy: EnergyMeter, watch: Watch, *, rig: str = THIS_MACHINE) -> None:
        """Tell what is on disk: counters go on from there, and pinned pools hold, as soon as that can be read."""
        energy.counters.see(self._state.kept(rig))
        self.restore_pools(watch)

    def keep_starts(self, restarts: Restarts) -> None:
        """Tell when miners were started, as far as that is on disk, and keep what is new. Returns at once."""
        restarts.see(self._state.pinned(STARTS))
        if facts := restarts.unsaved_facts():
            self._state.pin(STARTS, facts)

    def keep_course(self, course: Course) -> None:
        """The same of the devices that there were, of the fans that have turned and of errors of drivers."""
        self._keep_fans(course.fans)
        self._keep_xids(course.xids)
        devices = course.devices
        devices.see(self._state.pinned(DEVICES))
        devices.forget(self._state.forgotten)
        if facts := devices.unsaved_facts():
            self._state.pin(DEVICES, facts)

    def keep_usual(self, shares: ExpectedShares, hashrates: UsualHashrates) -> None:
        """The same of how fast shares were found, and what was usually made."""
        for kind, learnt in ((PACES, shares), (RATES, hashrates)):
            learnt.see(self._by_miner(kind))
            if facts := learnt.unsaved_facts():
                self._state.pin(kind, facts)

    def _keep_fans(self, fans: KnownFans) -> None:
        fans.see(self._state.pinned(FANS))
        if facts := fans.unsaved_facts():
            self._state.pin(FANS, facts)

    def _keep_xids(self, xids: KnownXids) -> None:
        xids.see(self._state.pinned(XIDS))
        if facts := xids.unsaved_facts():
            self._state.pin(XIDS, facts)

    def _by_miner(self, kind: str) -> ByMiner | None:
        """What the last run left of a kind, apart by miner."""
        if kind not in self._learnt and (facts := self._state.pinned(kind)) is not None:
            self._learnt[kind] = by_miner(facts)
        return self._learnt.get(kind)

    def restore_pools(self, watch: Watch) -> None:
        """Let the pinned pools of the last run hold, as soon as they can be read."""
        if not watch.is_restored and (pools := self._pinned_pools()) is not None:
            watch.restore(pools)

    def _pinned_pools(self) -> Mapping[str, str] | None:
        """What earlier runs pinned; what they kept under other words for algorithms is renamed on disk, once."""
        if self._pools is None and (found := self._state.pinned(POOLS)) is not None:
            self._pools = pins_in_one_spelling(found, self._algorithms)
            changed: dict[str, str | None] = {key: fact for key, fact in self._pools.items() if found.get(key) != fact}
            gone = found.keys() - self._pools.keys()
            if changed or gone:
                self._state.pin(POOLS, changed | dict.fromkeys(gone))
        return self._pools

    def keep(self, snapshot: RigSnapshot, energy: EnergyMeter, watch: Watch) -> None:
        """Write one tick, and what must survive a restart. Returns at once."""
        self._log_writer.put(snapshot)
        self.save({THIS_MACHINE: energy}, snapshot.taken_at)
        self._pin(watch)

    def keep_rigs(self, snapshots: Sequence[RigSnapshot], watch: Watch) -> None:
        """Write the ticks of other machines that were asked at one moment. Returns at once."""
        self._log_writer.put_rigs(snapshots)
        self._pin(watch)

    def save(self, energies: Mapping[str, EnergyMeter], now: datetime) -> None:
        """Keep what was counted, by rig. Returns at once. What was not restored yet is kept once it is."""
        counted = {rig: energy.counters.counted for rig, energy in energies.items()}
        told_by = {rig: energy.counters.told_by for rig, energy in energies.items()}
        self._state.save({rig: counts for rig, counts in counted.items() if counts is not None}, now, told_by)

    def _pin(self, watch: Watch) -> None:
        if pinned := watch.unsaved_facts():
            self._state.pin(POOLS, pinned)

    @property
    def clock_steps_total(self) -> int:
        return self._watch.steps_total

    @property
    def clock_even_seconds(self) -> float:
        return self._watch.even_seconds

    @property
    def believed_now(self) -> datetime | None:
        """When the last tick was, by a clock that can be believed."""
        return None if self._believed is None else self._believed[0]

    @property
    def job_failures(self) -> Counter[str]:
        return self._calendar.failures

    @property
    def counters_kept(self) -> bool:
        """Whether the counters that outlive the agent are read, and written; where not, they are absent."""
        return self._state.status.counters_kept

    @property
    def databases(self) -> tuple[DatabaseStatus, ...]:
        """How writing goes."""
        written, kept = self._log_writer.status, self._state.status
        return (
            DatabaseStatus(
                database="telemetry",
                size_bytes=written.size_bytes,
                oldest_sample_at=written.oldest_sample_at,
                written_at=written.written_at,
                write_failures_total=written.write_failures_total,
                files_lost_total=written.files_lost_total,
                waiting_seconds=written.waiting_seconds,
                last_error=written.last_error,
                ticks_dropped_total=written.dropped_total,
                rows_skipped_total=written.skipped_rows_total,
                values_dropped_total=written.dropped_values_total,
                queue_length=written.queue_length,
            ),
            DatabaseStatus(
                database="state",
                size_bytes=kept.size_bytes,
                write_failures_total=kept.write_failures_total,
                files_lost_total=kept.files_lost_total,
                waiting_seconds=kept.waiting_seconds,
                last_error=kept.last_error,
            ),
        )

    def close(self, seconds: float) -> None:
        """Write what is still in memory, for at most that long: what the state leaves of its half goes to the log."""
        until = time.monotonic() + seconds
        self._calendar.close()
        self._state.close(max(0.0, min(seconds / 2, until - time.monotonic())))
        left = self._log_writer.close(max(0.0, until - time.monotonic()))
        if left:
            log.warning("%d ticks could not be written to the log", left)

    def _ask_for_maintenance(self) -> None:
        """Once a day, and by a clock that can be believed: old rows go. The state's thread and the log's do it."""
        if self._believed is not None:
            day = self._believed[0].date().isoformat()
            self._state.unless_done(MAINTENANCE, day, lambda: self._maintain(day))

    def _maintain(self, day: str) -> None:
        """The day is done when the rows are gone: killed in between, they go once more, which changes nothing."""
        if self._believed is not None:  # still
            now, even_since = self._believed
            done = partial(self._state.note_done, MAINTENANCE, day)
            self._log_writer.maintain(now, plausible_since=even_since, done=done)


def _refuse_what_is_not_ours(path: Path, kind: Kind) -> None:
    try:
        found = sqlite_file.find(path, kind)
    except StorageError as error:  # a disk that cannot be read now is no reason not to start
        log.warning("%s", error)
        return
    sqlite_file.refuse(path, kind, found)


def _say(sentence: str) -> None:
    log.warning("%s", sentence)
