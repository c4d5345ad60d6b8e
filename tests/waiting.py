"""How tests wait: for something to be so, with a deadline."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_SECONDS = 0.005


def until(
    holds: Callable[[], T],
    *,
    seconds: float = 20.0,
    every_seconds: float = PAUSE_SECONDS,
    passing_over: tuple[type[Exception], ...] = (),
) -> T:
    """What ``holds`` gives as soon as that is true.

    Args:
        holds: asked again and again.
        seconds: the deadline: long, for a machine with much else to do. [s]
        every_seconds: the pause between two times. [s]
        passing_over: errors that only mean "not yet".
    """
    deadline = time.monotonic() + seconds
    while True:
        told: object
        try:
            told = found = holds()
        except passing_over as error:
            told = error
        else:
            if found:
                return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s; at last: {told!r}")
        time.sleep(every_seconds)


def let_pass(seconds: float) -> None:
    """Where time itself is what is tested: that nothing happens in it, or that what was to happen then is late."""
    time.sleep(seconds)


async def until_in_loop(holds: Callable[[], object], *, seconds: float = 20.0) -> None:
    """As ``until``, on an event loop; without the error, since a fake that waits in vain is found out by its test."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        await asyncio.sleep(PAUSE_SECONDS)


async def dwell(seconds: float = 0.02) -> None:
    """Long enough for others to come, if they may."""
    await asyncio.sleep(seconds)
