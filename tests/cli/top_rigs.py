"""Rigs as the agent tells them, for tests of the live view."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from miner_agent.look.running_agent import ToldSymptom
from miner_agent.look.told_rig import ToldDevice, ToldMiner, ToldRig, ToldWork

NOW = datetime(2026, 11, 29, 14, 2, 11, tzinfo=UTC)


def work(speed: float | None, expected: float | None = 46e6, algorithm: str = "kawpow") -> ToldWork:
    return ToldWork(algorithm=algorithm, hashes_per_second=speed, expected_hashes_per_second=expected)


def card(number: int, **changes: Any) -> ToldDevice:
    """One that is well."""
    well = ToldDevice(
        device=f"GPU-{number}",
        pci_address=f"0000:{number:02x}:00.0",
        model="NVIDIA GeForce RTX 3080",
        state="ok",
        answered=True,
        temperature_celsius=60.0,
        headroom_celsius=23.0,
        fan_ratio=0.6,
        power_watts=230.0,
        work=(work(46e6),),
        throttled=False,
    )
    return replace(well, **changes)


def miner(name: str, **changes: Any) -> ToldMiner:
    well = ToldMiner(
        miner=name,
        up=True,
        reason=None,
        work=(work(368e6, 368e6),),
        accepted_shares_total=1234,
        rejected_shares_total=5,
        last_accepted_at=NOW,
        pool="rvn.pool.example",
    )
    return replace(well, **changes)


def rig(*devices: ToldDevice, **changes: Any) -> ToldRig:
    well = ToldRig(
        rig="left-rack",
        taken_at=NOW,
        stale_because=None,
        verdict="well",
        is_resting=False,
        symptoms=(),
        symptoms_total=0,
        power_watts=1614.7,
        power_source="meter",
        net_per_day="6.03 EUR",
        net_unknown_because=None,
        devices=devices or tuple(card(number) for number in range(8)),
        miners=(miner("trex"),),
    )
    return replace(well, **changes)


def ill(*subjects: str) -> dict[str, Any]:
    """What makes a rig ill because of these."""
    symptoms = tuple(
        ToldSymptom(reason="device_lost", subject=one, part=None, said="does not answer any more") for one in subjects
    )
    return {"verdict": "ill", "symptoms": symptoms, "symptoms_total": len(symptoms)}
