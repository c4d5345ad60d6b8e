"""Facts that outlive the agent. A miner names their keys itself, so each has room for so many, over all restarts."""

from collections import Counter
from collections.abc import Mapping

MOST_A_MINER = 512  # eight algorithms on 64 devices


class KeptFacts:
    """Of one kind and one rig. A key begins with the name of its miner and a blank."""

    def __init__(self) -> None:
        self._left: Mapping[str, str] | None = None  # as the last run left them; None: nobody knows yet
        self._new: set[str] = set()
        self._counts: Counter[str] = Counter()  # of keys, by miner
        self._unsaved: dict[str, str] = {}

    def see(self, facts: Mapping[str, str] | None) -> bool:
        """Learn what is on disk; ``None`` while nobody knows. Whether it is known from now on."""
        if facts is None or self._left is not None:
            return False
        self._left = facts
        self._counts.update(_miner(key) for key in facts)
        return True

    def left(self, key: str) -> str:
        """What the last run knew; nothing where it knew nothing."""
        return (self._left or {}).get(key, "")

    def keep(self, key: str, fact: str) -> None:
        """Have it kept, where there is room for its key."""
        if self._left is None:
            return
        if key not in self._left and key not in self._new:
            if self._counts[_miner(key)] >= MOST_A_MINER:
                return
            self._new.add(key)
            self._counts[_miner(key)] += 1
        self._unsaved[key] = fact

    def unsaved(self) -> dict[str, str]:
        """What is new since this was last asked."""
        unsaved, self._unsaved = self._unsaved, {}
        return unsaved


def _miner(key: str) -> str:
    return key.partition(" ")[0]
