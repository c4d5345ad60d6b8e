"""Which part of the time that is asked about the log holds, for people and programs."""

from datetime import tzinfo
from typing import Any

from calculators.local_time import wall_minute
from miner_agent.storage.telemetry.log_answers import HeldTime

_MAX_SPANS = 4
"""As many are told to people; after that only how many more there are."""


def held_sentence(held: HeldTime, zone: tzinfo) -> str:
    """How much of the time is in the figures, and from when to when."""
    if not held.hours_held:
        return "The log holds nothing of that time: what was drawn and done in it is not known."
    told = [f"{wall_minute(start, zone)} to {wall_minute(end, zone)}" for start, end in held.spans[:_MAX_SPANS]]
    if (more := len(held.spans) - _MAX_SPANS) > 0:
        told.append(f"and {more} more spans" if more > 1 else "and one more span")
    return (
        f"The log holds {held.hours_held} of the {held.hours_asked} hours of that time, and nothing else is in the "
        f"figures: {', '.join(told)}"
    )


def held_document(held: HeldTime) -> dict[str, Any]:
    """The same with every span."""
    return {
        "hours_held": held.hours_held,
        "hours_asked": held.hours_asked,
        "spans": [{"start": start, "end": end} for start, end in held.spans],
    }
