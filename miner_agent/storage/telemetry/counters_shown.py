"""What counters that outlive the agent were last shown as. The log keeps it beside the state, which may be put back.

A counter that is shown lower than before is one that began again at zero, to Prometheus. The state cannot know by
itself that it is an old copy; the ticks that were logged since then can.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from calculators.units import MILLI_PER_UNIT
from miner_agent.errors import AgentError
from miner_agent.model.kept_counter import EXPECTED_SHARES, LARGEST, PROVEN_SHARES, RESTARTS, workload_label
from miner_agent.model.snapshot import HOST, RigSnapshot
from miner_agent.storage.sqlite.database import open_read_only
from miner_agent.storage.sqlite.kinds import TELEMETRY
from miner_agent.storage.state.counter_book import THIS_MACHINE, RigCounterKey

MOST_ROWS = 32_768

_REPLACE = "INSERT OR REPLACE INTO counters_shown (rig, device, source, shown, taken_at) VALUES (?, ?, ?, ?, ?)"
_LAST_KEPT = "SELECT taken_at FROM counters_shown ORDER BY taken_at DESC LIMIT 1 OFFSET ?"


def note_shown(
    writer: sqlite3.Connection, snapshots: Iterable[RigSnapshot], *, of_others: bool, taken_at_ms: int
) -> None:
    """Put what these ticks show in the place of what was known, within the transaction of their rows."""
    for snapshot in snapshots:
        rig = snapshot.rig if of_others else THIS_MACHINE
        rows = [
            (rig, device, source, min(round(value * MILLI_PER_UNIT), LARGEST), taken_at_ms)
            for device, source, value in _shown(snapshot)
            if value is not None
        ]
        restarts = snapshot.miner_restarts_total.items()
        rows += [(rig, miner, RESTARTS, min(total, LARGEST), taken_at_ms) for miner, total in restarts]
        writer.executemany(_REPLACE, rows)


def _shown(snapshot: RigSnapshot) -> list[tuple[str, str, float | None]]:
    """Every counter of fractions that this tick shows."""
    shown: list[tuple[str, str, float | None]]
    shown = [(one.device, one.source, one.joules_total) for one in (*snapshot.energy, *snapshot.meter_energy)]
    shown += [(HOST, whole.source, whole.joules_total) for whole in snapshot.rig_energy]
    for shares in snapshot.awaited:
        label = workload_label(shares.miner, shares.algorithm)
        shown.append((label, EXPECTED_SHARES, shares.expected_shares_total))
        shown.append((label, PROVEN_SHARES, shares.proven_shares_total))
    return shown


def forget_oldest(writer: sqlite3.Connection) -> None:
    """Keep no more than ``MOST_ROWS``: names that change at each start would fill the disk."""
    last_kept = writer.execute(_LAST_KEPT, (MOST_ROWS,)).fetchone()
    if last_kept is not None:
        writer.execute("DELETE FROM counters_shown WHERE taken_at <= ?", last_kept)


def last_shown(path: Path) -> Mapping[RigCounterKey, int]:
    """What the log at this path proves of counters, in their smallest unit; nothing where it cannot be asked."""
    try:
        database = open_read_only(path, TELEMETRY)
    except AgentError:  # there is none yet, or it is an older agent's: its own opening says what is wrong with it
        return {}
    try:
        with database.reading() as connection:
            rows = connection.execute("SELECT rig, device, source, shown FROM counters_shown").fetchall()
    except AgentError:
        return {}
    finally:
        database.close()
    return {(rig, device, source): shown for rig, device, source, shown in rows if 0 <= shown <= LARGEST}
