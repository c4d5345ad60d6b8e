"""What goes wrong on a simulated rig, and when."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from miner_agent.simulate.mishaps import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One fault, from one second to another."""

    fault: Fault
    begins_seconds: float
    ends_seconds: float
    card: int | None = None  # by its number, from 0
    miner: str | None = None


class Script:
    """The scenes of a rig: played once, or in rounds."""

    def __init__(self, scenes: Iterable[Scene], *, round_seconds: float | None = None) -> None:
        self.scenes, self.round_seconds = tuple(scenes), round_seconds
        begins = {scene.begins_seconds for scene in self.scenes}
        self._edges = sorted({0.0, *begins, *(scene.ends_seconds for scene in self.scenes)})
        self._playing = self._stretches()

    def playing(self, seconds: float) -> tuple[Scene, ...]:
        """The scenes that are on at that second since the start.

        >>> script = Script([Scene(fault=Fault.HEAT, begins_seconds=10, ends_seconds=20)], round_seconds=60)
        >>> [scene.fault.name for scene in script.playing(75)], script.playing(20)
        (['HEAT'], ())
        """
        moment = seconds if self.round_seconds is None else seconds % self.round_seconds
        return self._playing[max(0, bisect_right(self._edges, moment) - 1)]

    def edges_around(self, seconds: float) -> tuple[float, float]:
        """When a scene last began or ended, and when one does next.

        >>> Script([Scene(fault=Fault.HEAT, begins_seconds=10, ends_seconds=20)]).edges_around(15)
        (10, 20)
        """
        position = bisect_right(self._edges, seconds)
        return self._edges[max(0, position - 1)], self._edges[position] if position < len(self._edges) else inf

    def _stretches(self) -> list[tuple[Scene, ...]]:
        """What plays from each edge on: a year has a thousand scenes, and is asked half a million times."""
        beginning: dict[float, list[Scene]] = {}
        for scene in self.scenes:
            beginning.setdefault(scene.begins_seconds, []).append(scene)
        found: list[tuple[Scene, ...]] = []
        on: list[Scene] = []
        for edge in self._edges:
            on = [*(scene for scene in on if scene.ends_seconds > edge), *beginning.get(edge, ())]
            found.append(tuple(on))
        return found


NOTHING = Script(())
