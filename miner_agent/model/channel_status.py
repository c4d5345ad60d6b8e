"""How sending word of alerts goes."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatus:
    """One channel. Totals count since the agent started."""

    channel: str
    sent_total: int = 0  # notices that it took
    failures_total: int = 0  # attempts of which it took nothing, or not all
    dropped_total: int = 0  # notices that were given up: too old, too many, or never to be taken
    queue_length: int = 0  # notices that wait
    oldest_at: datetime | None = None  # when the one was made that waits for longest; None: none waits
    last_error: str | None = None  # None: the last attempt was good, or there was none


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDeliveries:
    """What a week of sending by one channel came to, as it is kept on disk."""

    last_at: datetime | None = None  # when it last took something; None: not in that week
    waiting: int = 0
    waiting_since: datetime | None = None  # when the one was made that waits for longest
    dropped: int = 0  # that were given up
