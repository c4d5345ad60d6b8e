"""An empty telemetry log, and its file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent.storage.telemetry.log import TelemetryLog
from tests import databases
from tests.log_ticks import START


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return databases.empty_log(tmp_path)


@pytest.fixture
def log(path: Path) -> Iterator[TelemetryLog]:
    log = TelemetryLog.open(path, now=START)
    yield log
    log.close()
