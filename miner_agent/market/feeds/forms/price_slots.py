"""Price slots in order: what is there twice, what overlaps, what is missing."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from calculators.local_time import zone_named
from calculators.money import Money
from miner_agent.errors import BadPayload
from miner_agent.market.feed import FeedReading, PriceSlot
from miner_agent.market.feed_payload import LAST_MOMENT, FeedDoc
from miner_agent.market.feeds.forms.gather import PROBLEM_LENGTH, shortened
from miner_agent.text import clean_text

DAY, HOUR, NOTHING = timedelta(days=1), timedelta(hours=1), timedelta(0)
LAST_PARTS = (timedelta(minutes=1), timedelta(seconds=1), timedelta(milliseconds=1))
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


def until_the_next(slots: Iterable[PriceSlot]) -> list[PriceSlot]:
    """Slots that hold until further notice end where the next one begins; the last one of them does not end."""
    told = list(slots)
    starts = sorted({slot.start for slot in told})
    later = dict(pairwise(starts))
    return [replace(slot, end=later.get(slot.start, slot.end)) if slot.end == LAST_MOMENT else slot for slot in told]


def ends_of(starts: list[datetime], path: str) -> list[tuple[datetime, datetime]]:
    """Start and end of slots whose starts alone are told, in any order: each ends where the next one begins.

    The last one is as long as the one a day before it, else as the one before it. Where most are an hour at most, as
    a market's, a longer step is a hole behind a slot that is as long as the one before it.
    """
    order = sorted(set(starts))
    if len(order) < 2:
        raise BadPayload(path, f"{len(order)} slots", "two slots at least, or the end of each")
    steps = [other - one for one, other in pairwise(order)]
    of_a_market = 2 * sum(step <= HOUR for step in steps) > len(steps)
    lengths: list[timedelta] = []
    for step in steps:
        before = lengths[-1] if lengths else min(steps)
        lengths.append(before if of_a_market and step > HOUR else step)
    known = dict(zip(order, lengths, strict=False))
    lengths.append(known.get(order[-1] - DAY, lengths[-1]))
    ends = {start: start + length for start, length in zip(order, lengths, strict=True)}
    return [(start, ends[start]) for start in starts]


def meant_ends(spans: Sequence[tuple[datetime, datetime]]) -> list[datetime]:
    """The ends that are meant where the last minute or second of a slot is written: 23:59 for midnight.

    That is so of each slot that ends so little before the next one starts, and of the last one where it ends so before
    a full hour, or as the others do.
    """
    starts = sorted({start for start, _ in spans})
    places = [(end, bisect_left(starts, end)) for _, end in spans]
    gaps = [starts[place] - end if place < len(starts) else None for end, place in places]
    usual = next((step for step in LAST_PARTS if step in gaps), None)
    return [end + (_last_part(end, usual) if gap is None else gap if gap in LAST_PARTS else NOTHING)
            for (end, _), gap in zip(places, gaps, strict=True)]  # fmt: skip


def _last_part(end: datetime, usual: timedelta | None) -> timedelta:
    """By how much the last of all slots ends before its end."""
    if not end.timestamp() % HOUR.total_seconds():
        return NOTHING
    to_the_hour = (step for step in LAST_PARTS if not (end + step).timestamp() % HOUR.total_seconds())
    return next(to_the_hour, usual or NOTHING)


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
        return zone_named(name)
    except ValueError:
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
