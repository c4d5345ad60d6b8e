"""Looks for alerts in a thread of its own, so that a sampling loop that hangs is told of too, and commits them.

Whoever renders a page hands over what it is made of, and goes on. Nothing is sent before it is on disk, but for what no
disk takes.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from exporters.alerts.alert_rule import AlertRule
from exporters.metric_table import Family
from miner_agent.alarms.alert_book import NOTHING_NAMED, AlertBook, Changed
from miner_agent.alarms.alert_clock import AlertClock, gap_seconds
from miner_agent.alarms.handed_pages import Families, HandedPage
from miner_agent.alarms.life_cycle import AlertMoment
from miner_agent.alarms.named_subjects import NamedSubjects
from miner_agent.alarms.telling import GROUP_WAIT_SECONDS
from miner_agent.errors import AgentError
from miner_agent.model.alerting import AlertStanding, Notice, Silence
from miner_agent.model.alerts_status import AlertsOwner, AlertsStatus
from miner_agent.model.status import DatabaseStatus
from miner_agent.storage.kept_alerts.alerts_file import AlertsFile, Transaction
from miner_agent.storage.kept_alerts.outbox import Outbox, Outgoing, tidy_outbox
from miner_agent.storage.kept_alerts.silences import put_back_silences, read_silences, tidy_silences
from miner_agent.storage.kept_alerts.standings import (
    LastLook,
    add_transitions,
    forget_standings,
    note_look,
    read_accumulators,
    read_look,
    read_standings,
    tidy_transitions,
    write_accumulators,
    write_standings,
)

log = logging.getLogger(__name__)
EVALUATE_SECONDS = 15.0
TOGETHER_SECONDS = 0.5  # between two rounds, at least
DISK_WAITED_SECONDS = 120.0  # for a disk that does not tell what the last run left
DISK_ASKED_SECONDS = 5.0
UNSEEN_LOOKS = 3  # that did not take place: the machine slept, the agent was stopped, or Prometheus looked
LOOK_KEPT_SECONDS = 60.0  # between two notes of when alerts were looked at last, where no timer runs
WINDOWS_KEPT_SECONDS = 600.0
TIDIED_SECONDS = 86_400.0
MOST_TRANSITIONS_OWED = 1000  # that no disk has taken


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsSettings:
    """What a configuration says."""

    owner: AlertsOwner
    rules: Sequence[AlertRule]
    own_rig: str
    rigs: frozenset[str] = frozenset()  # the other machines that the agent reads
    subjects: NamedSubjects = NOTHING_NAMED
    evaluate_seconds: float = EVALUATE_SECONDS
    group_wait_seconds: float = GROUP_WAIT_SECONDS
    runbook_base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    """What the last run left, and when that was read on the clock of this boot. [s]"""

    look: LastLook | None
    gap_seconds: float
    steady_seconds: float
    standings: Sequence[AlertStanding]
    windows: dict[str, bytes]
    silences: tuple[Silence, ...]

    @property
    def seconds(self) -> float:
        """What the alerts' clock of the last run would have said then. [s]"""
        return self.gap_seconds + (0.0 if self.look is None else self.look.alerts_seconds)


