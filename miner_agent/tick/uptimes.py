"""Drops a time since a start that grew by more than the time that has passed: one digit too many looks like that.

A time may stand still, as answers are kept for a while, and may begin anew. A clock that was set makes it leap and stay
there: what it has said several times is believed. Whether a program was started anew, ``restarts`` says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from miner_agent.model.devices import ReadError, ReadErrorReason
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.tick.mistakes import STRICT, Costing
from miner_agent.tick.one_counter import SETTLED_LOOKS

SLACK_SECONDS = 150.0  # some tell whole minutes, some keep an answer for a minute or two
TIMES = ("uptime_seconds", "pool_connection_seconds")


@dataclass(slots=True)
class _Start:
    """When something began, as one miner tells it: on the clock of the ticks. [s]"""

    at: float
    told_seconds: float
    is_believed: bool = True
    before: float | None = None  # the start that it told before it told this one
    odd: float | None = None  # one that cannot be, and how often it was told in a row
    odd_looks: int = 0

    def takes(self, told_seconds: float, at_seconds: float) -> bool:
        """Whether that can be. What stands still says nothing new."""
        if told_seconds != self.told_seconds or not self.is_believed:
            self.is_believed = self._can_be(at_seconds - told_seconds)
        self.told_seconds = told_seconds
        return self.is_believed

    def _can_be(self, start: float) -> bool:
        """Not sooner than what is known: it is a sooner start that makes a time longer."""
        if start >= self.at - SLACK_SECONDS:
            if start > self.at + SLACK_SECONDS:
                self.before, self.at = self.at, start
            self.at, self.odd_looks = min(self.at, start), 0
            return True
        if self.before is not None and abs(start - self.before) <= SLACK_SECONDS:
            self.before, self.at, self.odd_looks = self.at, start, 0
            return True
        if self.odd is None or start < self.odd - SLACK_SECONDS:
            self.odd_looks = 0
        self.odd = start
        self.odd_looks += 1
        if self.odd_looks < SETTLED_LOOKS:
            return False
        self.before, self.at, self.odd_looks = None, start, 0
        return True


class Uptimes:
    """Follows what miners say of the time since a start. Fed once a tick."""

    __slots__ = ("_starts",)

    def __init__(self) -> None:
        self._starts: dict[tuple[str, str], _Start] = {}

    def follow(
        self, outcomes: Sequence[Outcome[Reading]], *, at_seconds: float, costs: Costing = STRICT
    ) -> list[Outcome[Reading]]:
        """Take one tick in; its outcomes without times that cannot be.

        Args:
            outcomes: of all sources that are configured; what is known of others is forgotten.
            at_seconds: of this tick, on a clock that is never set. [s]
            costs: what becomes of a mistake.
        """
        asked = {outcome.source for outcome in outcomes}
        self._starts = {key: start for key, start in self._starts.items() if key[0] in asked}
        found = []
        for outcome in outcomes:
            believed = outcome
            if isinstance(outcome.reading, MinerSnapshot):
                with costs.of(outcome.source):
                    believed = self._believed(outcome, outcome.reading, at_seconds)
            found.append(believed)
        return found

    def _believed(self, outcome: Outcome[Reading], reading: MinerSnapshot, at_seconds: float) -> Outcome[Reading]:
        odd = [name for name in TIMES if not self._takes((outcome.source, name), getattr(reading, name), at_seconds)]
        if not odd:
            return outcome
        errors = (ReadError(device=outcome.source, quantity=name, reason=ReadErrorReason.IMPLAUSIBLE) for name in odd)
        without = replace(reading, **dict.fromkeys(odd))  # type: ignore[arg-type]
        return replace(outcome, reading=without, dropped=(*outcome.dropped, *errors))

    def _takes(self, key: tuple[str, str], told_seconds: float | None, at_seconds: float) -> bool:
        if told_seconds is None:
            return True
        known = self._starts.get(key)
        if known is None:
            known = self._starts[key] = _Start(at_seconds - told_seconds, told_seconds)
        return known.takes(told_seconds, at_seconds)
