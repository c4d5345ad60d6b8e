"""Price slots in order: what is there twice, what overlaps, what is missing."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from calculators.money import Money
from miner_agent.errors import BadPayload
from miner_agent.market.feed import FeedReading, PriceSlot
from miner_agent.market.feed_payload import FeedDoc
from miner_agent.market.feeds.forms.gather import PROBLEM_LENGTH, shortened
from miner_agent.text import clean_text

PER = {"kWh": Decimal(1), "MWh": Decimal(1000)}  # kilowatt-hours that a price is for


def price(amount: Decimal, currency: str, *, per: str) -> Money:
    """A price per kilowatt-hour."""
    try:
        return Money(amount / PER[per], currency)
    except ValueError:
        raise BadPayload("tariff.currency", currency, "the code of a currency, such as EUR") from None


def reading_of(found: Iterable[PriceSlot], problems: Iterable[str] = ()) -> FeedReading:
    """The slots in the order of time.

    A slot that is there twice counts once. Of two that overlap neither is believed. Every one of these, and every hole,
    is a problem: whoever needs a price for each moment can see where there is none.
    """
    said = [clean_text(problem, length=PROBLEM_LENGTH) for problem in problems]
    slots: list[PriceSlot] = []
    for slot in sorted(found, key=lambda slot: (slot.start, slot.end)):
        if slots and slot == slots[-1]:
            said.append(f"the slot from {_at(slot.start)} is there twice; it counts once")
        else:
            slots.append(slot)
    overlapping: set[int] = set()
    latest = 0  # the slot that ends last of those before
    for index in range(1, len(slots)):
        if slots[index].start < slots[latest].end:
            overlapping |= {latest, index}
            said.append(
                f"the slots from {_at(slots[latest].start)} and from {_at(slots[index].start)} overlap; neither is used"
            )
        if slots[index].end > slots[latest].end:
            latest = index
    kept = [slot for index, slot in enumerate(slots) if index not in overlapping]
    said += [
        f"there is no price from {_at(one.end)} to {_at(other.start)}"
        for one, other in pairwise(kept)
        if one.end < other.start
    ]
    return FeedReading(slots=tuple(kept), problems=shortened(said))


def ends_of(starts: list[datetime], path: str) -> list[tuple[datetime, datetime]]:
    """Start and end of slots whose starts alone are told, in any order: each ends where the next one begins, the last
    one is as long as the one before it. A step that is longer than the one before it is a hole, not a slot."""
    order = sorted(set(starts))
    if len(order) < 2:
        raise BadPayload(path, f"{len(order)} slots", "two slots at least, or the end of each")
    steps = [other - one for one, other in pairwise(order)]
    length = steps[min(1, len(steps) - 1)]
    ends: dict[datetime, datetime] = {}
    for start, step in zip(order, [*steps, steps[-1]], strict=True):
        length = min(length, step)
        ends[start] = start + length
    return [(start, ends[start]) for start in starts]


def slot(start: datetime, end: datetime, cost: Money, path: str) -> PriceSlot:
    if end <= start:
        raise BadPayload(path, _at(end), f"an end after its start, {_at(start)}")
    return PriceSlot(start, end, cost)


def zone_of(parameters: Mapping[str, str]) -> ZoneInfo | None:
    """The time zone of times that come without one."""
    name = parameters.get("zone", "")
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadPayload("zone", name, "a time zone such as Europe/Berlin") from None


def moment_in(place: FeedDoc, zone: ZoneInfo | None) -> datetime:
    """A time in UTC; one without a zone is of ``zone``. What that zone's clocks show twice a year, or never, is
    refused."""
    wall = place.wall_time_or_none()
    if zone is None or wall is None:
        return place.moment()
    try:
        early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except OverflowError:
        place.expected("a time between 2009 and 2200")
    if early != late:
        happens = "happens twice" if early < late else "never happens"
        place.expected(f"a time with its offset from UTC: in {zone.key} this one {happens}")
    return FeedDoc(early, place.path).moment()


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
