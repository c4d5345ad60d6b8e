"""Sends what waits, each channel in a thread of its own: one that hangs holds up no other one.

Nor does it hold up whoever finds alerts.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol, TypeAlias

from miner_agent.model.alerting import Notice
from miner_agent.model.channel_status import ChannelStatus
from miner_agent.notifying.alertmanager_desk import AlertmanagerDesk
from miner_agent.notifying.dead_man import DeadMan
from miner_agent.notifying.outbox_desk import BothClocks, OutboxDesk, WaitingNotices
from miner_agent.notifying.prepared_channels import PreparedAlerts, PreparedChannel, PreparedSign

log = logging.getLogger(__name__)
LONGEST_WAIT_SECONDS = 60.0
AFTER_A_MISTAKE_SECONDS = 60.0
CLOSE_SECONDS = 0.5
_Told: TypeAlias = PreparedChannel | PreparedSign


class Desk(Protocol):
    """What sends by one channel."""

    status: ChannelStatus

    def step(self, at: BothClocks) -> float | None: ...
    def close(self) -> None: ...


class _Worker:
    """One desk and its thread."""

    def __init__(self, desk: Desk, clock: Callable[[], BothClocks], before: "_Worker | None") -> None:
        self.desk, self._clock, self._before = desk, clock, before
        self._changed = threading.Condition()
        self._news = self._closed = False
        self.thread = threading.Thread(target=self._run, name=f"channel {desk.status.channel}", daemon=True)

    def wake(self) -> None:
        with self._changed:
            self._news = True
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.desk.close()

    def _run(self) -> None:
        if self._before is not None:
            self._before.thread.join()  # what it is sending is not to be sent twice
            self._before = None
        while not self._closed:
            try:
                wait_seconds = self.desk.step(self._clock())
            except Exception:
                if not self._closed:
                    log.exception("%s: a mistake of the agent itself", self.desk.status.channel)
                wait_seconds = AFTER_A_MISTAKE_SECONDS
            with self._changed:
                timeout = LONGEST_WAIT_SECONDS if wait_seconds is None else min(wait_seconds, LONGEST_WAIT_SECONDS)
                self._changed.wait_for(lambda: self._closed or self._news, timeout)
                self._news = False


class NoticeSender:
    """Every channel of a configuration. Starts no thread before one asks for it."""

    def __init__(
        self,
        outbox: WaitingNotices,
        *,
        clock: Callable[[], BothClocks],
        is_fresh: Callable[[], bool],
        firing: Callable[[], tuple[Notice, ...] | None],
    ) -> None:
        """
        Args:
            outbox: what waits.
            clock: tells the moment.
            is_fresh: whether samples are.
            firing: all alerts that fire and are not to be kept quiet; none: that was not looked at yet.
        """
        self._outbox, self._clock, self._is_fresh, self._firing = outbox, clock, is_fresh, firing
        self._lock = threading.Lock()
        self._told = PreparedAlerts()
        self._workers: dict[_Told, _Worker] = {}
        self._closed = False

    def take(self, told: PreparedAlerts) -> None:
        """Send by these from now on; those that did not change go on as they are. Returns at once."""
        with self._lock:
            if self._closed:
                return
            same_rig = told.rig == self._told.rig
            self._told = told
            wanted: list[_Told] = [*told.channels, *([] if told.sign is None else [told.sign])]
            before, self._workers = self._workers, {}
            gone = [worker for each, worker in before.items() if each not in wanted or not same_rig]
            for worker in gone:
                worker.close()
            by_name = {worker.desk.status.channel: worker for worker in gone}
            for each in wanted:
                kept = before.get(each)
                if kept is None or kept in gone:
                    desk = self._desk(each)
                    kept = _Worker(desk, self._clock, by_name.get(desk.status.channel))
                    try:
                        kept.thread.start()
                    except RuntimeError:  # none is to be had
                        log.error("%s: sends nothing: no thread could be started for it", desk.status.channel)  # noqa: TRY400
                        continue
                self._workers[each] = kept

    def channels_for(self, notice: Notice) -> tuple[str, ...]:
        """By which channels an alert is told."""
        return self._told.channels_for(notice)

    @property
    def names(self) -> frozenset[str]:
        """Of all channels."""
        return frozenset(channel.name for channel in self._told.channels)

    def wake(self) -> None:
        """Something new waits. Returns at once."""
        with self._lock:
            for worker in self._workers.values():
                worker.wake()

    @property
    def status(self) -> tuple[ChannelStatus, ...]:
        """How sending goes, in the order of the configuration."""
        with self._lock:
            return tuple(worker.desk.status for worker in self._workers.values())

    def close(self) -> None:
        """Send nothing more. What waits is sent by the next run."""
        with self._lock:
            self._closed = True
            workers = list(self._workers.values())
        for worker in workers:
            worker.close()
        until = time.monotonic() + CLOSE_SECONDS
        for worker in workers:
            worker.thread.join(max(0.0, until - time.monotonic()))

    def _desk(self, of: _Told) -> Desk:
        if isinstance(of, PreparedSign):
            return DeadMan(of.address, every_seconds=of.every_seconds, is_fresh=self._is_fresh, say=_say)
        if of.is_state and of.address is not None:
            return AlertmanagerDesk(
                of.name,
                of.address,
                self._outbox,
                rig=self._told.rig,
                firing=self._firing,
                wants=of.wants,
                is_fresh=self._is_fresh,
                say=_say,
            )
        return OutboxDesk(of.channel(), self._outbox, say=_say)


def _say(sentence: str) -> None:
    log.warning("%s", sentence)
