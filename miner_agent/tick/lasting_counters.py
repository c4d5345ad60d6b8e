"""Counts what outlives the agent. Shown is what is on disk, a tick behind what is counted. Pure."""

from collections.abc import Mapping

from miner_agent.model.kept_counter import LARGEST, CounterKey, KeptCounter


class LastingCounters:
    """The counters of one rig, from tick to tick, in their smallest unit."""

    __slots__ = ("_counted", "_goes_on", "_kept", "_levels", "_rests", "_told_by")

    def __init__(self) -> None:
        self._counted: dict[CounterKey, int] = {}
        self._rests: dict[CounterKey, float] = {}  # less than one
        self._told_by: dict[CounterKey, str] = {}  # of what was counted in this run
        self._kept: Mapping[CounterKey, KeptCounter] | None = None
        self._goes_on = False  # from where the last run ended
        self._levels: dict[CounterKey, CounterKey] = {}  # what was levelled before that was known, and with what

    def count(self, key: CounterKey, amount: float, told_by: str = "") -> None:
        """Add what has come since the last tick, as a source says; nothing where that is no amount."""
        self._told_by[key] = told_by
        if 0 < amount < LARGEST:
            rest = self._rests.get(key, 0.0) + amount
            whole = int(rest)
            self._rests[key] = rest - whole
            self._counted[key] = min(self._counted.get(key, 0) + whole, LARGEST)
        elif key not in self._counted:
            self._counted[key] = 0

    def level(self, key: CounterKey, other: CounterKey, told_by: str = "") -> None:
        """Raise a counter to where another one stands."""
        self._told_by[key] = told_by
        self._counted[key] = max(self._counted.get(key, 0), self._counted.get(other, 0))
        if not self._goes_on:
            self._levels[key] = other

    def behind(self, key: CounterKey, other: CounterKey, told_by: str = "") -> int | None:
        """How far it is behind the other one; ``None`` while that is not known. One that is new is not behind."""
        if not self._goes_on:
            return None
        self._told_by[key] = told_by
        return max(0, self._counted.get(other, 0) - self._counted.setdefault(key, self._counted.get(other, 0)))

    def see(self, kept: Mapping[CounterKey, KeptCounter] | None) -> None:
        """Learn what is on disk; ``None`` while nobody knows. This run goes on from the first that is known."""
        self._kept = kept
        if kept is not None and not self._goes_on:
            self._goes_on = True
            for key, counter in kept.items():
                self._counted[key] = self._counted.get(key, 0) + counter.counted
            for key, other in self._levels.items():
                self._counted[key] = max(self._counted[key], self._counted.get(other, 0))

    def shown(self, key: CounterKey) -> int | None:
        """What any reader may see of a counter; ``None`` while it is not known."""
        if self._kept is None:
            return None
        kept = self._kept.get(key)
        return 0 if kept is None else kept.shown

    @property
    def counted(self) -> dict[CounterKey, int] | None:
        """What is to be put on disk; ``None`` while it is not known what lies there."""
        return dict(self._counted) if self._goes_on else None

    @property
    def told_by(self) -> dict[CounterKey, str]:
        """By which source each is told that was counted in this run."""
        return dict(self._told_by)
