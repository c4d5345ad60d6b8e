"""Sends what waits for one channel: in order, until it is taken, never more than people can read.

At least once: what the other side took is noted behind that, and is sent again where the agent dies in between. The end
of an alert is told only to whom its beginning was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from calculators.told_figures import counted
from miner_agent.errors import DeliveryError
from miner_agent.model.alerting import Waiting
from miner_agent.model.channel_status import ChannelStatus
from miner_agent.notifying.channel import Dispatch, NoticeChannel
from miner_agent.notifying.grouping import NoticeGroup, grouped

MOST_SINGLY = 10  # what waits beyond that is told as one sum
MOST_WAITING = 1000  # for a channel that takes nothing
FIRST_PAUSE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 900.0
FRESH_LOOKED_FOR_SECONDS = 5.0  # whether samples are, where something waits for that
EXPIRED, TOO_MANY, NEVER_BEGUN = "expired", "too many were waiting", "its beginning was never told"


class WaitingNotices(Protocol):
    """What the desk needs of the outbox."""

    def waiting(self, channel: str, now: datetime) -> list[Waiting]: ...
    def delivered(self, rows: Sequence[Waiting], now: datetime) -> None: ...
    def dropped(self, rows: Sequence[Waiting], now: datetime, why: str) -> None: ...
    def was_delivered(self, fingerprint: str, channel: str, now: datetime) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BothClocks:
    """Now, by both clocks. What is too old is forgotten only by a wall clock that can be believed."""

    now: datetime
    steady_seconds: float
    clock_ok: bool


class OutboxDesk:
    """One channel. Used by one thread; its status may be read by any."""

    def __init__(self, channel: NoticeChannel, outbox: WaitingNotices, *, say: Callable[[str], None]) -> None:
        """
        Args:
            channel: by which it sends.
            outbox: what waits.
            say: called with a sentence when the channel fails first, and when it takes something again.
        """
        self._channel, self._outbox, self._say = channel, outbox, say
        self._pause_seconds = 0.0
        self._next_at_seconds = float("-inf")  # on the steady clock
        self._singly = False  # one of those that wait may be what is not taken
        self.status = ChannelStatus(channel=channel.name)

    def step(self, at: BothClocks) -> float | None:
        """Send what waits, if it is time to; when to come again, in seconds; ``None``: once something new waits. [s]"""
        rows = self._worth_sending(at)
        self._count(rows)
        if not rows:
            return None
        wait_seconds = self._next_at_seconds - at.steady_seconds
        if 0 < wait_seconds <= LONGEST_PAUSE_SECONDS:
            return wait_seconds
        groups = grouped(rows)
        if self._singly:
            return self._send(groups[:1], at, more=len(groups) > 1)
        return self._send(groups, at, summed=len(groups) > MOST_SINGLY)

    def close(self) -> None:
        """End what is being sent."""
        self._channel.close()

    def _send(
        self, groups: list[NoticeGroup], at: BothClocks, *, summed: bool = False, more: bool = False
    ) -> float | None:
        told = [row.notice for group in groups for row in group.rows] if summed else [group.notice for group in groups]
        try:
            self._channel.send(Dispatch(notices=tuple(told), summed=summed), now=at.now)
        except DeliveryError as error:
            return self._failed(groups, at, error, summed=summed)
        self._took(groups, at)
        self._singly = self._singly and more
        return 0.0 if more else None

    def _failed(self, groups: list[NoticeGroup], at: BothClocks, error: DeliveryError, *, summed: bool) -> float:
        delivered = 0 if summed else error.delivered
        if delivered:
            self._took(groups[:delivered], at)
        if self.status.last_error is None:
            self._say(f"{self._channel.name}: notices are not taken: {error}")
        self.status = replace(self.status, failures_total=self.status.failures_total + 1, last_error=str(error))
        if not error.retry:
            left = groups[delivered:]
            if summed or len(left) == 1:
                self._drop(_rows(left), at, str(error))
            else:
                self._singly = True
            return 0.0
        doubled = min(max(2 * self._pause_seconds, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
        self._pause_seconds = doubled
        pause_seconds = max(doubled, min(error.retry_after_seconds or 0.0, LONGEST_PAUSE_SECONDS))
        self._next_at_seconds = at.steady_seconds + pause_seconds
        return pause_seconds

    def _took(self, groups: list[NoticeGroup], at: BothClocks) -> None:
        rows = _rows(groups)
        self._outbox.delivered(rows, at.now)
        if self.status.last_error is not None:
            self._say(f"{self._channel.name}: notices are taken again")
        self._pause_seconds, self._next_at_seconds = 0.0, float("-inf")
        sent_total = self.status.sent_total + len(rows)
        self.status = replace(self.status, sent_total=sent_total, last_error=None)
        self._count(self._outbox.waiting(self._channel.name, at.now))

    def _drop(self, rows: list[Waiting], at: BothClocks, why: str) -> None:
        if rows:
            self._outbox.dropped(rows, at.now, why)
            self._say(f"{self._channel.name}: {counted(len(rows), 'notice')} given up: {why}")
            self.status = replace(self.status, dropped_total=self.status.dropped_total + len(rows))

    def _worth_sending(self, at: BothClocks) -> list[Waiting]:
        """What waits, without what has become too old or too much, and without ends whose beginning was never told."""
        rows = self._outbox.waiting(self._channel.name, at.now)
        earliest = at.now if at.clock_ok else datetime.min.replace(tzinfo=UTC)
        self._drop([row for row in rows if row.expires_at <= earliest], at, EXPIRED)
        rows = [row for row in rows if row.expires_at > earliest]
        if self.status.last_error is not None:  # ten thousand rigs at once are one message to a channel that takes it
            self._drop(rows[:-MOST_WAITING], at, TOO_MANY)
            rows = rows[-MOST_WAITING:]
        kept, orphans, begun = list[Waiting](), list[Waiting](), set[str]()
        for row in rows:
            fingerprint = row.notice.key.fingerprint
            if row.notice.state == "firing":
                begun.add(fingerprint)
            elif fingerprint not in begun and not self._was_begun(fingerprint, at):
                orphans.append(row)
                continue
            kept.append(row)
        if orphans:
            self._outbox.dropped(orphans, at.now, NEVER_BEGUN)
        return kept

    def _was_begun(self, fingerprint: str, at: BothClocks) -> bool:
        return self._outbox.was_delivered(fingerprint, self._channel.name, at.now)

    def _count(self, rows: Sequence[Waiting]) -> None:
        oldest_at = min((row.made_at for row in rows), default=None)
        self.status = replace(self.status, queue_length=len(rows), oldest_at=oldest_at)


def _rows(groups: Sequence[NoticeGroup]) -> list[Waiting]:
    return [row for group in groups for row in group.rows]
