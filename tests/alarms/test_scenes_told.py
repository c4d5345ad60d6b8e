"""What a person is told of each scene, at real times: its own alert once, its end once, and nothing that follows from it."""

from math import inf
from pathlib import Path

import pytest

from miner_agent.config.planned_keys import PlannedOff
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import ASIC, CPU, NVIDIA, PROFILES, Profile, smaller
from miner_agent.simulate.script import Scene, Script
from miner_agent.simulate.scripts import LONG_BRIEF_SECONDS, LONG_SECONDS, NIGHT, WHOLE_YEAR, alone, year
from miner_agent.simulate.started_demo import ALL_DAY
from tests.alarms.played_scenes import EVERY_SECONDS, Played, play

pytestmark = pytest.mark.thorough
HOUR, DAY = 3600.0, 86_400.0
USUAL_SECONDS = 1.5 * HOUR
CALM_SECONDS = 600.0  # between two looks at a rig to which nothing happens: a year in minutes
TOLD: dict[tuple[Profile, Fault], str] = {
    (NVIDIA, Fault.CARD_LOST): "DeviceLost",
    (NVIDIA, Fault.DRIVER_STUCK): "DriverCallHung",
    (NVIDIA, Fault.FAN_DEAD): "DeviceTemperatureCritical",
    (NVIDIA, Fault.HEAT): "DeviceTemperatureCritical",
    (NVIDIA, Fault.XID): "DeviceErrorCritical",
    (NVIDIA, Fault.MEMORY_ERRORS): "DeviceEccUncorrected",
    (NVIDIA, Fault.PCIE_DEGRADED): "DevicePcieReplays",
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
    (ASIC, Fault.HARDWARE_ERRORS): "HardwareErrorsMany",
    (ASIC, Fault.FEED_DOWN): "FeedFailing",
    (ASIC, Fault.BOARD_DEAD): "DeviceLost",
    (ASIC, Fault.CHIPS_MISSING): "DeviceChipsMissing",
    (ASIC, Fault.MACHINE_FAN_DEAD): "MinerFanStopped",
    (ASIC, Fault.MACHINE_FAULT): "MinerFault",
    (ASIC, Fault.MACHINE_DOWN): "MachineDown",
    (ASIC, Fault.NIGHT_PAUSE): "MinerHashrateZero",  # where no plan has its hours: its firmware tells of no pause
    (CPU, Fault.SHARES_LOST): "PoolHashrateDivergence",
    (CPU, Fault.PRICE_CRASH): "MiningUnprofitable",
    (CPU, Fault.FEED_DOWN): "FeedFailing",
    (CPU, Fault.POOL_LOST): "PoolConnectionLost",
    (CPU, Fault.POOL_SWAPPED): "PoolUnexpected",
    (CPU, Fault.RESTART_LOOP): "MinerRestartLoop",
    (CPU, Fault.DISK_FULL): "FilesystemFull",
    (CPU, Fault.DISK_READ_ONLY): "FilesystemReadOnly",
    (CPU, Fault.MEMORY_LOW): "HostMemoryLow",
}
SOON_SECONDS = {
    (NVIDIA, Fault.ACCOUNT_SWAPPED): 2 * EVERY_SECONDS,  # two polls
    (NVIDIA, Fault.POOL_REFUSES): 600.0,
    (ASIC, Fault.SHARES_LOST): 3 * HOUR,  # of half, where one comes each 22 s
}
"""Within which it has to be told."""
MENDED_BY_A_RESTART = {Fault.XID, Fault.MEMORY_ERRORS}
"""Of these the end is told when somebody has started the machine anew, as their runbooks say."""
REMEMBERED_SECONDS = {Fault.HARDWARE_ERRORS: 2.5 * HOUR, Fault.PCIE_DEGRADED: 2.5 * HOUR, Fault.SHARES_LOST: 26 * HOUR}
"""For so long windows go on to see them, and the end is told later."""
LOOKED_AT_SECONDS = {Fault.PRICE_CRASH: EVERY_SECONDS, Fault.POOL_REFUSES: 5 * EVERY_SECONDS}
"""So often they have to be seen; of the others what changes is looked at each minute, and what stays so as days of calm are."""
NOTHING = [
    (NVIDIA, Fault.RESTART),
    (NVIDIA, Fault.REBOOT),
    (NVIDIA, Fault.DAG_REBUILD),
    (NVIDIA, Fault.DEV_FEE),
    (NVIDIA, Fault.FAILOVER),
]


