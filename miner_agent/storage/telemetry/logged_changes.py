"""What changed in a time, as far as the log tells: pauses, boots, algorithms, and what energy cost."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal, TypeAlias

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from calculators.money import Money
from miner_agent.storage.sqlite.engine import Prepared
from miner_agent.storage.telemetry import charts
from miner_agent.storage.telemetry.log_answers import Chart
from miner_agent.storage.telemetry.market_rows import MARKET
from miner_agent.storage.telemetry.pieces import kept_levels
from miner_agent.storage.telemetry.rollups import within
from miner_agent.storage.telemetry.rows import milliseconds, moment
from miner_agent.storage.telemetry.schema import NUMBER, RAW, WORKLOADS, Level

ChangeKind: TypeAlias = Literal["pause", "boot", "miner_restart", "algorithm", "energy_price"]
RESTARTS_LOOKED_FOR = timedelta(hours=25)  # in a longer time, that is every tick of it
PAUSE_INTERVALS = 3  # from tick to tick: a tick or two may be late
PARTS = 500  # of the time: a pause that is shorter than one of them is no mark in it


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
    connection: Connection, start: datetime, end: datetime, *, rig: str, of_this_machine: bool
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


def _pauses(connection: Connection, start: datetime, end: datetime, *, of_this_machine: bool) -> Iterator[LoggedChange]:
    """Times without a tick, by the finest level that is kept and worth it in a time of this length."""
    start_ms, end_ms = milliseconds(start), milliseconds(end)
    kept = [level for level, before_ms in kept_levels(connection) if before_ms <= start_ms]
    part_ms = (end_ms - start_ms) // PARTS
    level = next((level for level in kept if level.bucket_ms <= part_ms), kept[-1])
    shortest_ms = 0 if level is RAW else 2 * level.bucket_ms
    parity = 0 if of_this_machine else 1  # of the moments of raw ticks
    for before_ms, at_ms in _lonely_ticks(level).fetch(
        connection, start=start_ms, end=end_ms, shortest=shortest_ms, parity=parity
    ):
        began_ms = before_ms + (0 if level is RAW else level.bucket_ms)
        yield LoggedChange(at=moment(at_ms), kind="pause", lasted=timedelta(milliseconds=at_ms - began_ms))


@functools.cache
def _lonely_ticks(level: Level) -> Prepared:
    """Ticks before which there was none for a while, and the ones before that."""
    ticks = level.ticks.c
    interval_ms = ticks.interval_ms if level is RAW else ticks.covered_ms / ticks.ticks
    of_rig = (ticks.taken_at % 2 == bindparam("parity", type_=NUMBER),) if level is RAW else ()
    each = (
        select(
            ticks.taken_at.label("at"),
            func.lag(ticks.taken_at).over(order_by=ticks.taken_at).label("before"),
            interval_ms.label("interval"),
        )
        .where(*within(level.ticks), *of_rig)
        .subquery()
    )
    gap_ms = each.c.at - each.c.before
    is_long = (gap_ms > PAUSE_INTERVALS * each.c.interval) & (gap_ms >= bindparam("shortest", type_=NUMBER))
    return Prepared(select(each.c.before, each.c.at).where(is_long).order_by(each.c.at))


def _boots(connection: Connection, start: datetime, end: datetime) -> Iterator[LoggedChange]:
    """First ticks of a boot of the machine, as far back as ticks are kept as they were."""
    ticks = RAW.ticks.c
    told = (ticks.taken_at >= milliseconds(start), ticks.taken_at < milliseconds(end), ticks.boot_id.is_not(None))
    first = func.min(ticks.taken_at)
    found = connection.execute(select(first).where(*told).group_by(ticks.boot_id).order_by(first)).scalars().all()
    return (LoggedChange(at=moment(at_ms), kind="boot") for at_ms in found[1:])


def _restarts(connection: Connection, start: datetime, end: datetime, *, rig: str) -> Iterator[LoggedChange]:
    """Where a miner began to count its shares from zero."""
    for at_ms, miner in _counts_begun().fetch(connection, start=milliseconds(start), end=milliseconds(end), rig=rig):
        yield LoggedChange(at=moment(at_ms), kind="miner_restart", subject=miner)


@functools.cache
def _counts_begun() -> Prepared:
    work = RAW.work.c
    whole_miners = select(WORKLOADS.c.id).where(WORKLOADS.c.rig == bindparam("rig"), WORKLOADS.c.device.is_(None))
    each = (
        select(
            work.taken_at.label("at"),
            work.workload.label("workload"),
            work.accepted_shares_total.label("total"),
            work.accepted_shares_gained.label("gained"),
            func.lag(work.accepted_shares_total)
            .over(partition_by=work.workload, order_by=work.taken_at)
            .label("before"),
        )
        .where(*within(RAW.work), work.workload.in_(whole_miners), work.accepted_shares_total.is_not(None))
        .subquery()
    )
    begun = (each.c.total < each.c.before) & (each.c.gained == each.c.total)  # a mere fall gains nothing
    return Prepared(
        select(each.c.at, WORKLOADS.c.miner).join(WORKLOADS, WORKLOADS.c.id == each.c.workload).where(begun).distinct()
    )


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


def _price_steps(connection: Connection, start: datetime, end: datetime) -> Iterator[LoggedChange]:
    """Where a kilowatt-hour cost something else than an hour before."""
    named = MARKET.c
    there = (named.taken_at >= milliseconds(start), named.taken_at < milliseconds(end))
    told = connection.execute(
        select(named.taken_at, named.price_per_kilowatt_hour, named.currency)
        .where(*there, named.price_per_kilowatt_hour.is_not(None))
        .distinct()
        .order_by(named.taken_at)
    ).all()
    prices = [(moment(row.taken_at), Money(Decimal(row.price_per_kilowatt_hour), row.currency)) for row in told]
    for (_, before), (at, after) in pairwise(prices):
        if before != after:
            yield LoggedChange(at=at, kind="energy_price", before=before, after=after)
