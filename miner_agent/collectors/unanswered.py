"""How long a card has not answered, from tick to tick: one that hangs is told from one that is only slow.

A slow card answers, though after its tick was over: each of its calls comes back in the end. Of one that hangs, one
call does not.
"""

from miner_agent.collectors.card_limits import HUNG_SECONDS, TICKS_UNTIL_HUNG
from miner_agent.collectors.child.card_threads import Waiting
from miner_agent.model.devices import DeviceState
from miner_agent.sources.payload import Doc


def waiting_of(card: Doc) -> Waiting | None:
    """What the sensor child says of a card that it waits for; ``None`` of one that has answered, however ill."""
    place = card.at("waiting")
    return None if place.value is None else (place.at(0).number(), place.at(1).number())


class Unanswered:
    """The ticks in a row in which one card has not answered, or has answered that it timed out itself."""

    __slots__ = ("_ticks", "_ticks_of_call", "_waiting")

    def __init__(self) -> None:
        self._ticks = self._ticks_of_call = 0
        self._waiting: Waiting | None = None

    def take(self, waiting: Waiting | None) -> None:
        """One more. ``waiting``: what is known of the call that is out; ``None`` where the driver itself gave up."""
        is_same = waiting is None or self._waiting is None or waiting[0] == self._waiting[0]
        self._ticks += 1
        self._ticks_of_call = self._ticks_of_call + 1 if is_same else 1
        self._waiting = waiting

    def end(self) -> None:
        """It has answered."""
        self._ticks = self._ticks_of_call = 0
        self._waiting = None

    @property
    def state(self) -> DeviceState | None:
        """``None``: nothing is proven yet."""
        is_long = self._waiting is None or self._waiting[1] >= HUNG_SECONDS
        if self._ticks_of_call >= TICKS_UNTIL_HUNG and is_long:
            return DeviceState.HUNG
        return DeviceState.SLOW if self._ticks >= TICKS_UNTIL_HUNG else None
