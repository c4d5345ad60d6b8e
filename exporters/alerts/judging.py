"""Looks at a page of metrics with a condition: what ``promql`` writes as an expression, said of values.

It is no evaluator of a language: a function for each kind of condition.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import nan, sqrt
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
from exporters.alerts.vectors import NOTHING, FamiliesByName, Row, Vector, chosen, picker

_OPERATORS: Mapping[Operator, Callable[[float, float], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le, "==": eq}
WindowValues: TypeAlias = Mapping[Windowed, Vector]


@dataclass(frozen=True, slots=True)
class SeenPage:
    """What there is to look at."""

    families: FamiliesByName
    windows: WindowValues
    now_seconds: float
    chosen_before: dict[Series, Vector] = field(default_factory=dict)

    def chosen(self, asked: Series) -> Vector:
        """The values of a metric: several rules ask for the same."""
        found = self.chosen_before.get(asked)
        if found is None:
            found = self.chosen_before[asked] = chosen(self.families, asked)
        return found


@dataclass(frozen=True, slots=True)
class Judged:
    """What a condition finds of one thing that it is about."""

    value: float
    threshold: float | None
    holds: bool
    held: bool  # not yet cleared, where it clears at another bound


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a condition finds, by the labels of what it is about."""

    names: Labels
    told: Collection[Row]  # of what is not there nothing can be judged
    rows: Mapping[Row, Judged]  # those with which it holds, or is held

    def holding(self, on: Labels) -> frozenset[Row]:
        """The values of these labels with which it holds."""
        pick = picker(self.names, on)
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
    values = left.rows.values()
    bounds = _bounds(asked.bound, left, page)
    holding = [*map(compare, values, bounds)]
    held = holding if asked.clears is None else [*map(compare, values, _bounds(asked.clears, left, page))]
    told: Collection[Row] = left.rows.keys()
    if isinstance(asked.bound, Scaled):
        told = {row for row, bound in zip(left.rows, bounds, strict=True) if bound == bound}  # noqa: PLR0124 - nan is not
    if True not in holding and True not in held:
        return Verdicts(left.names, told, {})
    rows = {
        row: Judged(value, None if asked.operator == "==" else bound, is_so, was_so)
        for (row, value), bound, is_so, was_so in zip(left.rows.items(), bounds, holding, held, strict=True)
        if (is_so or was_so) and row in told
    }
    return Verdicts(left.names, told, rows)


def _bounds(bound: Bound, left: Vector, page: SeenPage) -> Sequence[float]:
    """What each row is compared with; nan, which nothing compares with: nobody knows."""
    if not isinstance(bound, Scaled):
        return [bound] * len(left.rows)
    told, pick = page.chosen(bound.of).on(bound.on), picker(left.names, bound.on)
    floor = float("-inf") if bound.at_least is None else bound.at_least
    found = map(told.get, map(pick, left.rows))
    return [nan if value is None else max(value * bound.times + bound.plus, floor) for value in found]


def _term(asked: Term, page: SeenPage) -> Vector:
    match asked:
        case Series():
            return page.chosen(asked)
        case AgeOf(of=of):
            moments = page.chosen(of)
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
    left, right = page.chosen(of), page.chosen(other).on(on)
    pick, found = picker(left.names, on), {}
    for row, value in left.rows.items():
        match = right.get(pick(row))
        both = None if match is None else together(value, match)
        if both is not None:
            found[row] = both
    return Vector(left.names, found)


def _too_few(asked: TooFew, page: SeenPage) -> Verdicts:
    """The first window in which it holds says so, else the first of all."""
    names: Labels = ()
    judged = dict[Row, Judged]()
    for seconds in asked.windows_seconds:
        counted = page.windows.get(Grown(asked.counted, seconds), NOTHING)
        expected = page.windows.get(Grown(asked.expected, seconds), NOTHING).on(counted.names)
        names = counted.names
        for row, number in counted.rows.items():
            wanted = expected.get(row, 0.0)
            if wanted > 0:
                ratio, least = number / wanted, asked.ratio - asked.sigmas * sqrt(asked.ratio / wanted)
                earlier = judged.get(row)
                if earlier is None or not earlier.holds:
                    judged[row] = Judged(ratio, least, ratio < least, ratio < least)
    return _of_all(names, judged)


def _too_many(asked: TooMany, page: SeenPage) -> Verdicts:
    part = page.windows.get(Grown(asked.part, asked.within_seconds), NOTHING)
    rest = page.windows.get(Grown(asked.rest, asked.within_seconds), NOTHING).on(part.names)
    judged = {}
    for row, number in part.rows.items():
        both = number + rest.get(row, float("nan"))
        if both > 0:
            ratio, surely = number / both, (number - asked.sigmas * sqrt(number)) / both
            holds = ratio > asked.ratio and surely > asked.surely
            judged[row] = Judged(ratio, asked.ratio, holds, holds)
    return _of_all(part.names, judged)


def _of_all(names: Labels, judged: Mapping[Row, Judged]) -> Verdicts:
    return Verdicts(names, judged.keys(), {row: each for row, each in judged.items() if each.holds or each.held})
