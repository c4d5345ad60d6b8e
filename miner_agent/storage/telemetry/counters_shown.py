"""What counters that outlive the agent were last shown as. The log keeps it beside the state, which may be put back.

A counter that is shown lower than before is one that began again at zero, to Prometheus. The state cannot know by
itself that it is an old copy; the ticks that were logged since then can.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import Column, Table, Text, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import Connection

from calculators.units import MILLI_PER_UNIT
from miner_agent.errors import AgentError
from miner_agent.model.kept_counter import EXPECTED_SHARES, LARGEST, PROVEN_SHARES, RESTARTS, workload_label
from miner_agent.model.snapshot import HOST, RigSnapshot
from miner_agent.storage.sqlite import engine as engines
from miner_agent.storage.sqlite.engine import Prepared
from miner_agent.storage.sqlite.kinds import TELEMETRY
from miner_agent.storage.state.counter_book import THIS_MACHINE, RigCounterKey
from miner_agent.storage.telemetry.schema import METADATA, NUMBER

MOST_ROWS = 32_768

COUNTERS_SHOWN = Table(
    "counters_shown",
    METADATA,
    Column("rig", Text, primary_key=True),  # empty: this machine
    Column("device", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("shown", NUMBER, nullable=False),
    Column("taken_at", NUMBER, nullable=False),  # when it was shown last [ms]
)


def _replacing() -> Prepared:
    statement = upsert(COUNTERS_SHOWN).values(
        {column.name: bindparam(column.name, type_=column.type) for column in COUNTERS_SHOWN.c}
    )
    newest = {name: statement.excluded[name] for name in ("shown", "taken_at")}
    return Prepared(statement.on_conflict_do_update(index_elements=["rig", "device", "source"], set_=newest))


class ShownRows:
    """Writes what each tick shows, within the transaction of its rows."""

    def __init__(self) -> None:
        self._replace = _replacing()

    def write(self, writer: Connection, snapshots: Iterable[RigSnapshot], *, of_others: bool, taken_at_ms: int) -> None:
        """Put what these ticks show in the place of what was known."""
        self._replace.run_each(
            writer,
            [
                {
                    "rig": snapshot.rig if of_others else THIS_MACHINE,
                    "device": device,
                    "source": source,
                    "shown": min(round(value), LARGEST),
                    "taken_at": taken_at_ms,
                }
                for snapshot in snapshots
                for device, source, value in _shown(snapshot)
                if value is not None
            ],
        )


def _shown(snapshot: RigSnapshot) -> Iterable[tuple[str, str, float | None]]:
    """Every counter that this tick shows, in its smallest unit."""
    for one in (*snapshot.energy, *snapshot.meter_energy):
        yield one.device, one.source, _milli(one.joules_total)
    for whole in snapshot.rig_energy:
        yield HOST, whole.source, _milli(whole.joules_total)
    for shares in snapshot.awaited:
        label = workload_label(shares.miner, shares.algorithm)
        yield label, EXPECTED_SHARES, _milli(shares.expected_shares_total)
        yield label, PROVEN_SHARES, _milli(shares.proven_shares_total)
    for miner, restarts in snapshot.miner_restarts_total.items():
        yield miner, RESTARTS, restarts


def _milli(value: float | None) -> float | None:
    return None if value is None else value * MILLI_PER_UNIT


def forget_oldest(writer: Connection) -> None:
    """Keep no more than ``MOST_ROWS``: names that change at each start would fill the disk."""
    count = writer.execute(select(func.count()).select_from(COUNTERS_SHOWN)).scalar_one()
    if count <= MOST_ROWS:
        return
    taken_at = COUNTERS_SHOWN.c.taken_at
    last_kept = select(taken_at).order_by(taken_at.desc()).offset(MOST_ROWS).limit(1).scalar_subquery()
    writer.execute(delete(COUNTERS_SHOWN).where(taken_at <= last_kept))


def last_shown(path: Path) -> Mapping[RigCounterKey, int]:
    """What the log at this path proves of counters, in their smallest unit; nothing where it cannot be asked."""
    try:
        database = engines.open_read_only(path, TELEMETRY)
    except AgentError:  # there is none yet, or it is an older agent's: its own opening says what is wrong with it
        return {}
    try:
        with database.reading() as connection:
            rows = connection.execute(select(*list(COUNTERS_SHOWN.c)[:4])).all()
    except AgentError:
        return {}
    finally:
        database.close()
    return {(rig, device, source): shown for rig, device, source, shown in rows if 0 <= shown <= LARGEST}
