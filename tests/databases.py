"""The databases of an agent that has started once. Making them takes long; here that is done once a run."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.file_names import ALERTS_FILE, LEDGER_FILE, STATE_FILE, TELEMETRY_FILE
from miner_agent.storage.sqlite.kinds import ALERTS, LEDGER, STATE, TELEMETRY, Kind
from miner_agent.storage.sqlite.migrate import upgrade
from miner_agent.storage.sqlite.sqlite_file import FileState
from miner_agent.storage.state.state_store import StateStore
from miner_agent.storage.telemetry.log import TelemetryLog


@cache
def _made() -> dict[str, bytes]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with TemporaryDirectory() as folder:
        names = (TELEMETRY_FILE, STATE_FILE, LEDGER_FILE, ALERTS_FILE)
        log, state, ledger, alerts = (Path(folder, name) for name in names)
        for kind, path in ((TELEMETRY, log), (STATE, state), (LEDGER, ledger), (ALERTS, alerts)):
            upgrade(kind, path, now=now)
        TelemetryLog.open(log, now=now).close()
        StateStore.open(state, now=now).close()
        LedgerFile.open(ledger, now=now).close()
        return {file.name: file.read_bytes() for file in (log, state, ledger, alerts)}


def empty_log(folder: Path) -> Path:
    """A log without a tick, in a folder that may be new."""
    return _written(folder, TELEMETRY_FILE)


def empty_state(folder: Path) -> Path:
    """A state store without a counter, in a folder that may be new."""
    return _written(folder, STATE_FILE)


def empty_ledger(folder: Path) -> Path:
    """Books without an entry, in a folder that may be new."""
    return _written(folder, LEDGER_FILE)


def empty_alerts(folder: Path) -> Path:
    """A file of alerts without one, in a folder that may be new."""
    return _written(folder, ALERTS_FILE)


def begun(folder: Path) -> Path:
    """A state directory with both."""
    empty_log(folder)
    empty_state(folder)
    return folder


def migrate(kind: Kind, path: Path, *, now: datetime) -> None:
    """In the place of the real one, which starts a process: a new database is a copy of one."""
    if sqlite_file.find(path, kind) is not FileState.CURRENT:
        path.write_bytes(_made()[f"{kind.name}.db"])


def _written(folder: Path, name: str) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    path.touch(mode=0o600)
    path.write_bytes(_made()[name])
    return path
