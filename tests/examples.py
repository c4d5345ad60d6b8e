"""How many examples a property is tried with, whichever profile runs."""

from hypothesis import settings


def times(factor: float) -> int:
    """So many times those of the profile: for a property whose example is cheap, or dear."""
    return max(1, round(factor * settings().max_examples))
