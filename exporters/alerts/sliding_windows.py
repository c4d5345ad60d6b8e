"""What a rule needs to remember of a series: the lowest value within a window, in a bounded number of marks."""

from array import array
from collections.abc import Iterable
from itertools import chain
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


class _Slide:
    """One series. Values in ``marks`` rise: what was followed by a lower or an equal value is no minimum any more.

    A mark is two numbers side by side, when and what: a gateway keeps tens of thousands of these series.
    """

    __slots__ = ("changes", "last", "marks")

    def __init__(self, last: float, changes: int = 0, marks: Iterable[Mark] = ()) -> None:
        self.last, self.changes, self.marks = last, changes, array("d", chain.from_iterable(marks))

    def mark(self, value: float, index: int, first: int) -> float:
        """The lowest value of the window, with this one in it."""
        marks = self.marks
        while marks and marks[-1] >= value:
            del marks[-2:]
        if not marks or marks[-2] < index:
            marks.extend((index, value))
        while marks[0] < first:
            del marks[:2]
        return marks[1]

    def kept(self, labels: Row) -> KeptSeries:
        marks = zip(map(int, self.marks[::2]), self.marks[1::2], strict=True)
        return KeptSeries(labels, self.last, self.changes, tuple(marks))


_NO_SERIES: dict[Row, _Slide] = {}  # of every window to which none has come; nothing is put into it


class SlidingWindow:
    """All series that one windowed term of a rule asks for."""

    __slots__ = ("_names", "_slides", "asked")

    def __init__(self, asked: Windowed) -> None:
        self.asked = asked
        self._slides = _NO_SERIES
        self._names: Labels | None = None  # until a series comes

    def look(self, now: Vector, steady_seconds: float) -> Vector:
        """The term's values. ``steady_seconds``: of a clock that nobody sets and that goes on over restarts."""
        if now.names != self._names and now.rows:
            self._slides, self._names = {}, now.names
        index = floor(steady_seconds / (self.asked.within_seconds / MARKS))
        first = index - MARKS
        self._forget(first)
        found = self._values(now, index, first)
        return Vector(now.names, found) if found else NOTHING

    def kept(self) -> KeptWindow:
        """What goes on after a restart."""
        return KeptWindow(
            term(self.asked), self._names or (), tuple([slide.kept(row) for row, slide in self._slides.items()])
        )

    def restore(self, kept: KeptWindow) -> bool:
        """Goes on where an earlier run ended, if that window is this one."""
        if kept.what != term(self.asked):
            return False
        self._names = kept.names
        self._slides = {each.labels: _Slide(each.last, each.changes, each.marks) for each in kept.series}
        return True

    def _values(self, now: Vector, index: int, first: int) -> dict[Row, float]:
        """By the lowest value of the series itself, of its opposite, or of how often it changed."""
        slides, found = self._slides, dict[Row, float]()
        for row, value in now.rows.items():
            slide = slides.get(row)
            if slide is None:
                if len(slides) >= SERIES_MAX:
                    continue
                slide = slides[row] = _Slide(value)
            slide.changes += value != slide.last
            slide.last = value
            match self.asked:
                case Grown(a_second=a_second, within_seconds=seconds):
                    grown = value - slide.mark(value, index, first)
                    found[row] = grown / (seconds if a_second else 1.0)
                case Fallen():
                    found[row] = -value - slide.mark(-value, index, first)
                case Highest():
                    found[row] = -slide.mark(-value, index, first)
                case ChangesOf():
                    found[row] = slide.changes - slide.mark(slide.changes, index, first)
        return found

    def _forget(self, first: int) -> None:
        """Series that have not been there for a whole window."""
        gone = [row for row, slide in self._slides.items() if slide.marks and slide.marks[-2] < first]
        for row in gone:
            del self._slides[row]
