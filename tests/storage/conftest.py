"""An empty telemetry log, and its file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent.storage.state import state_store
from miner_agent.storage.telemetry import log as telemetry_log
from miner_agent.storage.telemetry.log import TelemetryLog
from tests import databases
from tests.log_ticks import START


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return databases.empty_log(tmp_path)


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file is a copy of one: to make it takes a process of its own."""
    monkeypatch.setattr(state_store, "migrate", databases.migrate)
    monkeypatch.setattr(telemetry_log, "migrate", databases.migrate)


@pytest.fixture
def log(path: Path) -> Iterator[TelemetryLog]:
    log = TelemetryLog.open(path, now=START)
    yield log
    log.close()
