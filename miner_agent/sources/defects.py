"""What of an answer could not be read: each detail by its place, bounded, and never with what it held in private."""

import re
from collections.abc import Iterator

from miner_agent.errors import BadPayload
from miner_agent.sources.reading_budget import ReadingBudget

MOST_DEFECTS = 32  # of one source in one tick: who says more nonsense than that is told of no longer
_POSITIONS = re.compile(r"\[[^\]]*\]")


class Defects:
    """Collects what one source's answers hold that is not what should stand there.

    ``budget``: what reading them may take.
    """

    __slots__ = ("_found", "budget", "left_out")

    def __init__(self, budget: ReadingBudget) -> None:
        self.budget = budget
        self._found: dict[str, BadPayload] = {}
        self.left_out = 0

    def note(self, defect: BadPayload) -> None:
        """Keep it; of one place the first."""
        if defect.path in self._found:
            return
        if len(self._found) < MOST_DEFECTS:
            self._found[defect.path] = defect
        else:
            self.left_out += 1

    def __iter__(self) -> Iterator[BadPayload]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)


def quantity_of(path: str) -> str:
    """Which quantity a path leads to, whichever card or board it is of: a bounded set of words.

    >>> quantity_of("summary.gpus[3].power"), quantity_of("stats.miner[temp (long)].max")
    ('summary.gpus.power', 'stats.miner.max')
    """
    return _POSITIONS.sub("", path)
