"""Keeps an Alertmanager up with which alerts fire. It takes a state, no messages: what is not told again is over to it.

So what fires is told each minute, with an end four minutes ahead, and what is over for a quarter of an hour. It groups,
inhibits and repeats by its own configuration.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from miner_agent.errors import DeliveryError
from miner_agent.model.alerting import Notice, NoticeState, Waiting
from miner_agent.model.channel_status import ChannelStatus
from miner_agent.notifying.alertmanager_post import WATCHDOG, alert_of, post_alerts, watchdog_of
from miner_agent.notifying.outbox_desk import FRESH_LOOKED_FOR_SECONDS, BothClocks, WaitingNotices
from miner_agent.transport.service_calls import ServiceAddress

TOLD_EVERY_SECONDS = 60.0
ENDS_AFTER, TOLD_OVER = 4, 15  # of these intervals
AT_ONCE = 200  # in one request


class AlertmanagerDesk:
    """One of ``[[alerts.channels]]`` with ``kind = "alertmanager"``. It is told what waits for it in the outbox.

    Used by one thread; its status may be read by any.
    """

    def __init__(
        self,
        name: str,
        address: ServiceAddress,
        outbox: WaitingNotices,
        *,
        rig: str,
        firing: Callable[[], tuple[Notice, ...] | None],
        wants: Callable[[Notice], bool],
        is_fresh: Callable[[], bool],
        say: Callable[[str], None],
        every_seconds: float = TOLD_EVERY_SECONDS,
    ) -> None:
        """
        Args:
            name: of the channel.
            address: of the Alertmanager.
            outbox: what waits.
            rig: this machine's name, for the alert that always fires.
            firing: all that fires and is not to be kept quiet; none: that was not looked at yet.
            wants: whether this channel is told of an alert.
            is_fresh: whether samples are: only then does that one fire.
            say: called with a sentence when it fails first, and when it takes something again.
            every_seconds: how often it is told. [s]
        """
        self._name, self._address, self._outbox, self._rig = name, address, outbox, rig
        self._firing, self._wants, self._is_fresh = firing, wants, is_fresh
        self._say, self._every_seconds = say, every_seconds
        self._next_at_seconds = float("-inf")
        self._over_since: dict[str, float] = {}  # when the end of an alert was told first, on the steady clock
        self._known: set[tuple[str, NoticeState]] = set()
        self._refused: set[str] = set()
        self._fresh = False
        self.status = ChannelStatus(channel=name)

    def step(self, at: BothClocks) -> float:
        """Tell it how things are, if it is time to or something is new; in how many seconds to come again. [s]"""
        rows = self._outbox.waiting(self._name, at.now)
        told = self._standing(rows)
        news = {(key, each.state) for key, each in told.items() if key not in self._refused} - self._known
        was_fresh, self._fresh = self._fresh, self._is_fresh()
        has_begun = self._fresh and not was_fresh
        is_due = (bool(news) or has_begun) and self.status.last_error is None
        wait_seconds = self._next_at_seconds - at.steady_seconds
        if not is_due and 0 < wait_seconds <= self._every_seconds:
            return wait_seconds if self._fresh else min(wait_seconds, FRESH_LOOKED_FOR_SECONDS)
        self._next_at_seconds = at.steady_seconds + self._every_seconds
        try:
            refused = self._tell({key: each for key, each in told.items() if key not in self._refused}, at)
        except DeliveryError as error:
            self._failed(error, rows)
        else:
            self._took(rows, told, refused, at)
        return self._every_seconds if self._fresh else min(self._every_seconds, FRESH_LOOKED_FOR_SECONDS)

    def close(self) -> None:
        """A post ends by its deadline."""

    def _standing(self, rows: Sequence[Waiting]) -> dict[str, Notice]:
        """What it is told, by fingerprint: what fires, and what is over and does not fire again."""
        firing = self._firing()
        known = [row.notice for row in rows if row.notice.state != "resolved"] if firing is None else firing
        over = {row.notice.key.fingerprint: row.notice for row in rows if row.notice.state == "resolved"}
        return over | {each.key.fingerprint: each for each in known if self._wants(each) and each.key.rule != WATCHDOG}

    def _tell(self, standing: Mapping[str, Notice], at: BothClocks) -> dict[str, str]:
        """Tell it all of them; those that it does not take, and why."""
        ends_at = at.now + timedelta(seconds=ENDS_AFTER * self._every_seconds)
        told = {key: alert_of(notice, ends_at=ends_at) for key, notice in standing.items()}
        if self._fresh:
            told[WATCHDOG] = watchdog_of(self._rig, at.now, ends_at=ends_at)
        refused: dict[str, str] = {}
        for group in _groups(list(told), AT_ONCE):
            try:
                post_alerts(self._address, [told[each] for each in group], now=at.now)
            except DeliveryError as error:
                if error.retry:
                    raise
                refused |= self._one_by_one({each: told[each] for each in group}, at)
        return refused

    def _one_by_one(self, told: Mapping[str, Any], at: BothClocks) -> dict[str, str]:
        """One that it does not take costs its neighbours nothing."""
        refused: dict[str, str] = {}
        for fingerprint, alert in told.items():
            try:
                post_alerts(self._address, [alert], now=at.now)
            except DeliveryError as error:
                if error.retry:
                    raise
                refused[fingerprint] = str(error)
        return refused

    def _took(
        self, rows: Sequence[Waiting], told: Mapping[str, Notice], refused: Mapping[str, str], at: BothClocks
    ) -> None:
        if self.status.last_error is not None:
            self._say(f"{self._name}: it is told of alerts again")
        for key, why in refused.items():
            self._say(f"{self._name}: {told[key].key.rule} is not taken: {why}")
        self._refused = {key for key in told if key in refused or key in self._refused}
        dropped, passed, over_since = list[Waiting](), list[Waiting](), dict[str, float]()
        for row in rows:
            key = row.notice.key.fingerprint
            if key in self._refused:
                dropped.append(row)
            elif row.notice.state == "resolved" and told[key].state == "resolved":
                over_since[key] = self._over_since.get(key, at.steady_seconds)
                if at.steady_seconds - over_since[key] >= TOLD_OVER * self._every_seconds:
                    passed.append(row)
            else:  # it is told as long as it fires, whatever waits
                passed.append(row)
        self._over_since = over_since
        if passed:
            self._outbox.delivered(passed, at.now)
        if dropped:
            self._outbox.dropped(dropped, at.now, "it is not taken")
        standing = {(key, each.state) for key, each in told.items() if key not in self._refused}
        self.status = replace(
            self.status,
            sent_total=self.status.sent_total + len(standing - self._known),
            dropped_total=self.status.dropped_total + len(dropped),
            queue_length=0,
            oldest_at=None,
            last_error=None,
        )
        self._known = standing

    def _failed(self, error: DeliveryError, rows: Sequence[Waiting]) -> None:
        if self.status.last_error is None:
            self._say(f"{self._name}: it cannot be told of alerts: {error}")
        untold = [row for row in rows if (row.notice.key.fingerprint, row.notice.state) not in self._known]
        self.status = replace(
            self.status,
            failures_total=self.status.failures_total + 1,
            queue_length=len(untold),
            oldest_at=min((row.made_at for row in untold), default=None),
            last_error=str(error),
        )


def _groups(names: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return [names[start : start + size] for start in range(0, len(names), size)]
