"""Sums over pieces of a time, each read from a level of detail of its own, by one statement.

Each piece gives partial sums, as every row of a rollup is one; what they come to is merged by key.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Select, bindparam, select
from sqlalchemy.engine import Connection

from miner_agent.storage.sqlite.engine import Prepared
from miner_agent.storage.telemetry.pieces import Segment
from miner_agent.storage.telemetry.rollups import Merge, device_aggregates, source_of, within, work_aggregates
from miner_agent.storage.telemetry.schema import DAY_MS, LEVELS, NUMBER, RAW, Level

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
        subjects: Select[tuple[int]] | None = None,
        of_work: bool = False,
        by_step: bool = False,
    ) -> None:
        """
        Args:
            names: columns of the rollups; the values of an answer stand in their order.
            subjects: which devices or workloads; all of them where it is not told.
            of_work: it is about workloads.
            by_step: a key is the start of a step and the subject; the parameter ``step`` is how long steps are.
        """
        self._names, self._subjects, self._of_work, self._by_step = tuple(names), subjects, of_work, by_step
        aggregates = {one.name: one for one in (work_aggregates if of_work else device_aggregates)(RAW)}
        self._merges = tuple(aggregates[name].merge for name in self._names)
        self._parts = {level.resolution: Prepared(self._part(level)) for level in LEVELS}
        self._statements: dict[tuple[str, ...], str] = {}  # by levels: at most seven pieces, the inner ones coarser

    def ask(self, connection: Connection, pieces: Sequence[Segment], **values: object) -> dict[Key, Values]:
        """The values of each key that has a row in these pieces."""
        answers: dict[Key, Values] = {}
        length = 2 if self._by_step else 1
        cursor = connection.connection.cursor()
        try:
            # rates are no whole numbers: in portions their sums would have other last digits
            for portion in (pieces,) if self._of_work else _portions(pieces):
                for row in cursor.execute(*self._asked(portion, values)).fetchall():
                    key, found = row[:length], row[length:]
                    answers[key] = self._merged(answers[key], found) if key in answers else found
        finally:
            cursor.close()
        return answers

    def _asked(self, pieces: Sequence[Segment], values: Mapping[str, object]) -> tuple[str, list[object]]:
        resolutions = tuple(level.resolution for level, _, _ in pieces)
        statement = self._statements.get(resolutions)
        if statement is None:
            statement = self._statements[resolutions] = self._statement(resolutions)
        given: list[object] = []
        for resolution, (_, start_ms, end_ms) in zip(resolutions, pieces, strict=True):
            given += self._parts[resolution].given({**values, "start": start_ms, "end": end_ms})
        return statement, given

    def _statement(self, resolutions: Sequence[str]) -> str:
        keys = ("step_start, " if self._by_step else "") + "subject"
        merged = ", ".join(f"{merge}({name})" for name, merge in zip(self._names, self._merges, strict=True))
        parts = " UNION ALL ".join(self._parts[resolution].sql for resolution in resolutions)
        return f"SELECT {keys}, {merged} FROM ({parts}) GROUP BY {keys}"  # noqa: S608 - our names

    def _part(self, level: Level) -> Select[Any]:
        """Partial sums of one piece: rows of a rollup as they are, but rates are added up piece by piece first."""
        table = level.work if self._of_work else level.device
        taken_at, subject = table.c.taken_at, table.c[1]
        keys = [subject.label("subject")]
        if self._by_step:
            keys.insert(0, (taken_at - taken_at % bindparam("step", type_=NUMBER)).label("step_start"))
        chosen = within(table) if self._subjects is None else (*within(table), subject.in_(self._subjects))
        if level is not RAW and not self._of_work:
            return select(*keys, *(table.c[name] for name in self._names)).where(*chosen)
        aggregates = {one.name: one for one in (work_aggregates if self._of_work else device_aggregates)(level)}
        sums = (aggregates[name].expression.label(name) for name in self._names)
        return (
            select(*keys, *sums)
            .select_from(source_of(level, table))
            .where(*chosen)
            .group_by(*(key.name for key in keys))
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
