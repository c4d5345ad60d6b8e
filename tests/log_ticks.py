"""Made-up ticks for tests of the log, and plain looks into its file."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from miner_agent.model.devices import DeviceReading, DeviceState, DeviceWork, ThrottleReason
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.model.snapshot import (
    Device,
    DeviceContribution,
    DeviceEnergy,
    Inventory,
    MinerWorkload,
    RigSnapshot,
    TickClock,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
RIG = "left"
NAMING = {"fan_ratios", "firmware_version", "pci_address", "serial", "uuid", "vendor", "xid_errors"}


def device(label: str, *, kind_of_state: DeviceState | None = DeviceState.OK, **values: Any) -> Device:
    reading = DeviceReading(index=0, state=kind_of_state, name="A card", **values)
    return Device(
        label=label, source="nvidia", read_at=START, answered=_answered(kind_of_state, values), reading=reading
    )


def _answered(state: DeviceState | None, values: Mapping[str, Any]) -> bool:
    if state is None:
        return any(value not in (None, ()) and name not in NAMING for name, value in values.items())
    return state not in {DeviceState.LOST, DeviceState.HUNG, DeviceState.DISABLED}


def miner_work(miner: str, algorithm: str, **values: Any) -> MinerWorkload:
    workload = Workload(algorithm=algorithm, **values)
    return MinerWorkload(
        miner=miner, algorithm=algorithm, snapshot=MinerSnapshot(software="a miner"), workload=workload
    )


def tick(
    seconds: float,
    devices: Iterable[Device] = (),
    works: Iterable[MinerWorkload] = (),
    contributions: Iterable[DeviceContribution] = (),
    *,
    energy_joules: Mapping[str, float | None] | None = None,
    interval_seconds: float = 10.0,
    start: datetime = START,
) -> RigSnapshot:
    """One tick, so many seconds after ``start``."""
    energy = tuple(
        DeviceEnergy(device=label, source="hardware", joules_total=0.0, joules_since_last_tick=joules)
        for label, joules in (energy_joules or {}).items()
    )
    return RigSnapshot(
        taken_at=start + timedelta(seconds=seconds),
        rig=RIG,
        outcomes=(),
        inventory=Inventory(devices=tuple(devices), workloads=tuple(works), contributions=tuple(contributions)),
        energy=energy,
        clock=TickClock(
            boot_id="3f0c1b6e-7d5e-4a6f-9c60-2f9f2f3a1b11",
            monotonic_seconds=max(seconds, 0.0),
            interval_seconds=interval_seconds,
            clock_ok=True,
        ),
    )


def full_tick(number: int, *, cards: int = 12, start: datetime = START) -> RigSnapshot:
    """The number-th tick of a rig of twelve cards and two miners, every quantity told, with some noise."""
    labels = [f"GPU-8f4c1d1e-5b7c-4a0e-9d55-0000000000{card:02d}" for card in range(cards)]
    noise = [(number * 7919 + card * 104_729) % 1000 / 1000 for card in range(cards)]
    devices = [
        device(
            label,
            core_temperature_celsius=60.0 + round(3 * wobble),
            memory_temperature_celsius=80.0 + round(4 * wobble),
            hotspot_temperature_celsius=72.0 + round(3 * wobble),
            fan_ratio=0.6,
            fan_speed_rpm=2000.0 + round(50 * wobble),
            power_watts=120.0 + 4 * wobble,
            power_limit_watts=130.0,
            utilization_ratio=1.0,
            memory_utilization_ratio=0.9,
            core_clock_hertz=1.11e9,
            memory_clock_hertz=9.501e9,
            memory_used_bytes=5 << 30,
            throttle_reasons=(ThrottleReason.POWER_CAP,),
        )
        for label, wobble in zip(labels, noise, strict=True)
    ]
    works = [
        miner_work(
            f"miner{miner}",
            f"algorithm{miner}",
            hashes_per_second=3e8 + 1e6 * noise[miner],
            accepted_shares_total=1000 + number,
            rejected_shares_total=3,
            stale_shares_total=0,
            invalid_shares_total=0,
        )
        for miner in range(2)
    ]
    contributions = [
        DeviceContribution(
            device=label,
            miner=f"miner{card % 2}",
            algorithm=f"algorithm{card % 2}",
            work=DeviceWork(
                device_index=card, hashes_per_second=5e7 + 1e5 * noise[card], accepted_shares_total=number // 6
            ),
        )
        for card, label in enumerate(labels)
    ]
    energy = {label: 1200.0 + 40 * wobble for label, wobble in zip(labels, noise, strict=True)}
    return tick(10 * number, devices, works, contributions, energy_joules=energy, start=start)


def ask(path: Path, question: str) -> list[tuple[Any, ...]]:
    """Ask the file itself."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def ask_one(path: Path, question: str) -> Any:
    return ask(path, question)[0][0]


def integrity(path: Path) -> str:
    return str(ask_one(path, "PRAGMA integrity_check"))
