"""A machine behind the gateway in one row."""

from dataclasses import replace

import pytest

from miner_agent.cli.support.rig_rows import rig_rows, show_rigs
from miner_agent.model.health import Ailment, Symptom, Verdict
from miner_agent.model.snapshot import Inventory
from tests.log_ticks import device, full_tick, miner_work


def test_the_hottest_sensor_is_any_of_a_device_as_in_the_metrics() -> None:
    hot = device("GPU-a", core_temperature_celsius=60.0, vrm_temperature_celsius=104.0)
    (row,) = rig_rows([replace(full_tick(0), inventory=Inventory(devices=(hot,)))])

    assert row.hottest_celsius == 104.0


def test_a_work_whose_speed_is_not_told_stands_there_without_one() -> None:
    works = (
        miner_work("m", "etchash", hashes_per_second=60e6),
        miner_work("m", "zil", hashes_per_second=None),
    )
    (row,) = rig_rows([replace(full_tick(0), inventory=Inventory(workloads=works))])

    assert row.hashes_per_second == {"etchash": 60e6, "zil": None}


def test_a_machine_that_rests_as_planned_is_said_to_do_so(capsys: pytest.CaptureFixture[str]) -> None:
    down = Symptom(ailment=Ailment.MINER_DOWN, subject="m", source="m", said="no answer")
    resting = replace(full_tick(0), verdict=Verdict(word="ill", symptoms=(down,)).at_rest())
    rows = rig_rows([resting])
    show_rigs(rows)

    assert (rows[0].verdict, rows[0].standing_still_as_planned) == ("well", True)
    assert "well, standing still as planned" in capsys.readouterr().out
