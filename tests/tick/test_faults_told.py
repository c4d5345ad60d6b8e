"""What firmware tells of its faults reaches verdict, metrics and log, and no more of it than fits."""

import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from exporters.prometheus import Renderer
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.faults import FaultSeverity, FirmwareFault
from miner_agent.model.health import Ailment
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.tick.changes import Changes
from miner_agent.tick.inventory import FAULTS_A_MINER, NAMES_EVER_A_SOURCE, DeviceNames, take_inventory
from miner_agent.tick.verdict import judge

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
BOARD = DeviceReading(index=1, kind=DeviceKind.HASHBOARD)
LOST = FirmwareFault(code="531", words="board 1: not found", device_index=1)
PSU = FirmwareFault(code="206", words="power supply: input voltage is too low")
OLD = FirmwareFault(code="8400", words="firmware is old", severity=FaultSeverity.WARNING)


def rig(*faults: FirmwareFault, names: DeviceNames | None = None) -> RigSnapshot:
    reading = MinerSnapshot(software="btminer", devices=(BOARD,), faults=faults)
    outcomes: tuple[Outcome[Reading], ...] = (
        Outcome(source="m50", kind="miner", asked_at=NOW, duration_seconds=0, reading=reading),
    )
    found = RigSnapshot(taken_at=NOW, rig="r", outcomes=outcomes, inventory=take_inventory(outcomes, names))
    return replace(found, verdict=judge(found))


def test_a_fault_ails_its_board_or_the_machine_and_a_warning_nobody() -> None:
    verdict = rig(LOST, PSU, OLD).verdict

    assert [(one.ailment, one.subject, one.part, one.said) for one in verdict.symptoms] == [
        (Ailment.DEVICE_FAULT, "m50/1", "531", "its firmware tells of fault 531: board 1: not found"),
        (Ailment.MINER_FAULT, "m50", "206", "its firmware tells of fault 206: power supply: input voltage is too low"),
    ]
    assert rig(OLD).verdict.symptoms == ()


def test_a_fault_of_a_board_that_nobody_lists_is_one_of_the_machine() -> None:
    (symptom,) = rig(replace(LOST, device_index=7)).verdict.symptoms

    assert (symptom.ailment, symptom.subject) == (Ailment.MINER_FAULT, "m50")


def test_metrics_name_each_fault_and_count_them_also_where_there_is_none() -> None:
    page = Renderer(process=False).render(rig(LOST, OLD)).text.decode()
    none = Renderer(process=False).render(rig()).text.decode()

    assert (
        'rig_miner_fault_info{code="531",device="m50/1",miner="m50",severity="fault",words="board 1: not found"} 1'
        in page
    )
    assert 'rig_miner_faults{miner="m50",severity="fault"} 1' in page
    assert 'rig_miner_faults{miner="m50",severity="warning"} 1' in page
    assert 'rig_miner_faults{miner="m50",severity="fault"} 0' in none
    assert "rig_miner_fault_info{" not in none


def test_the_log_tells_of_a_fault_when_it_begins_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    changes = Changes()
    with caplog.at_level(logging.INFO):
        for snapshot in (rig(), rig(LOST), rig(LOST), rig()):
            changes.say(snapshot)

    assert [record.getMessage() for record in caplog.records] == [
        "m50/1 (531): its firmware tells of fault 531: board 1: not found",
        "m50/1 (531): its firmware does not tell of that fault any more",
    ]


def test_a_miner_that_makes_up_faults_is_bounded_at_a_time_and_ever() -> None:
    names = DeviceNames()
    kept = [
        rig(*(FirmwareFault(code=f"{tick} {n}") for n in range(100)), names=names).inventory.faults
        for tick in range(2 * NAMES_EVER_A_SOURCE // FAULTS_A_MINER)
    ]

    assert len(kept[0]) == FAULTS_A_MINER
    assert sum(map(len, kept)) == NAMES_EVER_A_SOURCE
    assert len(rig(LOST, LOST).inventory.faults) == 1
