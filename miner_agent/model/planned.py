"""What is meant to be as it is, so that nobody needs to be told of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedState:
    """Of one rig, at one moment."""

    off: bool = False  # it is off, or does not mine, by plan
    maintenance: tuple[str, ...] = ()  # why somebody works on it


NOTHING_PLANNED = PlannedState()
