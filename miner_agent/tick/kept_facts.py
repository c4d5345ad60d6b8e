"""Facts that outlive the agent. A miner names their keys itself, so each has room for so many, over all restarts."""

from collections.abc import Mapping
from typing import TypeAlias

MOST_A_MINER = 512  # eight algorithms on 64 devices


ByMiner: TypeAlias = Mapping[str, Mapping[str, str]]


def by_miner(facts: Mapping[str, str]) -> ByMiner:
    """Facts by key, apart by miner: a gateway looks through those of all its rigs once.

    >>> by_miner({"left x": "1", "right x": "2", "left y": "3"})
    {'left': {'left x': '1', 'left y': '3'}, 'right': {'right x': '2'}}
    """
    found: dict[str, dict[str, str]] = {}
    for key, fact in facts.items():
        found.setdefault(_miner(key), {})[key] = fact
    return found


class KeptFacts:
    """Of one kind and one rig. A key begins with the name of its miner and a blank."""

    __slots__ = ("_left", "_new", "_unsaved")

    def __init__(self) -> None:
        self._left: ByMiner | None = None  # as the last run left them; None: nobody knows yet
        self._new: dict[str, set[str]] = {}  # keys by miner
        self._unsaved: dict[str, str] = {}

    def see(self, facts: ByMiner | None) -> bool:
        """Learn what is on disk; ``None`` while nobody knows. Whether it is known from now on."""
        if facts is None or self._left is not None:
            return False
        self._left = facts
        return True

    def left(self, key: str) -> str:
        """What the last run knew; nothing where it knew nothing."""
        return self._of(key).get(key, "")

    def keep(self, key: str, fact: str) -> None:
        """Have it kept, where there is room for its key."""
        if self._left is None:
            return
        left, new = self._of(key), self._new.setdefault(_miner(key), set())
        if key not in left and key not in new:
            if len(left) + len(new) >= MOST_A_MINER:
                return
            new.add(key)
        self._unsaved[key] = fact

    def unsaved(self) -> dict[str, str]:
        """What is new since this was last asked."""
        unsaved, self._unsaved = self._unsaved, {}
        return unsaved

    def _of(self, key: str) -> Mapping[str, str]:
        return (self._left or {}).get(_miner(key), {})


def _miner(key: str) -> str:
    return key.partition(" ")[0]