def told_of(profile: Profile, fault: Fault, folder: Path, planned_off: tuple[PlannedOff, ...] = ()) -> Played:
    """An hour of calm, the scene at its real length, and calm again."""
    lasting = LONG_BRIEF_SECONDS.get(fault) or LONG_SECONDS.get(fault, USUAL_SECONDS)
    script = alone(profile, (fault,), after_seconds=HOUR, lasting_seconds=lasting)
    if fault in MENDED_BY_A_RESTART:
        ended = HOUR + lasting
        script = Script([*script.scenes, Scene(fault=Fault.REBOOT, begins_seconds=ended, ends_seconds=ended + 60)])
    rest = REMEMBERED_SECONDS.get(fault, USUAL_SECONDS)
    calm_seconds = LOOKED_AT_SECONDS.get(fault, CALM_SECONDS)
    seconds = HOUR + lasting + rest
    return play(profile, script, seconds=seconds, folder=folder, planned_off=planned_off, calm_seconds=calm_seconds)


@pytest.mark.parametrize("scene", TOLD, ids=lambda scene: f"{scene[0].name}-{scene[1]}")
def test_a_scene_is_told_as_what_it_is_and_no_more(scene: tuple[Profile, Fault], tmp_path: Path) -> None:
    played = told_of(*scene, tmp_path)

    assert played.rules == {TOLD[scene]}
    assert played.each_once()
    assert all(at >= HOUR for at, _ in played.told)
    assert min(at for at, _ in played.told) <= HOUR + SOON_SECONDS.get(scene, inf)
    assert played.states_of(TOLD[scene]).count("resolved") == played.states_of(TOLD[scene]).count("firing")


@pytest.mark.parametrize("scene", NOTHING, ids=lambda scene: f"{scene[0].name}-{scene[1]}")
def test_what_is_no_fault_is_not_told(scene: tuple[Profile, Fault], tmp_path: Path) -> None:
    assert told_of(*scene, tmp_path).told == []


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_a_pause_whose_hours_are_planned_is_not_told(profile: Profile, tmp_path: Path) -> None:
    assert told_of(profile, Fault.NIGHT_PAUSE, tmp_path, (ALL_DAY,)).told == []


def told_of_days(profile: Profile, days: int, folder: Path, *, calm_seconds: float) -> list[str]:
    """What is told of a healthy rig, with the luck of its shares, DAG rebuilds, failovers, restarts, fees, a home line
    that drops, and a pause each night as planned."""
    script = year(profile, seed=11, days=days)
    played = play(
        smaller(profile, machines=2),
        script,
        seconds=days * DAY,
        folder=folder,
        planned_off=(NIGHT,),
        calm_seconds=calm_seconds,
    )
    return [f"day {at / DAY:.3f}: {told.state} {told.key.rule} {told.summary}" for at, told in played.told]


def test_a_day_of_a_healthy_rig_is_silent(tmp_path: Path) -> None:
    assert told_of_days(CPU, 1, tmp_path, calm_seconds=EVERY_SECONDS) == []


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_days_of_a_healthy_rig_are_silent(profile: Profile, tmp_path: Path) -> None:
    assert told_of_days(profile, 2, tmp_path, calm_seconds=CALM_SECONDS) == []


@pytest.mark.soak
@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_a_year_of_a_healthy_rig_is_silent(profile: Profile, tmp_path: Path) -> None:
    assert told_of_days(profile, WHOLE_YEAR, tmp_path, calm_seconds=CALM_SECONDS) == []


@pytest.mark.soak
@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_weeks_of_a_healthy_rig_are_silent(profile: Profile, tmp_path: Path) -> None:
    """Each minute of them is looked at."""
    assert told_of_days(profile, 28, tmp_path, calm_seconds=EVERY_SECONDS) == []
