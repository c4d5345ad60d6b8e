"""Writing the log (B6): ticks of 16 rows of 16 quantities through the agent's own log, beside two other ways to write.

Every way writes the same values in WAL with ``synchronous = NORMAL``, one transaction a tick. Ours also makes the rows
of a snapshot, and the rollups of every minute that ends.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table
from sqlalchemy.orm import DeclarativeBase, Session

from bench.figure import Figure
from bench.turns import middle_turn
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.storage.sqlite.connecting import connect
from miner_agent.storage.sqlite.engine import build_engine
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.rows import milliseconds
from miner_agent.storage.telemetry.schema import RAW
from tests import log_ticks

ROWS_PER_TICK = 16
TICKS = 600
TURNS = 5
RAW_PEER, ORM_PEER = "raw sqlite3, executemany", "SQLAlchemy ORM, add_all"
COLUMNS = RAW.device.columns

Rows = list[tuple[int, ...]]
Way = Callable[[Path], AbstractContextManager[Callable[[Any], object]]]
"""Opens a database; what it gives writes one tick."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What writing all ticks took."""

    wall_seconds: float
    cpu_seconds: float


def measure() -> list[Figure]:
    cards = [_tick_of_cards(number) for number in range(TICKS)]
    rows = [_rows(number) for number in range(TICKS)]
    whole = [log_ticks.full_tick(number) for number in range(TICKS)]
    turns = [
        {"": _spent(_agents_own, cards), RAW_PEER: _spent(_raw, rows), ORM_PEER: _spent(_orm, rows)}
        for _ in range(TURNS)
    ]
    whole_cpu_seconds = statistics.median(_spent(_agents_own, whole).cpu_seconds for _ in range(TURNS))
    return [
        *_beside(turns, RAW_PEER, ratio_limit=4),
        *_beside(turns, ORM_PEER, ratio_limit=0.3),
        Figure(
            name="log, CPU of a tick of 12 cards and 2 miners", unit="ms", ours=1000 * whole_cpu_seconds / TICKS, limit=0.5
        ),
    ]  # fmt: skip


def _beside(turns: Sequence[Mapping[str, Spent]], peer: str, ratio_limit: float) -> list[Figure]:
    rows = TICKS * ROWS_PER_TICK
    wall, peers_wall = middle_turn([(turn[""].wall_seconds, turn[peer].wall_seconds) for turn in turns])
    cpu, peers_cpu = middle_turn([(turn[""].cpu_seconds, turn[peer].cpu_seconds) for turn in turns])
    return [
        Figure(
            name="log, ticks of 16 rows", only_told=True, unit="rows/s", ours=rows / wall, limit=45_000, more_is_better=True,
            peer=peer, peers=rows / peers_wall,
        ),
        Figure(
            name="log, CPU a row", unit="µs", ours=1e6 * cpu / rows, peer=peer, peers=1e6 * peers_cpu / rows,
            ratio_limit=ratio_limit,
        ),
    ]  # fmt: skip


def _spent(way: Way, ticks: Sequence[Any]) -> Spent:
    """Of all ticks, into a database of its own."""
    with tempfile.TemporaryDirectory() as folder, way(Path(folder, "log.db")) as write:
        wall_seconds, cpu_seconds = time.perf_counter(), time.process_time()
        for tick in ticks:
            write(tick)
        return Spent(time.perf_counter() - wall_seconds, time.process_time() - cpu_seconds)


@contextmanager
def _agents_own(path: Path) -> Iterator[Callable[[RigSnapshot], object]]:
    with closing(TelemetryLog.open(path, now=log_ticks.START)) as log:
        yield log.append


@contextmanager
def _raw(path: Path) -> Iterator[Callable[[Rows], object]]:
    statement = f"INSERT INTO {RAW.device.name} VALUES ({', '.join('?' * len(COLUMNS))})"
    TelemetryLog.open(path, now=log_ticks.START).close()
    with closing(connect(path)) as connection:

        def write(rows: Rows) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(statement, rows)
            connection.execute("COMMIT")

        yield write


@contextmanager
def _orm(path: Path) -> Iterator[Callable[[Rows], object]]:
    with _empty_log(path) as engine:

        class Base(DeclarativeBase):
            pass

        class Sample(Base):
            """A card's row as an object."""

            __table__ = Table(RAW.device.name, Base.metadata, autoload_with=engine)

        def write(rows: Rows) -> None:
            with Session(engine) as session:
                session.add_all(Sample(**dict(zip(COLUMNS, row, strict=True))) for row in rows)
                session.commit()

        yield write


@contextmanager
def _empty_log(path: Path) -> Iterator[Engine]:
    """The agent's own tables and settings."""
    TelemetryLog.open(path, now=log_ticks.START).close()
    engine = build_engine(path, synchronous="NORMAL")
    try:
        yield engine
    finally:
        engine.dispose()


def _tick_of_cards(number: int) -> RigSnapshot:
    """A tick of 16 cards and no miner."""
    full = log_ticks.full_tick(number, cards=ROWS_PER_TICK)
    energy = {one.device: one.joules_since_last_tick for one in full.energy}
    return log_ticks.tick(10 * number, full.inventory.devices, energy_joules=energy)


def _rows(number: int) -> Rows:
    """The rows that ``_tick_of_cards`` comes to."""
    taken_at_ms = milliseconds(log_ticks.START) + 10_000 * number
    rows: Rows = []
    for card in range(ROWS_PER_TICK):
        wobble = (number * 7919 + card * 104_729) % 1000
        temperatures = (600 + 10 * round(3 * wobble / 1000), 800 + 10 * round(4 * wobble / 1000), 720 + wobble // 33)
        power = (120_000 + 4 * wobble, 130_000, 1_200_000 + 40 * wobble)
        rows.append(
            (
                taken_at_ms,
                card + 1,
                1,
                0,
                *temperatures,
                600,
                2000 + wobble // 20,
                *power,
                1000,
                900,
                1110,
                9501,
                5120,
                1,
            )
        )
    return rows
