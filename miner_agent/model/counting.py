"""What a counter that somebody else keeps has gone up by between two looks: one rule for log, proof and metrics."""

from typing import TypeVar

Number = TypeVar("Number", int, float)


def gained(before: Number, after: Number, *, restarted: bool) -> Number:
    """At least so much was counted between the looks, however long ago the first one is.

    A counter that fell because whoever keeps it was started anew has counted from zero since. Why another one fell
    nobody knows: an odd answer, another pool with a count of its own. Nothing is made of that.

    >>> gained(10, 12, restarted=False), gained(10, 3, restarted=True), gained(10, 3, restarted=False)
    (2, 3, 0)
    """
    if after >= before:
        return after - before
    return after if restarted else after - after
