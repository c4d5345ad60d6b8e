"""Learns what each miner and each of its devices usually makes, from ticks in which nothing ails it.

What is learnt outlives the agent.
"""

from collections.abc import Collection
from dataclasses import dataclass

from miner_agent.tick.kept_facts import ByMiner, KeptFacts
from miner_agent.tick.rate_sketch import RateSketch

STARTING_SECONDS = 900.0  # a mean over several minutes needs them to be true, and so does a new data set


@dataclass(slots=True)
class _Seen:
    """One workload, or one device's part of it."""

    sketch: RateSketch
    since_seconds: float | None = None  # it has made something, and nothing has ailed it
    at_seconds: float = 0.0  # of the last look


class UsualHashrates:
    """Of one rig, by keys that begin with the name of a miner."""

    __slots__ = ("_facts", "_miners", "_seen", "keys_changed_total")

    def __init__(self) -> None:
        self._facts = KeptFacts()
        self._seen: dict[str, _Seen] = {}
        self._miners: Collection[str] = ()
        self.keys_changed_total = 0  # how often it has come to know of others

    def see(self, facts: ByMiner | None) -> None:
        """Learn what is on disk; ``None`` while nobody knows."""
        if self._facts.see(facts):
            self.keys_changed_total += 1
            for key, seen in self._seen.items():
                if fact := self._facts.left(key):
                    seen.sketch = RateSketch.read(fact)

    def unsaved_facts(self) -> dict[str, str]:
        """What is new since this was last asked."""
        return self._facts.unsaved()

    def keep_only(self, miners: Collection[str]) -> None:
        """Forget what is known of miners that are no longer configured."""
        if miners == self._miners:
            return
        self._miners = miners
        self.keys_changed_total += 1
        self._seen = {key: seen for key, seen in self._seen.items() if key.partition(" ")[0] in miners}

    def knows(self, key: str) -> bool:
        """Whether it was ever looked at, in this run or as the last one left it."""
        return key in self._seen or bool(self._facts.left(key))

    def learn(
        self, key: str, hashes_per_second: float | None, *, at_seconds: float, longest_seconds: float
    ) -> float | None:
        """Take one look in; what it usually makes, where that is known. [H/s]

        Args:
            key: of what is looked at.
            hashes_per_second: what it makes; ``None``: that is not what it usually makes.
            at_seconds: of this tick, on a clock that is never set. [s]
            longest_seconds: what is longer ago was a gap.
        """
        seen = self._seen.get(key)
        if seen is None:
            self.keys_changed_total += 1
            seen = self._seen[key] = _Seen(RateSketch.read(self._facts.left(key)))
        seconds, seen.at_seconds = at_seconds - seen.at_seconds, at_seconds
        if not hashes_per_second:
            seen.since_seconds = None
        elif seen.since_seconds is None or not 0 < seconds <= longest_seconds:
            seen.since_seconds = at_seconds
        elif at_seconds - seen.since_seconds > STARTING_SECONDS and seen.sketch.add(hashes_per_second, seconds):
            self._facts.keep(key, seen.sketch.written())
        return seen.sketch.hashes_per_second
