"""Every scene is seen for what it is by the table of alerts, and what belongs to a healthy rig by none of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporters.alerts import ALERTS
from exporters.alerts.evaluator import Evaluator
from miner_agent.simulate.mishaps import HARMLESS, Fault
from miner_agent.simulate.profiles import AMD, ASIC, CPU, FARM, NVIDIA, Profile
from miner_agent.simulate.script import Script
from miner_agent.simulate.scripts import alone, calm
from miner_agent.simulate.simulated_course import SimulatedCourse, families
from tests.for_each import for_each

BEGINS, MINUTE, HOUR = 300.0, 60.0, 3600.0
SEEN: dict[Fault, tuple[Profile, str, float]] = {
    Fault.CARD_LOST: (NVIDIA, "DeviceLost", MINUTE),
    Fault.DRIVER_STUCK: (NVIDIA, "DriverCallHung", MINUTE),
    Fault.FAN_DEAD: (NVIDIA, "CoolingExhausted", 3 * MINUTE),
    Fault.HEAT: (NVIDIA, "DeviceTemperatureHigh", 5 * MINUTE),
    Fault.XID: (NVIDIA, "DeviceErrorCritical", MINUTE),
    Fault.MEMORY_ERRORS: (NVIDIA, "DeviceEccUncorrected", 3 * MINUTE),
    Fault.PCIE_DEGRADED: (NVIDIA, "DevicePcieLinkDegraded", MINUTE),
    Fault.POWER_LIMIT: (NVIDIA, "PowerLimitDrift", MINUTE),
    Fault.CARD_SLOW: (NVIDIA, "HashrateFarBelowExpected", 15 * MINUTE),
    Fault.CARD_IDLE: (NVIDIA, "DeviceHashrateZero", MINUTE),
    Fault.MINER_HUNG: (NVIDIA, "MinerDown", MINUTE),
    Fault.MINER_DOWN: (NVIDIA, "MinerDown", MINUTE),
    Fault.RESTART_LOOP: (CPU, "MinerRestartLoop", 15 * MINUTE),
    Fault.HARDWARE_ERRORS: (AMD, "HardwareErrorsMany", 15 * MINUTE),
    Fault.POOL_REFUSES: (NVIDIA, "PoolRefusesShares", 10 * MINUTE),
    Fault.POOL_LOST: (CPU, "PoolConnectionLost", MINUTE),
    Fault.POOL_SWAPPED: (CPU, "PoolUnexpected", MINUTE),
    Fault.ACCOUNT_SWAPPED: (NVIDIA, "PoolAccountUnexpected", MINUTE),
    Fault.NO_SHARES: (CPU, "NoAcceptedShares", 10 * MINUTE),
    Fault.BOARD_DEAD: (ASIC, "HashboardMissing", 20 * MINUTE),
    Fault.CHIPS_MISSING: (ASIC, "DeviceChipsMissing", 20 * MINUTE),
    Fault.MACHINE_FAN_DEAD: (ASIC, "MinerFanStopped", MINUTE),
    Fault.MACHINE_FAULT: (ASIC, "MinerFault", MINUTE),
    Fault.MACHINE_DOWN: (ASIC, "MachineDown", MINUTE),
    Fault.METER_SILENT: (NVIDIA, "MeterDown", MINUTE),
    Fault.PRICE_CRASH: (CPU, "MiningUnprofitable", 20 * MINUTE),
    Fault.FEED_DOWN: (CPU, "FeedFailing", 20 * MINUTE),
    Fault.DISK_FULL: (CPU, "FilesystemFull", MINUTE),
    Fault.DISK_READ_ONLY: (CPU, "FilesystemReadOnly", MINUTE),
    Fault.MEMORY_LOW: (CPU, "HostMemoryLow", MINUTE),
    Fault.CLOCK_UNSYNCHRONIZED: (CPU, "AgentClockUnsynchronized", MINUTE),
    Fault.REBOOT_LOOP: (CPU, "RigRebootLoop", 25 * MINUTE),
    Fault.LINE_DROP: (CPU, "PoolConnectionLost", MINUTE),
}
"""In which profile, by which rule, and after how long at most, whatever the rule waits after that. [s]"""
QUICK = {
    Fault.CARD_LOST,
    Fault.DRIVER_STUCK,
    Fault.FAN_DEAD,
    Fault.MINER_HUNG,
    Fault.ACCOUNT_SWAPPED,
    Fault.MACHINE_DOWN,
    Fault.METER_SILENT,
    Fault.DISK_FULL,
}
SLOW = {Fault.SHARES_LOST: (CPU, "PoolHashrateDivergence", 3 * HOUR)}
UNSEEN = {
    Fault.PAGE_SILENT: "there is no page to see it on",
}


def rules_found(profile: Profile, script: Script, until: float, folder: Path, *, interval: float) -> Iterator[set[str]]:
    """The rules whose condition holds at each tick, however long they wait."""
    evaluators: dict[str, Evaluator] = {}
    for moment in SimulatedCourse(profile, script=script, interval_seconds=interval, folder=folder).until(until):
        found = set[str]()
        for snapshot in (moment.rig, *moment.machines.values()):
            evaluator = evaluators.setdefault(snapshot.rig, Evaluator(ALERTS, rig=snapshot.rig))
            looked = evaluator.look(
                tuple(families(snapshot)), now_seconds=moment.now.timestamp(), steady_seconds=moment.seconds
            )
            found |= {one.rule.name for one in looked.found}
        yield found


def scene(fault: Fault, profile: Profile, lasting: float, folder: Path, *, interval: float = 30.0) -> set[str]:
    """All that was found while it lasted; before it there is nothing."""
    script = alone(profile, (fault,), after_seconds=BEGINS, lasting_seconds=lasting)
    ticks = list(rules_found(profile, script, BEGINS + lasting, folder, interval=interval))
    before = int(BEGINS / interval) - 1
    assert set().union(*ticks[:before]) == set(), fault
    return set().union(*ticks[before:])


def test_every_fault_is_in_a_table_here_or_harmless() -> None:
    assert SEEN.keys() | SLOW.keys() | UNSEEN.keys() | HARMLESS == set(Fault)


@pytest.mark.thorough
@for_each("fault", QUICK)
def test_the_table_of_alerts_sees_a_scene_for_what_it_is(fault: Fault, tmp_path: Path) -> None:
    profile, rule, within = SEEN[fault]
    assert rule in scene(fault, profile, within, tmp_path)


@pytest.mark.thorough
@for_each("fault", SEEN.keys() - QUICK)
def test_and_each_of_the_others(fault: Fault, tmp_path: Path) -> None:
    profile, rule, within = SEEN[fault]
    assert rule in scene(fault, profile, within, tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize("fault", SLOW, ids=str)
def test_what_chance_hides_for_a_while_is_seen_within_hours(fault: Fault, tmp_path: Path) -> None:
    profile, rule, within = SLOW[fault]
    assert rule in scene(fault, profile, within, tmp_path, interval=30.0)


@pytest.mark.thorough
@for_each("fault", [Fault.RESTART, Fault.REBOOT, Fault.DAG_REBUILD, Fault.DEV_FEE, Fault.FAILOVER])
def test_what_belongs_to_a_healthy_rig_lasts_less_than_any_rule_waits(fault: Fault, tmp_path: Path) -> None:
    waits = {rule.name: rule.for_seconds for rule in ALERTS}
    lasting = 90.0
    found = scene(fault, NVIDIA, lasting, tmp_path)
    assert {name for name in found if waits[name] <= lasting} == set()


@pytest.mark.thorough
def test_on_a_rig_to_which_nothing_happens_no_rule_holds(tmp_path: Path) -> None:
    for found in rules_found(FARM, calm(FARM), 600, tmp_path, interval=30):
        assert found == set()
