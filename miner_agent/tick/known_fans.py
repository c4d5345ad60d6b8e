"""Remembers which fans of a machine have turned, over restarts too: one that has, and stands still, has stopped.

Some sockets have no fan, and tell 0: only one that has turned is missed. Whoever takes one out waits until it is
forgotten, as of cards and boards.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from miner_agent.model.readings import MinerSnapshot
from miner_agent.tick.known_devices import LONGEST_GONE, NOTHING_LEARNT, REMEMBERED_SECONDS, SAVED_EVERY_SECONDS

FANS_A_MACHINE = 64


@dataclass(slots=True)
class _Fan:
    """One that has turned."""

    turned_at_seconds: float  # last, or when this run learnt of it
    gone_seconds: float = 0.0  # for how long it had stood still when this run began
    still_since: datetime | None = None


class KnownFans:
    """Of the machines of one rig. Fed once a tick."""

    __slots__ = (
        "_changed",
        "_fans",
        "_is_held",
        "_is_read",
        "_learnt",
        "_left",
        "_now_seconds",
        "_saved_at_seconds",
        "remembered_seconds",
    )

    def __init__(self) -> None:
        self.remembered_seconds = REMEMBERED_SECONDS
        self._fans: dict[str, dict[int, _Fan]] = {}  # by miner
        self._left: Mapping[str, str] = {}  # facts by miner, as the last run left them: those of all rigs, held once
        self._learnt = NOTHING_LEARNT  # miners whose facts were taken from there
        self._is_held = self._is_read = False
        self._changed = frozenset[str]()
        self._saved_at_seconds: dict[str, float] = {}
        self._now_seconds = 0.0

    def begin(self, asked: Mapping[str, object], *, at_seconds: float, now: datetime | None) -> None:
        """Begin a tick. What is known of miners that are not ``asked`` any more is forgotten."""
        self._now_seconds = at_seconds
        new = [miner for miner in asked if miner in self._left and miner not in self._learnt]
        self._learnt = self._learnt.union(new) if new else self._learnt
        for miner in new:
            known = self._fans.setdefault(miner, {})
            for fan, since in _kept(self._left[miner]):
                gone = timedelta() if since is None or now is None else now - since
                if not timedelta() <= gone < LONGEST_GONE:
                    gone = timedelta()
                known.setdefault(fan, _Fan(at_seconds, gone.total_seconds(), since))
        for miner in self._fans.keys() - asked.keys():
            del self._fans[miner]
            self._changed |= {miner}

    def follow(self, miner: str, reading: MinerSnapshot, *, now: datetime | None) -> list[int]:
        """Take what one machine says; its fans that have turned and stand still."""
        known, stopped = self._fans.setdefault(miner, {}), []
        for fan, speed in enumerate(reading.fan_speeds_rpm[:FANS_A_MACHINE]):
            if speed:
                self._turns(miner, fan)
            elif speed == 0 and fan in known:
                stopped.append(fan)
                if known[fan].still_since is None and now is not None:
                    known[fan].still_since = now
                    self._changed |= {miner}
        over = [fan for fan, one in known.items() if self._gone_seconds(one) > self.remembered_seconds]
        for fan in over:
            del known[fan]
            self._changed |= {miner}
        return [fan for fan in stopped if fan in known]

    def expected(self, miner: str) -> int | None:
        """How many fans of a machine have turned; ``None``: of none that is known."""
        return len(self._fans.get(miner, ())) or None

    def see(self, facts: Mapping[str, str] | None) -> None:
        """Learn what is on disk, by miner; ``None`` while nobody knows: until then nothing is to be saved."""
        self._is_held = facts is None
        if facts is not None and not self._is_read:
            self._left, self._is_read = facts, True

    def unsaved_facts(self) -> dict[str, str | None]:
        """What is new since this was last asked, by miner; ``None``: nothing is known of it any more."""
        if self._is_held or not self._changed:
            return {}
        due = [
            miner
            for miner in self._changed
            if self._now_seconds - self._saved_at_seconds.get(miner, -SAVED_EVERY_SECONDS) >= SAVED_EVERY_SECONDS
        ]
        self._changed -= {*due}
        self._saved_at_seconds = {
            miner: at for miner, at in self._saved_at_seconds.items() if miner in self._fans
        } | dict.fromkeys(due, self._now_seconds)
        return {miner: self._fact(miner) for miner in due}

    def _turns(self, miner: str, fan: int) -> None:
        known = self._fans[miner]
        before = known.get(fan)
        if before is None or before.still_since is not None:
            self._changed |= {miner}
        known[fan] = _Fan(self._now_seconds)

    def _gone_seconds(self, fan: _Fan) -> float:
        return fan.gone_seconds + self._now_seconds - fan.turned_at_seconds

    def _fact(self, miner: str) -> str | None:
        known = self._fans.get(miner)
        if not known:
            return None
        return json.dumps({fan: one.still_since and one.still_since.isoformat() for fan, one in known.items()})


def _kept(fact: str) -> Iterator[tuple[int, datetime | None]]:
    """The fans in a fact, each with since when it stands still; none where it is not one of ours."""
    try:
        for fan, since in list(json.loads(fact).items())[:FANS_A_MACHINE]:
            moment = None if since is None else datetime.fromisoformat(since)
            if 0 <= int(fan) < FANS_A_MACHINE and (moment is None or moment.tzinfo is not None):
                yield int(fan), moment
    except (ValueError, TypeError, AttributeError, RecursionError):
        return
