"""What miners of graphics cards print alike: sensors that may be missing, percents, megahertz, sums over cards."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeVar

from calculators.units import MEGAHERTZ, PERCENT_PER_UNIT, number_with_prefix
from miner_agent.sources.payload import Doc, Step
from miner_agent.text import pool_address

Number = TypeVar("Number", int, float)
EARLIEST, LATEST = 1_262_304_000.0, 4_102_444_800.0  # the years 2010 and 2100 begin
_HASHES = re.compile(r"(?<=[\d kMGTPK])[hH]$", re.ASCII)


def first(holder: Doc, *keys: Step) -> Doc:
    """The first of these places at which something stands: one that cannot be read has no understudy."""
    for key in keys:
        place = holder.at(key)
        if place.value is not None:
            break
    return place


def amount(place: Doc, *steps: Step) -> float | None:
    """How much of something: a hashrate, a counter. Below zero is how some say that they do not know."""
    number = place.prefixed_number_or_none(*steps)
    return number if number is not None and number >= 0 else None


def moment(place: Doc) -> datetime | None:
    """A moment in seconds since 1970; 0 is none, and so is what no clock of today shows."""
    seconds = place.number_or_none()
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None and EARLIEST <= seconds <= LATEST else None


def measured(card: Doc, *keys: Step) -> float | None:
    """What the first of these sensors that is there tells; 0 and -1 are what a card without that sensor has."""
    number = card.number_or_none(*keys) if len(keys) == 1 else first(card, *keys).number_or_none()
    return number if number is not None and number > 0 else None


def hottest(sensors: Iterable[Doc]) -> float | None:
    """The highest of several sensors; 0 is one that was not read. Not known where another one cannot be."""
    told = [sensor.number_or_none() for sensor in sensors if sensor.value is not None]
    known = [degrees for degrees in told if degrees is not None and degrees >= 0]
    return max(known, default=None) or None if len(known) == len(told) else None


def joined_address(host: Doc, port: Doc) -> str | None:
    """The address of a pool that is told in two parts; a port that cannot be read leaves none."""
    name, number = host.private_text_or_none(), port.count_or_none()
    if name is None or (number is None and port.value is not None):
        return None
    return pool_address(name if not number else f"{name}:{number}")


def ratio(percent: float | None) -> float | None:
    """A fan's speed; 0 is one that stands still, -1 one that is not there."""
    return percent / PERCENT_PER_UNIT if percent is not None and percent >= 0 else None


def fan_speeds(holder: Doc, keys: Iterable[str]) -> tuple[float | None, ...]:
    """The fans [rpm] under these keys, up to the last that is told: one before it that is not keeps its place."""
    speeds: list[float | None] = []
    last = 0
    for position, key in enumerate(keys, start=1):
        if holder.value_at(key) is None:
            speeds.append(None)
            continue
        speed = holder.number_or_none(key)
        speeds.append(speed if speed is not None and speed >= 0 else None)
        last = position
    return tuple(speeds[:last])


def hertz(megahertz: float | None) -> float | None:
    """A clock; 0 was not read."""
    return megahertz * MEGAHERTZ if megahertz is not None and megahertz > 0 else None


def difficulty(place: Doc) -> float | None:
    """What the pool asks of a share: a number, or text such as ``"4.00 G"``. What else it may say is not read."""
    value = place.value
    if isinstance(value, str):
        try:
            return number_with_prefix(_HASHES.sub("", value.strip())) or None
        except ValueError:
            return None
    number = place.number_or_none()
    return number if number is not None and number > 0 else None


def total(values: list[Number | None]) -> Number | None:
    """The sum over all cards; unknown where one of them is, or where there is none."""
    known = [value for value in values if value is not None]
    return sum(known[1:], known[0]) if known and len(known) == len(values) else None
