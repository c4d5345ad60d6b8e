"""One figure: ours, the peer's from the same turn, and the limit that holds.

A script of this folder has ``measure() -> list[Figure]``; ``python -m bench`` finds it by that.
"""

from dataclasses import dataclass

from bench.machine import Machine

AS_FAST = 0.95
"""Of the reference machine's speed: from here on limits of time are held to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``ratio_limit`` is the most that ours may be of the peer's, ``limit`` the most that it may be by itself.

    Each is the least where ``more_is_better``. A ``limit`` of time, or of work in a time, holds on the reference
    machine only, that of docs/performance.md: what compares anywhere is a ratio. Later runs are not
    compared with what is ``only_told``: walls, which waver with whoever else runs, and what stands beside a peer whose
    cost is that of the machine's other processes.
    """

    name: str
    unit: str
    ours: float
    limit: float | None = None
    peer: str = ""
    peers: float | None = None
    ratio_limit: float | None = None
    more_is_better: bool = False
    only_told: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.name, self.peer

    @property
    def ratio(self) -> float | None:
        """Ours of the peer's."""
        return self.ours / self.peers if self.peers else None

    @property
    def is_time(self) -> bool:
        """Whether it tells of the machine too: its unit ends in a second."""
        return self.unit.endswith("s")

    @property
    def told(self) -> float | None:
        """What compares with another run: the ratio, or what is no time. ``None``: nothing does."""
        if self.only_told:
            return None
        if self.peers is not None:
            return self.ratio
        return None if self.is_time else self.ours

    def is_missed_on(self, machine: Machine) -> bool:
        """Whether a limit that holds on this machine is missed."""
        if self.ratio_limit is not None and (self.ratio is None or self._is_beyond(self.ratio, self.ratio_limit)):
            return True
        if self.limit is None or (self.is_time and machine.speed < AS_FAST):
            return False
        return self._is_beyond(self.ours, self.limit)

    def _is_beyond(self, value: float, limit: float) -> bool:
        return value < limit if self.more_is_better else value > limit
