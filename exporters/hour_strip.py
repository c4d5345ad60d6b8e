"""What running is worth from slot to slot of a tariff: in which hours it pays, and in which to stand still."""

from collections.abc import Sequence
from dataclasses import dataclass

from exporters.drawing_paper import (
    ALONE,
    Look,
    Scale,
    drawing,
    every,
    line,
    number,
    rectangle,
    refuse_empty,
    text,
    tick_line,
)

_HEIGHT, _BELOW = 150, 22
_GAP = 0.5  # between two slots
_LABEL = 60  # as much room as the first label takes, and half the second one


@dataclass(frozen=True, slots=True, kw_only=True)
class StripSlot:
    """One slot, by the clock of its place."""

    label: str  # when it begins
    hours: float
    worth_per_hour: float  # of running; below zero: of standing still
    told: str


def hour_strip(*, title: str, unit: str, slots: Sequence[StripSlot], look: Look = ALONE) -> str:
    """Slot by slot from left to right, each as wide as it is long.

    Args:
        title: of all of it.
        unit: of what an hour is worth.
        slots: in their order, one behind the other.
        look: of the drawing.
    """
    refuse_empty(slots)
    left, right, top = look.axis_left, look.width - look.right, look.top
    bottom = top + _HEIGHT
    up = Scale([0.0, *(slot.worth_per_hour for slot in slots)], first=bottom, last=top, ticks=4)
    an_hour = (right - left) / sum(slot.hours for slot in slots)
    body = [text(left, top - 10, unit, "start")]
    for tick in up.ticks:
        y = up.x(tick)
        body.append(tick_line(look, tick, (left, y), (right, y)))
        body.append(text(left - 8, y + 4, number(tick), "end"))
    x, shown = left, every(len(slots), look.numbers_across)
    to_next = an_hour * sum(slot.hours for slot in slots[:shown])
    for place, slot in enumerate(slots):
        width = an_hour * slot.hours
        ends = sorted((up.x(0), up.x(slot.worth_per_hour)))
        box = (x + _GAP, ends[0], max(width - 2 * _GAP, _GAP), ends[1] - ends[0])
        body.append(rectangle(look, *box, slot.worth_per_hour, slot.told))
        if place % shown == 0 and (place or to_next > _LABEL):
            body.append(text(x, bottom + 16, slot.label, "start" if place == 0 else "middle"))
        x += width
    body.append(line(look, (left, up.x(0)), (right, up.x(0)), "ink", 1))
    return drawing(look, title, bottom + _BELOW, body)
