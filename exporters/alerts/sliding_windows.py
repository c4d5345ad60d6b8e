"""What a rule needs to remember of a series: the lowest value within a window, in a bounded number of marks."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import floor
from typing import TypeAlias

from msgspec import Struct

from exporters.alerts.conditions import ChangesOf, Fallen, Grown, Highest, Labels, Windowed
from exporters.alerts.promql import term
from exporters.alerts.vectors import NOTHING, Row, Vector

MARKS = 60  # a window slides by a sixtieth of its length
SERIES_MAX = 4096  # of one window: more than a page has of any metric
Mark: TypeAlias = tuple[int, float]


class KeptSeries(Struct, frozen=True, array_like=True):
    """What one series is remembered by."""

    labels: Row
    last: float
    changes: int
    marks: tuple[Mark, ...]


class KeptWindow(Struct, frozen=True):
    """One window, as it is kept over a restart. ``what``: its expression, which is another one where the window is."""

    what: str
    names: Labels
    series: tuple[KeptSeries, ...]


@dataclass(slots=True)
class _Slide:
    """One series. Values in ``marks`` rise: what was followed by a lower or an equal value is no minimum any more."""

    last: float
    changes: int = 0
    marks: deque[Mark] = field(default_factory=deque)

    def mark(self, value: float, index: int, first: int) -> float:
        """The lowest value of the window, with this one in it."""
        marks = self.marks
        while marks and marks[-1][1] >= value:
            marks.pop()
        if not marks or marks[-1][0] < index:
            marks.append((index, value))
        while marks[0][0] < first:
            marks.popleft()
        return marks[0][1]


class SlidingWindow:
    """All series that one windowed term of a rule asks for."""

    def __init__(self, asked: Windowed) -> None:
        self.asked = asked
        self._what = term(asked)
        self._slides: dict[Row, _Slide] = {}
        self._names: Labels = ()
        self._step_seconds = asked.within_seconds / MARKS

    def look(self, now: Vector, steady_seconds: float) -> Vector:
        """The term's values. ``steady_seconds``: of a clock that nobody sets and that goes on over restarts."""
        if now.names != self._names and now.rows:
            self._slides, self._names = {}, now.names
        index = floor(steady_seconds / self._step_seconds)
        first = index - MARKS
        self._forget(first)
        found = dict(self._values(now, index, first))
        return Vector(now.names, found) if found else NOTHING

    def kept(self) -> KeptWindow:
        """What goes on after a restart."""
        series = (KeptSeries(row, each.last, each.changes, tuple(each.marks)) for row, each in self._slides.items())
        return KeptWindow(self._what, self._names, tuple(series))

    def restore(self, kept: KeptWindow) -> bool:
        """Goes on where an earlier run ended, if that window is this one."""
        if kept.what != self._what:
            return False
        self._names = kept.names
        self._slides = {each.labels: _Slide(each.last, each.changes, deque(each.marks)) for each in kept.series}
        return True

    def _values(self, now: Vector, index: int, first: int) -> Iterator[tuple[Row, float]]:
        for row, value in now.rows.items():
            slide = self._slides.get(row)
            if slide is None:
                if len(self._slides) >= SERIES_MAX:
                    continue
                slide = self._slides[row] = _Slide(value)
            slide.changes += value != slide.last
            slide.last = value
            yield row, self._value(slide, index, first)

    def _value(self, slide: _Slide, index: int, first: int) -> float:
        """By the lowest value of the series itself, of its opposite, or of how often it changed."""
        match self.asked:
            case Grown(a_second=a_second, within_seconds=seconds):
                return (slide.last - slide.mark(slide.last, index, first)) / (seconds if a_second else 1.0)
            case Fallen():
                return -slide.last - slide.mark(-slide.last, index, first)
            case Highest():
                return -slide.mark(-slide.last, index, first)
            case ChangesOf():
                return slide.changes - slide.mark(slide.changes, index, first)

    def _forget(self, first: int) -> None:
        """Series that have not been there for a whole window."""
        gone = [row for row, slide in self._slides.items() if slide.marks and slide.marks[-1][0] < first]
        for row in gone:
            del self._slides[row]
