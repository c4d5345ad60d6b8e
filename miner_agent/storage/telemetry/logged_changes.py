"""What changed in a time, as far as the log tells: pauses, boots, algorithms, and what energy cost."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal, TypeAlias

from calculators.money import Money
from miner_agent.storage.telemetry import charts
from miner_agent.storage.telemetry.log_answers import Chart
from miner_agent.storage.telemetry.pieces import kept_levels
from miner_agent.storage.telemetry.rows import milliseconds, moment
from miner_agent.storage.telemetry.schema import RAW, Level

ChangeKind: TypeAlias = Literal["pause", "boot", "miner_restart", "algorithm", "energy_price"]
RESTARTS_LOOKED_FOR = timedelta(hours=25)  # in a longer time, that is every tick of it
PAUSE_INTERVALS = 3  # from tick to tick: a tick or two may be late
PARTS = 500  # of the time: a pause that is shorter than one of them is no mark in it

_FIRST_TICKS_OF_BOOTS = """
    SELECT min(taken_at) AS first FROM ticks_raw
    WHERE taken_at >= ? AND taken_at < ? AND boot_id IS NOT NULL GROUP BY boot_id ORDER BY first
"""
_COUNTS_BEGUN = """
    SELECT DISTINCT at, miner FROM (
        SELECT taken_at AS at, workload, accepted_shares_total AS total, accepted_shares_gained AS gained,
            lag(accepted_shares_total) OVER (PARTITION BY workload ORDER BY taken_at) AS total_before
        FROM work_raw
        WHERE taken_at >= :start AND taken_at < :end AND accepted_shares_total IS NOT NULL
            AND workload IN (SELECT id FROM workloads WHERE rig = :rig AND device IS NULL)
    ) JOIN workloads ON id = workload
    WHERE total < total_before AND gained = total
"""  # a mere fall gains nothing
_ENERGY_PRICES = """
    SELECT DISTINCT taken_at, price_per_kilowatt_hour, currency FROM market
    WHERE taken_at >= ? AND taken_at < ? AND price_per_kilowatt_hour IS NOT NULL ORDER BY taken_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedChange:
    """One change. ``before`` and ``after`` are algorithms with commas between them, or prices; ``None``: nothing."""

    at: datetime
    kind: ChangeKind
    subject: str | None = None  # the miner
    before: str | Money | None = None
    after: str | Money | None = None
    lasted: timedelta | None = None  # a pause, until ``at``


def changes(
    connection: sqlite3.Connection, start: datetime, end: datetime, *, rig: str, of_this_machine: bool
) -> tuple[LoggedChange, ...]:
    """What changed in ``start <= t < end``, in the order of time."""
    found = [
        *_pauses(connection, start, end, of_this_machine=of_this_machine),
        *_switches(charts.chart(connection, start, end, "hashes_per_second", rig=rig, devices=None, points=PARTS)),
    ]
    if end - start <= RESTARTS_LOOKED_FOR:
        found += _restarts(connection, start, end, rig=rig)
    if of_this_machine:
        found += (*_boots(connection, start, end), *_price_steps(connection, start, end))
    return tuple(sorted(found, key=lambda change: (change.at, change.kind)))


def _pauses(
    connection: sqlite3.Connection, start: datetime, end: datetime, *, of_this_machine: bool
) -> Iterator[LoggedChange]:
    """Times without a tick, by the finest level that is kept and worth it in a time of this length."""
    start_ms, end_ms = milliseconds(start), milliseconds(end)
    kept = [level for level, before_ms in kept_levels(connection) if before_ms <= start_ms]
    part_ms = (end_ms - start_ms) // PARTS
    level = next((level for level in kept if level.bucket_ms <= part_ms), kept[-1])
    shortest_ms = 0 if level is RAW else 2 * level.bucket_ms
    parity = 0 if of_this_machine else 1  # of the moments of raw ticks
    parameters = {"start": start_ms, "end": end_ms, "shortest": shortest_ms, "parity": parity, "most": PAUSE_INTERVALS}
    for before_ms, at_ms in connection.execute(_lonely_ticks(level), parameters).fetchall():
        began_ms = before_ms + (0 if level is RAW else level.bucket_ms)
        yield LoggedChange(at=moment(at_ms), kind="pause", lasted=timedelta(milliseconds=at_ms - began_ms))


def _lonely_ticks(level: Level) -> str:
    """Ticks before which there was none for a while, and the ones before that."""
    ticks = level.ticks
    return f"""
        SELECT at_before, at FROM (
            SELECT taken_at AS at, lag(taken_at) OVER (ORDER BY taken_at) AS at_before, {level.interval_ms} AS interval
            FROM {ticks.name} WHERE {ticks.within()}{" AND taken_at % 2 = :parity" if level is RAW else ""}
        ) WHERE at - at_before > :most * interval AND at - at_before >= :shortest ORDER BY at
    """  # noqa: S608 - our names


def _boots(connection: sqlite3.Connection, start: datetime, end: datetime) -> Iterator[LoggedChange]:
    """First ticks of a boot of the machine, as far back as ticks are kept as they were."""
    found = connection.execute(_FIRST_TICKS_OF_BOOTS, (milliseconds(start), milliseconds(end))).fetchall()
    return (LoggedChange(at=moment(at_ms), kind="boot") for (at_ms,) in found[1:])


def _restarts(connection: sqlite3.Connection, start: datetime, end: datetime, *, rig: str) -> Iterator[LoggedChange]:
    """Where a miner began to count its shares from zero."""
    asked = {"start": milliseconds(start), "end": milliseconds(end), "rig": rig}
    for at_ms, miner in connection.execute(_COUNTS_BEGUN, asked).fetchall():
        yield LoggedChange(at=moment(at_ms), kind="miner_restart", subject=miner)


def _switches(chart: Chart) -> Iterator[LoggedChange]:
    """Where a miner as a whole went over to another algorithm; of a step in which it told nothing, nothing is known."""
    miners: dict[str, list[set[str]]] = {}
    for line in chart.lines:
        if line.device is None and line.miner is not None and line.algorithm is not None:
            told = miners.setdefault(line.miner, [set() for _ in range(chart.points)])
            for number, value in enumerate(line.values):
                if value:
                    told[number].add(line.algorithm)
    for miner, steps in miners.items():
        known = [(number, algorithms) for number, algorithms in enumerate(steps) if algorithms]
        for (_, before), (number, after) in pairwise(known):
            if after - before:  # what goes on in a step in which another one begins is in both
                yield LoggedChange(
                    at=chart.start + number * chart.step,
                    kind="algorithm",
                    subject=miner,
                    before=", ".join(sorted(before)),
                    after=", ".join(sorted(after - before)),
                )


def _price_steps(connection: sqlite3.Connection, start: datetime, end: datetime) -> Iterator[LoggedChange]:
    """Where a kilowatt-hour cost something else than an hour before."""
    told = connection.execute(_ENERGY_PRICES, (milliseconds(start), milliseconds(end))).fetchall()
    prices = [(moment(at_ms), Money(Decimal(amount), currency)) for at_ms, amount, currency in told]
    for (_, before), (at, after) in pairwise(prices):
        if before != after:
            yield LoggedChange(at=at, kind="energy_price", before=before, after=after)
