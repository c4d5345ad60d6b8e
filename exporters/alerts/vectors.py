"""What a page says of one metric, as a table of values by labels."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from exporters.alerts.conditions import Labels, Series, Together
from exporters.metric_table import Family

Row: TypeAlias = tuple[str, ...]
"""The values of the labels, in the order of their names. One that is missing is empty."""
FamiliesByName: TypeAlias = Mapping[str, Sequence[Family]]
_TOGETHER: Mapping[Together, Callable[[list[float]], float]] = {
    "max": max,
    "min": min,
    "sum": sum,
    "above_zero": lambda values: sum(value > 0 for value in values),
}


@dataclass(frozen=True, slots=True)
class Vector:
    """Values by labels."""

    names: Labels
    rows: Mapping[Row, float]

    def on(self, labels: Labels) -> Mapping[Row, float]:
        """Its values by these labels alone: one of them where several have the same."""
        pick = Picker(self.names, labels)
        return {pick(row): value for row, value in self.rows.items()}


NOTHING = Vector((), {})


class Picker:
    """Picks the values of some labels out of a row."""

    __slots__ = ("_positions",)

    def __init__(self, names: Labels, wanted: Labels) -> None:
        self._positions = [names.index(name) if name in names else None for name in wanted]

    def __call__(self, row: Row) -> Row:
        return tuple(["" if position is None else row[position] for position in self._positions])


def by_name(families: Iterable[Family], wanted: frozenset[str]) -> FamiliesByName:
    """The families of a page that somebody wants to look at."""
    found: dict[str, list[Family]] = {}
    for family in families:
        if family.spec.name in wanted:
            found.setdefault(family.spec.name, []).append(family)
    return found


def chosen(page: FamiliesByName, asked: Series) -> Vector:
    """The values of a metric, as far as its labels hold what is asked for."""
    vector = _fitting(page.get(asked.name, ()), asked)
    if asked.together is None or not vector.rows:
        return vector
    names = tuple(name for name in vector.names if name not in asked.over)
    pick, grouped = Picker(vector.names, names), dict[Row, list[float]]()
    for row, value in vector.rows.items():
        grouped.setdefault(pick(row), []).append(value)
    together = _TOGETHER[asked.together]
    return Vector(names, {row: together(values) for row, values in grouped.items()})


def _fitting(families: Sequence[Family], asked: Series) -> Vector:
    if not families:
        return NOTHING
    names = (*families[0].keys, *families[0].spec.labels)
    rows: dict[Row, float] = {}
    for family in families:
        own = (*family.keys, *family.spec.labels)
        found = ((key + labels, value) for key, labels, value in family.samples)
        rows.update(found if own == names else _in_order(found, Picker(own, names)))
    if asked.where or asked.but:
        pick = Picker(names, tuple(label for label, _ in (*asked.where, *asked.but)))
        tests = [*((words, True) for _, words in asked.where), *((words, False) for _, words in asked.but)]
        rows = {row: value for row, value in rows.items() if _fits(pick(row), tests)}
    return Vector(names, rows)


def _in_order(found: Iterable[tuple[Row, float]], pick: Picker) -> Iterable[tuple[Row, float]]:
    return ((pick(row), value) for row, value in found)


def _fits(held: Row, tests: Sequence[tuple[Labels, bool]]) -> bool:
    return all((each in words) is wanted for each, (words, wanted) in zip(held, tests, strict=True))
