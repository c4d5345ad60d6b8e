"""Sums over pieces of a time, each read from a level of detail of its own, by one statement.

Each piece gives partial sums, as every row of a rollup is one; what they come to is merged by key.
"""

import operator
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from miner_agent.storage.telemetry.pieces import Segment
from miner_agent.storage.telemetry.rollups import (
    Merge,
    device_aggregates,
    looked_up_in,
    source_of,
    work_aggregates,
)
from miner_agent.storage.telemetry.schema import DAY_MS, RAW, Level

Key: TypeAlias = tuple[int, ...]
Values: TypeAlias = tuple[Any, ...]

_PORTION_MS = 32 * DAY_MS
_MERGES: Mapping[Merge, Callable[[Any, Any], Any]] = {"sum": operator.add, "min": min, "max": max}


class SummedPieces:
    """A prepared question: what devices or workloads add up to, in all or step by step."""

    def __init__(
        self,
        names: Sequence[str],
        *,
        subjects: str | None = None,
        looked_up: bool = False,
        of_work: bool = False,
        by_step: bool = False,
    ) -> None:
        """
        Args:
            names: columns of the rollups; the values of an answer stand in their order.
            subjects: a question for the numbers of devices or workloads, with parameters; all where it is not told.
            looked_up: they are few of those in the log: rows of others are not read.
            of_work: it is about workloads.
            by_step: a key is the start of a step and the subject; the parameter ``step`` is how long steps are.
        """
        self._names, self._subjects, self._looked_up = tuple(names), subjects, looked_up
        self._of_work, self._by_step = of_work, by_step
        aggregates = {one.name: one for one in (work_aggregates if of_work else device_aggregates)(RAW)}
        self._merges = tuple(aggregates[name].merge for name in self._names)
        self._statements: dict[tuple[Level, ...], str] = {}  # by levels: at most nine pieces, the inner ones coarser

    def ask(self, connection: sqlite3.Connection, pieces: Sequence[Segment], **values: int | str) -> dict[Key, Values]:
        """The values of each key that has a row in these pieces."""
        answers: dict[Key, Values] = {}
        length = 2 if self._by_step else 1
        # rates are no whole numbers: in portions their sums would have other last digits
        for portion in (pieces,) if self._of_work else _portions(pieces):
            for row in connection.execute(*self._asked(portion, values)).fetchall():
                key, found = row[:length], row[length:]
                answers[key] = self._merged(answers[key], found) if key in answers else found
        return answers

    def _asked(self, pieces: Sequence[Segment], values: Mapping[str, int | str]) -> tuple[str, dict[str, int | str]]:
        levels = tuple(level for level, _, _ in pieces)
        statement = self._statements.get(levels)
        if statement is None:
            statement = self._statements[levels] = self._statement(levels)
        given = dict(values)
        for number, (_, start_ms, end_ms) in enumerate(pieces):
            given |= {f"start{number}": start_ms, f"end{number}": end_ms}
        return statement, given

    def _statement(self, levels: Sequence[Level]) -> str:
        keys = ("step_start, " if self._by_step else "") + "subject"
        merged = ", ".join(f"{merge}({name})" for name, merge in zip(self._names, self._merges, strict=True))
        parts = " UNION ALL ".join(self._part(level, number) for number, level in enumerate(levels))
        return f"SELECT {keys}, {merged} FROM ({parts}) GROUP BY {keys}"  # noqa: S608 - our names

    def _part(self, level: Level, number: int) -> str:
        """Partial sums of one piece: rows of a rollup as they are, but rates are added up piece by piece first."""
        table = level.table(of_work=self._of_work)
        taken_at, subject = f"{table.name}.taken_at", f"{table.name}.{table.subject}"
        step = f"{taken_at} - {taken_at} % :step AS step_start, " if self._by_step else ""
        rows, within = source_of(level, table), table.within(number)
        if self._looked_up:
            rows, within = looked_up_in(level, table), level.ticks.within(number)
        chosen = within + ("" if self._subjects is None else f" AND {subject} IN ({self._subjects})")
        if level is not RAW and not self._of_work:
            columns = ", ".join(f"{table.name}.{name}" for name in self._names)
            return f"SELECT {step}{subject} AS subject, {columns} FROM {rows} WHERE {chosen}"  # noqa: S608 - our names
        aggregates = {one.name: one for one in (work_aggregates if self._of_work else device_aggregates)(level)}
        sums = ", ".join(f"{aggregates[name].expression} AS {name}" for name in self._names)
        return (
            f"SELECT {step}{subject} AS subject, {sums} FROM {rows} WHERE {chosen}"  # noqa: S608 - our names
            f" GROUP BY {'step_start, ' if self._by_step else ''}subject"
        )

    def _merged(self, known: Values, found: Values) -> Values:
        return tuple(map(_merged_value, self._merges, known, found))


def _merged_value(merge: Merge, known: Any, found: Any) -> Any:
    if known is None or found is None:
        return found if known is None else known
    return _MERGES[merge](known, found)


def _portions(pieces: Sequence[Segment]) -> Iterator[Sequence[Segment]]:
    """The pieces of a long time, some for each statement: SQLite sorts what it adds up, and few rows in memory."""
    portion: list[Segment] = []
    left_ms = _PORTION_MS
    for level, start_ms, end_ms in pieces:
        begun_ms = start_ms
        while end_ms - begun_ms > left_ms:
            yield [*portion, (level, begun_ms, begun_ms + left_ms)]
            begun_ms, portion, left_ms = begun_ms + left_ms, [], _PORTION_MS
        portion.append((level, begun_ms, end_ms))
        left_ms -= end_ms - begun_ms
    if portion:
        yield portion
