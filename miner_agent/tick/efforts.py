"""Who is read first, and who is left out: a source whose answers take long to read takes the time of no other.

The cheapest of the last tick come first. Whoever is dear and finds no room in the share of a tick that reading may
take is left out, and counts as half as dear in the next one: so it is tried again, ever less often the dearer it is.
"""

from collections.abc import Mapping

from miner_agent.errors import Excessive

SHARE = 1 / 4  # of the deadline, which is most of an interval: the rest is for those who are waited for
CHEAP_SECONDS = 0.005  # twenty times what the largest recorded answers take: never left out
SECONDS_A_BYTE = CHEAP_SECONDS / (32 << 10)  # of one that was not read yet


class Efforts:
    """What reading each source has taken last, of the processor's time. Of one rig."""

    __slots__ = ("_seconds",)

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def order(self, sizes: Mapping[str, int]) -> list[str]:
        """The sources with the cheapest first. ``sizes``: how many bytes each has answered; nobody else is kept."""
        self._seconds = {
            source: self._seconds.get(source, size * SECONDS_A_BYTE) if size else 0.0 for source, size in sizes.items()
        }
        return sorted(sizes, key=self._seconds.__getitem__)

    def refusal(self, source: str, *, spent_seconds: float, deadline_seconds: float) -> Excessive | None:
        """Why this one is left out; ``None`` where it is to be read.

        Args:
            source: whose turn it is.
            spent_seconds: what reading the others has taken in this tick. [s]
            deadline_seconds: until when whoever is asked has time to answer. [s]
        """
        expected_seconds = self._seconds[source]
        if expected_seconds <= CHEAP_SECONDS or spent_seconds + expected_seconds <= SHARE * deadline_seconds:
            return None
        self._seconds[source] = expected_seconds / 2
        return Excessive(
            f"its answers were not read this time: reading them takes about {expected_seconds:.3f} s, "
            f"and reading others took {spent_seconds:.3f} s before"
        )

    def note(self, source: str, seconds: float) -> None:
        """Learn what reading it has taken now. [s]"""
        self._seconds[source] = seconds
