"""When each rig behind the gateway is asked: at its own moment of every round, and less often while it is dead. Pure.

Moments are seconds on a monotonic clock, counted from the beginning of the first round. They lie on a grid: rigs that
are due together are asked together, and are one tick of the log.
"""

import hashlib
import math

GRID_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 300.0
DEAD_FAILURES = 2  # in a row: from then on a rig is asked ever less often
JITTER = 0.25  # how much shorter a pause may be: rigs that died together are not asked together for ever
DEADLINE_SECONDS = 2.5  # a round of a thousand rigs shall end within 3 s though some hang
LONGEST_DEADLINE_SECONDS = 10.0
DEADLINE_SHARE = 1 / 12  # of a longer interval
DEADLINE_SHARE_MAX = 0.8  # of a short one
GRACE_INTERVALS = 0.5


def deadline_seconds(interval_seconds: float) -> float:
    """How long a rig may take to answer. [s]

    >>> deadline_seconds(1), deadline_seconds(30), deadline_seconds(60), deadline_seconds(3600)
    (0.8, 2.5, 5.0, 10.0)
    """
    unhurried = max(DEADLINE_SECONDS, min(LONGEST_DEADLINE_SECONDS, DEADLINE_SHARE * interval_seconds))
    return min(unhurried, DEADLINE_SHARE_MAX * interval_seconds)


def phase(name: str) -> float:
    """Where in a round a rig has its moment, from 0 to 1: always the same for one name."""
    return _fraction(name)


def due_seconds(name: str, *, asked_seconds: float, failures: int, interval_seconds: float) -> float:
    """When to ask a rig next.

    Args:
        name: of the rig.
        asked_seconds: when it was asked last. [s]
        failures: how often in a row it has not answered. One is no reason to wait longer.
        interval_seconds: length of a round. [s]
    """
    offset = _own_offset(name, interval_seconds)
    soonest = max(asked_seconds + interval_seconds / 2, interval_seconds)  # the first round is not spread
    due = math.ceil((soonest - offset) / interval_seconds) * interval_seconds + offset
    if failures < DEAD_FAILURES:
        return due
    latest = asked_seconds + pause_seconds(name, failures, interval_seconds)
    return max(due, math.floor((latest - offset) / interval_seconds) * interval_seconds + offset)


def pause_seconds(name: str, failures: int, interval_seconds: float) -> float:
    """How long to leave a rig in peace that has not answered ``failures`` times in a row. [s]

    Twice as long each time, at most ``LONGEST_PAUSE_SECONDS`` or a round: a rig that comes back is seen by then.
    """
    longest = max(LONGEST_PAUSE_SECONDS, interval_seconds)
    doubled = interval_seconds * 2.0 ** min(failures - 1, 32)
    return min(longest, doubled) * (1 - JITTER * _fraction(f"{name} {failures}"))


def begin_over_seconds(interval_seconds: float) -> float:
    """The time over which rigs that are due together are begun, so that other work finds room between them. [s]"""
    return min(GRID_SECONDS, interval_seconds - deadline_seconds(interval_seconds))


def fresh_until_seconds(due: float, interval_seconds: float) -> float:
    """Until when the page of a rig holds that is asked next at ``due``: later it was not read in its time. [s]"""
    return due + deadline_seconds(interval_seconds) + GRACE_INTERVALS * interval_seconds


def _own_offset(name: str, interval_seconds: float) -> float:
    """The moment of a rig within each round: early enough that its answer is there before the round ends. [s]"""
    moments = max(1, int((interval_seconds - deadline_seconds(interval_seconds)) / GRID_SECONDS))
    return int(phase(name) * moments) * GRID_SECONDS


def _fraction(text: str) -> float:
    """A number from 0 up to and without 1 that looks like chance and is none."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48
