"""A telemetry log, what is put into it, and what it sums up to."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from miner_agent.storage.telemetry.log import TelemetryLog
from tests.log_ticks import START, ask, device, full_tick

HOUR = timedelta(hours=1)


def exactly(value: float) -> Any:
    """Equal but for the order in which floats were added."""
    return pytest.approx(value, rel=1e-9, abs=1e-9)


def reopened(log: TelemetryLog, path: Path) -> TelemetryLog:
    log.close()
    return TelemetryLog.open(path, now=START)


def card(power_watts: float | None = 100.0, **values: Any) -> Any:
    return device("GPU-a", power_watts=power_watts, **values)


def total_shares(log: TelemetryLog, *, hours: int = 24) -> int | None:
    (period,) = log.stats(START, START + hours * HOUR)
    return period.works[0].accepted_shares


def filled(log: TelemetryLog, ticks: int = 1500) -> None:
    for number in range(ticks):
        log.append(full_tick(number, cards=2))


def sums(path: Path, resolution: str, before_ms: int) -> list[tuple[Any, ...]]:
    return ask(
        path,
        "SELECT device, sum(ticks), sum(up_ms), sum(power_milliwatts_n), sum(power_milliwatts_sum), "
        "min(power_milliwatts_min), max(power_milliwatts_max), sum(energy_millijoules_sum), sum(throttled_ms) "
        f"FROM device_{resolution} WHERE taken_at < {before_ms} GROUP BY device",
    )
