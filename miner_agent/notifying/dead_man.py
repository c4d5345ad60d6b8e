"""A sign of life to a service that cries when it stays away: only while samples are fresh.

Whoever runs that service tells what this agent cannot tell itself: that it is gone, or the whole rig with it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from miner_agent.config.channel_keys import DEAD_MAN
from miner_agent.errors import DeliveryError, SourceError
from miner_agent.model.channel_status import ChannelStatus
from miner_agent.notifying.channel import DEADLINE_SECONDS, judged
from miner_agent.notifying.outbox_desk import FRESH_LOOKED_FOR_SECONDS, BothClocks
from miner_agent.transport.service_calls import ServiceAddress, call


class DeadMan:
    """``[alerts.dead_man]``. Used by one thread; its status may be read by any."""

    def __init__(
        self,
        address: ServiceAddress,
        *,
        every_seconds: float,
        is_fresh: Callable[[], bool],
        say: Callable[[str], None],
    ) -> None:
        """
        Args:
            address: that is asked.
            every_seconds: how often. [s]
            is_fresh: whether samples are.
            say: called with a sentence when it fails first, and when it answers again.
        """
        self._address, self._every_seconds, self._is_fresh, self._say = address, every_seconds, is_fresh, say
        self._next_at_seconds = float("-inf")
        self.status = ChannelStatus(channel=DEAD_MAN)

    def step(self, at: BothClocks) -> float:
        """Give the sign, if it is time to; in how many seconds to come again. [s]"""
        wait_seconds = self._next_at_seconds - at.steady_seconds
        if 0 < wait_seconds <= self._every_seconds:
            return wait_seconds
        if not self._is_fresh():
            return min(self._every_seconds, FRESH_LOOKED_FOR_SECONDS)
        self._next_at_seconds = at.steady_seconds + self._every_seconds
        try:
            give_sign(self._address, now=at.now)
        except DeliveryError as error:
            if self.status.last_error is None:
                self._say(f"{DEAD_MAN}: the sign of life is not taken: {error}")
            failures_total = self.status.failures_total + 1
            self.status = replace(self.status, failures_total=failures_total, last_error=str(error))
        else:
            if self.status.last_error is not None:
                self._say(f"{DEAD_MAN}: the sign of life is taken again")
            self.status = replace(self.status, sent_total=self.status.sent_total + 1, last_error=None)
        return self._every_seconds

    def close(self) -> None:
        """A question ends by its deadline."""


def give_sign(address: ServiceAddress, *, now: datetime) -> str:
    """Give the sign once; what was said. Raises DeliveryError: it was not taken."""
    try:
        reply = call(address, method="GET", headers={}, deadline_seconds=DEADLINE_SECONDS, now=now)
    except SourceError as error:
        raise DeliveryError(str(error)) from None
    return judged(str(address.endpoint), reply)