class AlertsKeeper:
    """One thread. Whoever tells people is asked which channels a notice goes by, and woken behind the commit."""

    def __init__(
        self,
        path: Path,
        settings: AlertsSettings,
        *,
        boot_id: str | None,
        now: Callable[[], datetime],
        make_folder: Callable[[], None] = lambda: None,
        file: AlertsFile | None = None,
        steady: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is opened before ``start``.

        Args:
            path: of alerts.db.
            settings: what to look for.
            boot_id: tells this boot of the machine from every other; ``None``: nothing does.
            now: the wall clock.
            make_folder: makes the folder of the file again where somebody has removed it.
            file: in the place of one at ``path``.
            steady: a clock that begins with the boot and is never set. [s]
            monotonic: for how long a page holds. [s]
        """
        self.file = file or AlertsFile(path, say=_say, make_folder=make_folder)
        self.outbox = Outbox(self.file)
        self.channels_for: Callable[[Notice], tuple[str, ...]] = lambda _: ()
        self.channels: Callable[[], frozenset[str]] = frozenset  # that there are; none: it is not known yet
        self.wake: Callable[[], None] = lambda: None
        self.is_believed: Callable[[], bool] = lambda: True  # whether the wall clock may make anything old
        self._settings, self._next = settings, settings
        self._boot_id, self._wall, self._steady, self._monotonic = boot_id, now, steady, monotonic
        self._changed = threading.Condition()
        self._handed: dict[str, HandedPage] = {}
        self._last: dict[str, HandedPage] = {}  # of this machine whole, of others when it holds until
        self._closing = False
        self._book = _book(settings)
        self._clock = AlertClock(None, 0.0, steady_seconds=0.0)
        self._is_read = False  # what the last run left
        self._left: _Left | None = None  # and has not been gone on with
        self._has_begun = False
        self._known: tuple[Sequence[AlertStanding], tuple[Silence, ...]] = (), ()  # for a file that is begun anew
        self._is_behind = False  # the disk lacks what is in memory
        self._owed = Changed()
        self._looked_at: dict[str, float] = {}  # by rig, on the alerts' clock
        self._swept = self._noted = self._kept = self._tidied = float("-inf")  # on the alerts' clock
        self._unrecorded_total = 0
        self._firing: tuple[Notice, ...] | None = None
        self._status = AlertsStatus(owner=settings.owner)
        self.file.at_opening(self._bring_up)
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    @property
    def status(self) -> AlertsStatus:
        """How alerts stand, as of now."""
        return self._status

    @property
    def known(self) -> tuple[Sequence[AlertStanding], tuple[Silence, ...]]:
        """Every alert as of the last look, and what is to be kept quiet."""
        return self._known

    @property
    def settings(self) -> AlertsSettings:
        """What was taken last."""
        with self._changed:
            return self._next

    @property
    def databases(self) -> tuple[DatabaseStatus, ...]:
        """How writing its database goes; none where nothing is kept."""
        written = self.file.status
        if self._settings.owner != "local":
            return ()
        return (
            DatabaseStatus(
                database="alerts",
                size_bytes=written.size_bytes,
                write_failures_total=written.write_failures_total,
                files_lost_total=written.files_lost_total,
                last_error=written.last_error,
            ),
        )

    def firing(self) -> tuple[Notice, ...] | None:
        """All that fires and is not to be kept quiet; ``None``: that was not looked at yet."""
        return self._firing

    def start(self) -> None:
        self._thread.start()

    def take(self, settings: AlertsSettings) -> None:
        """Go by this from now on. Returns at once."""
        with self._changed:
            self._next = settings
            self._changed.notify()

    def hand_over(
        self, rig: str, families: Families, *, interval_seconds: float, fresh_seconds: float | None = None
    ) -> None:
        """A page of a rig was rendered. Returns at once; of a rig only the newest counts.

        Args:
            rig: whose it is.
            families: makes what the page is made of. It is asked where the page is looked at.
            interval_seconds: between two of its pages. [s]
            fresh_seconds: for how long it holds; ``None``: for an interval. [s]
        """
        if self._next.owner != "local":
            return
        fresh_until = self._monotonic() + (interval_seconds if fresh_seconds is None else fresh_seconds)
        with self._changed:
            self._handed[rig] = HandedPage(families, interval_seconds, fresh_until)
            if self._is_due(rig, self._clock.seconds(self._steady())):
                self._changed.notify()

    def close(self, seconds: float) -> None:
        """Write what is in memory, for at most that long, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(seconds)

    # The thread

    def _run(self) -> None:
        while not self._is_closing():
            try:
                self.follow_settings()
                if self._settings.owner == "local" and not self._has_begun:
                    self.restore()
                if not self._is_closing():
                    self.round()
            except Exception:
                log.exception("looking for alerts failed, and goes on")
            self._wait()
        self.end()

    def _is_closing(self) -> bool:
        with self._changed:
            return self._closing

    def _wait(self) -> None:
        """Until a page comes that is to be looked at, or everything is. Pages of many rigs are looked at together."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing, TOGETHER_SECONDS)
            due_seconds = self._settings.evaluate_seconds
            self._changed.wait_for(
                lambda: self._closing or self._next is not self._settings or self._is_any_due(), due_seconds
            )

    def _is_any_due(self) -> bool:
        seconds = self._clock.seconds(self._steady())
        return any(self._is_due(rig, seconds) for rig in self._handed)

    def _is_due(self, rig: str, seconds: float) -> bool:
        looked_at = self._looked_at.get(rig)
        return looked_at is None or seconds - looked_at >= self._settings.evaluate_seconds

    def follow_settings(self) -> None:
        """Go by what was taken last."""
        with self._changed:
            if self._next is self._settings:
                return
            subjects = self._next.subjects.following(self._settings.subjects)
            settings = self._settings = self._next = replace(self._next, subjects=subjects)
        self._book.take(
            settings.rules, runbook_base=settings.runbook_base, group_wait_seconds=settings.group_wait_seconds
        )
        rigs = {settings.own_rig, *settings.rigs}
        self._book.watch_only(rigs, settings.subjects)
        self._last = {rig: handed for rig, handed in self._last.items() if rig in rigs}
        self._looked_at = {rig: at for rig, at in self._looked_at.items() if rig in rigs}
        if settings.owner != "local":
            self._status, self._firing = AlertsStatus(owner=settings.owner), None
            with self._changed:
                self._handed = {}  # what they show is long ago when the agent looks again
            self._last = {}

    def restore(self) -> None:
        """Take what the last run left. A disk that does not tell is waited for, but not for ever."""
        until = self._monotonic() + DISK_WAITED_SECONDS
        self._read_left()
        while not self._is_read and self._monotonic() < until:
            with self._changed:
                if self._changed.wait_for(lambda: self._closing, DISK_ASKED_SECONDS):
                    return
            self._read_left()

    def round(self) -> None:
        """Look at the pages that have come, decide what is told, and commit it."""
        with self._changed:
            settings, handed = self._settings, self._handed
            at = self._moment()
            due = {rig: page for rig, page in handed.items() if self._is_due(rig, at.seconds)}
            self._handed = {rig: page for rig, page in handed.items() if rig not in due}
        if settings.owner != "local":
            return
        self._read_left()
        self._has_begun, at = True, self._moment()
        known = {settings.own_rig, *settings.rigs}
        for rig, page in due.items():
            if rig in known:
                self._look(rig, page, at)
        is_sweep = at.seconds - self._swept >= settings.evaluate_seconds
        if is_sweep:
            self._swept = at.seconds
            self._look_again(settings, at)
            self._read_silences(at.now)
            self._hand_on(at)
        self._book.tell(at)
        is_other = self._commit(at, is_sweep=is_sweep)
        self._known = self._book.standings, self._book.silences
        if is_sweep or is_other:
            self._tell_status(at)

    def _hand_on(self, at: AlertMoment) -> None:
        if (channels := self.channels()) and (gone := self.outbox.hand_on(channels, self.channels_for, at.now)):
            _say(f"{', '.join(gone)}: no channel any more; what waited for it goes by the others")
            self.wake()

    def _moment(self) -> AlertMoment:
        return AlertMoment(now=self._wall(), seconds=self._clock.seconds(self._steady()))

    def _look(self, rig: str, page: HandedPage, at: AlertMoment) -> None:
        gap_seconds, families = at.seconds - self._looked_at.get(rig, at.seconds), self._made(rig, page)
        try:
            if gap_seconds > UNSEEN_LOOKS * max(page.interval_seconds, self._settings.evaluate_seconds):
                self._book.pass_by(rig, gap_seconds, at)
            self._book.look(rig, families, at, interval_seconds=page.interval_seconds)
        except Exception:
            log.exception("%s: its page cannot be looked at for alerts", rig)
        self._looked_at[rig] = at.seconds
        self._last[rig] = replace(page, families=(lambda: families) if rig == self._settings.own_rig else tuple)

    def _made(self, rig: str, page: HandedPage) -> Sequence[Family]:
        """What a page is made of; where that cannot be made, of the last one that could: its age is told of."""
        try:
            return page.families()
        except Exception:
            log.exception("%s: its page cannot be made for alerts; the last one is looked at", rig)
        last = self._last.get(rig)
        return () if last is None else last.families()

    def _look_again(self, settings: AlertsSettings, at: AlertMoment) -> None:
        """At this machine's last page, whose age may be an alert; and at rigs of which no page holds any more."""
        for rig, page in tuple(self._last.items()):
            if at.seconds - self._looked_at[rig] < settings.evaluate_seconds:
                continue
            if rig == settings.own_rig:
                self._look(rig, page, at)
            elif self._monotonic() > page.fresh_until:
                self._book.miss(rig, at)

    # What is on disk

    def _bring_up(self, connection: Transaction, now: datetime) -> None:
        """The file was opened, by whichever thread. The first time it says what the last run left; later it gets what
        is known.
        """
        if self._is_read:
            standings, silences = self._known
            forget_standings(connection)
            write_standings(connection, standings, ())
            put_back_silences(connection, silences)
            return
        look, steady_seconds = read_look(connection), self._steady()
        self._left = _Left(
            look=look,
            gap_seconds=gap_seconds(look, boot_id=self._boot_id, now=now, steady_seconds=steady_seconds),
            steady_seconds=steady_seconds,
            standings=read_standings(connection),
            windows=read_accumulators(connection),
            silences=read_silences(connection, now),
        )
        self._is_read = True

    def _read_left(self) -> None:
        """Have the file opened, as soon as the disk allows it, and go on with what the last run left."""
        if not self._is_read:
            with suppress(AgentError), self.file.reading(self._wall()):
                pass
        left, self._left = self._left, None
        if left is None:
            return
        if self._has_begun:  # its clock is another one, and what is known by now is newer
            self._book.restore_late(
                left.standings, shift_seconds=self._clock.seconds(left.steady_seconds) - left.seconds
            )
            self._is_behind = True
        else:
            self._clock = AlertClock(left.look, left.gap_seconds, steady_seconds=left.steady_seconds)
            self._book = _book(self._settings, left.windows)
            self._book.restore(left.standings, left.gap_seconds, self._moment())
        self._book.watch_only({self._settings.own_rig, *self._settings.rigs}, self._settings.subjects)
        self._book.silences = left.silences
        self._known = self._book.standings, left.silences

    def _read_silences(self, now: datetime) -> None:
        try:
            with self.file.reading(now) as connection:
                self._book.silences = read_silences(connection, now)
        except AgentError:  # those that are known hold, until they end
            self._book.silences = tuple(one for one in self._book.silences if one.until > now)

    def _commit(self, at: AlertMoment, *, is_sweep: bool) -> bool:
        """Write what has changed, and hand over what is to be told; whether anything has."""
        changed = self._book.taken()
        news = [Outgoing(notice, self.channels_for(notice)) for notice in changed.notices]
        wants_look = is_sweep and (self._book.is_pending or at.seconds - self._noted >= LOOK_KEPT_SECONDS)
        if not changed and not wants_look and not self._is_behind:
            return False
        self._owe(changed)
        try:
            with self.file.writing(at.now, synced=bool(news) or self._is_behind) as connection:
                if self._is_behind:
                    forget_standings(connection)
                    write_standings(connection, self._book.standings, ())
                else:
                    gone = [key.fingerprint for key in changed.gone]
                    write_standings(connection, changed.standings.values(), gone)
                add_transitions(connection, self._owed.transitions)
                rows = self.outbox.insert(connection, news, at.now)
                self._note_look(connection, at)
                self._keep_windows(connection, at)
                if self.is_believed():
                    self._tidy(connection, at)
        except AgentError:
            self._is_behind = True
            self._unrecorded_total += len(changed.notices)
            self.outbox.take_unrecorded(news, at.now)
        else:
            self._owed, self._is_behind, self._noted = Changed(), False, at.seconds
            self.outbox.take(rows)
        if news:
            self.wake()
        return bool(changed)

    def _owe(self, changed: Changed) -> None:
        owed = [*self._owed.transitions, *changed.transitions]
        self._owed = Changed(transitions=owed[-MOST_TRANSITIONS_OWED:])

    def _note_look(self, connection: Transaction, at: AlertMoment) -> None:
        look = LastLook(boot_id=self._boot_id, at=at.now, steady_seconds=self._steady(), alerts_seconds=at.seconds)
        note_look(connection, look)

    def _keep_windows(self, connection: Transaction, at: AlertMoment) -> None:
        if at.seconds - self._kept >= WINDOWS_KEPT_SECONDS or self._is_closing():
            write_accumulators(connection, self._book.kept(), at.now)
            self._kept = at.seconds

    def _tidy(self, connection: Transaction, at: AlertMoment) -> None:
        if at.seconds - self._tidied >= TIDIED_SECONDS:
            tidy_transitions(connection, at.now)
            tidy_outbox(connection, at.now)
            tidy_silences(connection, at.now)
            self._tidied = at.seconds

    def end(self) -> None:
        """Write what is in memory, and close the file."""
        if self._settings.owner == "local" and self._has_begun:
            try:
                self._read_left()
                self._noted = float("-inf")
                self._commit(self._moment(), is_sweep=True)
            except Exception:
                log.exception("alerts could not be written at the end")
        self.file.close()

    # What is shown

    def _tell_status(self, at: AlertMoment) -> None:
        shown = self._book.shown(at)
        counts = Counter((standing.stage, standing.severity) for standing, _ in shown)
        firing = Counter((s.key.rule, s.severity) for s, _ in shown if s.stage != "pending")
        self._firing = self._book.firing(shown)
        self._status = AlertsStatus(
            owner="local",
            evaluated_at=at.now,
            counts=dict(counts),
            firing=dict(firing),
            silences=len(self._book.silences),
            unrecorded_total=self._unrecorded_total,
        )


def _book(settings: AlertsSettings, kept: dict[str, bytes] | None = None) -> AlertBook:
    return AlertBook(
        settings.rules,
        kept=kept,
        runbook_base=settings.runbook_base,
        group_wait_seconds=settings.group_wait_seconds,
    )


def _say(sentence: str) -> None:
    log.warning("%s", sentence)
