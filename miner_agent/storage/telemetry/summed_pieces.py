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
from miner_agent.storage.telemetry.schema import DAY_MS, EIGHT_DAYS, HOUR, LEVELS, RATE_SUM, RAW, Level

Key: TypeAlias = tuple[int, ...]
Values: TypeAlias = tuple[Any, ...]

_PORTION_MS = 32 * DAY_MS
_IN_TURN_MS = 2 * DAY_MS
"""Up to here SQLite has a page of each tick in memory, and need not read them again for the next subject."""
_BOUNDS = tuple((f"start{number}", f"end{number}") for number in range(2 * len(LEVELS) - 1))
"""The parameters of each piece: there is one of the coarsest level, and one of each other on both sides of it."""
_MERGES: Mapping[Merge, Callable[[Any, Any], Any]] = {"sum": operator.add, "min": min, "max": max}


class SummedPieces:
    """A prepared question: what devices or workloads add up to, in all or step by step."""

    def __init__(
        self,
        names: Sequence[str],
        *,
        chosen: str | None = None,
        looked_up: bool = False,
        of_work: bool = False,
        by_step: bool = False,
    ) -> None:
        """
        Args:
            names: columns of the rollups; the values of an answer stand in their order.
            chosen: whose, as a condition on ``named``, a row of ``devices`` or ``workloads``; all where it is not told.
            looked_up: those chosen are few: each is looked for at each tick, and rows of others are not read.
            of_work: it is about workloads.
            by_step: a key is the start of a step and the subject; the parameter ``step`` is how long steps are.
        """
        self._names, self._chosen, self._looked_up = tuple(names), chosen, looked_up
        self._of_work, self._by_step = of_work, by_step
        aggregates = {one.name: one for one in (work_aggregates if of_work else device_aggregates)(RAW)}
        self._merges = tuple(aggregates[name].merge for name in self._names)
        self._statements: dict[tuple[bool, tuple[str, ...]], str] = {}  # resolutions are quicker to hash than levels

    def ask(self, connection: sqlite3.Connection, pieces: Sequence[Segment], **values: int | str) -> dict[Key, Values]:
        """The values of each key that has a row in these pieces."""
        answers: dict[Key, Values] = {}
        length = 2 if self._by_step else 1
        # rates are no whole numbers: in portions their sums would have other last digits
        for portion in (pieces,) if self._of_work else _portions(pieces):
            rows = connection.execute(*self._asked(portion, values)).fetchall()
            found = {row[:length]: row[length:] for row in rows}
            shared = answers.keys() & found.keys()
            answers |= found | {key: self._merged(answers[key], found[key]) for key in shared}
        return answers

    def _asked(self, pieces: Sequence[Segment], values: Mapping[str, int | str]) -> tuple[str, dict[str, int | str]]:
        in_turn = self._looked_up and pieces[-1][2] - pieces[0][1] <= _IN_TURN_MS
        kind = in_turn, tuple([level.resolution for level, _, _ in pieces])
        statement = self._statements.get(kind)
        if statement is None:
            statement = self._statements[kind] = self._statement([level for level, _, _ in pieces], in_turn=in_turn)
        given = dict(values)
        for (start, end), (_, start_ms, end_ms) in zip(_BOUNDS, pieces, strict=False):
            given[start], given[end] = start_ms, end_ms
        return statement, given

    def _statement(self, levels: Sequence[Level], *, in_turn: bool) -> str:
        keys = ("step_start, " if self._by_step else "") + "subject"
        rates_apart = self._of_work and EIGHT_DAYS in levels
        parts = [
            self._part(level, number, keys, in_turn=in_turn, rates_apart=rates_apart and level in {HOUR, EIGHT_DAYS})
            for number, level in enumerate(levels)
        ]
        if len(parts) == 1 and self._is_summed(levels[0], in_turn=in_turn):
            return parts[0]
        merged = ", ".join(f"{merge}({name})" for name, merge in zip(self._names, self._merges, strict=True))
        having = ""
        if rates_apart:  # who has no row has a sum of no rates
            parts.insert(levels.index(EIGHT_DAYS), self._rates_of_hours(levels))
            having = " HAVING count(covered_ms) > 0"
        return f"SELECT {keys}, {merged} FROM ({' UNION ALL '.join(parts)}) GROUP BY {keys}{having}"  # noqa: S608 - our names

    def _is_summed(self, level: Level, *, in_turn: bool) -> bool:
        """Whether a piece gives one row a key. Rates are added up piece by piece, or would have other last digits."""
        return level is RAW or (self._of_work and level is not EIGHT_DAYS) or in_turn

    def _part(self, level: Level, number: int, keys: str, *, in_turn: bool, rates_apart: bool) -> str:
        """Partial sums of one piece, or the rows of a rollup as they are.

        Args:
            in_turn: one subject after the other, each in the order of the time, so that nothing is left to sort.
            rates_apart: ``_rates_of_hours`` adds up the rates of these.
        """
        table = level.miners if self._of_work and level.miners is not None else level.table(of_work=self._of_work)
        subject, names = f"{table.name}.{table.subject}", "workloads" if self._of_work else "devices"
        if self._looked_up:
            rows, where = looked_up_in(level, table), level.ticks.within(number)
        else:
            rows, where = source_of(level, table), table.within(number)
        if in_turn:
            rows, where = f"{names} AS named CROSS JOIN {rows}", f"{where} AND {self._chosen} AND {subject} = named.id"
            subject = "named.id"
        elif self._chosen is not None:
            where += f" AND {subject} IN (SELECT id FROM {names} AS named WHERE {self._chosen})"  # noqa: S608 - ours
        step = f"{table.name}.taken_at - {table.name}.taken_at % :step AS step_start, " if self._by_step else ""
        summed = self._is_summed(level, in_turn=in_turn)
        told = {name: f"{table.name}.{name}" for name in self._names}
        if summed:
            aggregates = {one.name: one for one in (work_aggregates if self._of_work else device_aggregates)(level)}
            told = {name: aggregates[name].expression for name in self._names}
        if rates_apart:
            told[RATE_SUM] = "NULL"
        values = ", ".join(f"{value} AS {name}" for name, value in told.items())
        part = f"SELECT {step}{subject} AS subject, {values} FROM {rows} WHERE {where}"  # noqa: S608 - our names
        return f"{part} GROUP BY {keys}" if summed else part

    def _rates_of_hours(self, levels: Sequence[Level]) -> str:
        """The rates of all hours, added up one after the other, as those of a short time are; nothing else is told."""
        rates = []
        for number, level in enumerate(levels):
            table = {HOUR: HOUR.work, EIGHT_DAYS: EIGHT_DAYS.rates}.get(level)
            if table is not None:
                rows, within = looked_up_in(level, table), level.ticks.within(number)
                rates.append(f"SELECT {RATE_SUM} FROM {rows} WHERE {within} AND {table.name}.workload = named.id")  # noqa: S608 - our names
        told = dict.fromkeys(self._names, "NULL")
        told[RATE_SUM] = f"(SELECT sum({RATE_SUM}) FROM ({' UNION ALL '.join(rates)}))"  # noqa: S608
        values = ", ".join(f"{value} AS {name}" for name, value in told.items())
        return f"SELECT named.id AS subject, {values} FROM workloads AS named WHERE {self._chosen}"  # noqa: S608

    def _merged(self, known: Values, found: Values) -> Values:
        return tuple(map(_merged_value, self._merges, known, found))


def _merged_value(merge: Merge, known: Any, found: Any) -> Any:
    if known is None or found is None:
        return found if known is None else known
    return _MERGES[merge](known, found)


def _portions(pieces: Sequence[Segment]) -> Iterator[Sequence[Segment]]:
    """The pieces of a long time, some for each statement: SQLite sorts what it adds up, and few rows in memory.

    Of eight days there are few rows.
    """
    portion: list[Segment] = []
    left_ms = _PORTION_MS
    for level, start_ms, end_ms in pieces:
        if level is EIGHT_DAYS:
            portion.append((level, start_ms, end_ms))
            continue
        begun_ms = start_ms
        while end_ms - begun_ms > left_ms:
            yield [*portion, (level, begun_ms, begun_ms + left_ms)]
            begun_ms, portion, left_ms = begun_ms + left_ms, [], _PORTION_MS
        portion.append((level, begun_ms, end_ms))
        left_ms -= end_ms - begun_ms
    if portion:
        yield portion
