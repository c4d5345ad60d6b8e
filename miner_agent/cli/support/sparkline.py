"""A course of values as one word of blocks, for a column of a table."""

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
GAP = " "


def sparkline(values: Sequence[float | None]) -> str:
    """The course between its lowest and its highest value; where there is none, a blank.

    >>> sparkline([0, 1, None, 7]), sparkline([5, 5]), sparkline([None])
    ('▁▂ █', '▄▄', ' ')
    """
    told = [value for value in values if value is not None]
    if not told:
        return GAP * len(values)
    low, high = min(told), max(told)
    if low == high:
        return "".join(GAP if value is None else BLOCKS[len(BLOCKS) // 2 - 1] for value in values)
    scale = (len(BLOCKS) - 1) / (high - low)
    return "".join(GAP if value is None else BLOCKS[round((value - low) * scale)] for value in values)
