"""What a person is told of each scene, at real times: its own alert once, its end once, and nothing that follows from it."""

from pathlib import Path

import pytest

from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import AMD, ASIC, CPU, NVIDIA, Profile
from miner_agent.simulate.scripts import LONG_BRIEF_SECONDS, LONG_SECONDS, NIGHT, alone, year
from tests.alarms.played_scenes import Played, play

pytestmark = pytest.mark.thorough
HOUR, DAY = 3600.0, 86_400.0
USUAL_SECONDS = 1.5 * HOUR
TOLD: dict[tuple[Profile, Fault], str] = {
    (NVIDIA, Fault.CARD_LOST): "DeviceLost",
    (NVIDIA, Fault.DRIVER_STUCK): "DriverCallHung",
    (NVIDIA, Fault.FAN_DEAD): "DeviceTemperatureCritical",
    (NVIDIA, Fault.HEAT): "DeviceTemperatureCritical",
    (NVIDIA, Fault.XID): "DeviceErrorCritical",
    (NVIDIA, Fault.POWER_LIMIT): "PowerLimitDrift",
    (NVIDIA, Fault.CARD_SLOW): "HashrateFarBelowExpected",
    (NVIDIA, Fault.CARD_IDLE): "DeviceHashrateZero",
    (NVIDIA, Fault.MINER_HUNG): "MinerDown",
    (NVIDIA, Fault.MINER_DOWN): "MinerDown",
    (NVIDIA, Fault.HARDWARE_ERRORS): "HardwareErrorsMany",
    (NVIDIA, Fault.POOL_REFUSES): "PoolRefusesShares",
    (NVIDIA, Fault.ACCOUNT_SWAPPED): "PoolAccountUnexpected",
    (NVIDIA, Fault.NO_SHARES): "NoAcceptedShares",
    (NVIDIA, Fault.METER_SILENT): "MeterDown",
    (NVIDIA, Fault.PRICE_CRASH): "MiningUnprofitable",
    (NVIDIA, Fault.FEED_DOWN): "FeedFailing",
    (NVIDIA, Fault.PAGE_SILENT): "AgentStalled",
    (NVIDIA, Fault.REBOOT_LOOP): "RigRebootLoop",
    (ASIC, Fault.SHARES_LOST): "PoolHashrateDivergence",
    (ASIC, Fault.BOARD_DEAD): "DeviceLost",
    (ASIC, Fault.CHIPS_MISSING): "DeviceChipsMissing",
    (ASIC, Fault.MACHINE_FAN_DEAD): "MinerFanStopped",
    (ASIC, Fault.MACHINE_FAULT): "MinerFault",
    (ASIC, Fault.MACHINE_DOWN): "MachineDown",
    (CPU, Fault.POOL_LOST): "PoolConnectionLost",
    (CPU, Fault.POOL_SWAPPED): "PoolUnexpected",
    (CPU, Fault.RESTART_LOOP): "MinerRestartLoop",
    (CPU, Fault.DISK_FULL): "FilesystemFull",
    (CPU, Fault.DISK_READ_ONLY): "FilesystemReadOnly",
    (CPU, Fault.MEMORY_LOW): "HostMemoryLow",
}
LASTS = {Fault.XID, Fault.HARDWARE_ERRORS, Fault.SHARES_LOST, Fault.RESTART_LOOP}
"""Of these the end is told later: a window remembers, or the machine has to be started anew."""
NOTHING = [
    (NVIDIA, Fault.RESTART),
    (NVIDIA, Fault.REBOOT),
    (NVIDIA, Fault.DAG_REBUILD),
    (NVIDIA, Fault.DEV_FEE),
    (NVIDIA, Fault.FAILOVER),
]


def told_of(profile: Profile, fault: Fault, folder: Path) -> Played:
    """An hour of calm, the scene at its real length, and calm again."""
    lasting = LONG_BRIEF_SECONDS.get(fault) or LONG_SECONDS.get(fault, USUAL_SECONDS)
    script = alone(profile, (fault,), after_seconds=HOUR, lasting_seconds=lasting)
    return play(profile, script, seconds=HOUR + lasting + USUAL_SECONDS, folder=folder)


@pytest.mark.parametrize("scene", TOLD, ids=lambda scene: f"{scene[0].name}-{scene[1]}")
def test_a_scene_is_told_as_what_it_is_and_no_more(scene: tuple[Profile, Fault], tmp_path: Path) -> None:
    played = told_of(*scene, tmp_path)

    assert played.rules == {TOLD[scene]}
    assert played.each_once()
    assert all(at >= HOUR for at, _ in played.told)
    if scene[1] not in LASTS:
        assert played.states_of(TOLD[scene]).count("resolved") == played.states_of(TOLD[scene]).count("firing")


@pytest.mark.parametrize("scene", NOTHING, ids=lambda scene: f"{scene[0].name}-{scene[1]}")
def test_what_is_no_fault_is_not_told(scene: tuple[Profile, Fault], tmp_path: Path) -> None:
    assert told_of(*scene, tmp_path).told == []


def told_of_days(profile: Profile, days: int, folder: Path) -> Played:
    """A healthy rig, with the luck of its shares, DAG rebuilds, failovers, restarts, and a pause each night as planned."""
    script = year(profile, seed=3, days=days)
    return play(profile, script, seconds=days * DAY, folder=folder, planned_off=(NIGHT,))


def test_two_days_of_a_healthy_rig_are_silent(tmp_path: Path) -> None:
    assert told_of_days(CPU, 2, tmp_path).told == []


@pytest.mark.soak
@pytest.mark.parametrize("profile", [NVIDIA, AMD, CPU, ASIC], ids=lambda profile: profile.name)
def test_weeks_of_a_healthy_rig_are_silent(profile: Profile, tmp_path: Path) -> None:
    assert told_of_days(profile, 28, tmp_path).told == []
