"""Keeps an Alertmanager up with which alerts fire. It takes a state, no messages: what is not told again is over to it.

So what fires is told each minute, with an end four minutes ahead, and what is over for a quarter of an hour. It groups,
inhibits and repeats by its own configuration.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from msgspec import json

from miner_agent.errors import DeliveryError, SourceError
from miner_agent.model.alerting import Notice, NoticeState, Waiting
from miner_agent.model.channel_status import ChannelStatus
from miner_agent.model.told_quantities import told_quantity
from miner_agent.notifying.channel import DEADLINE_SECONDS, judged
from miner_agent.notifying.outbox_desk import BothClocks, WaitingNotices
from miner_agent.text import LOG_LENGTH, clean_text
from miner_agent.transport.service_calls import ServiceAddress, call

PATH = "/api/v2/alerts"
TOLD_EVERY_SECONDS = 60.0
ENDS_AFTER = timedelta(minutes=4)
TOLD_OVER_SECONDS = 900.0
AT_ONCE = 200  # in one request
WATCHDOG = "Watchdog"
_LABEL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_NO_PART_OF_ONE = re.compile(r"[^A-Za-z0-9_]+")


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
        self._name, self._address, self._outbox, self._rig = name, address.below(PATH), outbox, rig
        self._firing, self._wants, self._is_fresh = firing, wants, is_fresh
        self._say, self._every_seconds = say, every_seconds
        self._next_at_seconds = float("-inf")
        self._over_since: dict[str, float] = {}  # when the end of an alert was told first, on the steady clock
        self._known: set[tuple[str, NoticeState]] = set()
        self._refused: set[str] = set()
        self.status = ChannelStatus(channel=name)

    def step(self, at: BothClocks) -> float:
        """Tell it how things are, if it is time to or something is new; in how many seconds to come again. [s]"""
        rows = self._outbox.waiting(self._name, at.now)
        told = self._standing(rows)
        news = {(key, each.state) for key, each in told.items()} - self._known
        wait_seconds = self._next_at_seconds - at.steady_seconds
        is_due = bool(news) and self.status.last_error is None
        if not is_due and 0 < wait_seconds <= self._every_seconds:
            return wait_seconds
        self._next_at_seconds = at.steady_seconds + self._every_seconds
        try:
            refused = self._tell({key: each for key, each in told.items() if key not in self._refused}, at)
        except DeliveryError as error:
            self._failed(error, rows)
        else:
            self._took(rows, told, refused, at)
        return self._every_seconds

    def try_it(self, notices: Sequence[Notice], *, now: datetime) -> str:
        """Tell it of these once, with an end in a minute. Raises DeliveryError: it does not take them."""
        return self._post([_alert(each, now, ends_at=now + timedelta(minutes=1)) for each in notices], now)

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
        told = {key: _alert(notice, at.now) for key, notice in standing.items()}
        if self._is_fresh():
            told[WATCHDOG] = _watchdog(self._rig, at.now)
        refused: dict[str, str] = {}
        for group in _groups(list(told), AT_ONCE):
            try:
                self._post([told[each] for each in group], at.now)
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
                self._post([alert], at.now)
            except DeliveryError as error:
                if error.retry:
                    raise
                refused[fingerprint] = str(error)
        return refused

    def _post(self, alerts: Sequence[Any], now: datetime) -> str:
        if not alerts:
            return "nothing to tell"
        try:
            reply = call(
                self._address,
                method="POST",
                body=json.encode(alerts),
                headers={"Content-Type": "application/json"},
                deadline_seconds=DEADLINE_SECONDS,
                now=now,
            )
        except SourceError as error:
            raise DeliveryError(str(error)) from None
        return judged(str(self._address.endpoint), reply)

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
                if at.steady_seconds - over_since[key] >= TOLD_OVER_SECONDS:
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


def _alert(notice: Notice, now: datetime, *, ends_at: datetime | None = None) -> dict[str, Any]:
    """One alert in its words."""
    ended = notice.ended if notice.state == "resolved" else None
    labels = {
        "alertname": notice.key.rule,
        "severity": notice.severity,
        **{_label_name(name): clean_text(value) for name, value in notice.key.labels},
        "rig": clean_text(notice.key.rig),
    }
    value = "" if notice.value is None else told_quantity(notice.value, notice.unit)
    annotations = {
        "summary": clean_text(notice.summary, length=LOG_LENGTH),
        "description": clean_text(notice.what_to_do, length=2 * LOG_LENGTH),
        "runbook_url": notice.runbook_url or "",
        "value": value,
    }
    ends_at = ends_at or (now + ENDS_AFTER if ended is None else max(ended, notice.since + timedelta(seconds=1)))
    return {
        "labels": {name: text for name, text in labels.items() if text},
        "annotations": {name: text for name, text in annotations.items() if text},
        "startsAt": min(notice.since, ends_at - timedelta(seconds=1)),
        "endsAt": ends_at,
    }


def _watchdog(rig: str, now: datetime) -> dict[str, Any]:
    """The alert that always fires: who misses it knows that nothing would be told."""
    return {
        "labels": {"alertname": WATCHDOG, "severity": "none", "rig": rig},
        "annotations": {"summary": "alerts of this rig reach Alertmanager, and its samples are fresh"},
        "startsAt": now,
        "endsAt": now + ENDS_AFTER,
    }


def _label_name(name: str) -> str:
    """A name as it takes it.

    >>> _label_name("device"), _label_name("1st fan"), _label_name("\u00e4")
    ('device', '_1st_fan', '_')
    """
    if _LABEL_NAME.fullmatch(name):
        return name
    plain = _NO_PART_OF_ONE.sub("_", name)
    return plain if _LABEL_NAME.fullmatch(plain) else f"_{plain}"


def _groups(names: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return [names[start : start + size] for start in range(0, len(names), size)]
