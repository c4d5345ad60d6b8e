"""How high a chain stands on a day, reckoned from heights that are known of other days."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import pairwise

from calculators.chain.coin import Coin

DOUBT = 0.02
"""Of the blocks since the last known height: chains come that much faster or slower than their rule aims for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReckonedHeight:
    """A height that nobody told: between known ones by the line between them, after the last by the rule's pace."""

    blocks: int
    doubt_blocks: int  # how far off it may well be


def reckoned_height(coin: Coin, at: datetime) -> ReckonedHeight | None:
    """The height of a chain at a moment.

    Args:
        coin: with heights that are known, and the time between its blocks.
        at: the moment, aware.

    Returns:
        ``None`` where no height is known, the moment lies before the first one, or no pace leads beyond the last.

    Raises:
        ValueError: the moment has no zone.

    >>> from datetime import date
    >>> bitcoin = Coin(ticker="BTC", name="Bitcoin", algorithm="sha256d", block_time_seconds=600,
    ...                known_heights=((date(2024, 4, 20), 840_000),))
    >>> reckoned_height(bitcoin, datetime(2024, 7, 29, tzinfo=UTC))  # a hundred days later
    ReckonedHeight(blocks=854400, doubt_blocks=288)
    """
    if at.tzinfo is None:
        raise ValueError(f"{coin.ticker}: a moment needs its zone")
    known = [(datetime.combine(day, time(), UTC), blocks) for day, blocks in coin.known_heights]
    if not known or at < known[0][0]:
        return None
    for (before, low), (after, high) in pairwise(known):
        if at < after:
            passed = (high - low) * ((at - before) / (after - before))
            return ReckonedHeight(
                blocks=low + round(passed), doubt_blocks=round(DOUBT * min(passed, high - low - passed))
            )
    last, blocks = known[-1]
    pace = seconds_a_height(coin)
    if pace is None:
        return None
    since = (at - last).total_seconds() / pace
    return ReckonedHeight(blocks=blocks + round(since), doubt_blocks=round(DOUBT * since))


def seconds_a_height(coin: Coin) -> float | None:
    """Time between heights: as the chain's rule aims for, else as it went between the last two known. [s]

    Args:
        coin: with the time between its blocks, or with heights that are known.

    Returns:
        ``None`` where neither is known.

    >>> from datetime import date
    >>> known = ((date(2026, 1, 1), 1000), (date(2026, 1, 2), 1864))
    >>> seconds_a_height(Coin(ticker="X", name="X", algorithm="x", known_heights=known))
    100.0
    """
    if coin.height_time_seconds or coin.block_time_seconds:
        return coin.height_time_seconds or coin.block_time_seconds
    if len(coin.known_heights) < 2:
        return None
    (before, low), (after, high) = coin.known_heights[-2:]
    return (after - before).total_seconds() / (high - low)
