"""Looks at a page of metrics with a condition: what ``promql`` writes as an expression, said of values.

It is no evaluator of a language: a function for each kind of condition.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from operator import eq, ge, gt, le, lt
from typing import TypeAlias

from exporters.alerts.conditions import (
    AgeOf,
    Apart,
    Bound,
    ChangesOf,
    Compare,
    Condition,
    Fallen,
    Grown,
    Highest,
    Labels,
    Operator,
    Quotient,
    Scaled,
    Series,
    Term,
    TooFew,
    TooMany,
    Windowed,
)
from exporters.alerts.vectors import NOTHING, FamiliesByName, Picker, Row, Vector, chosen

_OPERATORS: Mapping[Operator, Callable[[float, float], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le, "==": eq}
WindowValues: TypeAlias = Mapping[Windowed, Vector]


@dataclass(frozen=True, slots=True)
class SeenPage:
    """What there is to look at."""

    families: FamiliesByName
    windows: WindowValues
    now_seconds: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What a condition finds of one thing that it is about."""

    value: float
    threshold: float | None
    holds: bool
    held: bool  # not yet cleared, where it clears at another bound


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a condition finds, by the labels of what it is about. What is not there cannot be judged."""

    names: Labels
    rows: Mapping[Row, Judged]

    def holding(self, on: Labels) -> frozenset[Row]:
        """The values of these labels with which it holds."""
        pick = Picker(self.names, on)
        return frozenset(pick(row) for row, judged in self.rows.items() if judged.holds)


def judge(condition: Condition, page: SeenPage) -> Verdicts:
    """What the condition says of all that it is about."""
    match condition:
        case Compare():
            return _compared(condition, page)
        case TooFew():
            return _too_few(condition, page)
        case TooMany():
            return _too_many(condition, page)


def windows_of(condition: Condition) -> Iterator[Windowed]:
    """The windows that a condition slides over a page."""
    match condition:
        case Compare(term=Grown() | Fallen() | Highest() | ChangesOf() as left):
            yield left
        case TooFew(counted=counted, expected=expected, windows_seconds=windows):
            for seconds in windows:
                yield from (Grown(counted, seconds), Grown(expected, seconds))
        case TooMany(part=part, rest=rest, within_seconds=seconds):
            yield from (Grown(part, seconds), Grown(rest, seconds))


def _compared(asked: Compare, page: SeenPage) -> Verdicts:
    left, compare = _term(asked.term, page), _OPERATORS[asked.operator]
    if not left.rows:
        return Verdicts(left.names, {})
    bound = _bound(asked.bound, left.names, page)
    clears = bound if asked.clears is None else _bound(asked.clears, left.names, page)
    rows = {}
    for row, value in left.rows.items():
        fires_at, clears_at = bound(row), clears(row)
        if fires_at is not None:
            held = clears_at is not None and compare(value, clears_at)
            shown = None if asked.operator == "==" else fires_at
            rows[row] = Judged(value, shown, compare(value, fires_at), held)
    return Verdicts(left.names, rows)


def _bound(bound: Bound, names: Labels, page: SeenPage) -> Callable[[Row], float | None]:
    """What each row is compared with; None: nobody knows."""
    if not isinstance(bound, Scaled):
        return lambda _: bound
    told, pick = chosen(page.families, bound.of).on(bound.on), Picker(names, bound.on)
    floor = float("-inf") if bound.at_least is None else bound.at_least

    def of(row: Row) -> float | None:
        value = told.get(pick(row))
        return None if value is None else max(value * bound.times + bound.plus, floor)

    return of


def _term(asked: Term, page: SeenPage) -> Vector:
    match asked:
        case Series():
            return chosen(page.families, asked)
        case AgeOf(of=of):
            moments = chosen(page.families, of)
            return Vector(moments.names, {row: page.now_seconds - moment for row, moment in moments.rows.items()})
        case Grown() | Fallen() | Highest() | ChangesOf():
            return page.windows.get(asked, NOTHING)
        case Quotient(of=of, by=by, on=on):
            return _joined(of, by, on, page, lambda one, other: one / other if other else None)
        case Apart(of=of, other=other, on=on):
            return _joined(of, other, on, page, lambda one, other: abs(one - other))


def _joined(
    of: Series, other: Series, on: Labels, page: SeenPage, together: Callable[[float, float], float | None]
) -> Vector:
    left, right = chosen(page.families, of), chosen(page.families, other).on(on)
    pick, found = Picker(left.names, on), {}
    for row, value in left.rows.items():
        match = right.get(pick(row))
        both = None if match is None else together(value, match)
        if both is not None:
            found[row] = both
    return Vector(left.names, found)


def _too_few(asked: TooFew, page: SeenPage) -> Verdicts:
    """The first window in which it holds says so, else the first of all."""
    names: Labels = ()
    rows = dict[Row, Judged]()
    for seconds in asked.windows_seconds:
        counted = page.windows.get(Grown(asked.counted, seconds), NOTHING)
        expected = page.windows.get(Grown(asked.expected, seconds), NOTHING).on(counted.names)
        names = counted.names
        for row, number in counted.rows.items():
            wanted = expected.get(row, 0.0)
            if wanted > 0:
                ratio, least = number / wanted, asked.ratio - asked.sigmas * sqrt(asked.ratio / wanted)
                earlier = rows.get(row)
                if earlier is None or not earlier.holds:
                    rows[row] = Judged(ratio, least, ratio < least, ratio < least)
    return Verdicts(names, rows)


def _too_many(asked: TooMany, page: SeenPage) -> Verdicts:
    part = page.windows.get(Grown(asked.part, asked.within_seconds), NOTHING)
    rest = page.windows.get(Grown(asked.rest, asked.within_seconds), NOTHING).on(part.names)
    rows = {}
    for row, number in part.rows.items():
        both = number + rest.get(row, float("nan"))
        if both > 0:
            ratio, surely = number / both, (number - asked.sigmas * sqrt(number)) / both
            holds = ratio > asked.ratio and surely > asked.surely
            rows[row] = Judged(ratio, asked.ratio, holds, holds)
    return Verdicts(part.names, rows)
