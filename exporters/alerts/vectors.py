"""What a page says of one metric, as a table of values by labels."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import TypeAlias

from exporters.alerts.conditions import Labels, Series, Together, Words
from exporters.metric_table import Family

Row: TypeAlias = tuple[str, ...]
"""The values of the labels, in the order of their names. One that is missing is empty."""
Pick: TypeAlias = Callable[[Row], Row]
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
        if labels == self.names:
            return self.rows
        pick = picker(self.names, labels)
        return {pick(row): value for row, value in self.rows.items()}


NOTHING = Vector((), {})


@lru_cache(maxsize=1024)  # more than rules and sections know between them
def picker(names: Labels, wanted: Labels) -> Pick:
    """Picks the values of some labels out of a row that has these names."""
    positions = [names.index(name) if name in names else None for name in wanted]
    if len(positions) > 1 and None not in positions:
        return itemgetter(*positions)
    return lambda row: tuple(["" if position is None else row[position] for position in positions])


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
    pick, grouped = picker(vector.names, names), dict[Row, list[float]]()
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
        own, found = (*family.keys, *family.spec.labels), {key + held: value for key, held, value in family.samples}
        if own != names:
            pick = picker(own, names)
            found = {pick(row): value for row, value in found.items()}
        rows = rows | found if rows else found
    for label, words in asked.where:
        rows = _held(rows, names, label, words, is_wanted=True)
    for label, words in asked.but:
        rows = _held(rows, names, label, words, is_wanted=False)
    return Vector(names, rows)


def _held(rows: dict[Row, float], names: Labels, label: str, words: Words, *, is_wanted: bool) -> dict[Row, float]:
    """Those whose label holds one of the words, or none of them."""
    if label not in names:
        return rows if ("" in words) is is_wanted else {}
    position = names.index(label)
    return {row: value for row, value in rows.items() if (row[position] in words) is is_wanted}
