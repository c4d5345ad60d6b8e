"""Which time parameters mean. Moments are rounded, so that questions of the next seconds are the same question."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from calculators.asked_span import beginning_of, moment_of
from calculators.local_time import EPOCH
from miner_agent.face.asked_wrongly import AskedWrongly

DEFAULT_SPAN = "24h"
_SHORTEST, _LONGEST = timedelta(seconds=10), timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


def asked_time(
    parameters: Mapping[str, str], newest: datetime, zone: tzinfo, *, parts: int
) -> tuple[datetime, datetime]:
    """``from`` and ``to``: spans such as 24h, or moments. Without ``to`` it is up to the newest tick, that included.

    Args:
        newest: the moment of the newest tick.
        zone: of moments that name no offset.
        parts: how many parts the time is looked at in: what is less than one of them makes no difference.

    Raises:
        AskedWrongly: they mean no time.
    """
    said, until = parameters.get("from", DEFAULT_SPAN), parameters.get("to")
    try:
        end = newest if until is None else moment_of(until, zone)
    except ValueError as error:
        raise AskedWrongly(f"to: {error}") from None
    try:
        start = beginning_of(said, end, zone)
        if until is not None:
            return start, end
        part_seconds = min(_LONGEST, max(_SHORTEST, (end - start) / parts)) // _SECOND
        rounded = end + part_seconds * _SECOND - (end - EPOCH) % (part_seconds * _SECOND)
        return beginning_of(said, rounded, zone), rounded
    except ValueError as error:
        raise AskedWrongly(f"from: {error}") from None
